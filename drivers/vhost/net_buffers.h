/* SPDX-License-Identifier: GPL-2.0-only */
/* net_buffers.h - the guest's buffers that a packet lies in */
#ifndef VHOST_XEN_NET_BUFFERS_H
#define VHOST_XEN_NET_BUFFERS_H

#include <linux/types.h>

#include "mem.h"
#include "vring.h"

struct sk_buff;

/**
 * struct vxn_piece - what a descriptor names
 * @region: that it lies in
 * @offset: of its first byte in there
 * @len: bytes, not 0
 */
struct vxn_piece {
	const struct vxr_region *region;
	u64 offset;
	u32 len;
};

/**
 * struct vxn_buffers - chains of descriptors, all for one packet
 * @nchains: how many
 * @npieces: of @pieces
 * @len: bytes of all of them
 * @heads: of each chain
 * @lens: bytes of each chain
 * @pieces: of all chains, in their order
 */
struct vxn_buffers {
	unsigned int nchains;
	unsigned int npieces;
	u32 len;
	u16 heads[VXR_MAX_SIZE];
	u32 lens[VXR_MAX_SIZE];
	struct vxn_piece pieces[VXR_MAX_SIZE];
};

/**
 * struct vxn_cursor - a place in buffers
 * @piece: where it is
 * @done: bytes of that before it
 */
struct vxn_cursor {
	const struct vxn_piece *piece;
	u32 done;
};

/**
 * vxn_buffers_clear() - Begin with a packet
 * @b: the buffers
 */
static inline void vxn_buffers_clear(struct vxn_buffers *b)
{
	b->nchains = 0;
	b->npieces = 0;
	b->len = 0;
}

/**
 * vxn_buffers_begin() - The first byte of buffers
 * @b: the buffers
 *
 * Return: the place
 */
static inline struct vxn_cursor vxn_buffers_begin(const struct vxn_buffers *b)
{
	return (struct vxn_cursor){ .piece = b->pieces };
}

int vxn_buffers_add(struct vxn_buffers *b, const struct vxr_ring *ring,
		    const struct vxr_mem *mem, u16 head, bool write);
void vxn_read(struct vxn_cursor *c, void *to, u32 len);
void vxn_write(struct vxn_cursor *c, const void *from, u32 len);
int vxn_read_skb(struct vxn_cursor *c, struct sk_buff *skb, u32 len);
int vxn_write_skb(struct vxn_cursor *c, const struct sk_buff *skb);

#endif /* VHOST_XEN_NET_BUFFERS_H */
