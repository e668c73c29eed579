/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * node.h - what the device tree says of devices
 */
#ifndef VXEN_NODE_H
#define VXEN_NODE_H

#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/types.h>

struct device;

/**
 * struct vxen_node - what a node says
 * @list: among all that have been claimed
 * @dev: the platform device that it is of
 * @domid: the backend's domain
 * @fixed: there is no xenstore: @ref and @port are valid, and not @id
 * @id: number of the device among the guest's in xenstore
 * @ref: reference that grants the bus page
 * @port: the guest's end of the event channel
 */
struct vxen_node {
	struct list_head list;
	struct device *dev;
	u16 domid;
	bool fixed;
	u32 id;
	u32 ref;
	u32 port;
};

#if IS_ENABLED(CONFIG_OF)

int vxen_node_claim(struct vxen_node *node, struct device *dev);
void vxen_node_release(struct vxen_node *node);
int vxen_node_attach(struct device *dev, u32 id, u16 domid);
void vxen_node_detach(struct device *dev);

#else

static inline int vxen_node_attach(struct device *dev, u32 id, u16 domid)
{
	return 0;
}

static inline void vxen_node_detach(struct device *dev)
{
}

#endif

#endif /* VXEN_NODE_H */
