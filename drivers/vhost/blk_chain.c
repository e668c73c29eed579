// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_chain.c - what the descriptors of a disk's request say
 *
 * Theory of operation
 * -------------------
 * Virtual I/O Device (VIRTIO) 1.2, sections 2.7.5 and 5.2.6. Each descriptor is
 * copied, checked, and becomes pieces of pages that a bio can have. The header is
 * copied as well; where the status goes is found out, but not written.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "blk_chain.h"

/* Returns the bytes that were taken for the header. */
static u32 take_header(struct vxb_chain *chain, const struct vxr_region *region,
		       u64 offset, u32 len)
{
	u32 want = min_t(u32, len, sizeof(chain->header) - chain->header_len);
	u32 done = 0;

	while (done < want) {
		u32 n = min_t(u32, want - done,
			      PAGE_SIZE - offset_in_page(offset + done));

		memcpy((u8 *)&chain->header + chain->header_len,
		       vxr_region_at(region, offset + done), n);
		chain->header_len += n;
		done += n;
	}
	return want;
}

static void add_pieces(struct vxb_chain *chain, const struct vxr_region *region,
		       u64 offset, u32 len)
{
	while (len && !chain->too_long) {
		u32 n = min_t(u32, len, PAGE_SIZE - offset_in_page(offset));

		if (chain->npieces == VXB_MAX_PIECES) {
			chain->too_long = true;
			break;
		}
		chain->pieces[chain->npieces++] = (struct bio_vec){
			.bv_page = region->pages[offset >> PAGE_SHIFT],
			.bv_offset = offset_in_page(offset),
			.bv_len = n,
		};
		offset += n;
		len -= n;
	}
}

static int add_desc(struct vxb_chain *chain, const struct vxr_mem *mem,
		    const struct vxr_desc *desc)
{
	bool write = desc->flags & VRING_DESC_F_WRITE;
	const struct vxr_region *region;
	u32 len = desc->len;
	u64 offset;

	if (!len)
		return -EINVAL;
	/* What the device may only read comes first. */
	if (!write && chain->status)
		return -EINVAL;
	region = vxr_mem_find(mem, desc->addr, len);
	if (!region)
		return -EFAULT;

	offset = desc->addr - region->base;
	if (write) {
		chain->status = vxr_region_at(region, offset + len - 1);
		if (len > VHOST_XEN_BLK_MAX_DATA + 1 - chain->in_len)
			chain->too_long = true;
		else
			chain->in_len += len;
	} else {
		u32 n = take_header(chain, region, offset, len);

		offset += n;
		len -= n;
		if (len > VHOST_XEN_BLK_MAX_DATA - chain->out_len)
			chain->too_long = true;
		else
			chain->out_len += len;
	}
	add_pieces(chain, region, offset, len);
	if (!write)
		chain->nout = chain->npieces;
	return 0;
}

static int add_indirect(struct vxb_chain *chain, const struct vxr_mem *mem,
			const struct vxr_desc *table)
{
	u32 n = table->len / sizeof(struct vring_desc);
	u16 next = 0;
	u32 done;
	int err;

	if (!n || table->len % sizeof(struct vring_desc) ||
	    n > VXB_MAX_DESCS || table->flags & VRING_DESC_F_NEXT)
		return -EINVAL;

	for (done = 0; done < n; done++) {
		struct vring_desc copy;
		struct vxr_desc desc;

		err = vxr_mem_read(mem, table->addr + next * sizeof(copy),
				   &copy, sizeof(copy));
		if (err)
			return err;
		desc = vxr_desc(&copy);
		if (desc.flags & VRING_DESC_F_INDIRECT)
			return -EINVAL;
		err = add_desc(chain, mem, &desc);
		if (err)
			return err;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
		next = desc.next;
		if (next >= n)
			return -EINVAL;
	}
	return -EINVAL;		/* a loop */
}

static int add_chain(const struct vxr_ring *ring, const struct vxr_mem *mem,
		     u16 head, struct vxb_chain *chain)
{
	unsigned int done;
	int err;

	for (done = 0; done < ring->num; done++) {
		struct vxr_desc desc = vxr_ring_desc(ring, head);

		if (desc.flags & VRING_DESC_F_INDIRECT) {
			if (!ring->indirect)
				return -EINVAL;
			return add_indirect(chain, mem, &desc);
		}
		err = add_desc(chain, mem, &desc);
		if (err)
			return err;
		if (!(desc.flags & VRING_DESC_F_NEXT))
			return 0;
		head = desc.next;
		if (head >= ring->num)
			return -EINVAL;
	}
	return -EINVAL;		/* a loop */
}

/* The last byte is not data. */
static void cut_status(struct vxb_chain *chain)
{
	struct bio_vec *last;

	if (chain->too_long)
		return;

	chain->in_len--;
	last = &chain->pieces[chain->npieces - 1];
	if (!--last->bv_len)
		chain->npieces--;
}

/**
 * vxb_chain_read() - Read the descriptors of a request
 * @ring: the virtqueue
 * @mem: the memory that they may name
 * @head: the first of them
 * @chain: what they say. A header of less than its length is no error here.
 *
 * Return: 0, -EINVAL if they make no sense, -EFAULT if they name memory that
 * the guest has not
 */
int vxb_chain_read(const struct vxr_ring *ring, const struct vxr_mem *mem,
		   u16 head, struct vxb_chain *chain)
{
	int err;

	chain->header_len = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	chain->status = NULL;
	chain->too_long = false;
	chain->nout = 0;
	chain->npieces = 0;
	err = add_chain(ring, mem, head, chain);
	if (err)
		return err;
	if (!chain->status)
		return -EINVAL;

	cut_status(chain);
	return 0;
}
