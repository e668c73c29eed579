/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * static.h - devices without xenstore
 */
#ifndef VXEN_STATIC_H
#define VXEN_STATIC_H

struct device;
struct vxen_node;

int vxen_static_add(struct device *dev, const struct vxen_node *node);

#endif /* VXEN_STATIC_H */
