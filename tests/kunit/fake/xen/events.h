/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen/events.h - what drivers/bus.c uses of the kernel's, which does not
 * compile where Xen is absent
 */
#ifndef VXEN_FAKE_XEN_EVENTS_H
#define VXEN_FAKE_XEN_EVENTS_H

#include <linux/interrupt.h>
#include <xen/interface/event_channel.h>

#define XEN_EOI_FLAG_SPURIOUS	0x00000001

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t evtchn,
				      irq_handler_t handler,
				      unsigned long irqflags,
				      const char *devname, void *dev_id);
void unbind_from_irqhandler(unsigned int irq, void *dev_id);
void xen_irq_lateeoi(unsigned int irq, unsigned int eoi_flags);
void notify_remote_via_irq(int irq);

#endif /* VXEN_FAKE_XEN_EVENTS_H */
