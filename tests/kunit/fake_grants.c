// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_grants.c - stands in for drivers/grants.c where there is no Xen
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "../../drivers/grants.h"
#include "fake_grants.h"

struct fake_grants fake_grants;

void fake_grants_reset(void)
{
	while (fake_grants.nr_held)
		put_page(fake_grants.held[--fake_grants.nr_held]);
	memset(&fake_grants, 0, sizeof(fake_grants));
	fake_grants.next_ref = 0x1000;
}

int vxen_grant_pages(u16 domid, struct page **pages, unsigned int nr_pages,
		     u32 *first_ref)
{
	if (fake_grants.full)
		return -ENOSPC;

	fake_grants.domid = domid;
	fake_grants.pages = pages;
	fake_grants.frames += nr_pages * VXEN_FRAMES_PER_PAGE;
	*first_ref = fake_grants.next_ref;
	fake_grants.next_ref += nr_pages * VXEN_FRAMES_PER_PAGE;

	return 0;
}

unsigned int vxen_revoke_pages(struct page **pages, unsigned int nr_pages,
			       u32 first_ref)
{
	unsigned int i, busy = 0;

	for (i = 0; i < nr_pages; i++) {
		if (i < fake_grants.busy &&
		    fake_grants.nr_held < ARRAY_SIZE(fake_grants.held)) {
			fake_grants.held[fake_grants.nr_held++] = pages[i];
			busy += VXEN_FRAMES_PER_PAGE;
		} else {
			fake_grants.frames -= VXEN_FRAMES_PER_PAGE;
			put_page(pages[i]);
		}
	}

	return busy;
}
