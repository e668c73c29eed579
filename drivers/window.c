// SPDX-License-Identifier: GPL-2.0-only
/*
 * window.c - a run of granted pages that buffers and rings live in
 *
 * Theory of operation
 * -------------------
 * A window is made of single pages, mapped side by side for the kernel and
 * granted with consecutive references for the backend. It is granted from
 * vxen_window_create() to vxen_window_destroy() without a break; which bytes of
 * it are a buffer at a time is for slots.c to say.
 *
 * The pages come zeroed: nothing that the guest had in them before is shown.
 * Single pages, because a page that the backend still has mapped when the
 * window goes must be held back on its own (revoke.c).
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../include/virtio_msg_xen.h"
#include "grants.h"
#include "revoke.h"
#include "window.h"

static void free_pages_array(struct page **pages, unsigned int nr)
{
	while (nr--)
		if (pages[nr])
			__free_page(pages[nr]);
}

static int window_alloc_pages(struct vxen_window *win)
{
	unsigned int i;

	win->pages = kvcalloc(win->nr_pages, sizeof(*win->pages), GFP_KERNEL);
	if (!win->pages)
		return -ENOMEM;

	for (i = 0; i < win->nr_pages; i++) {
		/* Rather a smaller window than somebody's process killed. */
		win->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO |
					   __GFP_NORETRY | __GFP_NOWARN);
		if (!win->pages[i])
			goto err_free;
	}

	win->va = vmap(win->pages, win->nr_pages, VM_MAP, PAGE_KERNEL);
	if (!win->va)
		goto err_free;

	return 0;

err_free:
	free_pages_array(win->pages, i);
	kvfree(win->pages);
	return -ENOMEM;
}

/**
 * vxen_window_create() - make a window and grant it
 * @to: whom it is granted to
 * @size: bytes; rounded up to whole blocks of slots, evenly for all areas
 * @areas: areas for the slots, about as many as CPUs will map at a time
 *
 * Context: may sleep.
 * Return: the window, or an ERR_PTR: -ENOMEM, or -ENOSPC if the grant table
 * is full.
 */
struct vxen_window *vxen_window_create(struct vxen_grantee *to, size_t size,
				       unsigned int areas)
{
	struct vxen_window *win;
	unsigned int blocks;
	int err;

	win = kzalloc(sizeof(*win), GFP_KERNEL);
	if (!win)
		return ERR_PTR(-ENOMEM);

	win->to = to;
	blocks = max_t(unsigned int, DIV_ROUND_UP(size, VXEN_SLOT_BLOCK_SIZE),
		       1);
	if (areas > blocks)
		areas = blocks;
	blocks = roundup(blocks, areas);
	win->size = (size_t)blocks * VXEN_SLOT_BLOCK_SIZE;
	win->nr_pages = win->size >> PAGE_SHIFT;

	err = vxen_slots_init(&win->slots, blocks, areas);
	if (err)
		goto err_win;

	err = -ENOMEM;
	win->orig = kvcalloc(win->size >> VXEN_SLOT_SHIFT, sizeof(*win->orig),
			     GFP_KERNEL);
	if (!win->orig)
		goto err_slots;

	err = window_alloc_pages(win);
	if (err)
		goto err_orig;

	err = vxen_grant_pages(to, win->pages, win->nr_pages,
			       &win->first_ref);
	if (err)
		goto err_pages;

	win->dma = VMSG_XEN_DMA_FLAG |
		   (u64)win->first_ref << VMSG_XEN_FRAME_SHIFT;
	return win;

err_pages:
	vunmap(win->va);
	free_pages_array(win->pages, win->nr_pages);
	kvfree(win->pages);
err_orig:
	kvfree(win->orig);
err_slots:
	vxen_slots_destroy(&win->slots);
err_win:
	kfree(win);
	return ERR_PTR(err);
}

/**
 * vxen_window_destroy() - revoke a window and free it
 * @win: the window; nothing of it may be in use
 *
 * Pages that the backend still has mapped are held back, see
 * vxen_revoke_pages().
 *
 * Context: may sleep.
 * Return: number of frames held back.
 */
unsigned int vxen_window_destroy(struct vxen_window *win)
{
	unsigned int busy;

	vunmap(win->va);
	busy = vxen_revoke_pages(win->to, win->pages, win->nr_pages, win->first_ref);
	kvfree(win->pages);
	kvfree(win->orig);
	vxen_slots_destroy(&win->slots);
	kfree(win);

	return busy;
}
