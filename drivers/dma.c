// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma.c - DMA operations whose addresses are grants
 *
 * Theory of operation
 * -------------------
 * A DMA address is 1 << 63 | grant reference << 12 | offset. By default every
 * mapping is bounced through one of the device's windows (pool.c): the buffer's
 * data is copied into slots of its own when it is mapped for the device to read,
 * and out of them when it is unmapped after the device has written. So
 *
 * - the backend never sees a byte that is not in a buffer: nothing but buffers
 *   and rings is ever put into a window;
 * - the guest reads what the backend wrote exactly once, by the copy: what the
 *   backend changes afterwards changes nothing (but for the marks below, which are
 *   looked at before);
 * - mapping costs a copy and no hypercall.
 *
 * The slots of a buffer that the device is to write are zeroed when it is
 * mapped, or filled with the buffer's data. A device that writes less than it
 * says then returns zeros or those, neither an older request's data nor the
 * guest's memory. To zero costs as much as to copy, so two kinds of devices do
 * without (vxen_dma.fill):
 *
 * - networks: the driver gives on what the device says it has written, and no
 *   more. A backend that lies about it could as well have written what it has
 *   seen in the window, so zeroing would protect nothing;
 * - disks: the driver has no such length. It tells whoever reads that it has
 *   failed, when the data is there already. But whole sectors are written, and
 *   marks tell which (marks.c).
 *
 * Where the data belongs is noted at the run's first slot (vxen_window.orig),
 * which is found from any other: so any part of a mapping can be synced. The
 * notes and the buffer's length are kept in the guest's own memory; the ring's
 * idea of them is never used.
 *
 * Where the backend can do with single grants, large buffers may be granted in
 * place instead (inplace.c): from vxen_dma.inplace_min bytes on, and when the
 * windows are full. Which of the two an address is of tells the address.
 *
 * With neither to be had, the mapping is refused; the windows grow, if they
 * may, so that there will be room for the next attempt.
 *
 * All operations may be called from any context: what they need is there from
 * the start, and what is made later is made by others.
 */
#include <linux/bits.h>
#include <linux/dma-map-ops.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "bounce.h"
#include "device.h"
#include "dma.h"
#include "grants.h"
#include "trace.h"

/* In vxen_window.orig: the slots have been marked. No memory is there. */
#define ORIG_MARKED		BIT_ULL(63)

static const struct dma_map_ops vxen_dma_ops;

/* Driver data may be another driver's; the mask is ours while these are. */
static struct vxen_dma *to_dma(struct device *dev)
{
	return container_of(dev->dma_mask, struct vxen_dma, mask);
}

static void *slot_va(const struct vxen_window *win, u32 slot)
{
	return win->va + ((size_t)slot << VXEN_SLOT_SHIFT);
}

static u64 slot_addr(const struct vxen_window *win, u32 slot)
{
	return win->dma + ((u64)slot << VXEN_SLOT_SHIFT);
}

/* The window that a range lies in, all of it, or NULL if there is none. */
static struct vxen_window *window_of(struct vxen_dma *dma, dma_addr_t addr,
				     size_t size, u32 *slot)
{
	struct vxen_window *win = vxen_pool_find(&dma->pool, addr);

	if (WARN_ON_ONCE(!win || size > win->size - (addr - win->dma)))
		return NULL;

	*slot = (addr - win->dma) >> VXEN_SLOT_SHIFT;
	return win;
}

/* Whole sectors, since a part of one does not tell whether it was written. */
static void copy_marked(struct vxen_dma *dma, phys_addr_t phys, void *va,
			size_t off, size_t size)
{
	size_t at = round_down(off, SZ_512), end = round_up(off + size, SZ_512);

	while (at < end) {
		bool marked;
		size_t run = vxen_mark_run(&dma->mark, va + at, end - at,
					   &marked);

		if (marked)
			vxen_bounce_zeros(phys + at, run);
		else
			vxen_bounce(phys + at, va + at, run, false);
		at += run;
	}
}

static void copy(struct vxen_dma *dma, struct vxen_window *win,
		 dma_addr_t addr, size_t size, u32 slot, bool out)
{
	u32 first = vxen_slots_first(&win->slots, slot);
	size_t off;
	u64 orig;

	if (WARN_ON_ONCE(first == U32_MAX))
		return;

	orig = win->orig[first];
	off = addr - slot_addr(win, first);
	if (!out && orig & ORIG_MARKED)
		copy_marked(dma, orig & ~ORIG_MARKED, slot_va(win, first), off,
			    size);
	else
		vxen_bounce((orig & ~ORIG_MARKED) + off,
			    slot_va(win, first) + off, size, out);
	vxen_count(dma->stats, out ? VXEN_STAT_OUT : VXEN_STAT_IN, size);
	trace_vxen_bounce(addr, size, out);
}

static void refused(struct vxen_dma *dma, size_t size)
{
	vxen_count(dma->stats, VXEN_STAT_EXHAUSTED, 1);
	trace_vxen_exhausted(size, READ_ONCE(dma->pool.size));
	vxen_pool_grow(&dma->pool);
}

/*
 * Receive buffers, of a page at most, wait for packets, however long. Headers and
 * indirect tables are too small to need room in one piece, or to take it.
 */
static enum vxen_slot_kind kind_of(size_t size, enum dma_data_direction dir)
{
	return size <= (dir == DMA_FROM_DEVICE ? VXEN_FRAME_SIZE :
						 VXEN_FRAME_SIZE / 2) ?
	       VXEN_SLOT_LASTING : VXEN_SLOT_PASSING;
}

/* What is put into the slots of a buffer that the device is to write. */
static enum vxen_dma_fill fill_of(const struct vxen_dma *dma, phys_addr_t phys,
				  size_t size)
{
	switch (dma->fill) {
	case VXEN_DMA_FILL_NOTHING:
		return size >= VXEN_DMA_LARGE ? dma->fill : VXEN_DMA_FILL_ZEROS;
	case VXEN_DMA_FILL_MARKS:
		return vxen_mark_fits(phys, size) ? dma->fill :
						    VXEN_DMA_FILL_ZEROS;
	default:
		return VXEN_DMA_FILL_ZEROS;
	}
}

static void fill(struct vxen_dma *dma, struct vxen_window *win, u32 slot,
		 size_t size)
{
	switch (fill_of(dma, win->orig[slot], size)) {
	case VXEN_DMA_FILL_NOTHING:
		break;
	case VXEN_DMA_FILL_MARKS:
		vxen_mark_sectors(&dma->mark, slot_va(win, slot), size);
		win->orig[slot] |= ORIG_MARKED;
		break;
	case VXEN_DMA_FILL_ZEROS:
		memset(slot_va(win, slot), 0, size);
		break;
	}
}

/* Map through a window; 0 if there is no room. */
static u64 map_window(struct vxen_dma *dma, phys_addr_t phys, size_t size,
		      enum dma_data_direction dir, unsigned long attrs)
{
	struct vxen_window *win;
	u32 slot;

	win = vxen_pool_alloc(&dma->pool, size, kind_of(size, dir), &slot);
	if (!win)
		return 0;

	win->orig[slot] = phys;

	if (dir == DMA_FROM_DEVICE)
		fill(dma, win, slot, size);
	else if (attrs & DMA_ATTR_SKIP_CPU_SYNC)
		memset(slot_va(win, slot), 0, size);
	else
		copy(dma, win, slot_addr(win, slot), size, slot, true);

	return slot_addr(win, slot);
}

static dma_addr_t vxen_map_phys(struct device *dev, phys_addr_t phys,
				size_t size, enum dma_data_direction dir,
				unsigned long attrs)
{
	bool skip = attrs & DMA_ATTR_SKIP_CPU_SYNC, inplace = false;
	struct vxen_dma *dma = to_dma(dev);
	size_t min = READ_ONCE(dma->inplace_min);
	u64 addr = 0;

	/* There is no page, and no way to grant it. */
	if (WARN_ON_ONCE(dir == DMA_NONE) || (attrs & DMA_ATTR_MMIO))
		return DMA_MAPPING_ERROR;
	if (size > VXEN_DMA_MAX_MAPPING)
		goto out;

	if (min && size >= min)
		addr = vxen_inplace_map(&dma->inplace, phys, size, dir, skip);
	inplace = addr;
	if (!addr)
		addr = map_window(dma, phys, size, dir, attrs);
	if (!addr) {
		addr = vxen_inplace_map(&dma->inplace, phys, size, dir, skip);
		inplace = addr;
	}
out:
	if (!addr) {
		refused(dma, size);
		return DMA_MAPPING_ERROR;
	}

	vxen_count(dma->stats, VXEN_STAT_MAPS, 1);
	trace_vxen_map(addr, size, dir, inplace);
	return addr;
}

static void unmap_inplace(struct vxen_dma *dma, dma_addr_t addr, size_t size,
			  enum dma_data_direction dir, unsigned long attrs)
{
	unsigned int busy;

	busy = vxen_inplace_unmap(&dma->inplace, addr, size, dir,
				  attrs & DMA_ATTR_SKIP_CPU_SYNC);
	if (busy)
		dma->lost(dma, busy);
}

static void vxen_unmap_phys(struct device *dev, dma_addr_t addr, size_t size,
			    enum dma_data_direction dir, unsigned long attrs)
{
	struct vxen_dma *dma = to_dma(dev);
	bool inplace = vxen_inplace_has(&dma->inplace, addr);
	struct vxen_window *win;
	u32 slot;

	vxen_count(dma->stats, VXEN_STAT_UNMAPS, 1);
	trace_vxen_unmap(addr, size, dir, inplace);
	if (inplace) {
		unmap_inplace(dma, addr, size, dir, attrs);
		return;
	}

	win = window_of(dma, addr, size, &slot);
	if (!win)
		return;

	if (dir != DMA_TO_DEVICE && !(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		copy(dma, win, addr, size, slot, false);

	WARN_ON_ONCE(vxen_slots_free(&win->slots, slot));
}

VXEN_DEFINE_MAP_PAGE(vxen_map_phys, vxen_unmap_phys)

static void sync(struct device *dev, dma_addr_t addr, size_t size, bool out)
{
	struct vxen_dma *dma = to_dma(dev);
	struct vxen_window *win;
	u32 slot;

	if (vxen_inplace_has(&dma->inplace, addr)) {
		vxen_inplace_sync(&dma->inplace, addr, size, out);
		return;
	}

	win = window_of(dma, addr, size, &slot);
	if (win)
		copy(dma, win, addr, size, slot, out);
}

static void vxen_sync_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			      enum dma_data_direction dir)
{
	if (dir != DMA_TO_DEVICE)
		sync(dev, addr, size, false);
}

static void vxen_sync_for_device(struct device *dev, dma_addr_t addr,
				 size_t size, enum dma_data_direction dir)
{
	if (dir != DMA_FROM_DEVICE)
		sync(dev, addr, size, true);
}

static void vxen_unmap_sg(struct device *dev, struct scatterlist *sgl,
			  int nents, enum dma_data_direction dir,
			  unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		vxen_unmap_phys(dev, sg_dma_address(sg), sg_dma_len(sg), dir,
				attrs);
}

static int vxen_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
		       enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		dma_addr_t addr = vxen_map_phys(dev, sg_phys(sg), sg->length, dir,
						attrs);

		if (addr == DMA_MAPPING_ERROR) {
			vxen_unmap_sg(dev, sgl, i, dir,
				      attrs | DMA_ATTR_SKIP_CPU_SYNC);
			return -ENOMEM;
		}
		sg_dma_address(sg) = addr;
		sg_dma_len(sg) = sg->length;
	}

	return nents;
}

static void vxen_sync_sg_for_cpu(struct device *dev, struct scatterlist *sgl,
				 int nents, enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		vxen_sync_for_cpu(dev, sg_dma_address(sg), sg_dma_len(sg), dir);
}

static void vxen_sync_sg_for_device(struct device *dev, struct scatterlist *sgl,
				    int nents, enum dma_data_direction dir)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		vxen_sync_for_device(dev, sg_dma_address(sg), sg_dma_len(sg),
				     dir);
}

static void *vxen_alloc(struct device *dev, size_t size, dma_addr_t *addr,
			gfp_t gfp, unsigned long attrs)
{
	struct vxen_dma *dma = to_dma(dev);
	struct vxen_window *win;
	u32 slot;

	/* Coherent memory is aligned to pages: slots are to their own size. */
	win = vxen_pool_alloc(&dma->pool, max_t(size_t, size, PAGE_SIZE),
			      VXEN_SLOT_LASTING, &slot);
	if (!win) {
		refused(dma, size);
		return NULL;
	}

	memset(slot_va(win, slot), 0, size);
	*addr = slot_addr(win, slot);

	return slot_va(win, slot);
}

static void vxen_free(struct device *dev, size_t size, void *va,
		      dma_addr_t addr, unsigned long attrs)
{
	struct vxen_window *win;
	u32 slot;

	win = window_of(to_dma(dev), addr, size, &slot);
	if (win)
		WARN_ON_ONCE(vxen_slots_free(&win->slots, slot));
}

static size_t vxen_max_mapping_size(struct device *dev)
{
	return to_dma(dev)->max_mapping;
}

/* The kernel takes the smaller of the two: the larger, the cheaper. */
static size_t vxen_opt_mapping_size(void)
{
	return VXEN_DMA_MAX_MAPPING;
}

static int vxen_dma_supported(struct device *dev, u64 mask)
{
	/* Bit 63 is part of every address. */
	return mask == DMA_BIT_MASK(64);
}

static const struct dma_map_ops vxen_dma_ops = {
	.alloc = vxen_alloc,
	.free = vxen_free,
	VXEN_MAP_PHYS_OPS(vxen_map_phys, vxen_unmap_phys),
	.map_sg = vxen_map_sg,
	.unmap_sg = vxen_unmap_sg,
	.sync_single_for_cpu = vxen_sync_for_cpu,
	.sync_single_for_device = vxen_sync_for_device,
	.sync_sg_for_cpu = vxen_sync_sg_for_cpu,
	.sync_sg_for_device = vxen_sync_sg_for_device,
	.dma_supported = vxen_dma_supported,
	.max_mapping_size = vxen_max_mapping_size,
	.opt_mapping_size = vxen_opt_mapping_size,
};

/**
 * vxen_dma_attach() - make a device's DMA addresses grants
 * @dev: the device, bound to its driver
 * @dma: what is to be its; @dma->pool and @dma->lost are set by the caller
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or -EIO if the kernel can't be told of the DMA mask.
 */
int vxen_dma_attach(struct device *dev, struct vxen_dma *dma)
{
	int err;

	dma->stats = alloc_percpu(struct vxen_stats);
	if (!dma->stats)
		return -ENOMEM;

	vxen_mark_init(&dma->mark);
	dma->max_mapping = VXEN_DMA_MAX_MAPPING;
	dma->old_mask = dev->dma_mask;
	dma->old_coherent_mask = dev->coherent_dma_mask;
	dev->dma_mask = &dma->mask;
	set_dma_ops(dev, &vxen_dma_ops);

	err = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (err)
		vxen_dma_detach(dev);

	return err;
}

/**
 * vxen_dma_claim() - make sure that the operations in force are ours
 * @dev: the device
 *
 * A kernel with CONFIG_XEN_VIRTIO installs its own while virtio negotiates
 * features, with dom0 as the backend: too late for us to prevent, early enough
 * to put right before the first mapping.
 *
 * Context: may sleep. Nothing may be mapped.
 */
void vxen_dma_claim(struct device *dev)
{
	if (get_dma_ops(dev) != &vxen_dma_ops)
		set_dma_ops(dev, &vxen_dma_ops);
}

/**
 * vxen_dma_detach() - undo vxen_dma_attach()
 * @dev: the device
 *
 * Context: may sleep. Nothing may be mapped.
 */
void vxen_dma_detach(struct device *dev)
{
	struct vxen_dma *dma = to_dma(dev);

	set_dma_ops(dev, NULL);
	dev->dma_mask = dma->old_mask;
	dev->coherent_dma_mask = dma->old_coherent_mask;
	free_percpu(dma->stats);
	dma->stats = NULL;
}
