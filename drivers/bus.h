/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bus.h - the Xen bus: messages over a granted page and an event channel
 */
#ifndef VXEN_BUS_H
#define VXEN_BUS_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../include/virtio_msg_xen.h"
#include "ring.h"

struct device;
struct vxen_bus;
struct vxen_grantee;

/* Virtqueues that a device may have. */
#define VXEN_MAX_VQS	256

/**
 * struct vxen_bus_client - who is told of what the backend sends by itself
 * @event: a transport event; @msg is a private copy of @size bytes, header
 *	included, with a size that has been checked against the header only.
 *	Called from interrupt context.
 * @broken: the bus is broken and will not come back. Called from any context,
 *	at most once.
 */
struct vxen_bus_client {
	void (*event)(struct vxen_bus *bus, const struct vmsg_header *msg,
		      size_t size);
	void (*broken)(struct vxen_bus *bus);
};

/**
 * struct vxen_bus_place - where a bus is that was agreed on beforehand
 * @ref: reference that grants the bus page; one of the reserved ones
 * @port: this end of the event channel
 * @changed: as in &struct vxen_bus
 */
struct vxen_bus_place {
	u32 ref;
	unsigned int port;
	void (*changed)(struct vxen_bus *bus);
};

/**
 * struct vxen_bus - a bus page and its event channel
 * @dev: whose bus it is
 * @to: whom the page is granted to
 * @client: who is told of events
 * @page: the bus page
 * @page_ref: its grant reference
 * @port: event channel for messages
 * @irq: interrupt that @port is bound to
 * @fixed: @page_ref and @port were agreed on beforehand, and are not ours to
 *	give away
 * @changed: called for each interrupt, for whatever else the page is used for;
 *	or NULL
 * @features: 1 << VMSG_XEN_F_* that both ends have
 * @max_windows: windows that the backend takes for a device
 * @tx_lock: keeps producers out of @tx; protects @avail_pending
 * @tx: ring to the device
 * @avail_pending: virtqueues with an EVENT_AVAIL that found @tx full
 * @room: woken when there may be room in @tx
 * @rx: ring from the device; used by the interrupt handler only
 * @req_lock: one request at a time
 * @resp_lock: protects the members from here on
 * @expected: the header that the awaited response must have
 * @awaiting: a response is awaited
 * @resp: where to put its payload
 * @resp_max: room there, in bytes
 * @resp_len: bytes received
 * @answered: completed by the response or by the end of the bus
 * @broken: no messages: broken, or not started
 */
struct vxen_bus {
	struct device *dev;
	struct vxen_grantee *to;
	const struct vxen_bus_client *client;
	struct vmsg_xen_bus_page *page;
	u32 page_ref;
	unsigned int port;
	int irq;
	bool fixed;
	void (*changed)(struct vxen_bus *bus);
	u32 features;
	u32 max_windows;

	spinlock_t tx_lock;	/* producers of tx, avail_pending */
	struct vxen_ring tx;
	DECLARE_BITMAP(avail_pending, VXEN_MAX_VQS);
	wait_queue_head_t room;

	struct vxen_ring rx;

	struct mutex req_lock;	/* one request at a time */
	spinlock_t resp_lock;	/* what follows */
	struct vmsg_header expected;
	bool awaiting;
	void *resp;
	size_t resp_max;
	size_t resp_len;
	struct completion answered;
	bool broken;
};

int vxen_bus_open(struct vxen_bus *bus, struct device *dev,
		  struct vxen_grantee *to,
		  const struct vxen_bus_client *client);
int vxen_bus_open_fixed(struct vxen_bus *bus, struct device *dev,
			struct vxen_grantee *to,
			const struct vxen_bus_client *client,
			const struct vxen_bus_place *at);
void vxen_bus_start(struct vxen_bus *bus);
void vxen_bus_stop(struct vxen_bus *bus);
void vxen_bus_close(struct vxen_bus *bus);
__printf(2, 3)
void vxen_bus_break(struct vxen_bus *bus, const char *fmt, ...);
void vxen_bus_synchronize(struct vxen_bus *bus);

int vxen_bus_request(struct vxen_bus *bus, u8 type, u8 msg_id, u16 dev_num,
		     const void *req, size_t req_len, void *resp,
		     size_t resp_min, size_t resp_max);
int vxen_bus_hello(struct vxen_bus *bus, u32 features);
int vxen_bus_status_request(struct vxen_bus *bus, u8 msg_id, const void *req,
			    size_t req_len);
void vxen_bus_avail(struct vxen_bus *bus, u16 dev_num, u32 vq_index);

#endif /* VXEN_BUS_H */
