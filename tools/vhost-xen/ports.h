/* SPDX-License-Identifier: GPL-2.0-only */
/* ports.h - event channels of a device */
#ifndef VX_PORTS_H
#define VX_PORTS_H

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
 * @on_message: the port for messages has fired
 */
struct ports {
	xenevtchn_handle *xce;
	struct io io;
	uint16_t domid;
	uint32_t bus_port;
	uint8_t *queue_of;
	uint32_t queue_of_len;
	struct device *dev;
	void (*on_message)(struct ports *p);
};

extern const struct port_ops xen_port_ops;

int ports_open(struct ports *p, struct loop *loop, uint16_t domid);
void ports_close(struct ports *p, struct loop *loop);
int ports_bind_bus(struct ports *p, uint32_t remote);
int ports_bind_static(struct ports *p, uint32_t port);
void ports_close_queues(struct ports *p);

static inline void ports_notify(struct ports *p, uint32_t port)
{
	xenevtchn_notify(p->xce, port);
}

#endif /* VX_PORTS_H */
