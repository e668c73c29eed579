// SPDX-License-Identifier: GPL-2.0-only
/*
 * inplace.c - buffers that are granted where they are
 *
 * Theory of operation
 * -------------------
 * Where the backend can reach single grants (VMSG_XEN_F_SINGLE_GRANTS), a buffer
 * may be granted where it is, frame by frame, instead of being copied through a
 * window. It gets a run of consecutive references, so that its DMA addresses are
 * one range.
 *
 * No byte outside a buffer is granted: a frame at either end that is only partly
 * the buffer's is replaced by an edge, a zeroed page of its own to which the
 * part is copied, at the same offset. A buffer that the device reads is granted
 * read-only. There are no write-only grants, so the frames of a buffer that the
 * device is to write are zeroed first: the driver has not put anything there
 * that it wants to keep, and what the kernel had there before is none of the
 * backend's business. This is also what a device that writes less than it says
 * leaves in the buffer.
 *
 * The references are taken once, in bulk: granting and ending a grant take no
 * lock but the slot allocator's, which hands out references here, one for a
 * slot.
 *
 * A grant is ended before the buffer goes back to its driver. If the backend
 * still has a frame mapped, it can read or write what the driver or the kernel
 * do with that memory next: the page is held back from being freed (revoke.c),
 * its reference is never used again, and the caller has to break the device.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "../include/virtio_msg_xen.h"
#include "bounce.h"
#include "grants.h"
#include "inplace.h"
#include "revoke.h"
#include "trace.h"

/* References that one buffer can have. */
#define MAX_FRAMES	VXEN_SLOT_BLOCK

/**
 * struct vxen_inplace_frame - what a reference grants
 * @orig: the first byte of the buffer in this frame, where the driver has it
 * @len: bytes of the buffer in this frame
 * @edge: the page that stands in for the frame, or NULL
 * @lost: the backend has not let go: the reference is not ours any more
 */
struct vxen_inplace_frame {
	phys_addr_t orig;
	u32 len;
	struct page *edge;
	bool lost;
};

static unsigned int frames_of(phys_addr_t phys, size_t size)
{
	return ((phys & VXEN_FRAME_MASK) + size + VXEN_FRAME_MASK) >>
	       VXEN_FRAME_SHIFT;
}

static void *edge_va(const struct vxen_inplace_frame *f)
{
	return page_address(f->edge) + (f->orig & VXEN_FRAME_MASK);
}

/**
 * vxen_inplace_start() - take references for buffers in place
 * @ip: to be filled in
 * @to: whom buffers are to be granted to
 * @nr: references wanted; rounded up to what the allocator deals in
 * @stats: where to count
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or -ENOSPC if the grant table is full. @ip->nr is 0 if
 * there was an error.
 */
int vxen_inplace_start(struct vxen_inplace *ip, struct vxen_grantee *to,
		       unsigned int nr, struct vxen_stats __percpu *stats)
{
	unsigned int blocks = DIV_ROUND_UP(nr, VXEN_SLOT_BLOCK);
	int err;

	ip->to = to;
	ip->stats = stats;
	ip->nr = 0;
	atomic_set(&ip->granted, 0);
	nr = blocks * VXEN_SLOT_BLOCK;

	err = vxen_slots_init(&ip->refs, blocks, blocks);
	if (err)
		return err;

	err = -ENOMEM;
	ip->frame = kvcalloc(nr, sizeof(*ip->frame), GFP_KERNEL);
	if (!ip->frame)
		goto err_slots;

	err = vxen_refs_alloc(nr, &ip->first_ref);
	if (err)
		goto err_frame;

	ip->nr = nr;
	return 0;

err_frame:
	kvfree(ip->frame);
err_slots:
	vxen_slots_destroy(&ip->refs);
	return err;
}

/**
 * vxen_inplace_stop() - give the references back
 * @ip: nothing may be mapped; may not have been started
 *
 * Context: may sleep.
 */
void vxen_inplace_stop(struct vxen_inplace *ip)
{
	unsigned int i;

	if (!ip->nr)
		return;

	for (i = 0; i < ip->nr; i++)
		if (!ip->frame[i].lost)
			vxen_ref_free(ip->first_ref + i);
	kvfree(ip->frame);
	vxen_slots_destroy(&ip->refs);
	ip->nr = 0;
}

/*
 * A frame that is all the buffer's; and of which the page could be held back,
 * which the slab allocator's cannot, nor one that has no reference count of its
 * own and is of no compound page: it is freed with the page that it follows.
 */
static bool grantable(const struct vxen_inplace_frame *f)
{
	struct page *page = pfn_to_page(PHYS_PFN(f->orig));

	return f->len == VXEN_FRAME_SIZE && page_count(page) &&
	       !PageSlab(compound_head(page));
}

/* Note what each reference is to grant, and make the edges. */
static int lay_out(struct vxen_inplace_frame *f, phys_addr_t phys, size_t size)
{
	for (; size; f++) {
		f->orig = phys;
		f->len = min_t(size_t, size,
			       VXEN_FRAME_SIZE - (phys & VXEN_FRAME_MASK));
		if (!grantable(f)) {
			/* Of low memory, which the kernel has mapped. */
			f->edge = alloc_page(GFP_ATOMIC | __GFP_ZERO |
					     __GFP_NOWARN);
			if (!f->edge)
				return -ENOMEM;
		}
		phys += f->len;
		size -= f->len;
	}

	return 0;
}

static void drop_edges(struct vxen_inplace_frame *f, unsigned int nr)
{
	for (; nr; f++, nr--) {
		if (f->edge)
			__free_page(f->edge);
		f->edge = NULL;
	}
}

/* Fill a frame for the device, and grant it. Returns the bytes not copied. */
static u32 grant_frame(struct vxen_inplace *ip, u32 n,
		       enum dma_data_direction dir, bool skip)
{
	struct vxen_inplace_frame *f = &ip->frame[n];
	struct page *page = pfn_to_page(PHYS_PFN(f->orig));
	bool readonly = dir == DMA_TO_DEVICE;

	if (f->edge) {
		if (dir != DMA_FROM_DEVICE && !skip) {
			vxen_bounce(f->orig, edge_va(f), f->len, true);
			vxen_count(ip->stats, VXEN_STAT_OUT, f->len);
		}
		vxen_ref_grant(ip->first_ref + n, ip->to->domid, f->edge, 0,
			       readonly);
		return 0;
	}

	if (dir == DMA_FROM_DEVICE)
		memzero_page(page, offset_in_page(f->orig), f->len);
	vxen_ref_grant(ip->first_ref + n, ip->to->domid, page,
		       offset_in_page(f->orig) >> VXEN_FRAME_SHIFT, readonly);
	return f->len;
}

/**
 * vxen_inplace_map() - grant a buffer where it is
 * @ip: the device's references
 * @phys: the buffer
 * @size: its bytes
 * @dir: who reads and who writes it
 * @skip: DMA_ATTR_SKIP_CPU_SYNC: the driver will sync what it needs
 *
 * Context: any.
 * Return: the DMA address, or 0 if references or memory ran out.
 */
u64 vxen_inplace_map(struct vxen_inplace *ip, phys_addr_t phys, size_t size,
		     enum dma_data_direction dir, bool skip)
{
	unsigned int nr = frames_of(phys, size), i;
	u32 run, uncopied = 0;

	if (!ip->nr || nr > MAX_FRAMES ||
	    vxen_slots_alloc(&ip->refs, (size_t)nr << VXEN_SLOT_SHIFT, &run))
		return 0;

	if (lay_out(&ip->frame[run], phys, size)) {
		drop_edges(&ip->frame[run], nr);
		WARN_ON_ONCE(vxen_slots_free(&ip->refs, run));
		return 0;
	}

	for (i = 0; i < nr; i++)
		uncopied += grant_frame(ip, run + i, dir, skip);
	atomic_add(nr, &ip->granted);
	vxen_count(ip->stats, VXEN_STAT_INPLACE_MAPS, 1);
	vxen_count(ip->stats, VXEN_STAT_INPLACE_BYTES, uncopied);

	return VMSG_XEN_DMA_FLAG |
	       (u64)(ip->first_ref + run) << VMSG_XEN_FRAME_SHIFT |
	       (phys & VXEN_FRAME_MASK);
}

static u64 index_of(const struct vxen_inplace *ip, u64 addr)
{
	return ((addr & ~VMSG_XEN_DMA_FLAG) >> VMSG_XEN_FRAME_SHIFT) -
	       ip->first_ref;
}

/**
 * vxen_inplace_has() - is this the address of a buffer in place?
 * @ip: the device's references
 * @addr: DMA address
 *
 * Context: any.
 * Return: true if it is.
 */
bool vxen_inplace_has(const struct vxen_inplace *ip, u64 addr)
{
	return addr & VMSG_XEN_DMA_FLAG && index_of(ip, addr) < ip->nr;
}

/* End a frame's grant; false if the backend does not let go. */
static bool end_frame(struct vxen_inplace *ip, u32 n)
{
	struct vxen_inplace_frame *f = &ip->frame[n];
	struct page *page;

	if (vxen_ref_end(ip->first_ref + n))
		return true;

	f->lost = true;
	page = f->edge ?: pfn_to_page(PHYS_PFN(f->orig));
	get_page(page);
	vxen_hold_back(ip->to, ip->first_ref + n, page);
	return false;
}

/**
 * vxen_inplace_unmap() - take a buffer back
 * @ip: the device's references
 * @addr: from vxen_inplace_map()
 * @size: as given to it
 * @dir: likewise
 * @skip: DMA_ATTR_SKIP_CPU_SYNC: the driver does not want the data
 *
 * Context: any.
 * Return: number of frames that the backend still has mapped. The device must
 * not be trusted any more if it is not 0.
 */
unsigned int vxen_inplace_unmap(struct vxen_inplace *ip, u64 addr, size_t size,
				enum dma_data_direction dir, bool skip)
{
	unsigned int nr = frames_of(addr, size), i, busy = 0;
	u32 run = index_of(ip, addr);

	if (WARN_ON_ONCE(nr > ip->nr - run))
		return 0;

	/* All grants first: what is copied afterwards cannot change any more. */
	for (i = 0; i < nr; i++)
		busy += !end_frame(ip, run + i);

	for (i = 0; i < nr; i++) {
		struct vxen_inplace_frame *f = &ip->frame[run + i];

		if (f->edge && dir != DMA_TO_DEVICE && !skip) {
			vxen_bounce(f->orig, edge_va(f), f->len, false);
			vxen_count(ip->stats, VXEN_STAT_IN, f->len);
		}
	}

	drop_edges(&ip->frame[run], nr);
	atomic_sub(nr, &ip->granted);
	/* A run of which references are lost is never handed out again. */
	if (!busy)
		WARN_ON_ONCE(vxen_slots_free(&ip->refs, run));
	return busy;
}

/**
 * vxen_inplace_sync() - make the edges of a buffer what they should be
 * @ip: the device's references
 * @addr: any address in a buffer that is mapped
 * @size: bytes from there on, of the same buffer
 * @out: for the device, else for the CPU
 *
 * Context: any.
 */
void vxen_inplace_sync(struct vxen_inplace *ip, u64 addr, size_t size,
		       bool out)
{
	u32 n = index_of(ip, addr), off = addr & VXEN_FRAME_MASK;

	for (; size && !WARN_ON_ONCE(n >= ip->nr); n++, off = 0) {
		struct vxen_inplace_frame *f = &ip->frame[n];
		size_t len = min_t(size_t, size, VXEN_FRAME_SIZE - off);
		phys_addr_t phys = (f->orig & ~VXEN_FRAME_MASK) + off;

		if (f->edge) {
			vxen_bounce(phys, page_address(f->edge) + off, len,
				    out);
			vxen_count(ip->stats,
				   out ? VXEN_STAT_OUT : VXEN_STAT_IN, len);
		}
		size -= len;
	}
}
