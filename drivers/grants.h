/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * grants.h - the calls to the kernel's grant table, all in one place
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
#define VXEN_FRAME_MASK		((u64)VXEN_FRAME_SIZE - 1)
#define VXEN_FRAMES_PER_PAGE	((u32)BIT(PAGE_SHIFT - VXEN_FRAME_SHIFT))

/*
 * References below this are reserved by the ABI: 0 for the console and 1 for
 * xenstore, where the domain builder grants them. The kernel hands none of
 * them out, so two ends can agree on one of the others beforehand.
 */
#define VXEN_FIRST_FIXED_REF	2U
#define VXEN_FIRST_REF		8U

static inline bool vxen_ref_is_reserved(u32 ref)
{
	return ref < VXEN_FIRST_REF;
}

int vxen_refs_alloc(unsigned int nr, u32 *first);
void vxen_ref_free(u32 ref);
void vxen_ref_grant(u32 ref, u16 domid, struct page *page, unsigned int frame,
		    bool readonly);
bool vxen_ref_end(u32 ref);
bool vxen_ref_end_and_free(u32 ref);
void vxen_ref_abandon(u32 ref, struct page *page);

#endif /* VXEN_GRANTS_H */
