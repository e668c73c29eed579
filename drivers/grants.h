/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * grants.h - grant and event-channel calls, all in one place
 */
#ifndef VXEN_GRANTS_H
#define VXEN_GRANTS_H

#include <linux/bits.h>
#include <linux/types.h>

struct page;

/*
 * Frames of 4 KiB, the unit of grants, in a page of the kernel's. The Xen
 * headers have these numbers, but cannot be included where Xen is absent.
 */
#define VXEN_FRAME_SHIFT	12
#define VXEN_FRAME_SIZE		((u32)BIT(VXEN_FRAME_SHIFT))
#define VXEN_FRAMES_PER_PAGE	((u32)BIT(PAGE_SHIFT - VXEN_FRAME_SHIFT))

int vxen_grant_pages(u16 domid, struct page **pages, unsigned int nr_pages,
		     u32 *first_ref);
unsigned int vxen_revoke_pages(struct page **pages, unsigned int nr_pages,
			       u32 first_ref);

#endif /* VXEN_GRANTS_H */
