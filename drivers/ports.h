/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ports.h - what Xen is asked about event channels, all in one place
 */
#ifndef VXEN_PORTS_H
#define VXEN_PORTS_H

#include <linux/types.h>

int vxen_port_alloc(u16 domid, unsigned int *port);
void vxen_port_close(unsigned int port);
int vxen_port_peer(unsigned int port, u16 *domid);

#endif /* VXEN_PORTS_H */
