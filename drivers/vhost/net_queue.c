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
	net_warn_ratelimited("vhost_xen_net: %s, queue %u: the ring makes no sense\n",
			     vxn_of(q->vq.dev)->netdev->name, q->vq.index);
	vxr_queue_break(&q->vq);
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
	vxr_queue_tell(&q->vq);
}

static void kicked(struct vxr_queue *vq)
{
	struct vxn_device *dev = vxn_of(vq->dev);

	if (vq->index == VHOST_XEN_NET_TX)
		napi_schedule(&dev->napi);
	else
		netif_wake_queue(dev->netdev);
}

/**
 * vxn_queue_init() - Begin with a queue, which does not run yet
 * @dev: the device
 * @index: of the queue
 */
void vxn_queue_init(struct vxn_device *dev, unsigned int index)
{
	struct vxr_queue *vq = &dev->queues[index].vq;

	vxr_queue_init(vq, &dev->vdev, index, kicked);
	dev->vdev.queues[index] = vq;
}

static int prepare(struct vxn_queue *q)
{
	int err = vxr_queue_prepare(&q->vq, q->vq.dev->mem);

	if (err)
		return err;

	q->buffers = kvmalloc(sizeof(*q->buffers), GFP_KERNEL_ACCOUNT);
	if (!q->buffers)
		return -ENOMEM;

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
	struct vxn_device *dev = vxn_of(q->vq.dev);
	int err;

	if (!dev->netdev)
		return -EINVAL;
	err = prepare(q);
	if (err)
		return err;

	if (q->vq.index == VHOST_XEN_NET_TX) {
		q->vq.running = true;
	} else {
		vxr_ring_watch(&q->vq.ring, false);
		netif_tx_lock_bh(dev->netdev);
		dev->stalled = false;
		q->vq.running = true;
		netif_tx_unlock_bh(dev->netdev);
	}
	vxr_queue_watch(&q->vq);
	if (q->vq.index == VHOST_XEN_NET_TX)
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
	struct vxn_device *dev = vxn_of(q->vq.dev);

	if (!q->vq.running)
		return;

	vxr_queue_unwatch(&q->vq);
	if (q->vq.index == VHOST_XEN_NET_TX) {
		napi_disable(&dev->napi);
		q->vq.running = false;
	} else {
		netif_tx_lock_bh(dev->netdev);
		q->vq.running = false;
		netif_tx_unlock_bh(dev->netdev);
		/* What waits for room is dropped. */
		netif_wake_queue(dev->netdev);
	}
	vxn_pace_end(q);
	/* Whoever serves the queue next does not know of what was held back. */
	vxn_queue_tell(q);
	vxn_netdev_update(dev);
	q->vq.base = q->vq.ring.next;
	kvfree(q->buffers);
	q->buffers = NULL;
}
