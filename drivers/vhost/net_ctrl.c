// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_ctrl.c - the control queue, by which a guest says how many pairs it uses
 *
 * Theory of operation
 * -------------------
 * Of "Control Virtqueue" in the VIRTIO specification there is this one command,
 * VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET. A worker carries commands out, with the control
 * queue's lock held, by which it also learns that the queue does not run any more. It
 * takes no more than some at once: who gives commands without end shares the processor
 * with others.
 */
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/virtio_net.h>
#include <linux/workqueue.h>

#include "net.h"

/* Commands that are carried out at once */
#define BATCH	16

/**
 * struct command - a command, and where its answer goes
 * @data: what was read, no more than a command of ours has
 * @len: bytes that there were
 * @ack: in the guest's memory, or NULL
 */
struct command {
	struct {
		struct virtio_net_ctrl_hdr hdr;
		__virtio16 pairs;
	} __packed data;
	u32 len;
	u8 *ack;
};

static int add_desc(struct command *c, const struct vxr_mem *mem,
		    const struct vxr_desc *d)
{
	const struct vxr_region *region;
	u32 n = 0;

	if (d->flags & VRING_DESC_F_INDIRECT || !d->len)
		return -EINVAL;

	if (d->flags & VRING_DESC_F_WRITE) {
		region = vxr_mem_find(mem, d->addr, d->len);
		if (!region)
			return -EFAULT;
		if (!c->ack)
			c->ack = vxr_region_at(region, d->addr - region->base);
		return 0;
	}

	/* What is to be read comes first. */
	if (c->ack)
		return -EINVAL;
	if (c->len < sizeof(c->data))
		n = min_t(u32, d->len, sizeof(c->data) - c->len);
	if (vxr_mem_read(mem, d->addr, (u8 *)&c->data + c->len, n))
		return -EFAULT;
	/* No command has as many bytes that more would matter. */
	c->len = min_t(u64, (u64)c->len + d->len, U32_MAX);
	return 0;
}

static int read_command(struct command *c, const struct vxr_ring *ring,
			const struct vxr_mem *mem, u16 head)
{
	unsigned int done;
	u16 i = head;

	*c = (struct command){ };
	for (done = 0; done < ring->num; done++) {
		struct vxr_desc d = vxr_ring_desc(ring, i);
		int err = add_desc(c, mem, &d);

		if (err)
			return err;
		if (!(d.flags & VRING_DESC_F_NEXT))
			return c->ack ? 0 : -EINVAL;
		i = d.next;
		if (i >= ring->num)
			return -EINVAL;
	}
	return -EINVAL;		/* a loop */
}

static u8 carry_out(struct vxn_device *dev, const struct command *c)
{
	u16 pairs = __virtio16_to_cpu(true, c->data.pairs);

	if (c->len != sizeof(c->data) ||
	    c->data.hdr.class != VIRTIO_NET_CTRL_MQ ||
	    c->data.hdr.cmd != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET ||
	    !pairs || pairs > dev->npairs)
		return VIRTIO_NET_ERR;

	WRITE_ONCE(dev->active, pairs);
	return VIRTIO_NET_OK;
}

/* Takes a command, if there is one. Returns whether there was. */
static bool take_command(struct vxn_device *dev, struct vxn_queue *q)
{
	struct command c;
	u16 head;
	int got = vxr_ring_next(&q->vq.ring, &head);

	if (!got)
		return false;
	if (got < 0 || read_command(&c, &q->vq.ring, q->mem, head)) {
		vxn_queue_break(q);
		return false;
	}

	WRITE_ONCE(*c.ack, carry_out(dev, &c));
	vxr_ring_put(&q->vq.ring, head, sizeof(*c.ack));
	vxr_queue_tell(&q->vq);
	return true;
}

/**
 * vxn_ctrl_work() - The guest may have given commands
 * @work: of the device
 *
 * Context: may sleep
 */
void vxn_ctrl_work(struct work_struct *work)
{
	struct vxn_device *dev = container_of(work, struct vxn_device, ctrl);
	struct vxn_queue *q = &dev->queues[VHOST_XEN_NET_CTRL(dev->npairs)];
	unsigned int n = 0;

	mutex_lock(&dev->ctrl_lock);
	while (q->vq.running && !q->vq.broken && n < BATCH) {
		if (take_command(dev, q)) {
			n++;
			continue;
		}
		/* Those that come from here on are notified of. */
		vxr_ring_watch(&q->vq.ring, true);
		if (vxr_ring_empty(&q->vq.ring))
			break;
		vxr_ring_watch(&q->vq.ring, false);
	}
	mutex_unlock(&dev->ctrl_lock);
	if (n == BATCH)
		schedule_work(work);
}
