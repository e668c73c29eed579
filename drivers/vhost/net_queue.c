// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_queue.c - a virtqueue of a network, while it is served and while it is not
 *
 * Theory of operation
 * -------------------
 * A signal of the kick eventfd, from wherever it is given, schedules the poll function
 * (net_poll.c), wakes the interface's queue (net_dev.c), or has a worker look at the
 * control queue (net_ctrl.c). Packets are copied there and then, so nothing is in
 * flight: when none of these can run, a queue is stopped.
 *
 * Starting and stopping are the device's, with its lock held.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

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

	struct vxn_queue *q = vxn_queue_of(vq);

	if (vxn_is_ctrl(dev, q))
		schedule_work(&dev->ctrl);
	else if (vxn_is_tx(q))
		napi_schedule(&vxn_pair_of(q)->napi);
	else
		netif_tx_wake_queue(vxn_txq(q));
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
	vxn_pace_init(&dev->queues[index]);
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

	q->mem = q->vq.dev->mem;
	q->untold = 0;
	q->pace.last = 0;
	q->pace.gap = READ_ONCE(q->pace.most);
	return 0;
}

/* Takes what the guest transmits, from now on. */
static void resume(struct vxn_pair *pair)
{
	napi_enable(&pair->napi);
	/* There may be packets already, of which no event is to come. */
	local_bh_disable();
	napi_schedule(&pair->napi);
	local_bh_enable();
}

/**
 * vxn_queue_set_mem() - Let a queue have another memory table
 * @q: the queue, which runs
 * @mem: in which its rings are where they were
 *
 * Nobody uses the one before afterwards.
 *
 * Context: may sleep; with the device's lock held
 */
void vxn_queue_set_mem(struct vxn_queue *q, const struct vxr_mem *mem)
{
	struct vxn_device *dev = vxn_of(q->vq.dev);

	if (vxn_is_ctrl(dev, q)) {
		mutex_lock(&dev->ctrl_lock);
		q->mem = mem;
		mutex_unlock(&dev->ctrl_lock);
	} else if (vxn_is_tx(q)) {
		napi_disable(&vxn_pair_of(q)->napi);
		q->mem = mem;
		resume(vxn_pair_of(q));
	} else {
		__netif_tx_lock_bh(vxn_txq(q));
		q->mem = mem;
		__netif_tx_unlock_bh(vxn_txq(q));
	}
}

static void begin(struct vxn_device *dev, struct vxn_queue *q)
{
	if (vxn_is_ctrl(dev, q)) {
		mutex_lock(&dev->ctrl_lock);
		q->vq.running = true;
		mutex_unlock(&dev->ctrl_lock);
	} else if (vxn_is_tx(q)) {
		q->vq.running = true;
	} else {
		vxr_ring_watch(&q->vq.ring, false);
		__netif_tx_lock_bh(vxn_txq(q));
		q->stalled = false;
		q->vq.running = true;
		__netif_tx_unlock_bh(vxn_txq(q));
	}
	vxr_queue_watch(&q->vq);
	/* There may be something already. */
	if (vxn_is_ctrl(dev, q))
		schedule_work(&dev->ctrl);
	else if (vxn_is_tx(q))
		resume(vxn_pair_of(q));
}

/* Whoever drives the device next uses one pair, until it says otherwise. */
static void end_ctrl(struct vxn_device *dev, struct vxn_queue *q)
{
	mutex_lock(&dev->ctrl_lock);
	q->vq.running = false;
	WRITE_ONCE(dev->active, 1);
	mutex_unlock(&dev->ctrl_lock);
	cancel_work_sync(&dev->ctrl);
}

static void end(struct vxn_device *dev, struct vxn_queue *q)
{
	vxr_queue_unwatch(&q->vq);
	if (vxn_is_ctrl(dev, q)) {
		end_ctrl(dev, q);
	} else if (vxn_is_tx(q)) {
		napi_disable(&vxn_pair_of(q)->napi);
		q->vq.running = false;
	} else {
		__netif_tx_lock_bh(vxn_txq(q));
		q->vq.running = false;
		__netif_tx_unlock_bh(vxn_txq(q));
		/* What waits for room is dropped. */
		netif_tx_wake_queue(vxn_txq(q));
	}
}

/**
 * vxn_queue_start() - Begin to serve a queue
 * @q: the queue, which does not run
 *
 * Context: may sleep; with the device's lock held
 *
 * Return: 0, -EINVAL if it has not been set up or is not one of the interface's,
 * -EFAULT if the rings are not in the memory table, -ENOMEM
 */
int vxn_queue_start(struct vxn_queue *q)
{
	struct vxn_device *dev = vxn_of(q->vq.dev);
	int err;

	if (!dev->netdev || q->vq.index > VHOST_XEN_NET_CTRL(dev->npairs))
		return -EINVAL;
	err = prepare(q);
	if (err)
		return err;

	begin(dev, q);
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

	end(dev, q);
	vxn_pace_end(q);
	/* Whoever serves the queue next does not know of what was held back. */
	vxn_queue_tell(q);
	vxn_netdev_update(dev);
	q->vq.base = q->vq.ring.next;
	kvfree(q->buffers);
	q->buffers = NULL;
}
