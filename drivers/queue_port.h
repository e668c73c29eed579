/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * queue_port.h - an event channel for one virtqueue
 */
#ifndef VXEN_QUEUE_PORT_H
#define VXEN_QUEUE_PORT_H

#include <linux/types.h>

struct vmsg_vq;
struct vxen_bus;

int vxen_queue_port_open(struct vxen_bus *bus, struct vmsg_vq *q);
void vxen_queue_port_close(struct vxen_bus *bus, struct vmsg_vq *q);
int vxen_queue_port_irq(const struct vmsg_vq *q);

#endif /* VXEN_QUEUE_PORT_H */
