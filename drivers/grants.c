// SPDX-License-Identifier: GPL-2.0-only
/*
 * grants.c - the calls to the kernel's grant table, all in one place
 *
 * Theory of operation
 * -------------------
 * A seam and nothing more: what is granted when, and what happens to a page
 * whose grant cannot be ended, is decided by those who call this (window.c,
 * inplace.c, revoke.c). They run without Xen in unit tests, this does not.
 *
 * References are taken in runs: a run of consecutive references is one linear
 * range of DMA addresses (Documentation/protocol.rst, "DMA addresses"), and
 * the kernel's one lock for all references is taken once for the run.
 */
#include <linux/mm.h>
#include <xen/grant_table.h>
#include <xen/page.h>

#include "grants.h"

/**
 * vxen_refs_alloc() - take a run of consecutive grant references
 * @nr: how many
 * @first: set to the first
 *
 * Context: any; the kernel may have to enlarge its grant table.
 * Return: 0, or -ENOSPC if the grant table has no such run.
 */
int vxen_refs_alloc(unsigned int nr, u32 *first)
{
	return gnttab_alloc_grant_reference_seq(nr, first);
}

/**
 * vxen_ref_free() - give a reference back that grants nothing
 * @ref: the reference, from vxen_refs_alloc()
 *
 * Context: any.
 */
void vxen_ref_free(u32 ref)
{
	gnttab_free_grant_reference(ref);
}

/**
 * vxen_ref_grant() - let a reference grant a frame
 * @ref: the reference, which grants nothing yet
 * @domid: the domain that may map it
 * @page: a page of the kernel's
 * @frame: which 4 KiB frame of it
 * @readonly: it may only be read
 *
 * Context: any. Takes no lock.
 */
void vxen_ref_grant(u32 ref, u16 domid, struct page *page, unsigned int frame,
		    bool readonly)
{
	gnttab_grant_foreign_access_ref(ref, domid,
					xen_page_to_gfn(page) + frame,
					readonly);
}

/**
 * vxen_ref_end() - end a grant and keep the reference
 * @ref: the reference
 *
 * Context: any. Takes no lock.
 * Return: true if it grants nothing any more; false if the other domain has it
 * mapped: it is still granted then.
 */
bool vxen_ref_end(u32 ref)
{
	return gnttab_end_foreign_access_ref(ref);
}

/**
 * vxen_ref_end_and_free() - end a grant and give the reference back
 * @ref: the reference
 *
 * Context: any.
 * Return: true if it is done; false if the other domain has it mapped: it is
 * still granted then.
 */
bool vxen_ref_end_and_free(u32 ref)
{
	return gnttab_try_end_foreign_access(ref);
}

/**
 * vxen_ref_abandon() - leave a grant that cannot be ended to the kernel
 * @ref: the reference
 * @page: what it grants; the caller gives its reference to the page away
 *
 * The kernel holds on to both for as long as it lives, or until the mapping
 * has gone.
 *
 * Context: any.
 */
void vxen_ref_abandon(u32 ref, struct page *page)
{
	gnttab_end_foreign_access(ref, page);
}
