// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - devices found in the device tree
 *
 * Theory of operation
 * -------------------
 * What a node says is read and checked by node.c. With xenstore, that is all:
 * the device itself comes through xenbus (xenbus.c), which is registered after
 * this, so that the nodes are known by then. Without, the platform device is the
 * device (static.c).
 *
 * A node is undone by devres, in the reverse order of what probe has done, and
 * without a remove function.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "node.h"
#include "platform.h"
#include "static.h"
#include "sysfs.h"

static void release_node(void *data)
{
	vxen_node_release(data);
}

static int vxen_platform_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct vxen_node *node;
	int err;

	node = devm_kzalloc(dev, sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;

	/* It has been said why: this has the driver core add nothing to it. */
	if (vxen_node_claim(node, dev))
		return -ENODEV;
	err = devm_add_action_or_reset(dev, release_node, node);
	if (err)
		return err;

	if (node->fixed)
		return vxen_static_add(dev, node);

	/* Xenstore may come late, or never: a module cannot tell. */
	dev_info(dev, "waits for device %u of xenstore\n", node->id);
	return 0;
}

static const struct of_device_id vxen_of_ids[] = {
	{ .compatible = "xen,virtio-msg" },
	{}
};
MODULE_DEVICE_TABLE(of, vxen_of_ids);

static struct platform_driver vxen_platform_driver = {
	.probe = vxen_platform_probe,
	.driver = {
		.name = "virtio_xen_dt",
		.of_match_table = vxen_of_ids,
		.dev_groups = vxen_groups,
	},
};

/**
 * vxen_platform_init() - start to look for devices in the device tree
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int vxen_platform_init(void)
{
	return platform_driver_register(&vxen_platform_driver);
}

/**
 * vxen_platform_exit() - let go of the devices that were found there
 *
 * Context: may sleep.
 */
void vxen_platform_exit(void)
{
	platform_driver_unregister(&vxen_platform_driver);
}
