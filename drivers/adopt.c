// SPDX-License-Identifier: GPL-2.0-only
/*
 * adopt.c - virtio devices of other transports, behind grants
 *
 * Theory of operation
 * -------------------
 * A toolstack may give a guest devices of virtio-mmio or virtio-pci whose
 * backend reaches the guest's memory by grants. The kernel's own binding says
 * so: iommus of a "virtio,mmio" node, or iommu-map of a PCI host's, leads to a
 * node "xen,grant-dma" and the backend's domain. A kernel with
 * CONFIG_XEN_GRANT_DMA_OPS obeys that by itself, and this file is not in the
 * module then. Others would give the backend addresses that mean nothing to it.
 *
 * The DMA operations are the same as those of this driver's own devices, since
 * the addresses are. Nobody is told of windows here: their references are like
 * any others, and such a backend maps what it finds in a virtqueue.
 *
 * A device gets them just before its driver is bound, when the kernel has
 * configured its DMA, and loses them when it is unbound. The module stays for
 * as long as there is such a device. Without VIRTIO_F_ACCESS_PLATFORM virtio
 * would not use them: the callback by which a platform restricts memory access
 * makes virtio insist on that for these devices, and for no others.
 */
#include <linux/device.h>
#include <linux/dma-map-ops.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/virtio.h>
#include <linux/virtio_anchor.h>
#include <xen/interface/xen.h>

#include "adopt.h"
#include "device.h"
#include "revoke.h"

#define BACKEND_NODE	"xen,grant-dma"

/* What its virtqueues need is not known beforehand. */
#define FIRST_WINDOW	SZ_2M
#define NEXT_WINDOW	SZ_1M

/* More references than this for buffers in place are of no use. */
#define INPLACE_MAX	4096U

/**
 * struct vxen_adopted - a device that is another driver's
 * @list: among all of them
 * @dev: the device
 * @grantee: whom all is granted to
 * @dma: grants for data
 */
struct vxen_adopted {
	struct list_head list;
	struct device *dev;
	struct vxen_grantee grantee;
	struct vxen_dma dma;
};

static LIST_HEAD(adopted);
static DEFINE_SPINLOCK(adopted_lock);	/* adopted */

static struct vxen_adopted *find_adopted(const struct device *dev)
{
	struct vxen_adopted *a, *found = NULL;

	spin_lock(&adopted_lock);
	list_for_each_entry(a, &adopted, list)
		if (a->dev == dev)
			found = a;
	spin_unlock(&adopted_lock);

	return found;
}

/* ---- the binding ---- */

static bool is_backend_node(const struct device_node *np)
{
	return np && of_device_is_compatible(np, BACKEND_NODE);
}

static bool names_backend(const struct device_node *np, u32 *domid)
{
	struct of_phandle_args args;
	bool found;

	if (!of_device_is_compatible(np, "virtio,mmio") ||
	    of_parse_phandle_with_args(np, "iommus", "#iommu-cells", 0, &args))
		return false;

	found = is_backend_node(args.np) && args.args_count == 1;
	/* Other cells than there are have not been set. */
	if (found)
		*domid = args.args[0];
	of_node_put(args.np);

	return found;
}

/**
 * vxen_adopt_mapped() - look a PCI device's backend up in iommu-map
 * @host: the host bridge's node
 * @rid: the device's requester ID
 * @domid: set to the backend's domain
 *
 * Of the kernel's own function for it the arguments have changed.
 *
 * Context: may sleep.
 * Return: whether it has a backend that is given grants.
 */
bool vxen_adopt_mapped(const struct device_node *host, u32 rid, u32 *domid)
{
	u32 mask = U32_MAX, entry[4], i, j;
	struct device_node *np;
	int cells;
	bool found;

	cells = of_property_count_u32_elems(host, "iommu-map");
	of_property_read_u32(host, "iommu-map-mask", &mask);
	rid &= mask;

	for (i = 0; (int)i + 4 <= cells; i += 4) {
		for (j = 0; j < 4; j++)
			if (of_property_read_u32_index(host, "iommu-map", i + j,
						       &entry[j]))
				return false;
		/* First ID, node, what that becomes, number of IDs. */
		if (rid < entry[0] || rid - entry[0] >= entry[3])
			continue;
		np = of_find_node_by_phandle(entry[1]);
		found = is_backend_node(np);
		of_node_put(np);
		*domid = entry[2] + (rid - entry[0]);
		return found;
	}

	return false;
}

#if IS_ENABLED(CONFIG_PCI)

static bool pci_backend(struct device *dev, u32 *domid)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pci_bus *bus = pdev->bus;

	if (pdev->vendor != PCI_VENDOR_ID_REDHAT_QUMRANET)
		return false;
	while (!pci_is_root_bus(bus))
		bus = bus->parent;

	return bus->bridge->parent && bus->bridge->parent->of_node &&
	       vxen_adopt_mapped(bus->bridge->parent->of_node,
				 PCI_DEVID(pdev->bus->number, pdev->devfn),
				 domid);
}

#else

static bool pci_backend(struct device *dev, u32 *domid)
{
	return false;
}

#endif

static bool has_backend(struct device *dev, u32 *domid)
{
	if (dev_is_pci(dev))
		return pci_backend(dev, domid);

	return dev->of_node && names_backend(dev->of_node, domid);
}

/* ---- the windows ---- */

static int nobody_is_told(struct vxen_pool *pool, const struct vxen_window *win,
			  u16 id)
{
	return 0;
}

static const struct vxen_pool_ops pool_ops = {
	.announce = nobody_is_told,
	.withdraw = nobody_is_told,
};

/* What it kept is held back already; the device is another driver's to break. */
static void lost(struct vxen_dma *dma, unsigned int frames)
{
	struct vxen_adopted *a = container_of(dma, struct vxen_adopted, dma);

	dev_err_ratelimited(a->dev,
			    "the backend still has %u frames of a used buffer mapped\n",
			    frames);
}

static void make_room(struct vxen_adopted *a)
{
	struct vxen_pool_limits limits = {
		.step = NEXT_WINDOW,
		.max = (size_t)vxen_window_max_kib * SZ_1K,
		.windows = VXEN_MAX_WINDOWS,
		.idle_ms = vxen_window_idle_ms,
	};
	int err;

	limits.first = min_t(size_t, FIRST_WINDOW, limits.max);
	err = vxen_pool_start(&a->dma.pool, &limits);
	if (err)
		dev_err(a->dev, "no window: error %d\n", err);

	err = vxen_inplace_start(&a->dma.inplace, &a->grantee,
				 min(vxen_inplace_refs, INPLACE_MAX),
				 a->dma.stats);
	if (err)
		dev_warn(a->dev, "no references for buffers in place: error %d\n",
			 err);
	else
		a->dma.inplace_min = vxen_inplace_min;
}

/* ---- coming and going ---- */

static void adopt(struct device *dev, u32 domid)
{
	struct vxen_adopted *a;

	if (domid >= DOMID_FIRST_RESERVED) {
		dev_err(dev, "its backend, %u, is no domain\n", domid);
		return;
	}
	if (!try_module_get(THIS_MODULE))
		return;

	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		goto err_module;

	a->dev = dev;
	a->grantee.domid = domid;
	a->grantee.name = dev_name(dev);
	a->dma.lost = lost;
	vxen_pool_init(&a->dma.pool, dev, &pool_ops, &a->grantee);
	if (vxen_dma_attach(dev, &a->dma))
		goto err_free;

	/* Without any, mapping fails, and the driver's probe with it. */
	make_room(a);
	spin_lock(&adopted_lock);
	list_add(&a->list, &adopted);
	spin_unlock(&adopted_lock);
	return;

err_free:
	kfree(a);
err_module:
	module_put(THIS_MODULE);
	dev_err(dev, "there is no memory for grants to domain %u\n", domid);
}

static void release(struct vxen_adopted *a)
{
	unsigned int busy;

	spin_lock(&adopted_lock);
	list_del(&a->list);
	spin_unlock(&adopted_lock);

	vxen_inplace_stop(&a->dma.inplace);
	busy = vxen_pool_stop(&a->dma.pool);
	if (busy)
		dev_warn(a->dev,
			 "the backend still has %u frames of its windows mapped: they are held back\n",
			 busy);
	vxen_dma_detach(a->dev);
	kfree(a);
	module_put(THIS_MODULE);
}

static int bus_event(struct notifier_block *nb, unsigned long action,
		     void *data)
{
	struct device *dev = data;
	struct vxen_adopted *a;
	u32 domid;

	switch (action) {
	case BUS_NOTIFY_BIND_DRIVER:
		if (!find_adopted(dev) && has_backend(dev, &domid))
			adopt(dev, domid);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		a = find_adopted(dev);
		if (a)
			release(a);
		break;
	}

	return NOTIFY_OK;
}

static struct notifier_block platform_nb = { .notifier_call = bus_event };
static struct notifier_block pci_nb = { .notifier_call = bus_event };

/* Whoever restricts other devices' access. */
static bool (*others)(struct virtio_device *vdev);

/* Does not sleep: vxen_adopt_exit() relies on it. */
static bool restricted(struct virtio_device *vdev)
{
	return find_adopted(vdev->dev.parent) || others(vdev);
}

static int add_pci_notifier(void)
{
#if IS_ENABLED(CONFIG_PCI)
	return bus_register_notifier(&pci_bus_type, &pci_nb);
#else
	return 0;
#endif
}

static void remove_pci_notifier(void)
{
#if IS_ENABLED(CONFIG_PCI)
	bus_unregister_notifier(&pci_bus_type, &pci_nb);
#endif
}

/**
 * vxen_adopt_init() - begin to give devices of other transports grants
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int vxen_adopt_init(void)
{
	int err;

	err = bus_register_notifier(&platform_bus_type, &platform_nb);
	if (err)
		return err;
	err = add_pci_notifier();
	if (err) {
		bus_unregister_notifier(&platform_bus_type, &platform_nb);
		return err;
	}

	others = virtio_check_mem_acc_cb;
	virtio_set_mem_acc_cb(restricted);
	return 0;
}

/**
 * vxen_adopt_exit() - give no more devices grants
 *
 * No device has any: each of them holds the module.
 *
 * Context: may sleep.
 */
void vxen_adopt_exit(void)
{
	remove_pci_notifier();
	bus_unregister_notifier(&platform_bus_type, &platform_nb);

	virtio_set_mem_acc_cb(others);
	/* Whoever has read the pointer before is through with it. */
	synchronize_rcu_tasks();
}

MODULE_ALIAS("of:N*T*C" BACKEND_NODE);
