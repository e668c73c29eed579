// SPDX-License-Identifier: GPL-2.0-only
/*
 * grants.c - give pages to another domain, and take them back
 *
 * Theory of operation
 * -------------------
 * Pages are granted as one run of consecutive references, so that the run is
 * one linear range of DMA addresses (Documentation/protocol.rst, "DMA
 * addresses").
 *
 * Taking back never lies. A page whose grant the other domain still has mapped
 * is not freed: it and its reference are handed to the kernel's grant table
 * code, which holds on to both, retries, and gives them back once the mapping
 * is gone. Which pages that happened to is counted and reported.
 */
#include <linux/mm.h>
#include <xen/grant_table.h>
#include <xen/page.h>

#include "grants.h"

/**
 * vxen_grant_pages() - grant pages read-write, with consecutive references
 * @domid: the domain that may map them
 * @pages: the pages; not high-order
 * @nr_pages: how many, in pages of the kernel's
 * @first_ref: set to the grant reference of the first frame
 *
 * Context: may sleep.
 * Return: 0, or -ENOSPC if the grant table has no such run of references.
 */
int vxen_grant_pages(u16 domid, struct page **pages, unsigned int nr_pages,
		     u32 *first_ref)
{
	unsigned int i, j;
	grant_ref_t ref;
	int err;

	err = gnttab_alloc_grant_reference_seq(nr_pages * VXEN_FRAMES_PER_PAGE,
					       &ref);
	if (err)
		return err;

	*first_ref = ref;
	for (i = 0; i < nr_pages; i++) {
		unsigned long gfn = xen_page_to_gfn(pages[i]);

		for (j = 0; j < VXEN_FRAMES_PER_PAGE; j++)
			gnttab_grant_foreign_access_ref(ref++, domid, gfn + j,
							0);
	}

	return 0;
}

/**
 * vxen_revoke_pages() - end grants and free the pages
 * @pages: as given to vxen_grant_pages(); the caller gives up its reference
 *	to each of them
 * @nr_pages: how many, in pages of the kernel's
 * @first_ref: grant reference of the first frame
 *
 * A page that is still mapped by the other domain is freed, and its reference
 * becomes available, when the mapping has gone, however late that is.
 *
 * Context: may sleep.
 * Return: number of frames that are still mapped.
 */
unsigned int vxen_revoke_pages(struct page **pages, unsigned int nr_pages,
			       u32 first_ref)
{
	unsigned int i, j, busy = 0;
	grant_ref_t ref = first_ref;

	for (i = 0; i < nr_pages; i++) {
		for (j = 0; j < VXEN_FRAMES_PER_PAGE; j++, ref++) {
			if (gnttab_try_end_foreign_access(ref))
				continue;
			busy++;
			/* Drops one reference to the page when it is over. */
			get_page(pages[i]);
			gnttab_end_foreign_access(ref, pages[i]);
		}
		put_page(pages[i]);
	}

	return busy;
}
