// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_events.c - stands in for Xen's event channels
 */
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <xen/events.h>
#include <xen/xenbus.h>

#include "../../drivers/device.h"
#include "fake_events.h"

/* No interrupt of the kernel's own. */
#define FAKE_IRQ	100000
#define FAKE_PORT	17

struct fake_events fake_events;

/* Module parameters of drivers/main.c */
unsigned int vxen_timeout_ms;
unsigned int vxen_window_max_kib = 16384;

void fake_events_reset(void)
{
	memset(&fake_events, 0, sizeof(fake_events));
	vxen_timeout_ms = 10000;
}

/* An interrupt: the other end has sent an event. */
void fake_events_raise(void)
{
	unsigned long flags;

	local_irq_save(flags);
	if (fake_events.handler)
		fake_events.handler(FAKE_IRQ, fake_events.data);
	local_irq_restore(flags);
}

int xenbus_alloc_evtchn(struct xenbus_device *dev, evtchn_port_t *port)
{
	if (fake_events.fail_alloc)
		return -ENOSPC;

	*port = FAKE_PORT;
	fake_events.ports++;
	return 0;
}

int xenbus_free_evtchn(struct xenbus_device *dev, evtchn_port_t port)
{
	fake_events.ports--;
	return 0;
}

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t evtchn,
				      irq_handler_t handler,
				      unsigned long irqflags,
				      const char *devname, void *dev_id)
{
	if (fake_events.fail_bind)
		return -ENOMEM;

	fake_events.handler = handler;
	fake_events.data = dev_id;
	return FAKE_IRQ;
}

/* It closes the port as well. */
void unbind_from_irqhandler(unsigned int irq, void *dev_id)
{
	fake_events.handler = NULL;
	fake_events.ports--;
}

void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags)
{
	fake_events.eois++;
	if (eoi_flags & XEN_EOI_FLAG_SPURIOUS)
		fake_events.spurious++;
}

void notify_remote_via_irq(int irq)
{
	atomic_inc(&fake_events.notified);
	if (fake_events.peer)
		schedule_work(fake_events.peer);
}
