/* SPDX-License-Identifier: GPL-2.0-only */
/* bus.h - the two rings of messages in the bus page */
#ifndef VX_BUS_H
#define VX_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio_msg_xen.h"

/**
 * struct bus - our end of a bus page
 * @page: the mapped page; the guest writes to it whenever it likes
 * @cons: messages of the driver that we have taken
 * @released: of these, those whose slots we have given back
 * @last: how many that were the last time
 * @prod: messages that we have published
 * @notify: the driver is to be told at the end of this round
 */
struct bus {
	struct vmsg_xen_bus_page *page;
	uint32_t cons;
	uint32_t released;
	uint32_t last;
	uint32_t prod;
	bool notify;
};

int bus_attach(struct bus *bus, void *page);
int bus_pending(struct bus *bus);
void bus_take(struct bus *bus, uint8_t msg[VMSG_XEN_SLOT_SIZE]);
void bus_release(struct bus *bus);
int bus_room(const struct bus *bus);
int bus_put(struct bus *bus, const void *msg, uint32_t len);

#endif /* VX_BUS_H */
