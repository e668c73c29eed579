// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_queue.c - a virtqueue of a network, while it is served and while it is not
 *
 * Theory of operation
 * -------------------
 * A signal of the kick eventfd, from wherever it is given, schedules the poll function
 * (net_poll.c) or wakes the interface's queue (net_dev.c). Packets are copied there and
 * then, so nothing is in flight: when neither of the two can run, a queue is stopped.
 *
 * Starting and stopping are the device's, with its lock held.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

#include "net.h"

/**
 * vxn_queue_break() - Take no more buffers: the ring makes no sense
 * @q: the queue
 *
 * Context: any in which the queue is served
 */
void vxn_queue_break(struct vxn_queue *q)
{
	q->broken = true;
	net_warn_ratelimited("vhost_xen_net: %s, queue %u: the ring makes no sense\n",
			     q->dev->netdev->name, q->index);
	if (q->err)
		eventfd_signal(q->err);
}

/**
 * vxn_queue_tell() - Tell the guest of used buffers, if it wants to know
 * @q: the queue
 *
 * Context: any in which the queue is served
 */
void vxn_queue_tell(struct vxn_queue *q)
{
	if (!q->untold)
		return;

	q->untold = 0;
	if (vxr_ring_tell(&q->ring) && q->call)
		eventfd_signal(q->call);
}

/* Called with the wait queue's lock held, and interrupts off. */
static int kicked(wait_queue_entry_t *wait, unsigned int mode, int sync,
		  void *key)
{
	struct vxn_queue *q = container_of(wait, struct vxn_queue, wait);

	if (!(key_to_poll(key) & EPOLLIN))
		return 0;

	if (q->index == VHOST_XEN_NET_TX)
		napi_schedule(&q->dev->napi);
	else
		netif_wake_queue(q->dev->netdev);
	return 0;
}

static void add_to_queue(struct file *file, wait_queue_head_t *head,
			 poll_table *pt)
{
	add_wait_queue(head, &container_of(pt, struct vxn_queue, pt)->wait);
}

static void watch_kick(struct vxn_queue *q)
{
	init_waitqueue_func_entry(&q->wait, kicked);
	init_poll_funcptr(&q->pt, add_to_queue);
	vfs_poll(q->kick, &q->pt);
}

static void unwatch_kick(struct vxn_queue *q)
{
	struct eventfd_ctx *ctx = eventfd_ctx_fileget(q->kick);
	u64 count;

	/* It was an eventfd when it was set. */
	if (WARN_ON(IS_ERR(ctx)))
		return;

	eventfd_ctx_remove_wait_queue(ctx, &q->wait, &count);
	eventfd_ctx_put(ctx);
}

/**
 * vxn_queue_init() - Begin with a queue, which does not run yet
 * @q: the queue, zeroed
 * @dev: its device
 * @index: of the queue
 */
void vxn_queue_init(struct vxn_queue *q, struct vxn_device *dev,
		    unsigned int index)
{
	q->dev = dev;
	q->index = index;
}

/**
 * vxn_queue_free() - Let go of what a queue was given
 * @q: the queue, which does not run
 */
void vxn_queue_free(struct vxn_queue *q)
{
	if (q->kick)
		fput(q->kick);
	if (q->call)
		eventfd_ctx_put(q->call);
	if (q->err)
		eventfd_ctx_put(q->err);
}

static int prepare(struct vxn_queue *q)
{
	struct vxn_device *dev = q->dev;
	int err;

	err = vxr_ring_init(&q->ring, dev->mem, q->num, &q->addr, q->base,
			    dev->features);
	if (err)
		return err;

	q->buffers = kvmalloc(sizeof(*q->buffers), GFP_KERNEL_ACCOUNT);
	if (!q->buffers)
		return -ENOMEM;

	q->broken = false;
	q->untold = 0;
	q->pace.last = 0;
	q->pace.gap = READ_ONCE(q->pace.most);
	return 0;
}

/**
 * vxn_queue_resume() - Take what the guest transmits, from now on
 * @dev: the device, whose poll function is disabled
 *
 * Context: may sleep
 */
void vxn_queue_resume(struct vxn_device *dev)
{
	napi_enable(&dev->napi);
	/* There may be packets already, of which no event is to come. */
	local_bh_disable();
	napi_schedule(&dev->napi);
	local_bh_enable();
}

/**
 * vxn_queue_start() - Begin to serve a queue
 * @q: the queue, which does not run
 *
 * Context: may sleep; with the device's lock held
 *
 * Return: 0, -EINVAL if it has not been set up, -EFAULT if the rings are not in
 * the memory table, -ENOMEM
 */
int vxn_queue_start(struct vxn_queue *q)
{
	struct vxn_device *dev = q->dev;
	int err;

	if (!q->num || !q->addr.desc_user_addr || !q->kick || !dev->netdev)
		return -EINVAL;
	err = prepare(q);
	if (err)
		return err;

	if (q->index == VHOST_XEN_NET_TX) {
		q->running = true;
	} else {
		vxr_ring_watch(&q->ring, false);
		netif_tx_lock_bh(dev->netdev);
		dev->stalled = false;
		q->running = true;
		netif_tx_unlock_bh(dev->netdev);
	}
	watch_kick(q);
	if (q->index == VHOST_XEN_NET_TX)
		vxn_queue_resume(dev);
	vxn_netdev_update(dev);
	return 0;
}

/**
 * vxn_queue_stop() - Do not serve a queue any more
 * @q: the queue; nothing happens if it does not run
 *
 * Context: may sleep; with the device's lock held, or nobody else there
 */
void vxn_queue_stop(struct vxn_queue *q)
{
	struct vxn_device *dev = q->dev;

	if (!q->running)
		return;

	unwatch_kick(q);
	if (q->index == VHOST_XEN_NET_TX) {
		napi_disable(&dev->napi);
		q->running = false;
	} else {
		netif_tx_lock_bh(dev->netdev);
		q->running = false;
		netif_tx_unlock_bh(dev->netdev);
		/* What waits for room is dropped. */
		netif_wake_queue(dev->netdev);
	}
	vxn_pace_end(q);
	/* Whoever serves the queue next does not know of what was held back. */
	vxn_queue_tell(q);
	vxn_netdev_update(dev);
	q->base = q->ring.next;
	kvfree(q->buffers);
	q->buffers = NULL;
}
