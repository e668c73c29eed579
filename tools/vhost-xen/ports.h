/* SPDX-License-Identifier: GPL-2.0-only */
/* ports.h - event channels of a device */
#ifndef VX_PORTS_H
#define VX_PORTS_H

#include <stdbool.h>
#include <stdint.h>
#include <xenevtchn.h>

#include "device.h"
#include "loop.h"

/**
 * struct ports - all event channels of a device, behind one descriptor
 * @xce: the handle
 * @io: its descriptor in the loop
 * @domid: the guest
 * @bus_port: our end of the port for messages, 0 for none
 * @queue_of: queue index + 1 by local port, 0 for none
 * @queue_of_len: entries in @queue_of
 * @dev: whose queues they are
 * @tie_fd: the kernel's way from events to eventfds and back, -1 for none
 * @tied: by queue: its port is bound there
 * @on_message: the port for messages has fired
 * @on_tied: we need not look after a queue's call eventfd any more, or again
 */
struct ports {
	xenevtchn_handle *xce;
	struct io io;
	uint16_t domid;
	uint32_t bus_port;
	uint8_t *queue_of;
	uint32_t queue_of_len;
	struct device *dev;
	int tie_fd;
	bool tied[MAX_QUEUES];
	void (*on_message)(struct ports *p);
	void (*on_tied)(struct ports *p, unsigned int index, bool tied);
};

extern const struct port_ops xen_port_ops;

int ports_open(struct ports *p, struct loop *loop, uint16_t domid, bool kernel);
void ports_close(struct ports *p, struct loop *loop);
int ports_bind_bus(struct ports *p, uint32_t remote);
int ports_bind_static(struct ports *p, uint32_t port);
void ports_close_queues(struct ports *p);

static inline void ports_notify(struct ports *p, uint32_t port)
{
	xenevtchn_notify(p->xce, port);
}

#endif /* VX_PORTS_H */
