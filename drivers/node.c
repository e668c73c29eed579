// SPDX-License-Identifier: GPL-2.0-only
/*
 * node.c - what the device tree says of devices
 *
 * Theory of operation
 * -------------------
 * Documentation/devicetree/bindings/virtio/xen,virtio-msg.yaml. A node names the
 * backend's domain, and the device either by its number in xenstore or by a
 * grant reference and an event channel that both ends know of beforehand.
 *
 * The device tree is made by whoever makes the domain and is to be believed, but
 * it may be wrong: what is not in it, what cannot be, and what two nodes claim
 * is said in one line, and the node is not used.
 *
 * The nodes that are used are in a list. A device of xenstore that one of them
 * names has to have the backend that the node names: whoever made the device
 * tree has a say in that, and whoever writes to xenstore has not.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/property.h>
#include <xen/interface/xen.h>

#include "grants.h"
#include "node.h"
#include "ports.h"

/* Of FIFO event channels; no kind has more. */
#define MAX_PORTS	131072U

static LIST_HEAD(nodes);
static DEFINE_MUTEX(nodes_lock);	/* nodes */

/* Whether there is such a property; -EINVAL, and a line, if it makes no sense. */
static int read_number(struct device *dev, const char *name, u32 *val)
{
	if (!of_find_property(dev->of_node, name, NULL))
		return 0;

	if (of_property_count_u32_elems(dev->of_node, name) != 1 ||
	    of_property_read_u32(dev->of_node, name, val)) {
		dev_err(dev, "%s is not one number\n", name);
		return -EINVAL;
	}

	return 1;
}

static int read_domid(struct device *dev, struct vxen_node *node)
{
	u32 domid;
	int found;

	found = read_number(dev, "xen,backend-domid", &domid);
	if (found < 0)
		return found;
	if (!found) {
		dev_err(dev, "no xen,backend-domid\n");
		return -EINVAL;
	}
	if (domid >= DOMID_FIRST_RESERVED) {
		dev_err(dev, "xen,backend-domid %u is no domain\n", domid);
		return -EINVAL;
	}

	node->domid = domid;
	return 0;
}

/* What is between the two ends is there, and is what the node says. */
static int check_fixed(struct device *dev, const struct vxen_node *node)
{
	u16 peer;

	if (node->ref < VXEN_FIRST_FIXED_REF ||
	    !vxen_ref_is_reserved(node->ref)) {
		dev_err(dev, "xen,grant-ref %u is not between %u and %u\n",
			node->ref, VXEN_FIRST_FIXED_REF, VXEN_FIRST_REF - 1);
		return -EINVAL;
	}
	if (!node->port || node->port >= MAX_PORTS) {
		dev_err(dev, "xen,event-channel %u is no event channel\n",
			node->port);
		return -EINVAL;
	}
	if (vxen_port_peer(node->port, &peer)) {
		dev_err(dev, "event channel %u is not there\n", node->port);
		return -ENXIO;
	}
	if (peer != node->domid) {
		dev_err(dev,
			"event channel %u leads to domain %u, not to domain %u\n",
			node->port, peer, node->domid);
		return -EINVAL;
	}

	return 0;
}

static int parse(struct device *dev, struct vxen_node *node)
{
	int id, ref, port, err;

	err = read_domid(dev, node);
	if (err)
		return err;

	id = read_number(dev, "xen,device-id", &node->id);
	if (id < 0)
		return id;
	ref = read_number(dev, "xen,grant-ref", &node->ref);
	if (ref < 0)
		return ref;
	port = read_number(dev, "xen,event-channel", &node->port);
	if (port < 0)
		return port;

	if (ref != port || id == ref) {
		dev_err(dev,
			"either xen,device-id or xen,grant-ref and xen,event-channel have to be there\n");
		return -EINVAL;
	}

	node->fixed = ref;
	return node->fixed ? check_fixed(dev, node) : 0;
}

/* Whether two nodes want the same; what, for people. */
static const char *conflict(const struct vxen_node *a,
			    const struct vxen_node *b)
{
	if (a->fixed != b->fixed)
		return NULL;
	if (!a->fixed)
		return a->id == b->id ? "xen,device-id" : NULL;
	if (a->ref == b->ref)
		return "xen,grant-ref";

	return a->port == b->port ? "xen,event-channel" : NULL;
}

/* Whether another node has it; says so. nodes_lock is held. */
static bool is_claimed(const struct vxen_node *node)
{
	const struct vxen_node *other;

	list_for_each_entry(other, &nodes, list) {
		const char *what = conflict(node, other);

		if (!what)
			continue;
		dev_err(node->dev, "its %s is that of %pOF already\n", what,
			other->dev->of_node);
		return true;
	}

	return false;
}

/**
 * vxen_node_claim() - read a node, and take what it names
 * @node: filled in
 * @dev: the platform device that the node is of
 *
 * Context: may sleep. Says in one line what is wrong.
 * Return: 0, -EINVAL if the node makes no sense, -ENXIO if its event channel is
 * not there, -EBUSY if another node has claimed the device.
 */
int vxen_node_claim(struct vxen_node *node, struct device *dev)
{
	int err;

	err = parse(dev, node);
	if (err)
		return err;

	node->dev = dev;
	mutex_lock(&nodes_lock);
	if (is_claimed(node))
		err = -EBUSY;
	else
		list_add_tail(&node->list, &nodes);
	mutex_unlock(&nodes_lock);

	return err;
}

/**
 * vxen_node_release() - undo vxen_node_claim()
 * @node: the node
 *
 * Context: may sleep.
 */
void vxen_node_release(struct vxen_node *node)
{
	mutex_lock(&nodes_lock);
	list_del(&node->list);
	mutex_unlock(&nodes_lock);
}

/**
 * vxen_node_attach() - heed what the device tree says of a device of xenstore
 * @dev: the xenbus device
 * @id: its number
 * @domid: its backend's domain, as xenstore says
 *
 * The node becomes the device's: what is below it describes the virtio device.
 *
 * Context: may sleep.
 * Return: 0, or -EPERM if the device tree names another domain.
 */
int vxen_node_attach(struct device *dev, u32 id, u16 domid)
{
	const struct vxen_node *node;
	int err = 0;

	mutex_lock(&nodes_lock);
	list_for_each_entry(node, &nodes, list) {
		if (node->fixed || node->id != id)
			continue;
		if (node->domid == domid) {
			device_set_node(dev, of_fwnode_handle(of_node_get(node->dev->of_node)));
		} else {
			dev_err(dev,
				"its backend is domain %u, but domain %u by the device tree\n",
				domid, node->domid);
			err = -EPERM;
		}
		break;
	}
	mutex_unlock(&nodes_lock);

	return err;
}

/**
 * vxen_node_detach() - undo vxen_node_attach()
 * @dev: the xenbus device
 *
 * Context: may sleep.
 */
void vxen_node_detach(struct device *dev)
{
	struct device_node *np = dev->of_node;

	device_set_node(dev, NULL);
	of_node_put(np);
}
