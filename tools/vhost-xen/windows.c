// SPDX-License-Identifier: GPL-2.0-only
/*
 * windows.c - the runs of grants that a guest has shown us
 *
 * Bookkeeping only: who maps a window, and how, is the backend's affair. All
 * numbers come from the guest.
 */
#include <string.h>

#include "virtio_msg_xen.h"
#include "windows.h"

/*
 * References above this can't be in a DMA address together with an offset
 * that stays below bit 63; no grant table is near that size anyway.
 */
#define MAX_REF		(UINT32_MAX - MAX_WINDOW_FRAMES)

/* Without VMSG_XEN_DMA_FLAG, so it is no address that a guest can name. */
#define OWN_BASE	(1ULL << 62)

/**
 * window_base() - DMA address of a window's first byte
 * @w: the window
 *
 * Return: the address
 */
uint64_t window_base(const struct window *w)
{
	if (w->own)
		return OWN_BASE;
	return VMSG_XEN_DMA_FLAG | (uint64_t)w->first_ref << VMSG_XEN_FRAME_SHIFT;
}

/**
 * window_size() - Length of a window
 * @w: the window
 *
 * Return: bytes
 */
uint64_t window_size(const struct window *w)
{
	return (uint64_t)w->frames << VMSG_XEN_FRAME_SHIFT;
}

/**
 * windows_check() - May this window be added?
 * @ws: the windows of the device
 * @id: its name
 * @first_ref: its first reference
 * @frames: its length
 *
 * Return: VMSG_XEN_OK, or the status to answer with
 */
int windows_check(const struct windows *ws, uint16_t id, uint32_t first_ref, uint32_t frames)
{
	uint32_t total = frames;
	bool room = false;
	unsigned int i;

	if (!frames || frames > MAX_WINDOW_FRAMES || first_ref > MAX_REF)
		return VMSG_XEN_EINVAL;

	for (i = 0; i < MAX_WINDOWS; i++) {
		const struct window *w = &ws->w[i];

		if (!w->used) {
			room = true;
			continue;
		}
		if (w->id == id)
			return VMSG_XEN_EINVAL;
		if (first_ref < w->first_ref + w->frames && w->first_ref < first_ref + frames)
			return VMSG_XEN_EINVAL;
		total += w->frames;
	}
	return room && total <= MAX_WINDOW_FRAMES ? VMSG_XEN_OK : VMSG_XEN_ENOMEM;
}

/**
 * windows_insert() - Remember a window that windows_check() has passed
 * @ws: the windows of the device
 * @id: its name
 * @first_ref: its first reference
 * @frames: its length
 *
 * Return: the entry, NULL when there is no room
 */
struct window *windows_insert(struct windows *ws, uint16_t id, uint32_t first_ref,
			      uint32_t frames)
{
	unsigned int i;

	for (i = 0; i < MAX_WINDOWS; i++) {
		struct window *w = &ws->w[i];

		if (w->used)
			continue;
		*w = (struct window){
			.used = true, .id = id, .first_ref = first_ref, .frames = frames,
		};
		return w;
	}
	return NULL;
}

/**
 * windows_count() - How many windows are there?
 * @ws: the windows of the device
 *
 * Return: 0 to MAX_WINDOWS
 */
unsigned int windows_count(const struct windows *ws)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX_WINDOWS; i++)
		n += ws->w[i].used;
	return n;
}

/**
 * windows_find() - Find a window by its name
 * @ws: the windows of the device
 * @id: its name
 *
 * Return: the entry or NULL
 */
struct window *windows_find(struct windows *ws, uint16_t id)
{
	unsigned int i;

	for (i = 0; i < MAX_WINDOWS; i++)
		if (ws->w[i].used && ws->w[i].id == id)
			return &ws->w[i];
	return NULL;
}

/**
 * windows_lookup() - Find the window that holds a whole range
 * @ws: the windows of the device
 * @addr: DMA address of the first byte
 * @len: length in bytes
 *
 * Return: the entry, NULL if the range lies in no single window
 */
const struct window *windows_lookup(const struct windows *ws, uint64_t addr, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < MAX_WINDOWS; i++) {
		const struct window *w = &ws->w[i];
		uint64_t off = addr - window_base(w);

		if (!w->used || addr < window_base(w))
			continue;
		if (off < window_size(w) && len <= window_size(w) - off)
			return w;
	}
	return NULL;
}
