// SPDX-License-Identifier: GPL-2.0-only
/*
 * glue_test.c - protects what the transport and the bus have of each other
 *
 * The whole device, from the virtio driver to the backend's end of the bus page:
 * windows, notifications and features are what both ends have agreed on.
 */
#include <kunit/test.h>
#include <linux/dma-map-ops.h>
#include <linux/sizes.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "../../drivers/inplace.h"
#include "../../drivers/window.h"
#include "fake_backend.h"

/* ---- windows ---- */

static void the_window_is_the_backends_too(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;
	struct vxen_window *win = rcu_dereference_raw(vx->dma.pool.win[0]);

	KUNIT_EXPECT_EQ(test, be->adds, 1U);
	KUNIT_EXPECT_EQ(test, be->windows[0].first_ref, win->first_ref);
	KUNIT_EXPECT_EQ(test, be->windows[0].frames, win->nr_pages);
	/* The rings lie in it. */
	KUNIT_EXPECT_EQ(test, be->model.vqs[0].desc,
			(u64)virtqueue_get_desc_addr(fake_driver.vqs[0]));
	KUNIT_EXPECT_GE(test, be->model.vqs[0].desc, (u64)win->dma);
	KUNIT_EXPECT_LT(test, be->model.vqs[0].desc,
			(u64)win->dma + win->size);
}

/* Unbind the virtio driver and bind it, as an administrator may. */
static void bind_again(struct kunit *test)
{
	struct virtio_device *vdev = fake_driver.vdev;

	KUNIT_ASSERT_NOT_NULL(test, vdev);
	device_release_driver(&vdev->dev);
	KUNIT_EXPECT_EQ(test, device_attach(&vdev->dev), 1);
	KUNIT_ASSERT_EQ(test, fake_driver.err, 0);
}

static struct vxen_device *plug_a_network(struct kunit *test, u32 entries)
{
	struct fake_backend *be = test->priv;

	be->model.info.device_id = cpu_to_le32(VIRTIO_ID_NET);
	be->model.vqs[0].max = entries;
	be->model.vqs[1].max = entries;
	return fake_backend_plug(test);
}

static void a_network_keeps_to_the_window_it_has(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;
	unsigned int rx, tx;
	size_t size;

	vxen_window_max_kib = 2048;
	vx = plug_a_network(test, 256);
	rx = virtqueue_get_vring_size(fake_driver.vqs[0]);
	tx = virtqueue_get_vring_size(fake_driver.vqs[1]);
	size = vx->dma.pool.size;
	KUNIT_EXPECT_LT(test, tx, 256U);

	/* Queues that need more would lose packets until it has grown. */
	vx->window_max_kib = 65536;
	vxen_pool_set_max(&vx->dma.pool, SZ_64M);
	bind_again(test);
	KUNIT_EXPECT_EQ(test, virtqueue_get_vring_size(fake_driver.vqs[0]), rx);
	KUNIT_EXPECT_EQ(test, virtqueue_get_vring_size(fake_driver.vqs[1]), tx);
	KUNIT_EXPECT_EQ(test, vx->dma.pool.size, size);
	KUNIT_EXPECT_EQ(test, be->adds, 1U);
}

static void a_network_that_connects_again_gets_what_it_may(struct kunit *test)
{
	struct vxen_device *vx;
	unsigned int tx;

	vxen_window_max_kib = 2048;
	vx = plug_a_network(test, 256);
	tx = virtqueue_get_vring_size(fake_driver.vqs[1]);
	vx->window_max_kib = 65536;
	fake_xenbus_state(XenbusStateClosing);
	KUNIT_ASSERT_TRUE(test, fake_until(READ_ONCE(fake_driver.probes) == 2));
	KUNIT_ASSERT_TRUE(test, fake_front_is(XenbusStateConnected));
	KUNIT_EXPECT_GT(test, virtqueue_get_vring_size(fake_driver.vqs[1]), tx);
}

static void a_network_has_long_queues_and_no_indirect_tables(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	u32 indirect = BIT(VIRTIO_RING_F_INDIRECT_DESC);
	struct vxen_device *vx;

	vxen_window_max_kib = 9216;
	be->model.features[0] = indirect | BIT(VIRTIO_NET_F_MRG_RXBUF);
	vx = plug_a_network(test, 256);
	KUNIT_EXPECT_EQ(test, be->model.driver_features[0] & indirect, 0U);
	KUNIT_EXPECT_EQ(test, virtqueue_get_vring_size(fake_driver.vqs[1]),
			256U);
	KUNIT_EXPECT_TRUE(test, vx->dma.pool.limits.ahead);
	fake_xenbus_unplug();

	/* The driver cannot do without, so the queue is shorter. */
	fake_xenbus_reset();
	fake_backend_listen();
	be->model.features[0] = indirect;
	vx = plug_a_network(test, 256);
	KUNIT_EXPECT_EQ(test, be->model.driver_features[0] & indirect, indirect);
	KUNIT_EXPECT_LT(test, virtqueue_get_vring_size(fake_driver.vqs[1]),
			256U);
}

static void zeros_for_whom_nothing_else_is_safe(struct kunit *test)
{
	static const struct {
		u32 id, features;
		enum vxen_dma_fill fill;
	} kinds[] = {
		{ VIRTIO_ID_NET, 0, VXEN_DMA_FILL_NOTHING },
		{ VIRTIO_ID_BLOCK, 0, VXEN_DMA_FILL_MARKS },
		{ VIRTIO_ID_BLOCK, BIT(VIRTIO_BLK_F_ZONED),
		  VXEN_DMA_FILL_ZEROS },
		{ FAKE_DEVICE_ID, 0, VXEN_DMA_FILL_ZEROS },
	};
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		be->model.info.device_id = cpu_to_le32(kinds[i].id);
		be->model.features[0] = kinds[i].features;
		vx = fake_backend_plug(test);
		KUNIT_EXPECT_EQ(test, vx->dma.fill, kinds[i].fill);
		fake_xenbus_unplug();
		fake_xenbus_reset();
		fake_backend_listen();
	}
}

static void others_get_what_the_pool_may_hold(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;
	size_t mapping;

	be->model.vqs[0].max = 1024;
	vxen_window_max_kib = 1024;
	vx = fake_backend_plug(test);
	mapping = vx->dma.max_mapping;
	vxen_pool_set_max(&vx->dma.pool, SZ_32M);
	bind_again(test);
	KUNIT_EXPECT_GT(test, vx->dma.max_mapping, mapping);
	KUNIT_EXPECT_EQ(test, be->adds, 1U);
}

static void as_many_windows_as_the_backend_takes(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	be->max_windows = 2;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, vx->dma.pool.limits.windows, 2U);
	fake_xenbus_unplug();

	fake_xenbus_reset();
	fake_backend_listen();
	be->max_windows = 1000;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, vx->dma.pool.limits.windows,
			(unsigned int)VXEN_MAX_WINDOWS);
}

static void further_windows_come_and_go(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	vxen_window_idle_ms = 50;
	vx = fake_backend_plug(test);
	fake_backend_grow(test);
	KUNIT_EXPECT_GT(test, be->windows[1].frames, 0U);
	KUNIT_EXPECT_TRUE(test, fake_until(READ_ONCE(vx->dma.pool.nr) == 1));
	KUNIT_EXPECT_EQ(test, be->windows[1].frames, 0U);
	KUNIT_EXPECT_FALSE(test, vx->bus.broken);
}

static void without_a_window_there_are_no_virtqueues(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	be->refuse = VMSG_XEN_ADD_WINDOW;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_ASSERT_TRUE(test, fake_front_is(XenbusStateConnected));
	vx = fake_vx();
	KUNIT_EXPECT_EQ(test, fake_driver.err, -EREMOTEIO);
	KUNIT_EXPECT_EQ(test, vx->dma.pool.nr, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 1U);

	/* It may have room later. */
	be->refuse = 0;
	KUNIT_EXPECT_EQ(test, device_attach(&vx->vmsg->vdev.dev), 1);
	KUNIT_EXPECT_EQ(test, fake_driver.err, 0);
	KUNIT_EXPECT_EQ(test, vx->dma.pool.nr, 1U);
}

/* ---- buffers in place ---- */

static void buffers_in_place_where_both_want_them(struct kunit *test)
{
	struct vxen_device *vx;

	vxen_inplace_min = 12345;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, vx->dma.inplace.nr, vxen_inplace_refs);
	KUNIT_EXPECT_EQ(test, vx->dma.inplace_min, 12345UL);
	/* Kept, as the windows are. */
	bind_again(test);
	KUNIT_EXPECT_EQ(test, vx->dma.inplace.nr, vxen_inplace_refs);
}

static void no_buffers_in_place_where_the_backend_cannot(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	be->features = 0;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_NE(test, be->asked & BIT(VMSG_XEN_F_SINGLE_GRANTS), 0U);
	KUNIT_EXPECT_EQ(test, vx->dma.inplace.nr, 0U);
}

static void no_buffers_in_place_where_nobody_asks(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	vxen_inplace_refs = 0;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, be->asked, (u32)BIT(VMSG_XEN_F_QUEUE_PORTS));
	KUNIT_EXPECT_EQ(test, vx->dma.inplace.nr, 0U);
}

static void a_full_grant_table_is_no_reason_to_fail(struct kunit *test)
{
	struct vxen_device *vx;

	/* More than the table has, and than is of any use. */
	vxen_inplace_refs = FAKE_REFS;
	fake_grants.limit = 2000;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, vx->dma.inplace.nr, 0U);
	fake_xenbus_unplug();

	fake_xenbus_reset();
	fake_backend_listen();
	fake_grants.limit = FAKE_REFS;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, vx->dma.inplace.nr, 4096U);
}

static void a_buffer_that_is_kept_breaks_the_device(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);

	vx->dma.lost(&vx->dma, 3);
	KUNIT_EXPECT_TRUE(test, vx->bus.broken);
}

static void dma_is_ours_whoever_was_there_in_between(struct kunit *test)
{
	const struct dma_map_ops *ops;
	struct device *dev;

	fake_backend_plug(test);
	dev = &fake_xenbus.xdev->dev;
	ops = get_dma_ops(dev);
	device_release_driver(&fake_driver.vdev->dev);
	set_dma_ops(dev, NULL);
	KUNIT_EXPECT_EQ(test, device_attach(&fake_vx()->vmsg->vdev.dev), 1);
	KUNIT_EXPECT_PTR_EQ(test, get_dma_ops(dev), ops);
}

/* ---- notifications and events ---- */

static void a_kick_goes_to_the_queues_own_port(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vmsg_vq *q;
	atomic_t *notified;

	fake_backend_plug(test);
	q = fake_driver.vqs[1]->priv;
	notified = &fake_events.channels[be->ports[1] - FAKE_PORT].notified;
	KUNIT_EXPECT_TRUE(test, virtqueue_notify(fake_driver.vqs[1]));
	KUNIT_EXPECT_EQ(test, atomic_read(notified), 1);
	KUNIT_EXPECT_EQ(test, q->count.kicks, 1UL);
	KUNIT_EXPECT_EQ(test, be->avail, 0U);
}

static void a_kick_is_a_message_where_there_is_no_port(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	be->features = 0;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
	KUNIT_EXPECT_TRUE(test, virtqueue_notify(fake_driver.vqs[0]));
	KUNIT_EXPECT_TRUE(test, fake_until(READ_ONCE(be->avail) == 1));
	KUNIT_EXPECT_FALSE(test, vx->bus.broken);
}

static void used(u16 dev_num, u32 index)
{
	struct {
		struct vmsg_header hdr;
		struct vmsg_event_used used;
	} msg = {
		.hdr.msg_id = VMSG_EVENT_USED,
		.hdr.dev_num = cpu_to_le16(dev_num),
		.hdr.msg_size = cpu_to_le16(sizeof(msg)),
		.used.vq_index = cpu_to_le32(index),
	};

	fake_backend_send(&msg, sizeof(msg));
}

static void events_go_to_the_device_that_they_are_of(struct kunit *test)
{
	struct vmsg_vq *q;

	fake_backend_plug(test);
	q = fake_driver.vqs[1]->priv;
	used(1, 1);
	KUNIT_EXPECT_EQ(test, q->count.interrupts, 0UL);
	used(0, 1);
	KUNIT_EXPECT_EQ(test, q->count.interrupts, 1UL);
}

static void events_before_there_is_a_device_are_dropped(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	vxen_timeout_ms = 200;
	be->mute = VMSG_GET_DEVICE_INFO;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_ASSERT_TRUE(test, fake_until(be->asked));
	used(0, 0);
	KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 0U);
}

static void a_device_that_lies_is_broken(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	be->model.vqs[1].refuse = true;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_ASSERT_TRUE(test, fake_front_is(XenbusStateConnected));
	KUNIT_EXPECT_EQ(test, fake_driver.err, -EPROTO);
	KUNIT_EXPECT_TRUE(test, fake_vx()->bus.broken);
}

static void the_device_is_named_as_on_xenbus(struct kunit *test)
{
	struct virtio_device *vdev;

	fake_backend_plug(test);
	vdev = fake_driver.vdev;
	KUNIT_EXPECT_STREQ(test, vdev->config->bus_name(vdev),
			   FAKE_XENBUS_NAME);
	KUNIT_EXPECT_PTR_EQ(test, vdev->dev.parent, &fake_xenbus.xdev->dev);
}

static void affinity_is_for_ports(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct virtio_device *vdev;

	/* The fake's interrupts are none of the kernel's: it refuses. */
	fake_backend_plug(test);
	vdev = fake_driver.vdev;
	KUNIT_EXPECT_LT(test,
			vdev->config->set_vq_affinity(fake_driver.vqs[0], NULL),
			0);
	fake_xenbus_unplug();

	fake_xenbus_reset();
	fake_backend_listen();
	be->features = 0;
	fake_backend_plug(test);
	vdev = fake_driver.vdev;
	KUNIT_EXPECT_EQ(test,
			vdev->config->set_vq_affinity(fake_driver.vqs[0], NULL),
			-EINVAL);
}

static struct kunit_case glue_cases[] = {
	KUNIT_CASE(the_window_is_the_backends_too),
	KUNIT_CASE(a_network_keeps_to_the_window_it_has),
	KUNIT_CASE(a_network_that_connects_again_gets_what_it_may),
	KUNIT_CASE(a_network_has_long_queues_and_no_indirect_tables),
	KUNIT_CASE(zeros_for_whom_nothing_else_is_safe),
	KUNIT_CASE(others_get_what_the_pool_may_hold),
	KUNIT_CASE(as_many_windows_as_the_backend_takes),
	KUNIT_CASE(further_windows_come_and_go),
	KUNIT_CASE(without_a_window_there_are_no_virtqueues),
	KUNIT_CASE(buffers_in_place_where_both_want_them),
	KUNIT_CASE(no_buffers_in_place_where_the_backend_cannot),
	KUNIT_CASE(no_buffers_in_place_where_nobody_asks),
	KUNIT_CASE(a_full_grant_table_is_no_reason_to_fail),
	KUNIT_CASE(a_buffer_that_is_kept_breaks_the_device),
	KUNIT_CASE(dma_is_ours_whoever_was_there_in_between),
	KUNIT_CASE(a_kick_goes_to_the_queues_own_port),
	KUNIT_CASE(a_kick_is_a_message_where_there_is_no_port),
	KUNIT_CASE(events_go_to_the_device_that_they_are_of),
	KUNIT_CASE(events_before_there_is_a_device_are_dropped),
	KUNIT_CASE(a_device_that_lies_is_broken),
	KUNIT_CASE(the_device_is_named_as_on_xenbus),
	KUNIT_CASE(affinity_is_for_ports),
	{}
};

static struct kunit_suite glue_suite = {
	.name = "vxen-glue",
	.init = fake_backend_init,
	.exit = fake_backend_exit,
	.test_cases = glue_cases,
};

kunit_test_suite(glue_suite);
