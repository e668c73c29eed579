// SPDX-License-Identifier: GPL-2.0-only
/*
 * ports_test.c - protects virtqueues' event channels, with real ones
 *
 * No event is lost, either way, and what is closed is closed. The bus, which
 * tells the backend of the port, and the transport, which takes the interrupt,
 * are the test's.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/events.h>

#include "../../../drivers/bus.h"
#include "../../../drivers/queue_port.h"
#include "../../../drivers/transport.h"
#include "peer.h"

/**
 * struct ports_test - a virtqueue with an event channel
 * @bus: its bus
 * @md: the virtio device
 * @vq: its virtqueue
 * @q: likewise
 */
struct ports_test {
	struct vxen_bus bus;
	struct vmsg_device md;
	struct virtqueue vq;
	struct vmsg_vq q;
};

/* What the bus has announced last. */
static u32 announced;
static int announce_err;
/* What the transport does with an interrupt. */
static atomic_t interrupts;
static irqreturn_t found;

int vxen_bus_status_request(struct vxen_bus *bus, u8 msg_id, const void *req,
			    size_t req_len)
{
	const struct vmsg_xen_set_queue_port *set = req;

	if (msg_id != VMSG_XEN_SET_QUEUE_PORT || req_len != sizeof(*set))
		return -EINVAL;
	announced = le32_to_cpu(set->port);
	return announce_err;
}

irqreturn_t vmsg_vq_interrupt(struct vmsg_vq *q)
{
	atomic_inc(&interrupts);
	return found;
}

static int ports_test_init(struct kunit *test)
{
	struct ports_test *pt = kunit_kzalloc(test, sizeof(*pt), GFP_KERNEL);
	int err = peer_suite_init(test);

	if (err || !pt)
		return err ?: -ENOMEM;

	pt->bus.to = &peer;
	pt->md.vdev.dev.init_name = "vxen-real";
	pt->vq.name = "queue";
	pt->q.md = &pt->md;
	pt->q.vq = &pt->vq;
	announced = 0;
	announce_err = 0;
	atomic_set(&interrupts, 0);
	found = IRQ_HANDLED;
	test->priv = pt;

	err = vxen_queue_port_open(&pt->bus, &pt->q);
	if (err)
		return err;
	return announced ? peer_ask("bind %u", announced) : -EINVAL;
}

static void ports_test_exit(struct kunit *test)
{
	struct ports_test *pt = test->priv;

	if (!pt)
		return;
	peer_ask("unbind");
	vxen_queue_port_close(&pt->bus, &pt->q);
	KUNIT_EXPECT_EQ(test, announced, 0U);
	KUNIT_EXPECT_EQ(test, vxen_queue_port_irq(&pt->q), -ENOENT);
}

static bool wait_for_interrupts(int nr)
{
	unsigned long end = jiffies + 5 * HZ;

	while (atomic_read(&interrupts) < nr && time_before(jiffies, end))
		msleep(20);
	return atomic_read(&interrupts) == nr;
}

static void each_event_arrives(struct kunit *test)
{
	int i;

	for (i = 1; i <= 10; i++) {
		KUNIT_EXPECT_EQ(test, peer_ask("notify"), 0);
		KUNIT_EXPECT_TRUE(test, wait_for_interrupts(i));
	}
}

static void a_notification_arrives(struct kunit *test)
{
	struct ports_test *pt = test->priv;
	int irq = vxen_queue_port_irq(&pt->q), i;

	KUNIT_EXPECT_GE(test, irq, 0);
	/* What binding has sent. */
	peer_ask("events");
	KUNIT_EXPECT_EQ(test, peer_ask("events"), 0);
	for (i = 0; i < 3; i++) {
		notify_remote_via_irq(irq);
		KUNIT_EXPECT_EQ(test, peer_ask("events"), 1);
	}
	KUNIT_EXPECT_EQ(test, peer_ask("events"), 0);
}

static void a_stopped_queue_is_left_alone(struct kunit *test)
{
	struct ports_test *pt = test->priv;

	WRITE_ONCE(pt->q.stopped, true);
	KUNIT_EXPECT_EQ(test, peer_ask("notify"), 0);
	msleep(200);
	KUNIT_EXPECT_EQ(test, atomic_read(&interrupts), 0);
	WRITE_ONCE(pt->q.stopped, false);
	KUNIT_EXPECT_EQ(test, peer_ask("notify"), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_interrupts(1));
}

static void a_refused_port_is_given_back(struct kunit *test)
{
	struct ports_test *pt = test->priv;
	struct vmsg_vq q = pt->q;
	u32 port;
	int i;

	q.bus_priv = NULL;
	announce_err = -EREMOTEIO;
	for (i = 0; i < 50; i++) {
		KUNIT_EXPECT_EQ(test, vxen_queue_port_open(&pt->bus, &q),
				-EREMOTEIO);
		if (!i)
			port = announced;
		/* The same, since it was free again. */
		KUNIT_EXPECT_EQ(test, announced, port);
	}
	KUNIT_EXPECT_EQ(test, vxen_queue_port_irq(&q), -ENOENT);
	announce_err = 0;
}

static void what_is_closed_is_closed(struct kunit *test)
{
	struct ports_test *pt = test->priv;
	u32 port = announced;

	vxen_queue_port_close(&pt->bus, &pt->q);
	KUNIT_EXPECT_EQ(test, announced, 0U);
	peer_ask("notify");
	msleep(100);
	KUNIT_EXPECT_EQ(test, atomic_read(&interrupts), 0);
	/* Nor can it be bound any more. */
	peer_ask("unbind");
	KUNIT_EXPECT_NE(test, peer_ask("bind %u", port), 0);
	KUNIT_ASSERT_EQ(test, vxen_queue_port_open(&pt->bus, &pt->q), 0);
}

static struct kunit_case ports_cases[] = {
	KUNIT_CASE(each_event_arrives),
	KUNIT_CASE(a_notification_arrives),
	KUNIT_CASE(a_stopped_queue_is_left_alone),
	KUNIT_CASE(a_refused_port_is_given_back),
	KUNIT_CASE(what_is_closed_is_closed),
	{}
};

static struct kunit_suite ports_suite = {
	.name = "vxen-real-ports",
	.init = ports_test_init,
	.exit = ports_test_exit,
	.test_cases = ports_cases,
};

kunit_test_suite(ports_suite);
