/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xenbus.h - devices found through xenbus
 */
#ifndef VXEN_XENBUS_H
#define VXEN_XENBUS_H

int vxen_xenbus_init(void);
void vxen_xenbus_exit(void);

#endif /* VXEN_XENBUS_H */
