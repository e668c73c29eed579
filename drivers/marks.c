// SPDX-License-Identifier: GPL-2.0-only
/*
 * marks.c - which sectors of a buffer a disk has written
 *
 * Theory of operation
 * -------------------
 * What an earlier request has left in a slot must not come back in another's
 * buffer, not even if the device fails half-way. To zero the slot first would do;
 * for a read of 64 KiB this is an eighth of what it costs the guest.
 *
 * But a disk writes sectors, each as a whole and from its first byte on. So the
 * last bytes of each get a mark in place of zeros, and after the copy out of the
 * slot, a sector of the buffer that still ends with the mark was not written, or
 * not to its end: there it is zeroed.
 *
 * - The mark is looked for in the copy, so what the backend does meanwhile
 *   changes nothing.
 * - A backend that writes a sector's end alone, or the mark itself, gets the guest
 *   to read what it could have written anyway: it has seen all of the window.
 * - 128 random bits, which never get out of the kernel but to the backend, are not
 *   found at the end of anybody's data.
 *
 * Any context; a buffer belongs to its request.
 */
#include <linux/cacheflush.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "marks.h"

/**
 * vxen_mark_init() - choose a mark
 * @mark: is filled
 *
 * Context: any.
 */
void vxen_mark_init(struct vxen_mark *mark)
{
	get_random_bytes(mark, sizeof(*mark));
}

/**
 * vxen_mark_fits() - is a buffer made of whole sectors?
 * @phys: where it is
 * @size: bytes
 *
 * A sector of it then lies in one page as well.
 *
 * Context: any.
 */
bool vxen_mark_fits(phys_addr_t phys, size_t size)
{
	return !((phys | size) & (SZ_512 - 1));
}

/**
 * vxen_mark_sectors() - mark granted memory as not written
 * @mark: the device's
 * @va: granted memory, aligned to a mark
 * @size: bytes, a multiple of sectors
 *
 * Context: any.
 */
void vxen_mark_sectors(const struct vxen_mark *mark, void *va, size_t size)
{
	void *end = va + size;

	for (va += SZ_512 - sizeof(*mark); va < end; va += SZ_512)
		memcpy(va, mark, sizeof(*mark));
}

static void zero_in_page(const struct vxen_mark *mark, struct page *page,
			 size_t off, size_t size)
{
	void *start = kmap_local_page(page), *va = start + off;
	void *end = va + size;

	for (; va < end; va += SZ_512) {
		const struct vxen_mark *found = va + SZ_512 - sizeof(*found);

		if (found->word[0] == mark->word[0] &&
		    found->word[1] == mark->word[1])
			memset(va, 0, SZ_512);
	}
	flush_dcache_page(page);
	kunmap_local(start);
}

/**
 * vxen_zero_marked() - zero what has not been written
 * @mark: the device's
 * @phys: the copy of what vxen_mark_sectors() was called for; fits
 *	(vxen_mark_fits())
 * @size: bytes
 *
 * Context: any.
 */
void vxen_zero_marked(const struct vxen_mark *mark, phys_addr_t phys,
		      size_t size)
{
	while (size) {
		size_t off = offset_in_page(phys);
		size_t len = min_t(size_t, size, PAGE_SIZE - off);

		zero_in_page(mark, pfn_to_page(PHYS_PFN(phys)), off, len);
		phys += len;
		size -= len;
	}
}
