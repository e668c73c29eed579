// SPDX-License-Identifier: GPL-2.0-only
/*
 * queues_test.c - protects making, stopping and unmaking virtqueues
 *
 * The device has the say on sizes and may fail, or lie, at each step: nothing
 * may be left behind then, neither a ring in the window nor a queue that
 * events could find.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/scatterlist.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "fake_bus.h"

#define BASE	(BIT_ULL(VIRTIO_F_VERSION_1) | \
		 BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

static const char * const names[] = {
	"q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8",
};

static unsigned int callbacks;

static void callback(struct virtqueue *vq)
{
	callbacks++;
}

static int queues_test_init(struct kunit *test)
{
	struct fake_bus *fb;
	int err = fake_bus_init(test);

	if (err)
		return err;
	fb = test->priv;
	callbacks = 0;
	fake_bus_connect(test);
	fb->md->vdev.features = BASE;
	fake_bus_forget(fb);
	return 0;
}

static int find(struct fake_bus *fb, unsigned int nr, struct virtqueue **vqs)
{
	return fake_find_vqs(&fb->md->vdev, nr, vqs, names, callback);
}

static void del(struct fake_bus *fb)
{
	fb->md->vdev.config->del_vqs(&fb->md->vdev);
}

static void expect_nothing_left(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fake_device_used(&fb->fd), 0U);
	KUNIT_EXPECT_TRUE(test, list_empty(&fb->md->vdev.vqs));
	KUNIT_EXPECT_EQ(test, fb->requests[FAKE_DEL_VQ],
			fb->requests[FAKE_ADD_VQ] -
			(fb->fail_op == FAKE_ADD_VQ));
	for (i = 0; i < FAKE_MAX_VQS; i++) {
		KUNIT_EXPECT_NULL(test, fb->md->vqs[i]);
		KUNIT_EXPECT_FALSE(test, fb->vqs[i].added);
		/* The driver resets the device before it is used again. */
		fb->vqs[i].cur = 0;
	}
}

static void queues_are_made_as_large_as_the_device_says(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		fb->vqs[i].max = 16 << i;
	KUNIT_ASSERT_EQ(test, find(fb, 3, vqs), 0);
	KUNIT_EXPECT_EQ(test, fb->entries, 16U + 32 + 64);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, virtqueue_get_vring_size(vqs[i]),
				16U << i);
		KUNIT_EXPECT_EQ(test, fb->vqs[i].cur, 16U << i);
		KUNIT_EXPECT_EQ(test, vqs[i]->num_max, 16U << i);
		KUNIT_EXPECT_EQ(test, fb->vqs[i].desc,
				(u64)virtqueue_get_desc_addr(vqs[i]));
		KUNIT_EXPECT_EQ(test, fb->vqs[i].driver,
				(u64)virtqueue_get_avail_addr(vqs[i]));
		KUNIT_EXPECT_EQ(test, fb->vqs[i].device,
				(u64)virtqueue_get_used_addr(vqs[i]));
		KUNIT_EXPECT_TRUE(test, fb->vqs[i].desc & BIT_ULL(63));
	}
	del(fb);
	expect_nothing_left(test);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void the_steps_come_in_order(struct kunit *test)
{
	static const u8 want[] = {
		VMSG_GET_VQUEUE, FAKE_PREPARE_VQS, FAKE_ADD_VQ,
		VMSG_SET_VQUEUE, VMSG_GET_VQUEUE, FAKE_DEL_VQ,
	};
	struct fake_bus *fb = test->priv;
	struct virtqueue *vq;

	KUNIT_ASSERT_EQ(test, find(fb, 1, &vq), 0);
	del(fb);
	KUNIT_ASSERT_EQ(test, fb->nr_log, (unsigned int)sizeof(want));
	KUNIT_EXPECT_EQ(test, memcmp(fb->log, want, sizeof(want)), 0);
	/* No event finds it when its ring is freed. */
	KUNIT_EXPECT_GE(test, fb->syncs, 1U);
}

static void queues_without_a_name_are_left_out(struct kunit *test)
{
	static const char * const some[] = { NULL, "a", NULL, NULL, "b" };
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[5];

	memset(vqs, 0xff, sizeof(vqs));
	KUNIT_ASSERT_EQ(test, fake_find_vqs(&fb->md->vdev, 5, vqs, some,
					    callback), 0);
	KUNIT_EXPECT_NULL(test, vqs[0]);
	KUNIT_EXPECT_NULL(test, vqs[2]);
	KUNIT_EXPECT_NULL(test, vqs[3]);
	KUNIT_EXPECT_EQ(test, vqs[1]->index, 0U);
	KUNIT_EXPECT_EQ(test, vqs[4]->index, 1U);
	KUNIT_EXPECT_STREQ(test, vqs[4]->name, "b");
	KUNIT_EXPECT_EQ(test, fb->vqs[2].cur, 0U);
}

static void odd_sizes_are_rounded_down_for_split_rings(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[2];

	fb->vqs[0].max = 100;
	fb->vqs[1].max = 1;
	KUNIT_ASSERT_EQ(test, find(fb, 2, vqs), 0);
	KUNIT_EXPECT_EQ(test, fb->vqs[0].cur, 64U);
	KUNIT_EXPECT_EQ(test, fb->vqs[1].cur, 1U);
}

static void odd_sizes_are_kept_for_packed_rings(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vq;

	fb->md->vdev.features |= BIT_ULL(VIRTIO_F_RING_PACKED);
	fb->vqs[0].max = 100;
	KUNIT_ASSERT_EQ(test, find(fb, 1, &vq), 0);
	KUNIT_EXPECT_EQ(test, fb->vqs[0].cur, 100U);
	del(fb);
	expect_nothing_left(test);
}

static void huge_sizes_are_cut_to_what_fits(struct kunit *test)
{
	static const u32 sizes[] = { 32768, 65536, BIT(31), U32_MAX };
	struct fake_bus *fb = test->priv;
	struct virtqueue *vq;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fb->vqs[0].max = sizes[i];
		KUNIT_ASSERT_EQ(test, find(fb, 1, &vq), 0);
		/* The largest ring that a block of slots holds. */
		KUNIT_EXPECT_EQ(test, fb->vqs[0].cur, 4096U);
		KUNIT_EXPECT_EQ(test, fb->entries, 32768U);
		del(fb);
		expect_nothing_left(test);
	}
}

static void the_bus_may_make_them_smaller(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];
	unsigned int i;

	for (i = 0; i < 3; i++)
		fb->vqs[i].max = 64 << i;
	fb->shrink = 2;
	KUNIT_ASSERT_EQ(test, find(fb, 3, vqs), 0);
	KUNIT_EXPECT_EQ(test, fb->entries, 64U + 128 + 256);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, virtqueue_get_vring_size(vqs[i]),
				16U << i);
		KUNIT_EXPECT_EQ(test, fb->vqs[i].cur, 16U << i);
		KUNIT_EXPECT_EQ(test, vqs[i]->num_max, 16U << i);
	}
	del(fb);
	expect_nothing_left(test);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_queue_that_is_not_there_is_an_error(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fb->vqs[i].max = 0;
		KUNIT_EXPECT_EQ(test, find(fb, 3, vqs), -ENOENT);
		expect_nothing_left(test);
		fb->vqs[i].max = 64;
	}
	/* One that is in use already. */
	fb->vqs[1].cur = 64;
	KUNIT_EXPECT_EQ(test, find(fb, 3, vqs), -ENOENT);
	expect_nothing_left(test);
	KUNIT_EXPECT_EQ(test, fb->requests[FAKE_PREPARE_VQS], 0U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void no_more_queues_than_the_device_has(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[FAKE_MAX_VQS + 1];

	KUNIT_EXPECT_EQ(test, find(fb, FAKE_MAX_VQS + 1, vqs), -ENOENT);
	expect_nothing_left(test);
	KUNIT_ASSERT_EQ(test, find(fb, FAKE_MAX_VQS, vqs), 0);
	del(fb);
	expect_nothing_left(test);
}

static void each_step_may_fail(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];
	unsigned int i, steps;

	KUNIT_ASSERT_EQ(test, find(fb, 3, vqs), 0);
	steps = fb->ops;
	del(fb);
	expect_nothing_left(test);
	/* Ask thrice, prepare; for each: add, set, ask again. */
	KUNIT_EXPECT_EQ(test, steps, 3U + 1 + 3 * 3);

	fb->fail_err = -ENODEV;
	for (i = 1; i <= steps; i++) {
		fake_bus_forget(fb);
		fb->fail_nth = i;
		KUNIT_EXPECT_EQ(test, find(fb, 3, vqs), -ENODEV);
		fb->fail_op = i > 4 && i % 3 == 2 ? FAKE_ADD_VQ : 0;
		fb->fail_nth = 0;
		expect_nothing_left(test);
		fb->fail_op = 0;
	}
	KUNIT_EXPECT_EQ(test, find(fb, 3, vqs), 0);
}

static void rings_that_do_not_fit_are_an_error(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];
	struct vxen_slots *slots = &fake_device_window(&fb->fd, 0)->slots;
	unsigned int nr = 0, i;
	u32 runs[16];

	/* Leave room for two small rings. */
	while (nr < 8 &&
	       !vxen_slots_alloc(slots, VXEN_SLOT_BLOCK_SIZE, &runs[nr]))
		nr++;
	KUNIT_ASSERT_EQ(test, nr, 8U);
	vxen_slots_free(slots, runs[0]);
	for (i = VXEN_SLOT_BLOCK_SIZE / 2; i > 4096; i /= 2)
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(slots, i, &runs[nr++]),
				0);

	i = fake_device_used(&fb->fd);
	KUNIT_EXPECT_EQ(test, find(fb, 3, vqs), -ENOMEM);
	KUNIT_EXPECT_EQ(test, fake_device_used(&fb->fd), i);
	KUNIT_EXPECT_TRUE(test, list_empty(&fb->md->vdev.vqs));
	KUNIT_EXPECT_EQ(test, fb->requests[FAKE_ADD_VQ], 2U);
	KUNIT_EXPECT_EQ(test, fb->requests[FAKE_DEL_VQ], 2U);
	while (--nr)
		KUNIT_EXPECT_EQ(test, vxen_slots_free(slots, runs[nr]), 0);
}

static void a_queue_that_is_not_taken_breaks_it(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];

	fb->vqs[1].refuse = true;
	KUNIT_EXPECT_EQ(test, find(fb, 3, vqs), -EPROTO);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	expect_nothing_left(test);
}

static unsigned int field;

/* Once a queue is set, the device is wrong about one field of it. */
static void wrong_field(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_get_vqueue_resp *r = resp;

	if (msg_id != VMSG_GET_VQUEUE || !r->cur_size)
		return;
	switch (field) {
	case 0:
		r->cur_size = cpu_to_le32(le32_to_cpu(r->cur_size) / 2);
		break;
	case 1:
		r->desc_addr ^= cpu_to_le64(16);
		break;
	case 2:
		r->driver_addr ^= cpu_to_le64(BIT_ULL(63));
		break;
	case 3:
		r->device_addr ^= cpu_to_le64(4);
		break;
	case 4:
		r->index = cpu_to_le32(7);
		break;
	}
}

static void a_queue_that_is_taken_wrongly_breaks_it(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[2];

	fb->tamper = wrong_field;
	for (field = 0; field < 5; field++) {
		fake_bus_forget(fb);
		KUNIT_EXPECT_EQ(test, find(fb, 2, vqs), -EPROTO);
		KUNIT_EXPECT_EQ(test, fb->fails, 1U);
		expect_nothing_left(test);
	}
	fb->tamper = NULL;
}

static void index_off(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_get_vqueue_resp *r = resp;

	r->index = cpu_to_le32(le32_to_cpu(r->index) + 1);
}

static void answers_for_another_queue_break_it(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[2];

	fb->tamper = index_off;
	KUNIT_EXPECT_EQ(test, find(fb, 2, vqs), -EPROTO);
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	KUNIT_EXPECT_EQ(test, fb->ops, 1U);
	fb->tamper = NULL;
	expect_nothing_left(test);
}

static void buffers_are_announced_and_counted(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[2];
	struct scatterlist sg;
	unsigned int rings;
	u8 *buf = kunit_kzalloc(test, 512, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_ASSERT_EQ(test, find(fb, 2, vqs), 0);
	rings = fake_device_used(&fb->fd);
	sg_init_one(&sg, buf, 512);
	KUNIT_ASSERT_EQ(test, virtqueue_add_outbuf(vqs[1], &sg, 1, buf,
						   GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, fake_device_used(&fb->fd), rings + 2);
	KUNIT_EXPECT_TRUE(test, virtqueue_kick(vqs[1]));
	KUNIT_EXPECT_EQ(test, fb->notified, BIT(1));
	KUNIT_EXPECT_PTR_EQ(test, virtqueue_detach_unused_buf(vqs[1]),
			    (void *)buf);
	KUNIT_EXPECT_EQ(test, fake_device_used(&fb->fd), rings);
}

static void affinity_goes_to_the_bus(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[3];

	KUNIT_ASSERT_EQ(test, find(fb, 3, vqs), 0);
	KUNIT_EXPECT_EQ(test,
			fb->md->vdev.config->set_vq_affinity(vqs[2],
							     cpu_online_mask),
			0);
	KUNIT_EXPECT_EQ(test, fb->affine, BIT(2));
}

/* Without a word of the driver's, a virtqueue is for nobody in particular. */
static void queues_for_cpus_have_their_interrupts_there(struct kunit *test)
{
	struct irq_affinity desc = { .pre_vectors = 1 };
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fb->md->vdev;
	const struct cpumask *mask;
	struct virtqueue *vqs[3];
	int i;

	KUNIT_ASSERT_EQ(test, find(fb, 3, vqs), 0);
	KUNIT_EXPECT_EQ(test, fb->affine, 0UL);
	for (i = -1; i < 10; i++)
		KUNIT_EXPECT_NULL(test, vdev->config->get_vq_affinity(vdev, i));
	virtio_reset_device(vdev);
	del(fb);

	KUNIT_ASSERT_EQ(test, fake_spread_vqs(vdev, 3, vqs, names, callback,
					      &desc), 0);
	/* There is one CPU here, and the first share has it. */
	KUNIT_EXPECT_EQ(test, fb->affine, BIT(1));
	KUNIT_EXPECT_NULL(test, vdev->config->get_vq_affinity(vdev, 0));
	mask = vdev->config->get_vq_affinity(vdev, 1);
	KUNIT_ASSERT_NOT_NULL(test, mask);
	KUNIT_EXPECT_TRUE(test, cpumask_equal(mask, cpu_possible_mask));
	KUNIT_EXPECT_NULL(test, vdev->config->get_vq_affinity(vdev, 2));
	virtio_reset_device(vdev);
	del(fb);

	/* One is for all of them, and none is left for any. */
	fb->affine = 0;
	desc.pre_vectors = 2;
	KUNIT_ASSERT_EQ(test, fake_spread_vqs(vdev, 3, vqs, names, callback,
					      &desc), 0);
	desc.pre_vectors = 9;
	virtio_reset_device(vdev);
	del(fb);
	KUNIT_ASSERT_EQ(test, fake_spread_vqs(vdev, 3, vqs, names, callback,
					      &desc), 0);
	KUNIT_EXPECT_EQ(test, fb->affine, 0UL);
}

/* ---- reset of one queue ---- */

static int disable(struct virtqueue *vq)
{
	return vq->vdev->config->disable_vq_and_reset(vq);
}

static int enable(struct virtqueue *vq)
{
	return vq->vdev->config->enable_vq_after_reset(vq);
}

static void event(struct fake_bus *fb, u32 index)
{
	struct vring_used *ring = fake_device_va(&fb->fd,
						 fb->vqs[index].device);
	__le32 payload = cpu_to_le32(index);

	ring->idx = (__force __virtio16)cpu_to_le16(1);
	fake_bus_event(fb, VMSG_EVENT_USED, &payload, sizeof(payload));
}

static void one_queue_is_stopped_and_started(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vqs[2];

	fb->md->vdev.features |= BIT_ULL(VIRTIO_F_RING_RESET);
	KUNIT_ASSERT_EQ(test, find(fb, 2, vqs), 0);
	fb->md->status = VIRTIO_CONFIG_S_DRIVER_OK;
	KUNIT_EXPECT_EQ(test, enable(vqs[1]), -EBUSY);

	KUNIT_EXPECT_EQ(test, disable(vqs[1]), 0);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_RESET_VQUEUE], 1U);
	KUNIT_EXPECT_EQ(test, fb->syncs, 1U);
	KUNIT_EXPECT_EQ(test, fb->vqs[1].cur, 0U);
	KUNIT_EXPECT_EQ(test, fb->vqs[0].cur, 64U);
	KUNIT_EXPECT_EQ(test, disable(vqs[1]), -EBUSY);
	event(fb, 1);
	KUNIT_EXPECT_EQ(test, callbacks, 0U);

	KUNIT_EXPECT_EQ(test, enable(vqs[1]), 0);
	KUNIT_EXPECT_EQ(test, fb->vqs[1].cur, 64U);
	event(fb, 1);
	KUNIT_EXPECT_EQ(test, callbacks, 1U);
	KUNIT_EXPECT_EQ(test, enable(vqs[1]), -EBUSY);
	del(fb);
	expect_nothing_left(test);
}

static void queue_reset_needs_its_feature(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vq;

	KUNIT_ASSERT_EQ(test, find(fb, 1, &vq), 0);
	KUNIT_EXPECT_EQ(test, disable(vq), -ENOENT);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_RESET_VQUEUE], 0U);
}

static void a_queue_reset_may_fail(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtqueue *vq;

	fb->md->vdev.features |= BIT_ULL(VIRTIO_F_RING_RESET);
	KUNIT_ASSERT_EQ(test, find(fb, 1, &vq), 0);
	fb->md->status = VIRTIO_CONFIG_S_DRIVER_OK;
	fb->fail_nth = 1;

	/* It goes on as before. */
	fb->fail_op = VMSG_RESET_VQUEUE;
	KUNIT_EXPECT_EQ(test, disable(vq), -EIO);
	event(fb, 0);
	KUNIT_EXPECT_EQ(test, callbacks, 1U);
	KUNIT_EXPECT_EQ(test, disable(vq), 0);

	/* It stays stopped, and may be tried again. */
	fake_bus_forget(fb);
	fb->fail_op = VMSG_SET_VQUEUE;
	KUNIT_EXPECT_EQ(test, enable(vq), -EIO);
	event(fb, 0);
	KUNIT_EXPECT_EQ(test, callbacks, 1U);
	KUNIT_EXPECT_EQ(test, enable(vq), 0);
	event(fb, 0);
	KUNIT_EXPECT_EQ(test, callbacks, 2U);
}

static struct kunit_case queues_cases[] = {
	KUNIT_CASE(queues_are_made_as_large_as_the_device_says),
	KUNIT_CASE(the_steps_come_in_order),
	KUNIT_CASE(queues_without_a_name_are_left_out),
	KUNIT_CASE(odd_sizes_are_rounded_down_for_split_rings),
	KUNIT_CASE(odd_sizes_are_kept_for_packed_rings),
	KUNIT_CASE(huge_sizes_are_cut_to_what_fits),
	KUNIT_CASE(the_bus_may_make_them_smaller),
	KUNIT_CASE(a_queue_that_is_not_there_is_an_error),
	KUNIT_CASE(no_more_queues_than_the_device_has),
	KUNIT_CASE(each_step_may_fail),
	KUNIT_CASE(rings_that_do_not_fit_are_an_error),
	KUNIT_CASE(a_queue_that_is_not_taken_breaks_it),
	KUNIT_CASE(a_queue_that_is_taken_wrongly_breaks_it),
	KUNIT_CASE(answers_for_another_queue_break_it),
	KUNIT_CASE(buffers_are_announced_and_counted),
	KUNIT_CASE(affinity_goes_to_the_bus),
	KUNIT_CASE(queues_for_cpus_have_their_interrupts_there),
	KUNIT_CASE(one_queue_is_stopped_and_started),
	KUNIT_CASE(queue_reset_needs_its_feature),
	KUNIT_CASE(a_queue_reset_may_fail),
	{}
};

static struct kunit_suite queues_suite = {
	.name = "vxen-queues",
	.init = queues_test_init,
	.exit = fake_bus_exit,
	.test_cases = queues_cases,
};

kunit_test_suite(queues_suite);
