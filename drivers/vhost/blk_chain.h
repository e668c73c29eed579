/* SPDX-License-Identifier: GPL-2.0-only */
/* blk_chain.h - what the descriptors of a disk's request say */
#ifndef VHOST_XEN_BLK_CHAIN_H
#define VHOST_XEN_BLK_CHAIN_H

#include <linux/bvec.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/virtio_blk.h>

#include "../../include/vhost_xen_blk.h"
#include "vring.h"

/*
 * Pieces of a chain: pages, and those that descriptors begin or end within. Of
 * descriptors there are as many as the queue has entries, or in one that is
 * indirect as many as fit with the most data, whichever is more.
 */
#define VXB_MAX_DESCS	VHOST_XEN_BLK_MAX_SIZE
#define VXB_MAX_PIECES \
	(VHOST_XEN_BLK_MAX_DATA / SZ_4K + 2 * VXB_MAX_DESCS)

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

int vxb_chain_read(const struct vxr_ring *ring, const struct vxr_mem *mem,
		   u16 head, struct vxb_chain *chain);

#endif /* VHOST_XEN_BLK_CHAIN_H */
