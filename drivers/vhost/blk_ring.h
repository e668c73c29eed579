/* SPDX-License-Identifier: GPL-2.0-only */
/* blk_ring.h - a split virtqueue, from the device's side */
#ifndef VHOST_XEN_BLK_RING_H
#define VHOST_XEN_BLK_RING_H

#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_ring.h>

#include "../../include/vhost_xen_blk.h"
#include "blk_mem.h"

/* A table of descriptors, and a page more as it need not begin with one */
#define VXB_AREA_PAGES \
	(VHOST_XEN_BLK_MAX_SIZE * sizeof(struct vring_desc) / SZ_4K + 1)

/*
 * Pieces of a chain: pages, and those that descriptors begin or end within. Of
 * descriptors there are as many as the queue has entries, or in one that is
 * indirect as many as fit with the most data, whichever is more.
 */
#define VXB_MAX_DESCS	VHOST_XEN_BLK_MAX_SIZE
#define VXB_MAX_PIECES \
	(VHOST_XEN_BLK_MAX_DATA / SZ_4K + 2 * VXB_MAX_DESCS)

/**
 * struct vxb_area - one of the three parts of a virtqueue
 * @region: that it lies in
 * @offset: of its first byte in the first page
 * @pages: addresses of the pages
 */
struct vxb_area {
	const struct vxb_region *region;
	unsigned int offset;
	void *pages[VXB_AREA_PAGES];
};

/**
 * struct vxb_ring - a virtqueue
 * @num: entries
 * @event_idx: VIRTIO_RING_F_EVENT_IDX was negotiated
 * @indirect: VIRTIO_RING_F_INDIRECT_DESC was negotiated
 * @next: available index that is taken next
 * @used: index of the next answer
 * @told: used index at which the guest was last told
 * @told_any: @told is one
 * @desc: descriptors
 * @avail: available ring, written by the guest
 * @dev: used ring, written by us
 */
struct vxb_ring {
	u16 num;
	bool event_idx;
	bool indirect;
	u16 next;
	u16 used;
	u16 told;
	bool told_any;
	struct vxb_area desc;
	struct vxb_area avail;
	struct vxb_area dev;
};

/**
 * struct vxb_chain - a request, as its descriptors say
 * @header: its first bytes
 * @header_len: how many of them there are
 * @out_len: bytes that the guest has written after the header
 * @in_len: bytes that it expects, without the status
 * @status: the last of these, where the status goes
 * @too_long: has more data than it may; nothing of it is in @pieces
 * @nout: pieces of @out_len, which come first
 * @npieces: all of them
 * @pieces: data, none of which crosses a page
 */
struct vxb_chain {
	struct virtio_blk_outhdr header;
	u32 header_len;
	u32 out_len;
	u32 in_len;
	u8 *status;
	bool too_long;
	unsigned int nout;
	unsigned int npieces;
	struct bio_vec pieces[VXB_MAX_PIECES];
};

int vxb_ring_init(struct vxb_ring *ring, const struct vxb_mem *mem,
		  unsigned int num, const struct vhost_vring_addr *addr,
		  u16 base, u64 features);
bool vxb_ring_in(const struct vxb_ring *ring, const struct vxb_mem *mem);
int vxb_ring_next(struct vxb_ring *ring, u16 *head);
bool vxb_ring_empty(const struct vxb_ring *ring);
int vxb_ring_chain(const struct vxb_ring *ring, const struct vxb_mem *mem,
		   u16 head, struct vxb_chain *chain);
void vxb_ring_put(struct vxb_ring *ring, u16 head, u32 len);
bool vxb_ring_tell(struct vxb_ring *ring);
void vxb_ring_watch(struct vxb_ring *ring, bool watch);

#endif /* VHOST_XEN_BLK_RING_H */
