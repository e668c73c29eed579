/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_events.h - event channels, and whoever is at their other end
 */
#ifndef VXEN_FAKE_EVENTS_H
#define VXEN_FAKE_EVENTS_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct work_struct;

/* Event channels that there may be at a time. */
#define FAKE_CHANNELS	16

/* The first that is made. */
#define FAKE_PORT	17U

/**
 * struct fake_channel - one of them
 * @open: the port is allocated
 * @lasting: it was there before, and is never closed
 * @domid: the other end's domain
 * @handler: of the interrupt that it is bound to, or NULL
 * @data: for @handler
 * @name: of the interrupt
 * @notified: events sent to the other end
 */
struct fake_channel {
	bool open;
	bool lasting;
	u16 domid;
	irq_handler_t handler;
	void *data;
	char name[40];
	atomic_t notified;
};

/**
 * struct fake_events - the state of the channels
 * @fail_alloc: there is no port
 * @fail_bind: it can't be bound to an interrupt
 * @channels: from FAKE_PORT on
 * @ports: allocated and not closed
 * @eois: interrupts that were ended
 * @spurious: of these, how many for nothing
 * @notified: events sent to the other end, of any channel
 * @bus: which channel is the bus's
 * @peer: scheduled by each of that channel's; or NULL
 * @nonsense: calls for a port or an interrupt that there is not
 */
struct fake_events {
	bool fail_alloc;
	bool fail_bind;
	struct fake_channel channels[FAKE_CHANNELS];
	int ports;
	unsigned int eois;
	unsigned int spurious;
	atomic_t notified;
	unsigned int bus;
	struct work_struct *peer;
	unsigned int nonsense;
};

extern struct fake_events fake_events;

void fake_events_reset(void);
void fake_events_raise(void);
unsigned int fake_events_lasting(u16 domid);
bool fake_events_bound(unsigned int port);
void fake_events_raise_port(unsigned int port);

#endif /* VXEN_FAKE_EVENTS_H */
