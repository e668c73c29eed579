/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * glue.h - the Xen bus as the transport sees it
 */
#ifndef VXEN_GLUE_H
#define VXEN_GLUE_H

#include "bus.h"
#include "transport.h"

struct vxen_device;

extern const struct vmsg_bus_ops vxen_bus_ops;
extern const struct vxen_bus_client vxen_bus_client;

void vxen_window_drop(struct vxen_device *vx);

#endif /* VXEN_GLUE_H */
