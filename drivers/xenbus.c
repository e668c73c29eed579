// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenbus.c - devices found through xenbus
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "Xenstore". The states are nodes of xenstore,
 * which xenbus watches. Page and event channel are made anew for each
 * connection, and their numbers written where the backend looks for them.
 *
 * A device that a node of the device tree names (node.c) has to have the
 * backend that the node names.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/xenbus.h>

#include "device.h"
#include "frontend.h"
#include "glue.h"
#include "node.h"
#include "sysfs.h"
#include "xenbus.h"

static struct xenbus_device *to_xdev(struct vxen_device *vx)
{
	return to_xenbus_device(vx->dev);
}

static enum xenbus_state backend_state(struct vxen_device *vx)
{
	int state;

	if (xenbus_scanf(XBT_NIL, to_xdev(vx)->otherend, "state", "%d",
			 &state) != 1)
		return XenbusStateUnknown;

	return state;
}

static bool backend_returns(struct vxen_device *vx)
{
	return xenbus_read_unsigned(to_xdev(vx)->otherend, "online", 0);
}

static void backend_versions(struct vxen_device *vx, unsigned int *min,
			     unsigned int *max)
{
	const char *dir = to_xdev(vx)->otherend;

	*min = xenbus_read_unsigned(dir, VMSG_XEN_NODE_MIN_VERSION,
				    VMSG_XEN_VERSION);
	*max = xenbus_read_unsigned(dir, VMSG_XEN_NODE_MAX_VERSION,
				    VMSG_XEN_VERSION);
}

static int switch_state(struct vxen_device *vx, enum xenbus_state state)
{
	return xenbus_switch_state(to_xdev(vx), state);
}

static int open_bus(struct vxen_device *vx)
{
	return vxen_bus_open(&vx->bus, vx->dev, &vx->grantee, &vxen_bus_client);
}

static int write_nodes(struct vxen_device *vx, struct xenbus_transaction xbt)
{
	const char *dir = to_xdev(vx)->nodename;
	int err;

	err = xenbus_printf(xbt, dir, VMSG_XEN_NODE_VERSION, "%u",
			    VMSG_XEN_VERSION);
	if (!err)
		err = xenbus_printf(xbt, dir, VMSG_XEN_NODE_BUS_REF, "%u",
				    vx->bus.page_ref);
	if (!err)
		err = xenbus_printf(xbt, dir, VMSG_XEN_NODE_EVTCHN, "%u",
				    vx->bus.port);

	return err;
}

static int publish(struct vxen_device *vx)
{
	struct xenbus_transaction xbt;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			break;
		err = write_nodes(vx, xbt);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			break;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);

	return err;
}

static void close_bus(struct vxen_device *vx)
{
	vxen_bus_close(&vx->bus);
}

/* To the log, and to the toolstack. */
static void report(struct vxen_device *vx, int err, struct va_format *vaf)
{
	xenbus_dev_error(to_xdev(vx), err, "%pV", vaf);
}

static const struct vxen_link_ops xenbus_link_ops = {
	.backend_state = backend_state,
	.returns = backend_returns,
	.versions = backend_versions,
	.switch_state = switch_state,
	.open = open_bus,
	.publish = publish,
	.close = close_bus,
	.report = report,
};

static void vxen_otherend_changed(struct xenbus_device *xdev,
				  enum xenbus_state state)
{
	vxen_device_told(dev_get_drvdata(&xdev->dev), state);
}

/* What the device tree says of it, if it says anything. */
static int heed_node(struct xenbus_device *xdev)
{
	const char *name = strrchr(xdev->nodename, '/');
	u32 id;

	if (!name || kstrtou32(name + 1, 10, &id))
		return 0;

	return vxen_node_attach(&xdev->dev, id, xdev->otherend_id);
}

static int vxen_probe(struct xenbus_device *xdev,
		      const struct xenbus_device_id *id)
{
	struct vxen_device *vx;
	int err;

	err = heed_node(xdev);
	if (err)
		return err;

	err = -ENOMEM;
	vx = kzalloc(sizeof(*vx), GFP_KERNEL);
	if (!vx)
		goto err_node;

	err = vxen_device_init(vx, &xdev->dev, &xenbus_link_ops,
			       xdev->otherend_id);
	if (err)
		goto err_free;

	/* After an earlier driver, or an earlier life of this one. */
	err = xenbus_switch_state(xdev, XenbusStateInitialising);
	if (err)
		goto err_exit;

	return 0;

err_exit:
	vxen_device_exit(vx);
err_free:
	kfree(vx);
err_node:
	vxen_node_detach(&xdev->dev);
	return err;
}

static void vxen_remove(struct xenbus_device *xdev)
{
	struct vxen_device *vx = dev_get_drvdata(&xdev->dev);

	vxen_device_stop(vx);
	vxen_device_exit(vx);
	kfree(vx);
	vxen_node_detach(&xdev->dev);
}

static int vxen_resume(struct xenbus_device *xdev)
{
	struct vxen_device *vx = dev_get_drvdata(&xdev->dev);

	/* All grants and event channels are gone with the old domain. */
	if (READ_ONCE(vx->state) != VXEN_IDLE)
		vxen_bus_break(&vx->bus,
			       "the domain was resumed, which this version cannot do");
	return 0;
}

static const struct xenbus_device_id vxen_ids[] = {
	{ VMSG_XEN_TYPE },
	{ "" }
};

static struct xenbus_driver vxen_driver = {
	.name = "virtio_xen",
	.driver.dev_groups = vxen_groups,
	.ids = vxen_ids,
	.not_essential = true,
	.probe = vxen_probe,
	.remove = vxen_remove,
	.resume = vxen_resume,
	.otherend_changed = vxen_otherend_changed,
};

/**
 * vxen_xenbus_init() - start to look for devices in xenstore
 *
 * Context: may sleep; waits for the devices that are there to come up.
 * Return: 0 or a negative errno.
 */
int vxen_xenbus_init(void)
{
	/*
	 * Without an owner: xenbus would hold a reference to the module for
	 * each device that is bound, and the module could only be unloaded
	 * after all of them had gone. Unbinding them is what unloading does.
	 */
	return __xenbus_register_frontend(&vxen_driver, NULL, KBUILD_MODNAME);
}

/**
 * vxen_xenbus_exit() - let go of the devices that were found in xenstore
 *
 * Context: may sleep.
 */
void vxen_xenbus_exit(void)
{
	xenbus_unregister_driver(&vxen_driver);
}

MODULE_ALIAS("xen:" VMSG_XEN_TYPE);
