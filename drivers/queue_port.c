// SPDX-License-Identifier: GPL-2.0-only
/*
 * queue_port.c - an event channel for one virtqueue
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "Notifications" and SET_QUEUE_PORT. The channel
 * carries notifications both ways: sent by the guest it means that buffers are
 * available, received it means that some have been used. Whether one is needed
 * is decided by the virtqueue alone.
 *
 * An interrupt that finds nothing used is reported to Xen as spurious, so that
 * a backend which sends events without end is slowed down (XSA-391).
 */
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <xen/events.h>

#include "bus.h"
#include "ports.h"
#include "queue_port.h"
#include "revoke.h"
#include "transport.h"

/**
 * struct vxen_queue_port - an event channel and its interrupt
 * @q: the virtqueue
 * @port: the guest's end of the channel
 * @irq: interrupt that it is bound to
 * @name: of the interrupt
 */
struct vxen_queue_port {
	struct vmsg_vq *q;
	unsigned int port;
	int irq;
	char name[40];
};

static irqreturn_t queue_interrupt(int irq, void *data)
{
	struct vxen_queue_port *qp = data;
	irqreturn_t ret = IRQ_NONE;

	if (!READ_ONCE(qp->q->stopped))
		ret = vmsg_vq_interrupt(qp->q);

	xen_irq_lateeoi(irq, ret == IRQ_NONE ? XEN_EOI_FLAG_SPURIOUS : 0);
	return IRQ_HANDLED;
}

static int announce(struct vxen_bus *bus, const struct vmsg_vq *q,
		    unsigned int port)
{
	struct vmsg_xen_set_queue_port req = {
		.dev_num = cpu_to_le16(q->md->dev_num),
		.vq_index = cpu_to_le32(q->index),
		.port = cpu_to_le32(port),
	};

	return vxen_bus_status_request(bus, VMSG_XEN_SET_QUEUE_PORT, &req,
				       sizeof(req));
}

/**
 * vxen_queue_port_open() - make an event channel for a virtqueue
 * @bus: the bus; VMSG_XEN_F_QUEUE_PORTS has been agreed on
 * @q: the virtqueue, complete but not yet known to the device
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or what Xen or the backend says to it.
 */
int vxen_queue_port_open(struct vxen_bus *bus, struct vmsg_vq *q)
{
	struct vxen_queue_port *qp;
	int err;

	qp = kzalloc(sizeof(*qp), GFP_KERNEL);
	if (!qp)
		return -ENOMEM;

	qp->q = q;
	snprintf(qp->name, sizeof(qp->name), "%s-%s",
		 dev_name(&q->md->vdev.dev), q->vq->name);

	err = vxen_port_alloc(bus->to->domid, &qp->port);
	if (err)
		goto err_free;

	err = bind_evtchn_to_irqhandler_lateeoi(qp->port, queue_interrupt, 0,
						qp->name, qp);
	if (err < 0) {
		vxen_port_close(qp->port);
		goto err_free;
	}
	qp->irq = err;

	err = announce(bus, q, qp->port);
	if (err)
		goto err_irq;

	q->bus_priv = qp;
	return 0;

err_irq:
	unbind_from_irqhandler(qp->irq, qp);
err_free:
	kfree(qp);
	return err;
}

/**
 * vxen_queue_port_close() - undo vxen_queue_port_open()
 * @bus: the bus; it may be broken
 * @q: the virtqueue
 *
 * Context: may sleep.
 */
void vxen_queue_port_close(struct vxen_bus *bus, struct vmsg_vq *q)
{
	struct vxen_queue_port *qp = q->bus_priv;

	if (!qp)
		return;

	announce(bus, q, 0);
	/* Closes the port as well. */
	unbind_from_irqhandler(qp->irq, qp);
	q->bus_priv = NULL;
	kfree(qp);
}

/**
 * vxen_queue_port_irq() - the interrupt of a virtqueue
 * @q: the virtqueue
 *
 * Context: any.
 * Return: the interrupt; negative if the virtqueue has no port of its own.
 */
int vxen_queue_port_irq(const struct vmsg_vq *q)
{
	const struct vxen_queue_port *qp = q->bus_priv;

	return qp ? qp->irq : -ENOENT;
}
