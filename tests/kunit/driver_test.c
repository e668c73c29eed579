// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver_test.c - protects a virtio driver's whole life on a device, and the
 * events that come in it
 *
 * Events come from a backend that is not trusted, at any time, for any queue
 * and of any size.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "fake_bus.h"

#define BASE	(BIT_ULL(VIRTIO_F_VERSION_1) | \
		 BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

static struct {
	unsigned int probes, removes, config_changes;
	int err;
	struct virtqueue *vqs[2];
	unsigned int callbacks;
} drv;

static void drv_callback(struct virtqueue *vq)
{
	drv.callbacks++;
}

static int drv_probe(struct virtio_device *vdev)
{
	static const char * const names[] = { "first", "second" };

	drv.probes++;
	drv.err = fake_find_vqs(vdev, 2, drv.vqs, names, drv_callback);
	return drv.err;
}

static void drv_remove(struct virtio_device *vdev)
{
	drv.removes++;
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
}

static void drv_config_changed(struct virtio_device *vdev)
{
	drv.config_changes++;
}

static const struct virtio_device_id drv_ids[] = {
	{ FAKE_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{}
};

static const unsigned int drv_features[] = { 8, 9, 20, VIRTIO_F_RING_RESET };

static struct virtio_driver drv_driver = {
	.driver.name = "vxen-kunit",
	.driver.owner = THIS_MODULE,
	.feature_table = drv_features,
	.feature_table_size = ARRAY_SIZE(drv_features),
	.id_table = drv_ids,
	.probe = drv_probe,
	.remove = drv_remove,
	.config_changed = drv_config_changed,
};

#define LIVE	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
		 VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)

static void expect_nothing_left(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fake_device_used(&fb->fd), 0U);
	for (i = 0; i < FAKE_MAX_VQS; i++) {
		KUNIT_EXPECT_FALSE(test, fb->vqs[i].added);
		KUNIT_EXPECT_EQ(test, fb->vqs[i].cur, 0U);
	}
}

static void a_driver_comes_and_goes(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	unsigned int i;

	for (i = 1; i <= 2; i++) {
		fake_bus_connect(test);
		KUNIT_EXPECT_EQ(test, drv.probes, i);
		KUNIT_EXPECT_EQ(test, drv.err, 0);
		KUNIT_EXPECT_EQ(test, fb->status, (u32)LIVE);
		/* Offered: 8 to 15, and what we need. */
		KUNIT_EXPECT_EQ(test, fb->driver_features[0], 0x300U);
		KUNIT_EXPECT_EQ(test, fb->driver_features[1],
				(u32)(BASE >> 32));
		KUNIT_EXPECT_EQ(test, fb->vqs[1].cur, 64U);
		fake_bus_disconnect(fb);
		KUNIT_EXPECT_EQ(test, drv.removes, i);
		/* The driver's reset, and then the core's "I have seen it". */
		KUNIT_EXPECT_EQ(test, fb->status,
				(u32)VIRTIO_CONFIG_S_ACKNOWLEDGE);
		expect_nothing_left(test);
	}
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_driver_that_fails_leaves_nothing(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fb->vqs[1].max = 0;
	fake_bus_connect(test);
	KUNIT_EXPECT_EQ(test, drv.probes, 1U);
	KUNIT_EXPECT_EQ(test, drv.err, -ENOENT);
	KUNIT_EXPECT_NE(test, fb->status & VIRTIO_CONFIG_S_FAILED, 0U);
	KUNIT_EXPECT_EQ(test, drv.removes, 0U);
	expect_nothing_left(test);
}

static void refused_features_end_the_probe(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fb->status_drop = VIRTIO_CONFIG_S_FEATURES_OK;
	fake_bus_connect(test);
	KUNIT_EXPECT_EQ(test, drv.probes, 0U);
	KUNIT_EXPECT_EQ(test, fb->status & VIRTIO_CONFIG_S_DRIVER_OK, 0U);
}

static void a_broken_bus_breaks_the_virtqueues(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fake_bus_connect(test);
	KUNIT_ASSERT_EQ(test, drv.err, 0);
	KUNIT_EXPECT_FALSE(test, virtqueue_is_broken(drv.vqs[0]));
	vmsg_device_broken(fb->md);
	flush_work(&fb->md->broken_work);
	KUNIT_EXPECT_TRUE(test, virtqueue_is_broken(drv.vqs[0]));
	KUNIT_EXPECT_TRUE(test, virtqueue_is_broken(drv.vqs[1]));
}

/* ---- events ---- */

static void used(struct fake_bus *fb, u32 index, size_t len)
{
	__le32 payload[2] = { cpu_to_le32(index) };

	fake_bus_event(fb, VMSG_EVENT_USED, payload, len);
}

/* Have the device use the buffer that the driver has made available. */
static void use_buffer(struct fake_bus *fb, u32 index)
{
	struct vring_used *ring = fake_device_va(&fb->fd,
						 fb->vqs[index].device);

	/* Little-endian: VERSION_1 has been agreed on. */
	le16_add_cpu((__force __le16 *)&ring->idx, 1);
}

static void used_buffers_are_reported_to_their_queue(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fake_bus_connect(test);
	KUNIT_ASSERT_EQ(test, drv.err, 0);
	/* Nothing used yet: the event means nothing. */
	used(fb, 1, 4);
	KUNIT_EXPECT_EQ(test, drv.callbacks, 0U);
	use_buffer(fb, 1);
	used(fb, 0, 4);
	KUNIT_EXPECT_EQ(test, drv.callbacks, 0U);
	used(fb, 1, 4);
	KUNIT_EXPECT_EQ(test, drv.callbacks, 1U);
}

static void events_for_no_queue_are_dropped(struct kunit *test)
{
	static const u32 bad[] = { 2, FAKE_MAX_VQS - 1, FAKE_MAX_VQS, 0x10000,
				   BIT(31), U32_MAX };
	struct fake_bus *fb = test->priv;
	unsigned int i;

	fake_bus_connect(test);
	use_buffer(fb, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		used(fb, bad[i], 4);
	/* Of the wrong size. */
	for (i = 0; i <= 8; i++)
		if (i != 4)
			used(fb, 0, i);
	KUNIT_EXPECT_EQ(test, drv.callbacks, 0U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void unknown_events_are_dropped(struct kunit *test)
{
	static const u8 ids[] = { 0x41, 0x43, 0x7f, 0xc0, 0xff };
	struct fake_bus *fb = test->priv;
	unsigned int i;

	fake_bus_connect(test);
	use_buffer(fb, 0);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		fake_bus_event(fb, ids[i], "\0\0\0\0", 4);
	KUNIT_EXPECT_EQ(test, drv.callbacks + drv.config_changes, 0U);
}

static void events_before_the_device_is_set_up_are_dropped(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct vmsg_event_config ev = {};

	fake_bus_connect(test);
	use_buffer(fb, 0);
	fb->md->vdev.config->reset(&fb->md->vdev);
	used(fb, 0, 4);
	fake_bus_event(fb, VMSG_EVENT_CONFIG, &ev, sizeof(ev));
	KUNIT_EXPECT_EQ(test, drv.callbacks + drv.config_changes, 0U);
}

static void config_event(struct fake_bus *fb, u32 status, u32 length,
			 size_t len)
{
	struct {
		struct vmsg_event_config ev;
		u8 data[16];
	} msg = {
		.ev.device_status = cpu_to_le32(status),
		.ev.generation = cpu_to_le32(555),
		.ev.length = cpu_to_le32(length),
	};

	fake_bus_event(fb, VMSG_EVENT_CONFIG, &msg, len);
}

static void the_driver_hears_of_a_new_configuration(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;

	config_event(fb, LIVE, 0, 16);
	KUNIT_EXPECT_EQ(test, drv.config_changes, 1U);
	KUNIT_EXPECT_EQ(test, vdev->config->generation(vdev), 555U);
	config_event(fb, LIVE, 4, 20);
	KUNIT_EXPECT_EQ(test, drv.config_changes, 2U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void malformed_configuration_events_are_dropped(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;
	unsigned int i;

	for (i = 0; i < 16; i++)
		config_event(fb, LIVE | VIRTIO_CONFIG_S_NEEDS_RESET, 0, i);
	config_event(fb, LIVE, 1, 18);
	config_event(fb, LIVE, 0, 17);
	config_event(fb, LIVE, U32_MAX, 20);
	config_event(fb, LIVE, U32_MAX - 15, 32);
	KUNIT_EXPECT_EQ(test, drv.config_changes, 0U);
	KUNIT_EXPECT_NE(test, vdev->config->generation(vdev), 555U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_backend_may_ask_for_a_reset(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fake_bus_connect(test);
	config_event(fb, LIVE | VIRTIO_CONFIG_S_NEEDS_RESET, 0, 16);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	/* But it does not get into the status that virtio sees. */
	KUNIT_EXPECT_EQ(test, fb->md->status, LIVE);
}

static int driver_test_init(struct kunit *test)
{
	int err;

	memset(&drv, 0, sizeof(drv));
	err = register_virtio_driver(&drv_driver);
	return err ?: fake_bus_init(test);
}

static void driver_test_exit(struct kunit *test)
{
	fake_bus_exit(test);
	unregister_virtio_driver(&drv_driver);
}

static struct kunit_case driver_cases[] = {
	KUNIT_CASE(a_driver_comes_and_goes),
	KUNIT_CASE(a_driver_that_fails_leaves_nothing),
	KUNIT_CASE(refused_features_end_the_probe),
	KUNIT_CASE(a_broken_bus_breaks_the_virtqueues),
	KUNIT_CASE(used_buffers_are_reported_to_their_queue),
	KUNIT_CASE(events_for_no_queue_are_dropped),
	KUNIT_CASE(unknown_events_are_dropped),
	KUNIT_CASE(events_before_the_device_is_set_up_are_dropped),
	KUNIT_CASE(the_driver_hears_of_a_new_configuration),
	KUNIT_CASE(malformed_configuration_events_are_dropped),
	KUNIT_CASE(a_backend_may_ask_for_a_reset),
	{}
};

static struct kunit_suite driver_suite = {
	.name = "vxen-driver",
	.init = driver_test_init,
	.exit = driver_test_exit,
	.test_cases = driver_cases,
};

kunit_test_suite(driver_suite);
