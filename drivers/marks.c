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
 * last bytes of each get a mark in place of zeros. A sector that still ends with it
 * when the buffer is copied out of the slot was not written, or not to its end: it is
 * not copied, and the buffer is zeroed there.
 *
 * - The mark is looked for before the copy: the buffer may be a program's, which may
 *   look at it at any time. What a device has not written is not there for a moment.
 * - Whether the mark is there is all that is believed of the slot, and only decides
 *   between a copy and zeros. A backend that changes it between two looks, or writes a
 *   sector's end alone, gets the guest to read zeros, or what it could have written
 *   anyway: it has seen all of the window.
 * - 128 random bits that nobody but the backend gets to see are not found at the end of
 *   anybody's data.
 *
 * Any context; a buffer belongs to its request.
 */
#include <linux/compiler.h>
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

static bool is_marked(const struct vxen_mark *mark, const void *sector)
{
	const struct vxen_mark *end = sector + SZ_512 - sizeof(*end);

	return READ_ONCE(end->word[0]) == mark->word[0] &&
	       READ_ONCE(end->word[1]) == mark->word[1];
}

/**
 * vxen_mark_run() - how far does it go on like this?
 * @mark: the device's
 * @va: granted memory that vxen_mark_sectors() was called for, from a sector on
 * @size: bytes, a multiple of sectors, more than 0
 * @marked: set to whether the first sector has not been written
 *
 * Context: any.
 * Return: bytes, a multiple of sectors, up to the first sector of which the
 * opposite is true.
 */
size_t vxen_mark_run(const struct vxen_mark *mark, const void *va, size_t size,
		     bool *marked)
{
	size_t run = SZ_512;

	*marked = is_marked(mark, va);
	while (run < size && is_marked(mark, va + run) == *marked)
		run += SZ_512;
	return run;
}
