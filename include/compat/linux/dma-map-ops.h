/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/dma-map-ops.h - the kernel's, and what older ones lack of it
 *
 * Since 6.19 what is mapped is a physical address, which need not belong to a
 * page (DMA_ATTR_MMIO); before, it was a page and an offset.
 */
#ifndef VXEN_COMPAT_LINUX_DMA_MAP_OPS_H
#define VXEN_COMPAT_LINUX_DMA_MAP_OPS_H

#include_next <linux/dma-map-ops.h>

#ifdef VXEN_HAVE_MAP_PHYS

#define VXEN_DEFINE_MAP_PAGE(map, unmap)
#define VXEN_MAP_PHYS_OPS(map, unmap)	.map_phys = map, .unmap_phys = unmap

#else

#include <linux/mm.h>

#ifndef DMA_ATTR_MMIO
#define DMA_ATTR_MMIO	0
#endif

/* Define the function of the older type that calls @map. */
#define VXEN_DEFINE_MAP_PAGE(map, unmap)				\
static dma_addr_t map##_page(struct device *dev, struct page *page,	\
			     unsigned long offset, size_t size,		\
			     enum dma_data_direction dir,		\
			     unsigned long attrs)			\
{									\
	return map(dev, page_to_phys(page) + offset, size, dir, attrs);	\
}

#define VXEN_MAP_PHYS_OPS(map, unmap)					\
	.map_page = map##_page, .unmap_page = unmap

#endif

#endif /* VXEN_COMPAT_LINUX_DMA_MAP_OPS_H */
