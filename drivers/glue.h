/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * glue.h - the Xen bus as the transport sees it
 */
#ifndef VXEN_GLUE_H
#define VXEN_GLUE_H

#include "bus.h"
#include "dma.h"
#include "transport.h"

struct vxen_device;

extern const struct vmsg_bus_ops vxen_bus_ops;
extern const struct vxen_bus_client vxen_bus_client;

extern const struct vxen_pool_ops vxen_pool_bus_ops;

void vxen_grants_drop(struct vxen_device *vx);
void vxen_grants_lost(struct vxen_dma *dma, unsigned int frames);

#endif /* VXEN_GLUE_H */
