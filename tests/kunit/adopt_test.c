// SPDX-License-Identifier: GPL-2.0-only
/*
 * adopt_test.c - protects virtio devices of other transports
 *
 * Those whose node leads to a backend of grants get them, and no others do; a
 * device that is unbound has nothing left. A driver that the test binds sees
 * what virtio_mmio would.
 */
#include <kunit/test.h>
#include <linux/dma-map-ops.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_anchor.h>
#include <xen/interface/xen.h>

#include "../../drivers/adopt.h"
#include "../../drivers/revoke.h"
#include "fake_device.h"
#include "fake_events.h"
#include "fake_fail.h"
#include "fake_grants.h"
#include "fake_of.h"

#define BACKEND_HANDLE	0x77000001U
#define OTHER_HANDLE	0x77000002U

/**
 * struct adopt_driver - what the driver has seen
 * @probes: calls so far
 * @addr: where its buffer was mapped; 0: it could not be
 * @seen: the backend has found it there
 * @restricted: virtio would insist on VIRTIO_F_ACCESS_PLATFORM
 * @fail: its probe fails
 */
static struct adopt_driver {
	unsigned int probes;
	dma_addr_t addr;
	bool seen;
	bool restricted;
	int fail;
} seen;

static int drv_probe(struct platform_device *pdev)
{
	struct virtio_device vdev = { .dev.parent = &pdev->dev };
	struct device *dev = &pdev->dev;
	char *buf, found[5] = "";

	seen.probes++;
	seen.restricted = virtio_check_mem_acc_cb(&vdev);
	buf = kmalloc(64, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	strscpy(buf, "data", 64);
	if (!dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)) &&
	    get_dma_ops(dev)) {
		seen.addr = dma_map_single(dev, buf, 64, DMA_TO_DEVICE);
		if (dma_mapping_error(dev, seen.addr))
			seen.addr = 0;
	}
	if (seen.addr) {
		seen.seen = fake_backend_read(seen.addr, found, 5) &&
			    !strcmp(found, "data");
		dma_unmap_single(dev, seen.addr, 64, DMA_TO_DEVICE);
	}
	kfree(buf);
	return seen.fail;
}

static const struct of_device_id drv_ids[] = {
	{ .compatible = "virtio,mmio" },
	{ .compatible = "vendor,other" },
	{}
};

static struct platform_driver drv = {
	.probe = drv_probe,
	.driver = { .name = "vxen-kunit-mmio", .of_match_table = drv_ids },
};

/* A node of a domain's backend, or of an IOMMU; found by its handle. */
static void add_iommu(struct fake_of_node *node, const char *compatible,
		      u32 handle)
{
	if (node->np.phandle)
		return;
	of_node_init(&node->np);
	node->np.full_name = "iommu";
	node->np.phandle = handle;
	fake_of_put(node, "compatible", compatible, strlen(compatible) + 1);
	fake_of_number(node, "#iommu-cells", 1);
	fake_of_root(node);
}

static void put_cells(struct fake_of_node *node, const char *name,
		      const u32 *cells, unsigned int nr)
{
	__be32 be[12];
	unsigned int i;

	for (i = 0; i < nr; i++)
		be[i] = cpu_to_be32(cells[i]);
	fake_of_put(node, name, be, nr * sizeof(be[0]));
}

static struct fake_of_node *mmio(struct kunit *test, u32 handle, u32 domid)
{
	struct fake_of_node *node = fake_of_node(test, "mmio", "virtio,mmio");
	const u32 iommus[] = { handle, domid };

	put_cells(node, "iommus", iommus, 2);
	return node;
}

/* They are found by their handles for as long as the kernel lives. */
static struct fake_of_node backend, other;

static int adopt_test_init(struct kunit *test)
{
	int err;

	fake_fail_nth(0);
	fake_grants_reset();
	fake_events_reset();
	memset(&seen, 0, sizeof(seen));
	add_iommu(&backend, "xen,grant-dma", BACKEND_HANDLE);
	add_iommu(&other, "vendor,iommu", OTHER_HANDLE);
	err = platform_driver_register(&drv);
	if (err)
		return err;
	err = vxen_adopt_init();
	if (err)
		platform_driver_unregister(&drv);
	else
		test->priv = &seen;
	return err;
}

static void adopt_test_exit(struct kunit *test)
{
	if (!test->priv)
		return;
	fake_fail_nth(0);
	fake_of_unplug_all();
	vxen_adopt_exit();
	platform_driver_unregister(&drv);
	vxen_revoke_exit();
	fake_grants_expect_empty(test);
	KUNIT_EXPECT_EQ(test, kref_read(&backend.np.kobj.kref), 1U);
	KUNIT_EXPECT_EQ(test, kref_read(&other.np.kobj.kref), 1U);
}

/* It was bound, and knew nothing of grants. */
static void expect_left_alone(struct kunit *test, struct fake_of_node *node)
{
	memset(&seen, 0, sizeof(seen));
	KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
	KUNIT_EXPECT_EQ(test, seen.probes, 1U);
	KUNIT_EXPECT_FALSE(test, seen.restricted);
	KUNIT_EXPECT_FALSE(test, seen.seen);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
	fake_of_unplug(node);
}

static void one_that_names_a_backend_gets_grants(struct kunit *test)
{
	struct fake_of_node *node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);
	unsigned int refs = kref_read(&node->np.kobj.kref), i;
	u64 *mask;

	for (i = 1; i <= 2; i++) {
		KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
		KUNIT_EXPECT_EQ(test, seen.probes, i);
		KUNIT_EXPECT_TRUE(test, seen.restricted);
		KUNIT_EXPECT_TRUE(test, seen.seen);
		KUNIT_EXPECT_EQ(test, seen.addr >> 63, 1ULL);
		KUNIT_EXPECT_TRUE(test, fake_grants_taken(fake_ref(seen.addr)));
		KUNIT_EXPECT_EQ(test, fake_grants.domid, FAKE_DOMID);

		device_release_driver(&node->pdev->dev);
		fake_grants_expect_empty(test);
		/* It is as it was. */
		mask = node->pdev->dev.dma_mask;
		KUNIT_EXPECT_PTR_EQ(test, mask,
				    (u64 *)&node->pdev->platform_dma_mask);
		fake_of_unplug(node);
		KUNIT_EXPECT_EQ(test, kref_read(&node->np.kobj.kref), refs);
	}
}

static void others_are_left_alone(struct kunit *test)
{
	struct fake_of_node *node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);
	static const char other[] = "vendor,other";
	static const u32 two[] = { BACKEND_HANDLE, FAKE_DOMID, 1 };

	fake_of_put(node, "compatible", other, sizeof(other));
	expect_left_alone(test, node);
	expect_left_alone(test, mmio(test, OTHER_HANDLE, FAKE_DOMID));
	expect_left_alone(test, mmio(test, 0x77000003, FAKE_DOMID));
	expect_left_alone(test, mmio(test, BACKEND_HANDLE,
				     DOMID_FIRST_RESERVED));
	node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);
	fake_of_remove(node, "iommus");
	expect_left_alone(test, node);
	/* More cells than the backend's node has said. */
	node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);
	put_cells(node, "iommus", two, 1);
	expect_left_alone(test, node);
}

static void a_driver_that_fails_leaves_nothing(struct kunit *test)
{
	struct fake_of_node *node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);

	seen.fail = -EIO;
	KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
	KUNIT_EXPECT_TRUE(test, seen.seen);
	KUNIT_EXPECT_NULL(test, node->pdev->dev.driver);
	fake_grants_expect_empty(test);
}

static void without_grants_it_has_no_dma(struct kunit *test)
{
	struct fake_of_node *node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);

	fake_grants.full = true;
	KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
	KUNIT_EXPECT_TRUE(test, seen.restricted);
	/* Anything but an address that the backend would misunderstand. */
	KUNIT_EXPECT_EQ(test, seen.addr, 0ULL);
	fake_of_unplug(node);
}

static void whatever_fails_leaves_nothing(struct kunit *test)
{
	struct fake_of_node *node = mmio(test, BACKEND_HANDLE, FAKE_DOMID);
	bool last = false;
	unsigned int n;

	for (n = 1; !last && n < 100; n++) {
		fake_fail_nth(n);
		KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
		last = !fake_fail_done();
		fake_fail_nth(0);
		fake_of_unplug(node);
		fake_grants_expect_empty(test);
	}
	KUNIT_EXPECT_TRUE(test, last);
	KUNIT_EXPECT_GT(test, n, 5U);
}

static void a_host_maps_its_devices_to_backends(struct kunit *test)
{
	static const u32 map[] = {
		0x08, OTHER_HANDLE, 0, 8,
		0x10, BACKEND_HANDLE, 3, 2,
		0x18, BACKEND_HANDLE, 9, 1,
	};
	struct fake_of_node *host = fake_of_node(test, "pci", "pci-host");
	u32 domid = 0;

	KUNIT_EXPECT_FALSE(test, vxen_adopt_mapped(&host->np, 0x10, &domid));
	put_cells(host, "iommu-map", map, ARRAY_SIZE(map));
	KUNIT_EXPECT_TRUE(test, vxen_adopt_mapped(&host->np, 0x10, &domid));
	KUNIT_EXPECT_EQ(test, domid, 3U);
	KUNIT_EXPECT_TRUE(test, vxen_adopt_mapped(&host->np, 0x11, &domid));
	KUNIT_EXPECT_EQ(test, domid, 4U);
	KUNIT_EXPECT_TRUE(test, vxen_adopt_mapped(&host->np, 0x18, &domid));
	KUNIT_EXPECT_EQ(test, domid, 9U);
	KUNIT_EXPECT_FALSE(test, vxen_adopt_mapped(&host->np, 0x12, &domid));
	KUNIT_EXPECT_FALSE(test, vxen_adopt_mapped(&host->np, 0x0f, &domid));
	KUNIT_EXPECT_FALSE(test, vxen_adopt_mapped(&host->np, 0x07, &domid));
	fake_of_number(host, "iommu-map-mask", 0xf8);
	KUNIT_EXPECT_TRUE(test, vxen_adopt_mapped(&host->np, 0x112, &domid));
	KUNIT_EXPECT_EQ(test, domid, 3U);
	/* An entry that is cut short is none. */
	put_cells(host, "iommu-map", map, 7);
	KUNIT_EXPECT_FALSE(test, vxen_adopt_mapped(&host->np, 0x10, &domid));
}

static struct kunit_case adopt_cases[] = {
	KUNIT_CASE(one_that_names_a_backend_gets_grants),
	KUNIT_CASE(others_are_left_alone),
	KUNIT_CASE(a_driver_that_fails_leaves_nothing),
	KUNIT_CASE(without_grants_it_has_no_dma),
	KUNIT_CASE(whatever_fails_leaves_nothing),
	KUNIT_CASE(a_host_maps_its_devices_to_backends),
	{}
};

static struct kunit_suite adopt_suite = {
	.name = "vxen-adopt",
	.init = adopt_test_init,
	.exit = adopt_test_exit,
	.test_cases = adopt_cases,
};

kunit_test_suite(adopt_suite);
