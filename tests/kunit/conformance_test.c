// SPDX-License-Identifier: GPL-2.0-only
/*
 * conformance_test.c - what the virtio-msg draft demands of a driver and of
 * the driver's end of a bus, where no other test shows it
 *
 * tests/conformance/ says which statement each of these stands for.
 */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <xen/xenbus.h>

#include "fake_bus.h"
#include "fake_events.h"

#define BASE	(BIT_ULL(VIRTIO_F_VERSION_1) | \
		 BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

#define STATUSES	16

/* Status values that the device was given, in order. */
static struct {
	u32 value[STATUSES];
	unsigned int nr;
} statuses;

static const char * const names[] = { "q0", "q1", "q2", "q3" };

static void callback(struct virtqueue *vq)
{
}

/* ---- messages, byte by byte ---- */

/**
 * struct wire - a bus that nobody listens to
 * @bus: what is tested
 * @xdev: whose it is
 * @to: the backend's domain
 */
struct wire {
	struct vxen_bus bus;
	struct xenbus_device xdev;
	struct vxen_grantee to;
};

static void ignore_event(struct vxen_bus *bus, const struct vmsg_header *msg,
			 size_t size)
{
}

static void ignore_broken(struct vxen_bus *bus)
{
}

static const struct vxen_bus_client deaf = {
	.event = ignore_event,
	.broken = ignore_broken,
};

static struct wire *wire_open(struct kunit *test)
{
	struct wire *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	fake_events_reset();
	w->xdev.dev.init_name = "vxen-kunit";
	w->to.domid = FAKE_DOMID;
	w->to.name = "vxen-kunit";
	KUNIT_ASSERT_EQ(test, vxen_bus_open(&w->bus, &w->xdev.dev, &w->to, &deaf),
			0);
	vxen_timeout_ms = 20;
	return w;
}

static void wire_close(struct wire *w)
{
	vxen_bus_close(&w->bus);
	fake_events_reset();
}

static void requests_on_the_wire(struct kunit *test)
{
	static const u8 ping[] = {
		0x02, 0x03, 0, 0, 1, 0, 12, 0, 0x78, 0x56, 0x34, 0x12,
	};
	static const u8 get[] = {
		0x00, 0x09, 0x02, 0x01, 1, 0, 12, 0, 0x78, 0x56, 0x34, 0x12,
	};
	__le32 data = cpu_to_le32(0x12345678), resp;
	struct wire *w = wire_open(test);

	KUNIT_EXPECT_EQ(test, vxen_bus_request(&w->bus, VMSG_TYPE_BUS,
					       VMSG_BUS_PING, 0, &data, 4,
					       &resp, 4, 4), -EIO);
	KUNIT_EXPECT_EQ(test, memcmp(w->bus.page->driver_ring[0], ping,
				     sizeof(ping)), 0);
	wire_close(w);

	w = wire_open(test);
	KUNIT_EXPECT_EQ(test, vxen_bus_request(&w->bus, 0, VMSG_GET_VQUEUE,
					       0x102, &data, 4, &resp, 4, 4),
			-EIO);
	KUNIT_EXPECT_EQ(test, memcmp(w->bus.page->driver_ring[0], get,
				     sizeof(get)), 0);
	wire_close(w);
}

static void notifications_on_the_wire(struct kunit *test)
{
	static const u8 avail[] = {
		0x00, 0x41, 0, 0, 0, 0, 16, 0, 0xfe, 0, 0, 0, 0, 0, 0, 0,
	};
	struct wire *w = wire_open(test);

	vxen_bus_avail(&w->bus, 0, 0xfe);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w->bus.page->driver_prod), 1U);
	KUNIT_EXPECT_EQ(test, memcmp(w->bus.page->driver_ring[0], avail,
				     sizeof(avail)), 0);
	wire_close(w);
}

/* ---- what a driver does ---- */

static int probe(struct virtio_device *vdev)
{
	struct virtqueue *vqs[2];

	return fake_find_vqs(vdev, 2, vqs, names, callback);
}

static void remove(struct virtio_device *vdev)
{
	virtio_reset_device(vdev);
	vdev->config->del_vqs(vdev);
}

static const struct virtio_device_id ids[] = {
	{ FAKE_DEVICE_ID, VIRTIO_DEV_ANY_ID },
	{}
};

static struct virtio_driver driver = {
	.driver.name = "vxen-conformance",
	.driver.owner = THIS_MODULE,
	.id_table = ids,
	.probe = probe,
	.remove = remove,
};

static void note_status(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	if (msg_id == VMSG_SET_DEVICE_STATUS && statuses.nr < STATUSES)
		statuses.value[statuses.nr++] = fb->status;
}

static void a_device_is_initialised_in_order(struct kunit *test)
{
	/* One queue after the other is made; each is asked for first. */
	static const u8 want[] = {
		VMSG_GET_DEVICE_INFO,
		VMSG_SET_DEVICE_STATUS, VMSG_SET_DEVICE_STATUS,
		VMSG_SET_DEVICE_STATUS,
		VMSG_GET_DEVICE_FEATURES, VMSG_SET_DRIVER_FEATURES,
		VMSG_SET_DEVICE_STATUS,
		VMSG_GET_VQUEUE, VMSG_GET_VQUEUE, FAKE_PREPARE_VQS,
		FAKE_ADD_VQ, VMSG_SET_VQUEUE, VMSG_GET_VQUEUE,
		FAKE_ADD_VQ, VMSG_SET_VQUEUE, VMSG_GET_VQUEUE,
		VMSG_SET_DEVICE_STATUS,
	};
	static const u32 steps[] = { 0, 1, 3, 11, 15 };
	struct fake_bus *fb = test->priv;
	unsigned int i;

	statuses.nr = 0;
	fb->tamper = note_status;
	KUNIT_ASSERT_EQ(test, register_virtio_driver(&driver), 0);
	fake_bus_connect(test);
	KUNIT_EXPECT_EQ(test, fb->nr_log, (unsigned int)sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(fb->log, want, sizeof(want)), 0);
	KUNIT_EXPECT_EQ(test, statuses.nr, (unsigned int)ARRAY_SIZE(steps));
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		KUNIT_EXPECT_EQ(test, statuses.value[i], steps[i]);
	fake_bus_disconnect(fb);
	unregister_virtio_driver(&driver);
}

/* ---- events ---- */

static void send_config_event(struct fake_bus *fb, u32 generation, u32 offset,
			      u32 length)
{
	struct vmsg_event_config ev = {
		.device_status = cpu_to_le32(VIRTIO_CONFIG_S_ACKNOWLEDGE),
		.generation = cpu_to_le32(generation),
		.offset = cpu_to_le32(offset),
		.length = cpu_to_le32(length),
	};

	fake_bus_event(fb, VMSG_EVENT_CONFIG, &ev, sizeof(ev));
}

static void a_config_event_may_name_a_range_without_data(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct vmsg_device *md = fake_bus_connect(test);

	md->status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
	send_config_event(fb, 200, 4, 8);
	KUNIT_EXPECT_EQ(test, md->vdev.config->generation(&md->vdev), 200U);
	send_config_event(fb, 201, U32_MAX, U32_MAX);
	KUNIT_EXPECT_EQ(test, md->vdev.config->generation(&md->vdev), 201U);
	send_config_event(fb, 202, 0, 0);
	KUNIT_EXPECT_EQ(test, md->vdev.config->generation(&md->vdev), 202U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void events_whatever_their_token(struct kunit *test)
{
	struct {
		struct vmsg_header hdr;
		struct vmsg_event_config ev;
	} msg = {
		.hdr.msg_id = VMSG_EVENT_CONFIG,
		.hdr.msg_size = cpu_to_le16(sizeof(msg)),
	};
	struct vmsg_device *md = fake_bus_connect(test);
	static const u16 tokens[] = { 0, 1, 0x8000, 0xffff };
	unsigned int i;

	md->status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
	for (i = 0; i < ARRAY_SIZE(tokens); i++) {
		msg.hdr.token = cpu_to_le16(tokens[i]);
		msg.ev.generation = cpu_to_le32(300 + i);
		vmsg_device_event(md, &msg.hdr, sizeof(msg));
		KUNIT_EXPECT_EQ(test, md->vdev.config->generation(&md->vdev),
				300U + i);
	}
}

/* ---- configuration ---- */

static void a_write_carries_the_newest_generation(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;
	u8 byte;

	/* As a read has brought it... */
	vdev->config->get(vdev, 0, &byte, 1);
	byte = 0x99;
	vdev->config->set(vdev, 7, &byte, 1);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_SET_CONFIG], 1U);
	/* ...and as an event has. */
	fb->md->status = VIRTIO_CONFIG_S_ACKNOWLEDGE;
	fb->generation = 777;
	send_config_event(fb, 777, 0, 0);
	vdev->config->set(vdev, 8, &byte, 1);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_SET_CONFIG], 2U);
	KUNIT_EXPECT_EQ(test, fb->config[8], 0x99);
}

static void a_rejected_write_is_preceded_by_a_read(struct kunit *test)
{
	static const u8 want[] = {
		VMSG_SET_CONFIG, VMSG_GET_CONFIG,
		VMSG_SET_CONFIG, VMSG_GET_CONFIG,
		VMSG_SET_CONFIG,
	};
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;
	u8 byte;

	vdev->config->get(vdev, 0, &byte, 1);
	fake_bus_forget(fb);
	fb->rejects = 2;
	byte = 0x99;
	vdev->config->set(vdev, 9, &byte, 1);
	KUNIT_ASSERT_EQ(test, fb->nr_log, (unsigned int)sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(fb->log, want, sizeof(want)), 0);
	KUNIT_EXPECT_EQ(test, fb->config[9], 0x99);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

/* ---- virtqueues ---- */

static void expect_aligned(struct kunit *test, struct fake_vq *vq, bool packed)
{
	KUNIT_EXPECT_EQ(test, vq->desc % 16, 0ULL);
	KUNIT_EXPECT_EQ(test, vq->driver % (packed ? 4 : 2), 0ULL);
	KUNIT_EXPECT_EQ(test, vq->device % 4, 0ULL);
	KUNIT_EXPECT_TRUE(test, vq->cur && vq->cur <= vq->max);
}

static void queues_of_any_size_are_aligned(struct kunit *test)
{
	static const u32 sizes[] = { 1, 2, 3, 8, 13, 64, 100, 256, 1000 };
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;
	struct virtqueue *vq;
	unsigned int i;

	for (i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		bool packed = i & 1;

		vdev->features = BASE;
		if (packed)
			vdev->features |= BIT_ULL(VIRTIO_F_RING_PACKED);
		fb->vqs[0].max = sizes[i / 2];
		KUNIT_ASSERT_EQ(test, fake_find_vqs(vdev, 1, &vq, names,
						    callback), 0);
		expect_aligned(test, &fb->vqs[0], packed);
		vdev->config->del_vqs(vdev);
		fb->vqs[0].cur = 0;
	}
	KUNIT_EXPECT_EQ(test, fb->malformed, 0U);
}

/* The device says that it has reset a queue, and has not. */
static void still_there(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_get_vqueue_resp *r = resp;

	if (msg_id == VMSG_GET_VQUEUE)
		r->cur_size = cpu_to_le32(64);
}

static void a_queue_that_was_reset_is_looked_at(struct kunit *test)
{
	static const u8 want[] = {
		VMSG_RESET_VQUEUE, VMSG_GET_VQUEUE,
		VMSG_SET_VQUEUE, VMSG_GET_VQUEUE,
	};
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fake_bus_connect(test)->vdev;
	struct virtqueue *vq;

	vdev->features = BASE | BIT_ULL(VIRTIO_F_RING_RESET);
	KUNIT_ASSERT_EQ(test, fake_find_vqs(vdev, 1, &vq, names, callback), 0);
	fake_bus_forget(fb);
	KUNIT_EXPECT_EQ(test, vdev->config->disable_vq_and_reset(vq), 0);
	KUNIT_EXPECT_EQ(test, vdev->config->enable_vq_after_reset(vq), 0);
	KUNIT_ASSERT_EQ(test, fb->nr_log, (unsigned int)sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(fb->log, want, sizeof(want)), 0);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);

	fb->tamper = still_there;
	KUNIT_EXPECT_EQ(test, vdev->config->disable_vq_and_reset(vq), -EPROTO);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	fb->tamper = NULL;
}

static struct kunit_case conformance_cases[] = {
	KUNIT_CASE(requests_on_the_wire),
	KUNIT_CASE(notifications_on_the_wire),
	KUNIT_CASE(a_device_is_initialised_in_order),
	KUNIT_CASE(a_config_event_may_name_a_range_without_data),
	KUNIT_CASE(events_whatever_their_token),
	KUNIT_CASE(a_write_carries_the_newest_generation),
	KUNIT_CASE(a_rejected_write_is_preceded_by_a_read),
	KUNIT_CASE(queues_of_any_size_are_aligned),
	KUNIT_CASE(a_queue_that_was_reset_is_looked_at),
	{}
};

static struct kunit_suite conformance_suite = {
	.name = "vxen-conformance",
	.init = fake_bus_init,
	.exit = fake_bus_exit,
	.test_cases = conformance_cases,
};

kunit_test_suite(conformance_suite);
