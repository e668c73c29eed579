// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_fail.c - one failure, at a place that a test chooses
 */
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "fake_fail.h"

struct workqueue_struct *fake_alloc_workqueue(const char *name,
					      unsigned int flags, int max);

static DEFINE_SPINLOCK(fail_lock);	/* what follows */
static int left;		/* calls until the one that fails */
static const char *last = "";/* what was last called */
static unsigned int run;	/* so often in a row */

/* Have the nth call from now on fail; 0: none. */
void fake_fail_nth(int nth)
{
	unsigned long flags;

	spin_lock_irqsave(&fail_lock, flags);
	left = nth;
	last = "";
	run = 0;
	spin_unlock_irqrestore(&fail_lock, flags);
}

/* Whether it has come to that. */
bool fake_fail_done(void)
{
	return READ_ONCE(left) <= 0;
}

/*
 * Asked by whatever can fail; says in the log what it was. Of calls of one kind
 * in a row, all the pages of a window, only the first two can be the one: the
 * third is as the second.
 */
bool fake_fails(const char *what)
{
	unsigned long flags;
	bool fails = false;

	spin_lock_irqsave(&fail_lock, flags);
	run = strcmp(what, last) ? 1 : run + 1;
	last = what;
	if (left > 0 && run <= 2)
		fails = !--left;
	spin_unlock_irqrestore(&fail_lock, flags);
	if (fails)
		pr_info("fake failure: %s\n", what);

	return fails;
}

/* For fake/alloc.h, where alloc_workqueue() is another. */
struct workqueue_struct *fake_alloc_workqueue(const char *name,
					      unsigned int flags, int max)
{
	return alloc_workqueue("%s", flags, max, name);
}
