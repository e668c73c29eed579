// SPDX-License-Identifier: GPL-2.0-only
/*
 * glue.c - the Xen bus as the transport sees it
 *
 * Theory of operation
 * -------------------
 * The transport (transport.c) knows no bus, and the bus (bus.c) no virtio. Here
 * they meet: transport requests become messages of device 0, notifications go
 * through an event channel per virtqueue where the backend has that, else
 * through the rings, and the first window is made when the virtqueues' sizes are
 * known.
 *
 * Windows are kept until the device is disconnected: a reset does not touch
 * them, so a driver that is bound again finds them there.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/sizes.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>
#include <xen/events.h>

#include "device.h"
#include "glue.h"
#include "queue_port.h"
#include "sizing.h"

/* The one device of a bus, or the first, which is all that is used so far. */
#define VXEN_DEV_NUM		0

/* More references than this for buffers in place are of no use. */
#define VXEN_INPLACE_MAX	4096U

static struct vxen_device *to_vx(struct vmsg_device *md)
{
	return md->bus_priv;
}

static int glue_request(struct vmsg_device *md, u8 msg_id, const void *req,
			size_t req_len, void *resp, size_t resp_min,
			size_t resp_max)
{
	return vxen_bus_request(&to_vx(md)->bus, 0, msg_id, md->dev_num, req,
				req_len, resp, resp_min, resp_max);
}

static struct vxen_device *pool_vx(struct vxen_pool *pool)
{
	return container_of(pool, struct vxen_device, dma.pool);
}

static int announce_window(struct vxen_pool *pool,
			   const struct vxen_window *win, u16 id)
{
	struct vmsg_xen_add_window req = {
		.dev_num = cpu_to_le16(VXEN_DEV_NUM),
		.window_id = cpu_to_le16(id),
		.first_ref = cpu_to_le32(win->first_ref),
		.frames = cpu_to_le32(win->size >> VMSG_XEN_FRAME_SHIFT),
	};

	return vxen_bus_status_request(&pool_vx(pool)->bus,
				       VMSG_XEN_ADD_WINDOW, &req, sizeof(req));
}

static int withdraw_window(struct vxen_pool *pool,
			   const struct vxen_window *win, u16 id)
{
	struct vmsg_xen_remove_window req = {
		.dev_num = cpu_to_le16(VXEN_DEV_NUM),
		.window_id = cpu_to_le16(id),
	};

	return vxen_bus_status_request(&pool_vx(pool)->bus,
				       VMSG_XEN_REMOVE_WINDOW, &req,
				       sizeof(req));
}

const struct vxen_pool_ops vxen_pool_bus_ops = {
	.announce = announce_window,
	.withdraw = withdraw_window,
};

/*
 * The network's driver knows each packet's length from the used ring. A disk writes
 * sectors; but if it has zones, its report of them may end within one. A driver need
 * not know of zones, so virtio_has_feature() may not be asked.
 */
static enum vxen_dma_fill fill_for(const struct virtio_device *vdev)
{
	switch (vdev->id.device) {
	case VIRTIO_ID_NET:
		return VXEN_DMA_FILL_NOTHING;
	case VIRTIO_ID_BLOCK:
		return __virtio_test_bit(vdev, VIRTIO_BLK_F_ZONED) ?
			       VXEN_DMA_FILL_ZEROS : VXEN_DMA_FILL_MARKS;
	default:
		return VXEN_DMA_FILL_ZEROS;
	}
}

static int make_windows(struct vxen_device *vx, struct virtio_device *vdev,
			u32 *entries, unsigned int nvqs)
{
	bool indirect = virtio_has_feature(vdev, VIRTIO_RING_F_INDIRECT_DESC);
	struct vxen_pool *pool = &vx->dma.pool;
	u32 id = vdev->id.device;
	size_t max = (size_t)READ_ONCE(vx->window_max_kib) * SZ_1K;
	struct vxen_sizing sizing;
	int err;

	/*
	 * With a pool there already, what it can hold is the limit: for a
	 * network that is what it holds now, since growth may come too late.
	 */
	if (READ_ONCE(pool->nr))
		max = id == VIRTIO_ID_NET ? pool->limits.first :
					    READ_ONCE(pool->limits.max);
	vxen_size(id, indirect, entries, nvqs, max, &sizing);
	if (!READ_ONCE(pool->nr)) {
		struct vxen_pool_limits limits = {
			.first = sizing.first,
			.step = sizing.step,
			.max = sizing.max,
			.windows = min_t(u32, vx->bus.max_windows,
					 VXEN_MAX_WINDOWS),
			.ahead = sizing.ahead,
			.idle_ms = vxen_window_idle_ms,
		};

		err = vxen_pool_start(pool, &limits);
		if (err)
			return err;
		/* It may have become smaller. */
		if (pool->limits.max < sizing.max)
			vxen_size(id, indirect, entries, nvqs,
				  pool->limits.max, &sizing);
	}

	vx->dma.max_mapping = sizing.max_mapping;
	vx->dma.fill = fill_for(vdev);
	return 0;
}

static void start_inplace(struct vxen_device *vx)
{
	unsigned int nr = min(vxen_inplace_refs, VXEN_INPLACE_MAX);
	int err;

	if (!(vx->bus.features & BIT(VMSG_XEN_F_SINGLE_GRANTS)) ||
	    vx->dma.inplace.nr)
		return;

	err = vxen_inplace_start(&vx->dma.inplace, &vx->grantee, nr,
				 vx->dma.stats);
	if (err)
		dev_warn(vx->dev,
			 "no %u references for buffers in place: %s\n", nr,
			 err == -ENOSPC ? "the grant table is full" :
					  "memory is short");
	else
		WRITE_ONCE(vx->dma.inplace_min, vxen_inplace_min);
}

static int glue_prepare_vqs(struct vmsg_device *md, u32 *entries,
			    unsigned int nvqs)
{
	struct vxen_device *vx = to_vx(md);
	int err;

	vxen_dma_claim(vx->dev);

	err = make_windows(vx, &md->vdev, entries, nvqs);
	if (!err)
		start_inplace(vx);

	return err;
}

/**
 * vxen_grants_drop() - revoke all that a device was granted but the bus page
 * @vx: the device; nothing may be mapped
 *
 * Context: may sleep.
 */
void vxen_grants_drop(struct vxen_device *vx)
{
	unsigned int busy;

	vxen_inplace_stop(&vx->dma.inplace);
	busy = vxen_pool_stop(&vx->dma.pool);
	if (busy)
		dev_warn(vx->dev,
			 "the backend still has %u frames of its windows mapped: they are held back\n",
			 busy);
}

/**
 * vxen_grants_lost() - the backend has kept a buffer that it had used
 * @dma: the device's DMA
 * @frames: frames that it still has mapped
 *
 * Context: any.
 */
void vxen_grants_lost(struct vxen_dma *dma, unsigned int frames)
{
	struct vxen_device *vx = container_of(dma, struct vxen_device, dma);

	vxen_bus_break(&vx->bus,
		       "the backend still has %u frames of a used buffer mapped",
		       frames);
}

static int glue_add_vq(struct vmsg_vq *q)
{
	struct vxen_bus *bus = &to_vx(q->md)->bus;

	if (!(bus->features & BIT(VMSG_XEN_F_QUEUE_PORTS)))
		return 0;

	return vxen_queue_port_open(bus, q);
}

static void glue_del_vq(struct vmsg_vq *q)
{
	vxen_queue_port_close(&to_vx(q->md)->bus, q);
}

static bool glue_notify(struct virtqueue *vq)
{
	struct vmsg_vq *q = vq->priv;
	int irq = vxen_queue_port_irq(q);

	/* virtio_blk notifies without a lock: a kick may not be counted. */
	WRITE_ONCE(q->count.kicks, data_race(q->count.kicks) + 1);
	if (irq >= 0)
		notify_remote_via_irq(irq);
	else
		vxen_bus_avail(&to_vx(q->md)->bus, q->md->dev_num, q->index);

	return true;
}

static void glue_fail(struct vmsg_device *md, const char *why)
{
	vxen_bus_break(&to_vx(md)->bus, "%s", why);
}

static void glue_synchronize(struct vmsg_device *md)
{
	u32 i;

	vxen_bus_synchronize(&to_vx(md)->bus);
	for (i = 0; i < md->max_vqs; i++) {
		int irq = md->vqs[i] ? vxen_queue_port_irq(md->vqs[i]) : -1;

		if (irq >= 0)
			synchronize_irq(irq);
	}
}

static int glue_set_affinity(struct vmsg_vq *q, const struct cpumask *mask)
{
	int irq = vxen_queue_port_irq(q);

	if (irq < 0)
		return -EINVAL;

	return irq_set_affinity(irq, mask ?: cpu_online_mask);
}

static const char *glue_name(struct vmsg_device *md)
{
	return dev_name(to_vx(md)->dev);
}

const struct vmsg_bus_ops vxen_bus_ops = {
	.max_msg_size = VMSG_XEN_MAX_MSG_SIZE,
	.max_vqs = VXEN_MAX_VQS,
	.request = glue_request,
	.features = vxen_size_features,
	.prepare_vqs = glue_prepare_vqs,
	.add_vq = glue_add_vq,
	.del_vq = glue_del_vq,
	.notify = glue_notify,
	.fail = glue_fail,
	.synchronize = glue_synchronize,
	.set_affinity = glue_set_affinity,
	.name = glue_name,
};

static void client_event(struct vxen_bus *bus, const struct vmsg_header *msg,
			 size_t size)
{
	struct vxen_device *vx = container_of(bus, struct vxen_device, bus);
	/* Pairs with the release in bring_online(): what is in it is seen. */
	struct vmsg_device *md = READ_ONCE(vx->vmsg);

	/* Freed only after vxen_bus_synchronize(). */
	if (md && le16_to_cpu(msg->dev_num) == md->dev_num)
		vmsg_device_event(md, msg, size);
}

static void client_broken(struct vxen_bus *bus)
{
	struct vxen_device *vx = container_of(bus, struct vxen_device, bus);
	unsigned long flags;

	spin_lock_irqsave(&vx->vmsg_lock, flags);
	if (vx->vmsg)
		vmsg_device_broken(vx->vmsg);
	spin_unlock_irqrestore(&vx->vmsg_lock, flags);
}

const struct vxen_bus_client vxen_bus_client = {
	.event = client_event,
	.broken = client_broken,
};
