// SPDX-License-Identifier: GPL-2.0-only
/*
 * turn.c - devices come up one after another
 *
 * Theory of operation
 * -------------------
 * Names like vda are given in the order in which devices are registered, and
 * people expect that to be the order of their numbers. So a device takes a place
 * in a queue when its backend is ready, which xenbus tells in order, and waits
 * until it is first before it connects.
 *
 * It waits for a bounded time only: one device whose backend, or whose driver's
 * probe, hangs must not keep the others away. They lose their order then, no
 * more.
 */
#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "turn.h"

static LIST_HEAD(turns);
static DEFINE_SPINLOCK(turns_lock);	/* turns */
static DECLARE_WAIT_QUEUE_HEAD(turns_wait);

/**
 * vxen_turn_init() - make a place that is not in the queue
 * @turn: the place
 */
void vxen_turn_init(struct vxen_turn *turn)
{
	INIT_LIST_HEAD(&turn->list);
}

/**
 * vxen_turn_take() - join the end of the queue
 * @turn: the place; may be in the queue already
 *
 * Context: process context.
 */
void vxen_turn_take(struct vxen_turn *turn)
{
	spin_lock(&turns_lock);
	if (list_empty(&turn->list))
		list_add_tail(&turn->list, &turns);
	spin_unlock(&turns_lock);
}

static bool is_first(struct vxen_turn *turn)
{
	bool first;

	spin_lock(&turns_lock);
	first = list_empty(&turn->list) || turns.next == &turn->list;
	spin_unlock(&turns_lock);

	return first;
}

/**
 * vxen_turn_wait() - wait to be first, but not for too long
 * @turn: the place
 * @ms: milliseconds to wait at most
 *
 * Context: may sleep.
 */
void vxen_turn_wait(struct vxen_turn *turn, unsigned int ms)
{
	wait_event_timeout(turns_wait, is_first(turn), msecs_to_jiffies(ms));
}

/**
 * vxen_turn_leave() - leave the queue
 * @turn: the place; need not be in the queue
 *
 * Context: process context.
 */
void vxen_turn_leave(struct vxen_turn *turn)
{
	spin_lock(&turns_lock);
	list_del_init(&turn->list);
	spin_unlock(&turns_lock);
	wake_up_all(&turns_wait);
}
