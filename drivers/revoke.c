// SPDX-License-Identifier: GPL-2.0-only
/*
 * revoke.c - grant pages, and take them back without lying about it
 *
 * Theory of operation
 * -------------------
 * A page goes back to the kernel only when its grant is really gone. One that
 * the other domain still has mapped is noted in a list, together with its
 * reference, and tried again every second, for as long as the module is
 * loaded. When the module goes, what is left is handed to the kernel's grant
 * table code, which goes on in the same way. A page that cannot even be noted,
 * because there is no memory for that, is never freed, and counted.
 *
 * The list belongs to the module and not to a device: pages outlive the device
 * that they were granted for.
 *
 * held_lock protects the list and the counters; it is taken with interrupts
 * off, because a buffer may be taken back in an interrupt.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "grants.h"
#include "revoke.h"
#include "trace.h"

#define RETRY_MS	1000

/**
 * struct held_frame - a granted frame that waits for its mapping to go
 * @list: in held_list
 * @page: the page that it is of; one reference to it is ours
 * @ref: the grant reference
 * @domid: who has it mapped
 * @name: of the device that it was granted for
 */
struct held_frame {
	struct list_head list;
	struct page *page;
	u32 ref;
	u16 domid;
	char name[32];
};

static void retry(struct work_struct *work);

static DEFINE_SPINLOCK(held_lock);	/* what follows */
static LIST_HEAD(held_list);
static unsigned int nr_deferred;
static unsigned int nr_leaked;

static DECLARE_DELAYED_WORK(retry_work, retry);

/* A reserved reference belongs to nobody: there is nothing to give back. */
static bool end_grant(u32 ref)
{
	return vxen_ref_is_reserved(ref) ? vxen_ref_end(ref) :
					   vxen_ref_end_and_free(ref);
}

static void retry(struct work_struct *work)
{
	struct held_frame *held, *next;
	LIST_HEAD(gone);

	spin_lock_irq(&held_lock);
	list_for_each_entry_safe(held, next, &held_list, list) {
		if (!end_grant(held->ref))
			continue;
		list_move(&held->list, &gone);
		nr_deferred--;
	}
	if (nr_deferred)
		schedule_delayed_work(&retry_work, msecs_to_jiffies(RETRY_MS));
	spin_unlock_irq(&held_lock);

	list_for_each_entry_safe(held, next, &gone, list) {
		trace_vxen_revoke(held->domid, held->ref, 1, 0);
		put_page(held->page);
		kfree(held);
	}
}

/**
 * vxen_hold_back() - keep a page until its grant can be ended
 * @to: who still has it mapped
 * @ref: the grant reference; given back with the page
 * @page: what it grants; one reference to it becomes the list's
 *
 * Context: any.
 */
void vxen_hold_back(struct vxen_grantee *to, u32 ref, struct page *page)
{
	struct held_frame *held = kmalloc(sizeof(*held),
					  GFP_ATOMIC | __GFP_NOWARN);
	unsigned long flags;

	spin_lock_irqsave(&held_lock, flags);
	if (held) {
		held->page = page;
		held->ref = ref;
		held->domid = to->domid;
		strscpy(held->name, to->name, sizeof(held->name));
		list_add_tail(&held->list, &held_list);
		nr_deferred++;
		schedule_delayed_work(&retry_work, msecs_to_jiffies(RETRY_MS));
	} else {
		atomic_inc(&to->leaked);
		nr_leaked++;
	}
	spin_unlock_irqrestore(&held_lock, flags);
}

/**
 * vxen_grant_pages() - grant pages read-write, with consecutive references
 * @to: who may map them
 * @pages: the pages; not high-order
 * @nr_pages: how many, in pages of the kernel's
 * @first_ref: set to the grant reference of the first frame
 *
 * Context: may sleep.
 * Return: 0, or -ENOSPC if the grant table has no such run of references.
 */
int vxen_grant_pages(const struct vxen_grantee *to, struct page **pages,
		     unsigned int nr_pages, u32 *first_ref)
{
	unsigned int i, j;
	u32 ref;
	int err;

	err = vxen_refs_alloc(nr_pages * VXEN_FRAMES_PER_PAGE, &ref);
	if (err)
		return err;

	*first_ref = ref;
	for (i = 0; i < nr_pages; i++)
		for (j = 0; j < VXEN_FRAMES_PER_PAGE; j++)
			vxen_ref_grant(ref++, to->domid, pages[i], j, false);

	trace_vxen_grant(to->domid, *first_ref,
			 nr_pages * VXEN_FRAMES_PER_PAGE);
	return 0;
}

/**
 * vxen_revoke_pages() - end grants and free the pages
 * @to: whom they were granted to
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
unsigned int vxen_revoke_pages(struct vxen_grantee *to, struct page **pages,
			       unsigned int nr_pages, u32 first_ref)
{
	unsigned int i, j, busy = 0;
	u32 ref = first_ref;

	for (i = 0; i < nr_pages; i++) {
		for (j = 0; j < VXEN_FRAMES_PER_PAGE; j++, ref++) {
			if (vxen_ref_end_and_free(ref))
				continue;
			busy++;
			/* Dropped when it is over. */
			get_page(pages[i]);
			vxen_hold_back(to, ref, pages[i]);
		}
		put_page(pages[i]);
	}

	trace_vxen_revoke(to->domid, first_ref,
			  nr_pages * VXEN_FRAMES_PER_PAGE, busy);
	return busy;
}

/* One that is held back for a reserved reference; taken off the list. */
static struct held_frame *unhold_locked(u32 ref)
{
	struct held_frame *held;

	list_for_each_entry(held, &held_list, list) {
		if (held->ref == ref) {
			list_del(&held->list);
			nr_deferred--;
			return held;
		}
	}

	return NULL;
}

/**
 * vxen_grant_fixed() - grant a page's first frame by a reserved reference
 * @to: who may map it, read-write
 * @page: the page
 * @ref: the reference
 *
 * What the reference has granted before, and is not mapped any more, it does
 * not grant afterwards.
 *
 * Context: may sleep.
 * Return: 0, or -EBUSY if what it has granted before is still mapped.
 */
int vxen_grant_fixed(const struct vxen_grantee *to, struct page *page, u32 ref)
{
	struct held_frame *held = NULL;
	bool ended;

	/* The next retry must not take the new grant for the old one. */
	spin_lock_irq(&held_lock);
	ended = vxen_ref_end(ref);
	if (ended) {
		held = unhold_locked(ref);
		vxen_ref_grant(ref, to->domid, page, 0, false);
	}
	spin_unlock_irq(&held_lock);

	if (held) {
		put_page(held->page);
		kfree(held);
	}
	if (!ended)
		return -EBUSY;

	trace_vxen_grant(to->domid, ref, 1);
	return 0;
}

/**
 * vxen_revoke_fixed() - undo vxen_grant_fixed()
 * @to: whom the page was granted to
 * @page: the page; the caller gives up its reference to it
 * @ref: the reference
 *
 * Context: may sleep.
 * Return: number of frames that are still mapped.
 */
unsigned int vxen_revoke_fixed(struct vxen_grantee *to, struct page *page,
			       u32 ref)
{
	unsigned int busy = !vxen_ref_end(ref);

	if (busy)
		vxen_hold_back(to, ref, page);
	else
		put_page(page);

	trace_vxen_revoke(to->domid, ref, 1, busy);
	return busy;
}

/**
 * vxen_revoke_show() - list the pages that are held back
 * @m: where to
 *
 * Context: may sleep.
 */
void vxen_revoke_show(struct seq_file *m)
{
	struct held_frame *held;

	spin_lock_irq(&held_lock);
	seq_printf(m, "deferred %u\n", nr_deferred);
	seq_printf(m, "leaked %u\n", nr_leaked);
	list_for_each_entry(held, &held_list, list)
		seq_printf(m, "domid %u ref %u device %s\n", held->domid,
			   held->ref, held->name);
	spin_unlock_irq(&held_lock);
}

/**
 * vxen_revoke_deferred() - count the frames of a device that are waited for
 * @to: the device
 *
 * Context: may sleep.
 * Return: number of frames; those of an earlier device of that name count.
 */
unsigned int vxen_revoke_deferred(const struct vxen_grantee *to)
{
	struct held_frame *held;
	unsigned int nr = 0;

	spin_lock_irq(&held_lock);
	list_for_each_entry(held, &held_list, list)
		nr += held->domid == to->domid && !strcmp(held->name, to->name);
	spin_unlock_irq(&held_lock);

	return nr;
}

/**
 * vxen_revoke_exit() - leave what is still held back to the kernel
 *
 * Context: may sleep. No device may be there any more.
 */
void vxen_revoke_exit(void)
{
	struct held_frame *held, *next;

	cancel_delayed_work_sync(&retry_work);
	if (nr_deferred)
		pr_warn("virtio_xen: %u frames are still mapped by another domain: the kernel holds on to them\n",
			nr_deferred);

	list_for_each_entry_safe(held, next, &held_list, list) {
		list_del(&held->list);
		/*
		 * The kernel would hand a reserved reference out to others when
		 * it is free. Its page stays granted instead, for good.
		 */
		if (!vxen_ref_is_reserved(held->ref))
			vxen_ref_abandon(held->ref, held->page);
		else if (vxen_ref_end(held->ref))
			put_page(held->page);
		kfree(held);
	}
	nr_deferred = 0;
}
