// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma.c - DMA operations whose addresses are grants
 *
 * Theory of operation
 * -------------------
 * A DMA address is 1 << 63 | grant reference << 12 | offset. Every mapping is
 * bounced through the device's window: the buffer's data is copied into slots
 * of its own when it is mapped for the device to read, and out of them when it
 * is unmapped after the device has written. So
 *
 * - the backend never sees a byte that is not in a buffer: nothing but buffers
 *   and rings is ever put into a window;
 * - the guest reads what the backend wrote exactly once, by the copy: what the
 *   backend changes afterwards changes nothing;
 * - mapping costs a copy and no hypercall.
 *
 * The slots of a buffer that the device is to write are zeroed when it is
 * mapped, or filled with the buffer's data. A device that writes less than it
 * says then returns zeros or those, neither an older request's data nor the
 * guest's memory.
 *
 * Where the data belongs is noted per slot (vxen_window.orig), so that any part
 * of a mapping can be synced. The notes and the buffer's length are kept in the
 * guest's own memory; the ring's idea of them is never used.
 *
 * All operations but alloc and free may be called from any context, and those
 * two as well, since memory comes from the window.
 */
#include <linux/dma-map-ops.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "device.h"
#include "dma.h"

static const struct dma_map_ops vxen_dma_ops;

static struct vxen_dma *to_dma(struct device *dev)
{
	struct vxen_device *vx = dev_get_drvdata(dev);

	return &vx->dma;
}

/* Copy between a buffer of the guest's and its slots, page by page. */
static void bounce(phys_addr_t orig, void *slot, size_t size, bool to_slot)
{
	while (size) {
		size_t off = offset_in_page(orig);
		size_t len = min_t(size_t, size, PAGE_SIZE - off);
		struct page *page = pfn_to_page(PHYS_PFN(orig));

		if (to_slot)
			memcpy_from_page(slot, page, off, len);
		else
			memcpy_to_page(page, off, slot, len);

		orig += len;
		slot += len;
		size -= len;
	}
}

/* Where in the window a DMA address points, or NULL if it does not. */
static void *slot_of(struct vxen_window *win, dma_addr_t addr, size_t size,
		     u32 *slot)
{
	u64 off = addr - win->dma;

	if (WARN_ON_ONCE(off >= win->size || size > win->size - off))
		return NULL;

	*slot = off >> VXEN_SLOT_SHIFT;
	return win->va + off;
}

/* The place in the guest's buffer that belongs to a DMA address. */
static phys_addr_t orig_of(struct vxen_window *win, dma_addr_t addr, u32 slot)
{
	return win->orig[slot] + ((addr - win->dma) & (VXEN_SLOT_SIZE - 1));
}

static dma_addr_t vxen_map_page(struct device *dev, struct page *page,
				unsigned long offset, size_t size,
				enum dma_data_direction dir,
				unsigned long attrs)
{
	struct vxen_dma *dma = to_dma(dev);
	struct vxen_window *win = dma->win;
	phys_addr_t orig = page_to_phys(page) + offset;
	u32 slot, i;
	void *va;

	if (WARN_ON_ONCE(dir == DMA_NONE) || !win)
		return DMA_MAPPING_ERROR;

	if (size > VXEN_DMA_MAX_MAPPING ||
	    vxen_slots_alloc(&win->slots, size, &slot)) {
		atomic_long_inc(&dma->exhausted);
		return DMA_MAPPING_ERROR;
	}

	for (i = 0; i < DIV_ROUND_UP(size, VXEN_SLOT_SIZE); i++)
		win->orig[slot + i] = orig + ((phys_addr_t)i << VXEN_SLOT_SHIFT);

	va = win->va + ((size_t)slot << VXEN_SLOT_SHIFT);
	if (dir == DMA_FROM_DEVICE || (attrs & DMA_ATTR_SKIP_CPU_SYNC))
		memset(va, 0, size);
	else
		bounce(orig, va, size, true);

	return win->dma + ((u64)slot << VXEN_SLOT_SHIFT);
}

static void vxen_unmap_page(struct device *dev, dma_addr_t addr, size_t size,
			    enum dma_data_direction dir, unsigned long attrs)
{
	struct vxen_window *win = to_dma(dev)->win;
	void *va;
	u32 slot;

	va = slot_of(win, addr, size, &slot);
	if (!va)
		return;

	if (dir != DMA_TO_DEVICE && !(attrs & DMA_ATTR_SKIP_CPU_SYNC))
		bounce(orig_of(win, addr, slot), va, size, false);

	WARN_ON_ONCE(vxen_slots_free(&win->slots, slot));
}

static void vxen_sync_for_cpu(struct device *dev, dma_addr_t addr, size_t size,
			      enum dma_data_direction dir)
{
	struct vxen_window *win = to_dma(dev)->win;
	void *va;
	u32 slot;

	if (dir == DMA_TO_DEVICE)
		return;

	va = slot_of(win, addr, size, &slot);
	if (va)
		bounce(orig_of(win, addr, slot), va, size, false);
}

static void vxen_sync_for_device(struct device *dev, dma_addr_t addr,
				 size_t size, enum dma_data_direction dir)
{
	struct vxen_window *win = to_dma(dev)->win;
	void *va;
	u32 slot;

	if (dir == DMA_FROM_DEVICE)
		return;

	va = slot_of(win, addr, size, &slot);
	if (va)
		bounce(orig_of(win, addr, slot), va, size, true);
}

static void vxen_unmap_sg(struct device *dev, struct scatterlist *sgl,
			  int nents, enum dma_data_direction dir,
			  unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		vxen_unmap_page(dev, sg_dma_address(sg), sg_dma_len(sg), dir,
				attrs);
}

static int vxen_map_sg(struct device *dev, struct scatterlist *sgl, int nents,
		       enum dma_data_direction dir, unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i) {
		dma_addr_t addr = vxen_map_page(dev, sg_page(sg), sg->offset,
						sg->length, dir, attrs);

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
	struct vxen_window *win = dma->win;
	void *va;
	u32 slot;

	if (!win)
		return NULL;

	/* Coherent memory is aligned to pages: slots are to their own size. */
	if (vxen_slots_alloc(&win->slots, max_t(size_t, size, PAGE_SIZE),
			     &slot)) {
		atomic_long_inc(&dma->exhausted);
		return NULL;
	}

	va = win->va + ((size_t)slot << VXEN_SLOT_SHIFT);
	memset(va, 0, size);
	*addr = win->dma + ((u64)slot << VXEN_SLOT_SHIFT);

	return va;
}

static void vxen_free(struct device *dev, size_t size, void *va,
		      dma_addr_t addr, unsigned long attrs)
{
	struct vxen_window *win = to_dma(dev)->win;
	u32 slot;

	if (slot_of(win, addr, size, &slot))
		WARN_ON_ONCE(vxen_slots_free(&win->slots, slot));
}

static size_t vxen_max_mapping_size(struct device *dev)
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
	.map_page = vxen_map_page,
	.unmap_page = vxen_unmap_page,
	.map_sg = vxen_map_sg,
	.unmap_sg = vxen_unmap_sg,
	.sync_single_for_cpu = vxen_sync_for_cpu,
	.sync_single_for_device = vxen_sync_for_device,
	.sync_sg_for_cpu = vxen_sync_sg_for_cpu,
	.sync_sg_for_device = vxen_sync_sg_for_device,
	.dma_supported = vxen_dma_supported,
	.max_mapping_size = vxen_max_mapping_size,
};

/**
 * vxen_dma_attach() - make a device's DMA addresses grants
 * @dev: the xenbus device
 * @dma: its &struct vxen_dma, inside the &struct vxen_device that is @dev's
 *	driver data
 *
 * Context: may sleep.
 * Return: 0, or -EIO if the kernel can't be told of the DMA mask.
 */
int vxen_dma_attach(struct device *dev, struct vxen_dma *dma)
{
	dev->dma_mask = &dma->mask;
	set_dma_ops(dev, &vxen_dma_ops);

	return dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
}

/**
 * vxen_dma_claim() - make sure that the operations in force are ours
 * @dev: the xenbus device
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
 * @dev: the xenbus device
 *
 * Context: may sleep. Nothing may be mapped.
 */
void vxen_dma_detach(struct device *dev)
{
	set_dma_ops(dev, NULL);
	dev->dma_mask = NULL;
}
