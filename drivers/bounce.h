/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bounce.h - copies between a driver's buffer and memory that is granted
 */
#ifndef VXEN_BOUNCE_H
#define VXEN_BOUNCE_H

#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>

/**
 * vxen_bounce() - copy between a buffer and granted memory
 * @phys: the buffer; need not be mapped by the kernel
 * @va: granted memory
 * @size: bytes
 * @out: to the granted memory, else from it
 *
 * Context: any.
 */
static inline void vxen_bounce(phys_addr_t phys, void *va, size_t size,
			       bool out)
{
	while (size) {
		size_t off = offset_in_page(phys);
		size_t len = min_t(size_t, size, PAGE_SIZE - off);
		struct page *page = pfn_to_page(PHYS_PFN(phys));

		if (out)
			memcpy_from_page(va, page, off, len);
		else
			memcpy_to_page(page, off, va, len);

		phys += len;
		va += len;
		size -= len;
	}
}

/**
 * vxen_bounce_zeros() - zero a buffer
 * @phys: the buffer; need not be mapped by the kernel
 * @size: bytes
 *
 * Context: any.
 */
static inline void vxen_bounce_zeros(phys_addr_t phys, size_t size)
{
	while (size) {
		size_t off = offset_in_page(phys);
		size_t len = min_t(size_t, size, PAGE_SIZE - off);

		memzero_page(pfn_to_page(PHYS_PFN(phys)), off, len);
		phys += len;
		size -= len;
	}
}

#endif /* VXEN_BOUNCE_H */
