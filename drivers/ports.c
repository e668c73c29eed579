// SPDX-License-Identifier: GPL-2.0-only
/*
 * ports.c - what Xen is asked about event channels, all in one place
 *
 * Theory of operation
 * -------------------
 * Xenbus has functions for two of these, which want a xenbus device: a device
 * that was found by device tree has none. Binding a port to an interrupt is the
 * kernel's.
 */
#include <linux/errno.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <asm/xen/hypercall.h>

#include "ports.h"

/**
 * vxen_port_alloc() - make an event channel that the other end may bind
 * @domid: the other end's domain
 * @port: set to our end
 *
 * Context: any.
 * Return: 0, or Xen's negative errno.
 */
int vxen_port_alloc(u16 domid, unsigned int *port)
{
	struct evtchn_alloc_unbound alloc = {
		.dom = DOMID_SELF,
		.remote_dom = domid,
	};
	int err;

	err = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &alloc);
	if (!err)
		*port = alloc.port;

	return err;
}

/**
 * vxen_port_close() - undo vxen_port_alloc()
 * @port: our end, not bound to an interrupt
 *
 * Context: any.
 */
void vxen_port_close(unsigned int port)
{
	struct evtchn_close close = { .port = port };

	HYPERVISOR_event_channel_op(EVTCHNOP_close, &close);
}

/**
 * vxen_port_peer() - look where an event channel leads to
 * @port: our end
 * @domid: set to the other end's domain
 *
 * Context: any.
 * Return: 0, or -ENXIO if there is no such channel, or nobody at its other end.
 */
int vxen_port_peer(unsigned int port, u16 *domid)
{
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };

	if (HYPERVISOR_event_channel_op(EVTCHNOP_status, &status) ||
	    status.status != EVTCHNSTAT_interdomain)
		return -ENXIO;

	*domid = status.u.interdomain.dom;
	return 0;
}
