/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * window.h - a run of granted pages that buffers and rings live in
 */
#ifndef VXEN_WINDOW_H
#define VXEN_WINDOW_H

#include <linux/types.h>

#include "slots.h"

struct page;
struct vxen_grantee;

/**
 * struct vxen_window - pages granted to the backend for as long as they live
 * @to: whom they are granted to
 * @pages: the pages
 * @nr_pages: how many
 * @first_ref: grant reference of the first frame; the others follow
 * @va: where the kernel sees the window, as one linear range
 * @dma: DMA address of the first byte
 * @size: bytes
 * @slots: which parts are in use
 * @orig: at the first slot of a run: where the data that is bounced through
 *	the run belongs
 * @touched: something was taken from it since this was last set to false
 */
struct vxen_window {
	struct vxen_grantee *to;
	struct page **pages;
	unsigned int nr_pages;
	u32 first_ref;
	void *va;
	u64 dma;
	size_t size;
	struct vxen_slots slots;
	u64 *orig;
	bool touched;
};

struct vxen_window *vxen_window_create(struct vxen_grantee *to, size_t size,
				       unsigned int areas);
unsigned int vxen_window_destroy(struct vxen_window *win);

#endif /* VXEN_WINDOW_H */
