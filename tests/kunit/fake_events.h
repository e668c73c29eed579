/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_events.h - one event channel, and whoever is at its other end
 */
#ifndef VXEN_FAKE_EVENTS_H
#define VXEN_FAKE_EVENTS_H

#include <linux/interrupt.h>
#include <linux/types.h>

struct work_struct;

/**
 * struct fake_events - the state of the channel
 * @fail_alloc: there is no port
 * @fail_bind: it can't be bound to an interrupt
 * @ports: allocated and not closed
 * @handler: of the interrupt, or NULL
 * @data: for @handler
 * @eois: interrupts that were ended
 * @spurious: of these, how many for nothing
 * @notified: events sent to the other end
 * @peer: scheduled by each; or NULL
 */
struct fake_events {
	bool fail_alloc;
	bool fail_bind;
	int ports;
	irq_handler_t handler;
	void *data;
	unsigned int eois;
	unsigned int spurious;
	atomic_t notified;
	struct work_struct *peer;
};

extern struct fake_events fake_events;

void fake_events_reset(void);
void fake_events_raise(void);

#endif /* VXEN_FAKE_EVENTS_H */
