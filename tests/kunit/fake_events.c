// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_events.c - stands in for Xen's event channels
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <xen/events.h>

#include "../../drivers/device.h"
#include "../../drivers/ports.h"
#include "fake_events.h"
#include "fake_fail.h"

/* No interrupt of the kernel's own. */
#define FAKE_IRQ	100000

struct fake_events fake_events;

/* Module parameters of drivers/main.c */
unsigned int vxen_timeout_ms;
unsigned int vxen_window_max_kib;
unsigned int vxen_window_idle_ms;
unsigned int vxen_inplace_min;
unsigned int vxen_inplace_refs;

void fake_events_reset(void)
{
	memset(&fake_events, 0, sizeof(fake_events));
	vxen_timeout_ms = 10000;
	vxen_window_max_kib = 16384;
	vxen_window_idle_ms = 10000;
	vxen_inplace_min = 0;
	vxen_inplace_refs = 512;
}

static struct fake_channel *by_number(unsigned int n)
{
	if (n < FAKE_CHANNELS && fake_events.channels[n].open)
		return &fake_events.channels[n];

	fake_events.nonsense++;
	pr_err("fake event channels: there is no number %u\n", n);
	return NULL;
}

/* An interrupt: the other end has sent an event. */
void fake_events_raise_port(unsigned int port)
{
	struct fake_channel *ch = by_number(port - FAKE_PORT);
	unsigned long flags;

	local_irq_save(flags);
	if (ch && ch->handler)
		ch->handler(FAKE_IRQ + port - FAKE_PORT, ch->data);
	local_irq_restore(flags);
}

/* On the bus's channel, if it is still there. */
void fake_events_raise(void)
{
	if (fake_events.channels[fake_events.bus].open)
		fake_events_raise_port(FAKE_PORT + fake_events.bus);
}

int vxen_port_alloc(u16 domid, unsigned int *port)
{
	unsigned int i;

	if (fake_events.fail_alloc || fake_fails("vxen_port_alloc"))
		return -ENOSPC;

	for (i = 0; i < FAKE_CHANNELS; i++)
		if (!fake_events.channels[i].open)
			break;
	if (i == FAKE_CHANNELS)
		return -ENOSPC;

	memset(&fake_events.channels[i], 0, sizeof(fake_events.channels[i]));
	fake_events.channels[i].open = true;
	fake_events.channels[i].domid = domid;
	fake_events.ports++;
	*port = FAKE_PORT + i;
	return 0;
}

static void close_channel(unsigned int n)
{
	struct fake_channel *ch = by_number(n);

	if (!ch)
		return;
	ch->handler = NULL;
	/* What Xen has made by itself it keeps. */
	if (ch->lasting)
		return;
	ch->open = false;
	fake_events.ports--;
}

/* A channel that was there before the domain: Xen's own. */
unsigned int fake_events_lasting(u16 domid)
{
	struct fake_channel *ch;
	unsigned int i = FAKE_CHANNELS;

	/* From the end: the first is that of a bus that makes its own. */
	while (i--) {
		ch = &fake_events.channels[i];
		if (ch->open)
			continue;
		memset(ch, 0, sizeof(*ch));
		ch->open = true;
		ch->lasting = true;
		ch->domid = domid;
		return FAKE_PORT + i;
	}
	return 0;
}

/* Somebody's handler is bound to it. */
bool fake_events_bound(unsigned int port)
{
	struct fake_channel *ch = by_number(port - FAKE_PORT);

	return ch && ch->handler;
}

int vxen_port_peer(unsigned int port, u16 *domid)
{
	if (port - FAKE_PORT >= FAKE_CHANNELS ||
	    !fake_events.channels[port - FAKE_PORT].open)
		return -ENXIO;

	*domid = fake_events.channels[port - FAKE_PORT].domid;
	return 0;
}

void vxen_port_close(unsigned int port)
{
	close_channel(port - FAKE_PORT);
}

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t evtchn,
				      irq_handler_t handler,
				      unsigned long irqflags,
				      const char *devname, void *dev_id)
{
	struct fake_channel *ch = by_number(evtchn - FAKE_PORT);

	if (!ch || fake_events.fail_bind || fake_fails("bind_evtchn"))
		return -ENOMEM;

	ch->handler = handler;
	ch->data = dev_id;
	strscpy(ch->name, devname, sizeof(ch->name));
	return FAKE_IRQ + evtchn - FAKE_PORT;
}

/* It closes the port as well. */
void unbind_from_irqhandler(unsigned int irq, void *dev_id)
{
	close_channel(irq - FAKE_IRQ);
}

void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags)
{
	fake_events.eois++;
	if (eoi_flags & XEN_EOI_FLAG_SPURIOUS)
		fake_events.spurious++;
}

void notify_remote_via_irq(int irq)
{
	struct fake_channel *ch = by_number(irq - FAKE_IRQ);

	atomic_inc(&fake_events.notified);
	if (!ch)
		return;
	atomic_inc(&ch->notified);
	if (ch == &fake_events.channels[fake_events.bus] && fake_events.peer)
		schedule_work(fake_events.peer);
}
