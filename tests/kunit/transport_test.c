// SPDX-License-Identifier: GPL-2.0-only
/*
 * transport_test.c - protects what virtio sees of a device: its identity,
 * features and status, and its reset
 *
 * The device is not trusted: it can take away what it offered, and nothing
 * more.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "fake_bus.h"

/* ---- identity ---- */

static void identity_is_taken_over(struct kunit *test)
{
	struct vmsg_device *md = fake_bus_connect(test);

	KUNIT_EXPECT_EQ(test, md->vdev.id.device, (u32)FAKE_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, md->vdev.id.vendor, 0x1af4U);
	KUNIT_EXPECT_EQ(test, md->feature_blocks, 2U);
	KUNIT_EXPECT_EQ(test, md->config_size, (u32)FAKE_CONFIG_SIZE);
	KUNIT_EXPECT_EQ(test, md->max_vqs, (u32)FAKE_MAX_VQS);
	KUNIT_EXPECT_STREQ(test, md->vdev.config->bus_name(&md->vdev), "fake");
}

static void expect_refused(struct kunit *test, long err, unsigned int fails)
{
	struct fake_bus *fb = test->priv;
	struct vmsg_device *md;

	fake_bus_forget(fb);
	md = vmsg_device_create(fb->fd.dev, &fake_bus_ops, fb, 0);
	KUNIT_ASSERT_TRUE(test, IS_ERR(md));
	KUNIT_EXPECT_EQ(test, PTR_ERR(md), err);
	KUNIT_EXPECT_EQ(test, fb->fails, fails);
}

static void an_impossible_identity_is_refused(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct vmsg_device_info_resp good = fb->info;

	fb->info.device_id = 0;
	expect_refused(test, -EPROTO, 1);
	fb->info = good;
	fb->info.num_feature_bits = cpu_to_le32(33);
	expect_refused(test, -EPROTO, 1);
	fb->info = good;
	fb->info.max_virtqueues = 0;
	expect_refused(test, -EPROTO, 1);
	fb->info.max_virtqueues = cpu_to_le32(FAKE_MAX_VQS + 1);
	expect_refused(test, -EPROTO, 1);
	fb->info.max_virtqueues = cpu_to_le32(U32_MAX);
	expect_refused(test, -EPROTO, 1);

	fb->info = good;
	fb->fail_op = VMSG_GET_DEVICE_INFO;
	fb->fail_nth = 1;
	expect_refused(test, -EIO, 0);
}

/* ---- features ---- */

static u64 get_features(struct kunit *test, u32 bits)
{
	struct fake_bus *fb = test->priv;

	fb->info.num_feature_bits = cpu_to_le32(bits);
	fake_bus_disconnect(fb);
	fake_bus_connect(test);
	fake_bus_forget(fb);
	return fb->md->vdev.config->get_features(&fb->md->vdev);
}

static void features_of_any_number_of_blocks(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fb->features[0] = 0x89abcdef;
	fb->features[1] = 0x01234567;
	fb->features[2] = 0xffffffff;
	fb->features[3] = 0xffffffff;
	KUNIT_EXPECT_EQ(test, get_features(test, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, fb->ops, 0U);
	KUNIT_EXPECT_EQ(test, get_features(test, 32), 0x89abcdefULL);
	KUNIT_EXPECT_EQ(test, get_features(test, 64), 0x0123456789abcdefULL);
	KUNIT_EXPECT_EQ(test, get_features(test, 128), 0x0123456789abcdefULL);
	KUNIT_EXPECT_EQ(test, get_features(test, 0xffffffe0),
			0x0123456789abcdefULL);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void block_off(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_features *f = resp;

	f->block_index = cpu_to_le32(1);
}

static void number_off(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_features *f = resp;

	f->num_blocks = cpu_to_le32(1);
}

static void features_for_another_question_break_it(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;

	fb->tamper = block_off;
	KUNIT_EXPECT_EQ(test, vdev->config->get_features(vdev), 0ULL);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	fb->tamper = number_off;
	KUNIT_EXPECT_EQ(test, vdev->config->get_features(vdev), 0ULL);
	KUNIT_EXPECT_EQ(test, fb->fails, 2U);
	fb->tamper = NULL;
}

static void no_features_from_a_broken_bus(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;

	fb->fail_op = VMSG_GET_DEVICE_FEATURES;
	fb->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, vdev->config->get_features(vdev), 0ULL);
}

static int finalize(struct kunit *test, u64 features)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev;

	if (!fb->md)
		fake_bus_connect(test);
	vdev = &fb->md->vdev;
	fake_bus_forget(fb);
	vdev->features = features;
	return vdev->config->finalize_features(vdev);
}

#define BASE	(BIT_ULL(VIRTIO_F_VERSION_1) | \
		 BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

static void accepted_features_are_sent(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	KUNIT_EXPECT_EQ(test, finalize(test, BASE | 0x1234), 0);
	KUNIT_EXPECT_EQ(test, fb->driver_features[0], 0x1234U);
	KUNIT_EXPECT_EQ(test, fb->driver_features[1], (u32)(BASE >> 32));
	KUNIT_EXPECT_EQ(test, fb->ops, 1U);
}

static void a_device_without_what_we_need_is_refused(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	KUNIT_EXPECT_EQ(test, finalize(test, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, finalize(test, BIT_ULL(VIRTIO_F_VERSION_1)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, finalize(test, BIT_ULL(VIRTIO_F_ACCESS_PLATFORM)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, fb->ops, 0U);
}

static void what_the_transport_lacks_is_not_accepted(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	KUNIT_EXPECT_EQ(test, finalize(test, BASE |
				       BIT_ULL(VIRTIO_F_ORDER_PLATFORM) |
				       BIT_ULL(VIRTIO_F_NOTIFICATION_DATA) |
				       BIT_ULL(VIRTIO_F_SR_IOV) |
				       BIT_ULL(VIRTIO_F_RING_RESET) |
				       BIT_ULL(VIRTIO_F_RING_PACKED)), 0);
	KUNIT_EXPECT_EQ(test, fb->driver_features[1],
			(u32)((BASE | BIT_ULL(VIRTIO_F_RING_RESET) |
			       BIT_ULL(VIRTIO_F_RING_PACKED)) >> 32));
	/* Ring reset is only kept, not added. */
	KUNIT_EXPECT_EQ(test, finalize(test, BASE), 0);
	KUNIT_EXPECT_EQ(test, fb->driver_features[1], (u32)(BASE >> 32));
}

static void features_that_cannot_be_sent_are_an_error(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fb->fail_op = VMSG_SET_DRIVER_FEATURES;
	fb->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, finalize(test, BASE), -EIO);
}

/* ---- status ---- */

#define S1	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER)

static u8 set_status(struct kunit *test, u8 status)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev;

	if (!fb->md)
		fake_bus_connect(test);
	vdev = &fb->md->vdev;
	fake_bus_forget(fb);
	vdev->config->set_status(vdev, status);
	return vdev->config->get_status(vdev);
}

static void the_status_is_what_the_driver_sets(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	KUNIT_EXPECT_EQ(test, set_status(test, S1), S1);
	KUNIT_EXPECT_EQ(test, fb->status, (u32)S1);
	/* Reading it takes no message. */
	KUNIT_EXPECT_EQ(test, fb->ops, 1U);
	KUNIT_EXPECT_EQ(test,
			set_status(test, S1 | VIRTIO_CONFIG_S_FEATURES_OK),
			S1 | VIRTIO_CONFIG_S_FEATURES_OK);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_device_adds_no_status(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fake_bus_connect(test);
	fb->status_add = 0xffffff00 | VIRTIO_CONFIG_S_DRIVER_OK |
			 VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_FAILED |
			 VIRTIO_CONFIG_S_NEEDS_RESET;
	KUNIT_EXPECT_EQ(test, set_status(test, S1), S1);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_device_that_drops_status_is_broken(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	set_status(test, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	fb->status_drop = VIRTIO_CONFIG_S_DRIVER;
	KUNIT_EXPECT_EQ(test, set_status(test, S1),
			VIRTIO_CONFIG_S_ACKNOWLEDGE);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	fb->status_drop = VIRTIO_CONFIG_S_DRIVER_OK;
	set_status(test, S1 | VIRTIO_CONFIG_S_DRIVER_OK);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
}

static void a_device_may_refuse_the_features(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fb->status_drop = VIRTIO_CONFIG_S_FEATURES_OK;
	KUNIT_EXPECT_EQ(test,
			set_status(test, S1 | VIRTIO_CONFIG_S_FEATURES_OK),
			S1);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void giving_up_needs_no_confirmation(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	fb->status_drop = VIRTIO_CONFIG_S_FAILED;
	KUNIT_EXPECT_EQ(test, set_status(test, S1 | VIRTIO_CONFIG_S_FAILED),
			S1 | VIRTIO_CONFIG_S_FAILED);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_status_that_does_not_arrive_is_not_set(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	set_status(test, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	fb->fail_op = VMSG_SET_DEVICE_STATUS;
	fb->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, set_status(test, S1),
			VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

/* ---- reset ---- */

static void reset(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fb->md->vdev;

	fake_bus_forget(fb);
	vdev->config->reset(vdev);
	KUNIT_EXPECT_EQ(test, vdev->config->get_status(vdev), 0);
	/* Whatever came of it, no event is under way any more. */
	KUNIT_EXPECT_EQ(test, fb->syncs, 1U);
}

static void a_reset_at_once(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	set_status(test, S1);
	reset(test);
	KUNIT_EXPECT_EQ(test, fb->status, 0U);
	KUNIT_EXPECT_EQ(test, fb->ops, 1U);
}

static void a_reset_that_takes_time(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	set_status(test, S1);
	fb->slow_reset = 3;
	reset(test);
	KUNIT_EXPECT_EQ(test, fb->status, 0U);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_GET_DEVICE_STATUS], 3U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

/* Takes five seconds: the transport's own timeout. */
static void a_reset_that_never_ends(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	set_status(test, S1);
	fb->slow_reset = UINT_MAX;
	reset(test);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	fb->slow_reset = 0;
}

static void a_reset_on_a_broken_bus(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	set_status(test, S1);
	fb->fail_op = VMSG_SET_DEVICE_STATUS;
	fb->fail_nth = 1;
	reset(test);
	KUNIT_EXPECT_EQ(test, fb->ops, 1U);

	fb->fail_op = VMSG_GET_DEVICE_STATUS;
	fb->slow_reset = 5;
	reset(test);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_GET_DEVICE_STATUS], 1U);
	fb->slow_reset = 0;
}

static struct kunit_case transport_cases[] = {
	KUNIT_CASE(identity_is_taken_over),
	KUNIT_CASE(an_impossible_identity_is_refused),
	KUNIT_CASE(features_of_any_number_of_blocks),
	KUNIT_CASE(features_for_another_question_break_it),
	KUNIT_CASE(no_features_from_a_broken_bus),
	KUNIT_CASE(accepted_features_are_sent),
	KUNIT_CASE(a_device_without_what_we_need_is_refused),
	KUNIT_CASE(what_the_transport_lacks_is_not_accepted),
	KUNIT_CASE(features_that_cannot_be_sent_are_an_error),
	KUNIT_CASE(the_status_is_what_the_driver_sets),
	KUNIT_CASE(a_device_adds_no_status),
	KUNIT_CASE(a_device_that_drops_status_is_broken),
	KUNIT_CASE(a_device_may_refuse_the_features),
	KUNIT_CASE(giving_up_needs_no_confirmation),
	KUNIT_CASE(a_status_that_does_not_arrive_is_not_set),
	KUNIT_CASE(a_reset_at_once),
	KUNIT_CASE(a_reset_that_takes_time),
	KUNIT_CASE(a_reset_that_never_ends),
	KUNIT_CASE(a_reset_on_a_broken_bus),
	{}
};

static struct kunit_suite transport_suite = {
	.name = "vxen-transport",
	.init = fake_bus_init,
	.exit = fake_bus_exit,
	.test_cases = transport_cases,
};

kunit_test_suite(transport_suite);
