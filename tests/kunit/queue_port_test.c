// SPDX-License-Identifier: GPL-2.0-only
/*
 * queue_port_test.c - protects the event channels of virtqueues
 *
 * Each has one of its own, which is there for as long as the virtqueue; what
 * the backend sends on it means no more than that the ring may be looked at.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/virtio_ring.h>

#include "../../drivers/queue_port.h"
#include "../../drivers/window.h"
#include "fake_backend.h"

static struct vmsg_vq *queue(unsigned int i)
{
	return fake_driver.vqs[i]->priv;
}

static void each_virtqueue_has_its_own(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, fake_events.ports, 1 + FAKE_VQS);
	KUNIT_EXPECT_NE(test, be->ports[0], be->ports[1]);
	for (i = 0; i < FAKE_VQS; i++) {
		const char *name;

		KUNIT_EXPECT_NE(test, be->ports[i], vx->bus.port);
		KUNIT_ASSERT_LT(test, be->ports[i] - FAKE_PORT,
				(u32)FAKE_CHANNELS);
		name = fake_events.channels[be->ports[i] - FAKE_PORT].name;
		KUNIT_EXPECT_NOT_NULL(test, strstr(name, queue(i)->vq->name));
		KUNIT_EXPECT_GE(test, vxen_queue_port_irq(queue(i)), 0);
	}
	KUNIT_EXPECT_NE(test, vxen_queue_port_irq(queue(0)),
			vxen_queue_port_irq(queue(1)));
}

static void they_go_with_their_virtqueue(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;

	device_release_driver(&vx->vmsg->vdev.dev);
	KUNIT_EXPECT_EQ(test, be->ports[0], 0U);
	KUNIT_EXPECT_EQ(test, be->ports[1], 0U);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
	KUNIT_EXPECT_EQ(test, fake_events.nonsense, 0U);
}

/* Have the device use a buffer that the driver has made available. */
static void use_buffer(struct vxen_device *vx, unsigned int i)
{
	struct fake_backend *be = fake_backend;
	struct vxen_window *win = rcu_dereference_raw(vx->dma.pool.win[0]);
	struct vring_used *ring = win->va + (be->model.vqs[i].device -
					     win->dma);

	/* Little-endian: VERSION_1 has been agreed on. */
	le16_add_cpu((__force __le16 *)&ring->idx, 1);
}

static void an_event_is_for_one_virtqueue(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;

	fake_events.spurious = 0;
	use_buffer(vx, 1);
	fake_events_raise_port(be->ports[1]);
	KUNIT_EXPECT_EQ(test, fake_driver.callbacks, 1U);
	KUNIT_EXPECT_EQ(test, fake_events.spurious, 0U);
	KUNIT_EXPECT_EQ(test, queue(0)->count.interrupts, 0UL);
	KUNIT_EXPECT_EQ(test, queue(1)->count.interrupts, 1UL);
	KUNIT_EXPECT_EQ(test, queue(1)->count.spurious, 0UL);
}

static void an_event_for_nothing_is_reported(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	unsigned int eois;

	fake_backend_plug(test);
	fake_events.spurious = 0;
	eois = fake_events.eois;
	fake_events_raise_port(be->ports[0]);
	KUNIT_EXPECT_EQ(test, fake_driver.callbacks, 0U);
	KUNIT_EXPECT_EQ(test, fake_events.spurious, 1U);
	KUNIT_EXPECT_EQ(test, fake_events.eois, eois + 1);
	KUNIT_EXPECT_EQ(test, queue(0)->count.spurious, 1UL);
}

static void a_virtqueue_that_is_stopped_hears_nothing(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;

	fake_events.spurious = 0;
	use_buffer(vx, 0);
	WRITE_ONCE(queue(0)->stopped, true);
	fake_events_raise_port(be->ports[0]);
	KUNIT_EXPECT_EQ(test, fake_driver.callbacks, 0U);
	KUNIT_EXPECT_EQ(test, queue(0)->count.interrupts, 0UL);
	/* It costs the backend what any event for nothing does. */
	KUNIT_EXPECT_EQ(test, fake_events.spurious, 1U);
	WRITE_ONCE(queue(0)->stopped, false);
	fake_events_raise_port(be->ports[0]);
	KUNIT_EXPECT_EQ(test, fake_driver.callbacks, 1U);
}

/* A device whose virtqueues have no ports yet. */
static struct vxen_device *plug_without(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	be->features = 0;
	vx = fake_backend_plug(test);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
	KUNIT_EXPECT_EQ(test, vxen_queue_port_irq(queue(0)), -ENOENT);
	return vx;
}

static void one_that_cannot_be_made_leaves_nothing(struct kunit *test)
{
	struct vxen_device *vx = plug_without(test);
	struct fake_backend *be = test->priv;

	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, vxen_queue_port_open(&vx->bus, queue(0)),
			-ENOMEM);
	fake_fail_nth(0);
	fake_events.fail_alloc = true;
	KUNIT_EXPECT_EQ(test, vxen_queue_port_open(&vx->bus, queue(0)),
			-ENOSPC);
	fake_events.fail_alloc = false;
	fake_events.fail_bind = true;
	KUNIT_EXPECT_EQ(test, vxen_queue_port_open(&vx->bus, queue(0)),
			-ENOMEM);
	fake_events.fail_bind = false;
	be->refuse = VMSG_XEN_SET_QUEUE_PORT;
	KUNIT_EXPECT_EQ(test, vxen_queue_port_open(&vx->bus, queue(0)),
			-EREMOTEIO);
	be->refuse = 0;

	KUNIT_EXPECT_EQ(test, vxen_queue_port_irq(queue(0)), -ENOENT);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
	KUNIT_EXPECT_EQ(test, be->ports[0], 0U);
	/* Nothing there to close. */
	vxen_queue_port_close(&vx->bus, queue(0));
	KUNIT_EXPECT_EQ(test, fake_events.nonsense, 0U);
}

static void one_is_closed_even_if_the_bus_is_broken(struct kunit *test)
{
	struct vxen_device *vx = plug_without(test);

	KUNIT_ASSERT_EQ(test, vxen_queue_port_open(&vx->bus, queue(1)), 0);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 2);
	vxen_bus_break(&vx->bus, "the test says so");
	vxen_queue_port_close(&vx->bus, queue(1));
	KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
	KUNIT_EXPECT_EQ(test, vxen_queue_port_irq(queue(1)), -ENOENT);
}

static struct kunit_case queue_port_cases[] = {
	KUNIT_CASE(each_virtqueue_has_its_own),
	KUNIT_CASE(they_go_with_their_virtqueue),
	KUNIT_CASE(an_event_is_for_one_virtqueue),
	KUNIT_CASE(an_event_for_nothing_is_reported),
	KUNIT_CASE(a_virtqueue_that_is_stopped_hears_nothing),
	KUNIT_CASE(one_that_cannot_be_made_leaves_nothing),
	KUNIT_CASE(one_is_closed_even_if_the_bus_is_broken),
	{}
};

static struct kunit_suite queue_port_suite = {
	.name = "vxen-queue-port",
	.init = fake_backend_init,
	.exit = fake_backend_exit,
	.test_cases = queue_port_cases,
};

kunit_test_suite(queue_port_suite);
