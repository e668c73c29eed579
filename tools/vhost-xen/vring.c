// SPDX-License-Identifier: GPL-2.0-only
/*
 * vring.c - the three areas of a virtqueue
 *
 * Sizes and alignments are those of "Split Virtqueues" and "Packed
 * Virtqueues" in the VIRTIO specification. The event index words are always
 * counted: the split layout reserves room for them anyway.
 */
#include "vring.h"

#define DESC_SIZE		16
#define USED_ELEM_SIZE		8
#define AVAIL_ELEM_SIZE		2
#define RING_HEADER_SIZE	4
#define EVENT_SIZE		2
#define PACKED_EVENT_SIZE	4
#define PACKED_MAX_SIZE		32768

static bool area_ok(const struct windows *ws, uint64_t addr, uint64_t len, uint64_t align)
{
	return addr % align == 0 && windows_lookup(ws, addr, len);
}

/**
 * vring_check() - Is a virtqueue well formed and inside the windows?
 * @a: as the driver gave it
 * @packed: packed layout
 * @max_size: largest size that the device takes
 * @ws: the windows of the device
 *
 * Return: true if it may be used
 */
bool vring_check(const struct vring_areas *a, bool packed, uint32_t max_size,
		 const struct windows *ws)
{
	uint64_t n = a->size;

	if (!n || n > max_size || n > PACKED_MAX_SIZE)
		return false;
	if (packed)
		return area_ok(ws, a->desc, n * DESC_SIZE, DESC_SIZE) &&
		       area_ok(ws, a->driver, PACKED_EVENT_SIZE, PACKED_EVENT_SIZE) &&
		       area_ok(ws, a->device, PACKED_EVENT_SIZE, PACKED_EVENT_SIZE);
	if (n & (n - 1))
		return false;
	return area_ok(ws, a->desc, n * DESC_SIZE, 16) &&
	       area_ok(ws, a->driver, RING_HEADER_SIZE + n * AVAIL_ELEM_SIZE + EVENT_SIZE, 2) &&
	       area_ok(ws, a->device, RING_HEADER_SIZE + n * USED_ELEM_SIZE + EVENT_SIZE, 4);
}

/**
 * vring_in_window() - Does any part of a virtqueue lie in a window?
 * @a: a virtqueue that vring_check() has passed
 * @w: the window
 *
 * Return: true if the window can't go while the virtqueue stays
 */
bool vring_in_window(const struct vring_areas *a, const struct window *w)
{
	uint64_t base = window_base(w), size = window_size(w);

	return a->desc - base < size || a->driver - base < size || a->device - base < size;
}
