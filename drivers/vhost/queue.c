// SPDX-License-Identifier: GPL-2.0-only
/*
 * queue.c - a virtqueue and its eventfds
 *
 * Theory of operation
 * -------------------
 * What serves a queue, a thread or the network's stack, is the driver's. It begins
 * with vxr_queue_prepare(), and once it is able to be woken with vxr_queue_watch():
 * from then on @kicked is called where a notification is given. It ends with
 * vxr_queue_unwatch(), after which no call of @kicked is left.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/export.h>
#include <linux/file.h>

#include "dev.h"

/**
 * vxr_queue_init() - Begin with a queue, which does not run yet
 * @q: the queue, zeroed
 * @dev: its device
 * @index: of the queue
 * @kicked: called when the guest notifies of requests, while the queue is watched;
 *	with interrupts off and the eventfd's lock held
 */
void vxr_queue_init(struct vxr_queue *q, struct vxr_dev *dev,
		    unsigned int index, void (*kicked)(struct vxr_queue *q))
{
	q->dev = dev;
	q->index = index;
	q->kicked = kicked;
}
EXPORT_SYMBOL_GPL(vxr_queue_init);

/**
 * vxr_queue_end() - Let go of what a queue was given
 * @q: the queue, which does not run
 *
 * Context: may sleep
 */
void vxr_queue_end(struct vxr_queue *q)
{
	if (q->kick)
		fput(q->kick);
	if (q->call)
		eventfd_ctx_put(q->call);
	if (q->err)
		eventfd_ctx_put(q->err);
}
EXPORT_SYMBOL_GPL(vxr_queue_end);

/**
 * vxr_queue_prepare() - Find the rings of a queue
 * @q: the queue, which does not run
 * @mem: the memory table, which is kept for as long as the queue runs, or replaced
 *	by one that has the rings as well
 *
 * Context: may sleep; with the device's lock held
 *
 * Return: 0, -EINVAL if the queue has not been set up, -EFAULT if the rings are
 * not in the memory table
 */
int vxr_queue_prepare(struct vxr_queue *q, const struct vxr_mem *mem)
{
	if (!q->num || !q->addr.desc_user_addr || !q->kick)
		return -EINVAL;

	q->broken = false;
	return vxr_ring_init(&q->ring, mem, q->num, &q->addr, q->base,
			     q->dev->features);
}
EXPORT_SYMBOL_GPL(vxr_queue_prepare);

/* Called with the wait queue's lock held, and interrupts off. */
static int signalled(wait_queue_entry_t *wait, unsigned int mode, int sync,
		     void *key)
{
	struct vxr_queue *q = container_of(wait, struct vxr_queue, wait);

	if (key_to_poll(key) & EPOLLIN)
		q->kicked(q);
	return 0;
}

static void add_to_queue(struct file *file, wait_queue_head_t *head,
			 poll_table *pt)
{
	add_wait_queue(head, &container_of(pt, struct vxr_queue, pt)->wait);
}

/**
 * vxr_queue_watch() - Hear of notifications from now on
 * @q: the queue, prepared
 *
 * Those given before are not told of: who calls looks at the ring afterwards.
 *
 * Context: may sleep; with the device's lock held
 */
void vxr_queue_watch(struct vxr_queue *q)
{
	init_waitqueue_func_entry(&q->wait, signalled);
	init_poll_funcptr(&q->pt, add_to_queue);
	vfs_poll(q->kick, &q->pt);
}
EXPORT_SYMBOL_GPL(vxr_queue_watch);

/**
 * vxr_queue_unwatch() - Do not hear of notifications any more
 * @q: the queue, watched
 *
 * Context: may sleep; with the device's lock held, or nobody else there
 */
void vxr_queue_unwatch(struct vxr_queue *q)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(q->kick);
	u64 count;

	/* It was an eventfd when it was set. */
	if (WARN_ON(IS_ERR(ctx)))
		return;

	eventfd_ctx_remove_wait_queue(ctx, &q->wait, &count);
	eventfd_ctx_put(ctx);
}
EXPORT_SYMBOL_GPL(vxr_queue_unwatch);

/**
 * vxr_queue_tell() - Tell the guest of answers, if it wants to know
 * @q: the queue
 *
 * Context: any; by whoever writes the used ring
 */
void vxr_queue_tell(struct vxr_queue *q)
{
	if (vxr_ring_tell(&q->ring) && q->call)
		eventfd_signal(q->call);
}
EXPORT_SYMBOL_GPL(vxr_queue_tell);

/**
 * vxr_queue_break() - Take no more requests: the ring makes no sense
 * @q: the queue
 *
 * Context: any; by whoever takes requests
 */
void vxr_queue_break(struct vxr_queue *q)
{
	q->broken = true;
	if (q->err)
		eventfd_signal(q->err);
}
EXPORT_SYMBOL_GPL(vxr_queue_break);
