// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_buffers.c - the guest's buffers that a packet lies in
 *
 * Theory of operation
 * -------------------
 * Virtual I/O Device (VIRTIO) 1.2, section 2.7.5. The descriptors of a packet are
 * copied and checked first, all of them, so that it is known how long it is; then
 * its bytes are copied. Nothing is kept of either when the packet is done.
 *
 * The pages are the guest's to change meanwhile. Who reads a byte twice may read
 * two different ones.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "net_buffers.h"

static int add_desc(struct vxn_buffers *b, const struct vxr_mem *mem,
		    const struct vxr_desc *d, bool write)
{
	const struct vxr_region *region;

	/* Indirect tables are not offered. */
	if (!d->len || d->flags & VRING_DESC_F_INDIRECT ||
	    !(d->flags & VRING_DESC_F_WRITE) == write)
		return -EINVAL;
	if (b->npieces == ARRAY_SIZE(b->pieces) || d->len > U32_MAX - b->len)
		return -EINVAL;
	region = vxr_mem_find(mem, d->addr, d->len);
	if (!region)
		return -EFAULT;

	b->pieces[b->npieces++] = (struct vxn_piece){
		.region = region,
		.offset = d->addr - region->base,
		.len = d->len,
	};
	b->len += d->len;
	return 0;
}

/**
 * vxn_buffers_add() - Read the descriptors of one more chain
 * @b: the buffers
 * @ring: the virtqueue
 * @mem: the memory that they may name
 * @head: the first of them, below the size of @ring
 * @write: whether we are to write to them; otherwise we are to read
 *
 * Return: 0, -EINVAL if they make no sense, -EFAULT if they name memory that the
 * guest has not. What is in @b makes no sense either then.
 */
int vxn_buffers_add(struct vxn_buffers *b, const struct vxr_ring *ring,
		    const struct vxr_mem *mem, u16 head, bool write)
{
	u32 before = b->len;
	unsigned int done;
	u16 i = head;
	int err;

	for (done = 0; done < ring->num; done++) {
		struct vxr_desc d = vxr_ring_desc(ring, i);

		err = add_desc(b, mem, &d, write);
		if (err)
			return err;
		if (!(d.flags & VRING_DESC_F_NEXT)) {
			/* There are no more chains than pieces. */
			b->heads[b->nchains] = head;
			b->lens[b->nchains++] = b->len - before;
			return 0;
		}
		i = d.next;
		if (i >= ring->num)
			return -EINVAL;
	}
	return -EINVAL;		/* a loop */
}

/* Goes on by no more than a page has. Returns where it was, and by how far it is. */
static void *step(struct vxn_cursor *c, u32 most, u32 *n)
{
	u64 offset;

	if (c->done == c->piece->len) {
		c->piece++;
		c->done = 0;
	}
	offset = c->piece->offset + c->done;
	*n = min3(most, c->piece->len - c->done,
		  (u32)(PAGE_SIZE - offset_in_page(offset)));
	c->done += *n;
	return vxr_region_at(c->piece->region, offset);
}

/**
 * vxn_read() - Copy out of buffers
 * @c: from where; moves on
 * @to: where to
 * @len: bytes, no more than there are
 */
void vxn_read(struct vxn_cursor *c, void *to, u32 len)
{
	u32 n;

	for (; len; len -= n, to += n) {
		const void *from = step(c, len, &n);

		memcpy(to, from, n);
	}
}

/**
 * vxn_write() - Copy into buffers
 * @c: to where; moves on
 * @from: where from
 * @len: bytes, no more than there are
 */
void vxn_write(struct vxn_cursor *c, const void *from, u32 len)
{
	u32 n;

	for (; len; len -= n, from += n) {
		void *to = step(c, len, &n);

		memcpy(to, from, n);
	}
}

/**
 * vxn_read_skb() - Copy a packet out of buffers
 * @c: from where; moves on
 * @skb: to fill
 * @len: bytes, no more than there are, and as many as @skb has
 *
 * Return: 0, or -EFAULT if @skb has less
 */
int vxn_read_skb(struct vxn_cursor *c, struct sk_buff *skb, u32 len)
{
	u32 at, n;

	for (at = 0; at < len; at += n) {
		const void *from = step(c, len - at, &n);
		int err = skb_store_bits(skb, at, from, n);

		if (err)
			return err;
	}
	return 0;
}

/**
 * vxn_write_skb() - Copy a packet into buffers
 * @c: to where; moves on
 * @skb: the packet, no longer than there is room
 *
 * Return: 0, or -EFAULT if @skb is not as long as it says
 */
int vxn_write_skb(struct vxn_cursor *c, const struct sk_buff *skb)
{
	u32 at, n;

	for (at = 0; at < skb->len; at += n) {
		void *to = step(c, skb->len - at, &n);
		int err = skb_copy_bits(skb, at, to, n);

		if (err)
			return err;
	}
	return 0;
}
