// SPDX-License-Identifier: GPL-2.0-only
/*
 * glue.c - the Xen bus as the transport sees it
 *
 * Theory of operation
 * -------------------
 * The transport (transport.c) knows no bus, and the bus (bus.c) no virtio. Here
 * they meet: transport requests become messages of device 0, notifications go
 * through an event channel per virtqueue where the backend has that, else
 * through the rings, and the window is made when the virtqueues' sizes are
 * known.
 *
 * The window is made once and kept until the device is disconnected: a reset
 * does not touch it, so a driver that is bound again finds it there.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/sizes.h>
#include <xen/events.h>
#include <xen/xenbus.h>

#include "device.h"
#include "glue.h"
#include "queue_port.h"
#include "window.h"

/* A bus found through xenstore carries one device, and this is its number. */
#define VXEN_DEV_NUM		0

/* There is one window; it needs a name all the same. */
#define VXEN_WINDOW_ID		0

/*
 * Window per entry of a virtqueue. It is meant for the mean entry: a 4 KiB
 * block request takes 5 KiB of it, a network packet 2 KiB, and a queue full
 * of the largest requests will have to wait.
 */
#define VXEN_WINDOW_PER_ENTRY	SZ_16K
#define VXEN_WINDOW_MIN		SZ_1M

/* More CPUs than this may meet on a lock now and then. */
#define VXEN_WINDOW_AREAS	4U

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

static int announce_window(struct vxen_device *vx)
{
	struct vxen_window *win = vx->dma.win;
	struct vmsg_xen_add_window req = {
		.dev_num = cpu_to_le16(VXEN_DEV_NUM),
		.window_id = cpu_to_le16(VXEN_WINDOW_ID),
		.first_ref = cpu_to_le32(win->first_ref),
		.frames = cpu_to_le32(win->size >> VMSG_XEN_FRAME_SHIFT),
	};

	return vxen_bus_status_request(&vx->bus, VMSG_XEN_ADD_WINDOW, &req,
				       sizeof(req));
}

/* Make a window, smaller than asked for if the grant table is that full. */
static struct vxen_window *create_window(struct vxen_device *vx, size_t size)
{
	unsigned int areas = min(num_online_cpus(), VXEN_WINDOW_AREAS);
	struct vxen_window *win;
	size_t wanted = size;

	for (;;) {
		win = vxen_window_create(vx->xdev->otherend_id, size, areas);
		if (!IS_ERR(win) || size <= VXEN_WINDOW_MIN)
			break;
		size /= 2;
	}

	if (IS_ERR(win))
		dev_err(&vx->xdev->dev, "no window of even %zu KiB: %s (%ld)\n",
			size / SZ_1K,
			PTR_ERR(win) == -ENOSPC ? "the grant table is full" :
						  "out of memory",
			PTR_ERR(win));
	else if (size < wanted)
		dev_warn(&vx->xdev->dev,
			 "window of %zu KiB instead of %zu: grant table or memory is short\n",
			 size / SZ_1K, wanted / SZ_1K);

	return win;
}

static int glue_prepare_vqs(struct vmsg_device *md, u32 entries)
{
	struct vxen_device *vx = to_vx(md);
	struct vxen_window *win;
	size_t size, max;
	int err;

	vxen_dma_claim(&vx->xdev->dev);

	if (vx->dma.win)
		return 0;

	max = max_t(size_t, (size_t)vxen_window_max_kib * SZ_1K,
		    VXEN_WINDOW_MIN);
	size = clamp_t(size_t, (size_t)entries * VXEN_WINDOW_PER_ENTRY,
		       VXEN_WINDOW_MIN, max);

	win = create_window(vx, size);
	if (IS_ERR(win))
		return PTR_ERR(win);

	vx->dma.win = win;
	err = announce_window(vx);
	if (err)
		vxen_window_drop(vx);

	return err;
}

/**
 * vxen_window_drop() - revoke a device's window
 * @vx: the device; nothing may be mapped
 *
 * Context: may sleep.
 */
void vxen_window_drop(struct vxen_device *vx)
{
	struct vxen_window *win = vx->dma.win;
	unsigned int busy;

	if (!win)
		return;

	vx->dma.win = NULL;
	busy = vxen_window_destroy(win);
	if (busy)
		dev_warn(&vx->xdev->dev,
			 "the backend still has %u frames of the window mapped: they are held back\n",
			 busy);
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
	return dev_name(&to_vx(md)->xdev->dev);
}

const struct vmsg_bus_ops vxen_bus_ops = {
	.max_msg_size = VMSG_XEN_MAX_MSG_SIZE,
	.max_vqs = VXEN_MAX_VQS,
	.request = glue_request,
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
