/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_grants.h - a grant table that the tests can look into
 */
#ifndef VXEN_FAKE_GRANTS_H
#define VXEN_FAKE_GRANTS_H

#include <linux/types.h>

struct page;

/**
 * struct fake_grants - what vxen_grant_pages() has been called with, and what
 *	it and vxen_revoke_pages() are to answer
 * @next_ref: reference that the next run starts with
 * @full: the table has no room
 * @busy: pages at the start of the next run revoked that are still mapped
 * @domid: whom pages have last been granted to
 * @pages: granted last
 * @frames: granted and not yet revoked
 * @held: pages that were busy; put by fake_grants_reset()
 * @nr_held: how many
 */
struct fake_grants {
	u32 next_ref;
	bool full;
	unsigned int busy;
	u16 domid;
	struct page **pages;
	unsigned int frames;
	struct page *held[8];
	unsigned int nr_held;
};

extern struct fake_grants fake_grants;

void fake_grants_reset(void);

#endif /* VXEN_FAKE_GRANTS_H */
