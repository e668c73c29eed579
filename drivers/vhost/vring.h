/* SPDX-License-Identifier: GPL-2.0-only */
/* vring.h - a split virtqueue, from the device's side */
#ifndef VHOST_XEN_VRING_H
#define VHOST_XEN_VRING_H

#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/vhost.h>
#include <linux/virtio_ring.h>

#include "mem.h"

/* Largest size of a virtqueue, entries */
#define VXR_MAX_SIZE	1024

/* A table of descriptors, and a page more as it need not begin with one */
#define VXR_AREA_PAGES \
	(VXR_MAX_SIZE * sizeof(struct vring_desc) / SZ_4K + 1)

/**
 * struct vxr_area - one of the three parts of a virtqueue
 * @region: that it lies in
 * @offset: of its first byte in the first page
 * @pages: addresses of the pages
 */
struct vxr_area {
	const struct vxr_region *region;
	unsigned int offset;
	void *pages[VXR_AREA_PAGES];
};

/**
 * struct vxr_ring - a virtqueue
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
struct vxr_ring {
	u16 num;
	bool event_idx;
	bool indirect;
	u16 next;
	u16 used;
	u16 told;
	bool told_any;
	struct vxr_area desc;
	struct vxr_area avail;
	struct vxr_area dev;
};

/**
 * struct vxr_desc - a descriptor that was copied
 * @addr: of the guest's
 * @len: bytes
 * @flags: VRING_DESC_F_*
 * @next: index of the next one, with VRING_DESC_F_NEXT
 */
struct vxr_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

int vxr_ring_init(struct vxr_ring *ring, const struct vxr_mem *mem,
		  unsigned int num, const struct vhost_vring_addr *addr,
		  u16 base, u64 features);
bool vxr_ring_in(const struct vxr_ring *ring, const struct vxr_mem *mem);
int vxr_ring_next(struct vxr_ring *ring, u16 *head);
bool vxr_ring_empty(const struct vxr_ring *ring);
struct vxr_desc vxr_desc(const struct vring_desc *d);
struct vxr_desc vxr_ring_desc(const struct vxr_ring *ring, u16 index);
void vxr_ring_fill(struct vxr_ring *ring, u16 ahead, u16 head, u32 len);
void vxr_ring_publish(struct vxr_ring *ring, u16 n);
bool vxr_ring_tell(struct vxr_ring *ring);
void vxr_ring_watch(struct vxr_ring *ring, bool watch);

/**
 * vxr_ring_put() - Answer a request
 * @ring: the virtqueue
 * @head: of its chain
 * @len: bytes that were written to it
 */
static inline void vxr_ring_put(struct vxr_ring *ring, u16 head, u32 len)
{
	vxr_ring_fill(ring, 0, head, len);
	vxr_ring_publish(ring, 1);
}

#endif /* VHOST_XEN_VRING_H */
