// SPDX-License-Identifier: GPL-2.0-only
/*
 * frontend_test.c - protects a device's way through the states of xenbus
 *
 * The backend goes, comes back, says nothing, says what it should not, or at
 * the wrong time. Whatever it does, the device is let go of in the right order
 * and leaves nothing behind: fake_backend_exit() looks for that after each test.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "../../drivers/frontend.h"
#include "fake_backend.h"

static void a_device_comes_up_and_goes(struct kunit *test)
{
	static const u8 states[] = {
		XenbusStateInitialised, XenbusStateConnected,
		XenbusStateClosing,
	};
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;

	KUNIT_EXPECT_EQ(test, vx->state, VXEN_ONLINE);
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 1U);
	KUNIT_EXPECT_NE(test, be->model.status & VIRTIO_CONFIG_S_DRIVER_OK, 0U);
	KUNIT_EXPECT_GT(test, fake_grants.frames, 1U);
	KUNIT_EXPECT_EQ(test, fake_grants.domid, FAKE_DOMID);

	fake_xenbus_unplug();
	KUNIT_EXPECT_EQ(test, fake_driver.removes, 1U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.nr_states, 3U);
	KUNIT_EXPECT_EQ(test, memcmp(fake_xenbus.states, states, 3), 0);
	/* Nothing was asked back before the backend had let go. */
	KUNIT_EXPECT_EQ(test, fake_grants.refused, 0U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.errors, 0U);
	fake_backend_expect_nothing(test);
}

static void expect_node(struct kunit *test, const char *node, u32 expected)
{
	const char *value = fake_xenbus_read(FAKE_FRONT, node);
	u32 found;

	KUNIT_ASSERT_NOT_NULL(test, value);
	KUNIT_EXPECT_EQ(test, kstrtou32(value, 10, &found), 0);
	KUNIT_EXPECT_EQ(test, found, expected);
}

static void what_the_backend_needs_is_in_xenstore(struct kunit *test)
{
	struct vxen_device *vx;

	/* Others write, too: the transaction is made again. */
	fake_xenbus.again = 3;
	vx = fake_backend_plug(test);
	expect_node(test, VMSG_XEN_NODE_VERSION, VMSG_XEN_VERSION);
	expect_node(test, VMSG_XEN_NODE_BUS_REF, vx->bus.page_ref);
	expect_node(test, VMSG_XEN_NODE_EVTCHN, vx->bus.port);
	KUNIT_EXPECT_EQ(test, fake_xenbus.again, 0U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.outside, 0U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.open, 0);
}

/* Plug in and out with these versions; whether it came up in between. */
static bool comes_up(struct kunit *test, const char *min, const char *max)
{
	bool up;

	fake_xenbus_reset();
	fake_xenbus_write(FAKE_BACK, VMSG_XEN_NODE_MIN_VERSION, min);
	fake_xenbus_write(FAKE_BACK, VMSG_XEN_NODE_MAX_VERSION, max);
	fake_backend_listen();
	KUNIT_EXPECT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_TRUE(test,
			  fake_until(fake_xenbus_was(XenbusStateConnected) ||
				     fake_xenbus_was(XenbusStateClosed)));
	up = fake_xenbus_was(XenbusStateConnected);
	KUNIT_EXPECT_EQ(test, fake_xenbus.err, up ? 0 : -EPROTONOSUPPORT);
	fake_xenbus_unplug();
	fake_backend_expect_nothing(test);
	return up;
}

static void versions_have_to_fit(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, comes_up(test, "1", "1"));
	KUNIT_EXPECT_TRUE(test, comes_up(test, "0", "4294967295"));
	KUNIT_EXPECT_FALSE(test, comes_up(test, "2", "3"));
	KUNIT_EXPECT_FALSE(test, comes_up(test, "0", "0"));
	KUNIT_EXPECT_FALSE(test, comes_up(test, "2", "1"));
	/* What is no number says nothing, as if it was not there. */
	KUNIT_EXPECT_TRUE(test, comes_up(test, NULL, NULL));
	KUNIT_EXPECT_TRUE(test, comes_up(test, "many", ""));
	KUNIT_EXPECT_FALSE(test, comes_up(test, "2", "none"));
}

static void a_state_that_is_none_is_not_heeded(struct kunit *test)
{
	static const char * const none[] = { "", "two", "-1", "99", "6" };
	struct fake_backend *be = test->priv;
	unsigned int i;

	be->silent = true;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		fake_xenbus_write(FAKE_BACK, "state", none[i]);
		fake_xenbus_tell(XenbusStateInitWait);
		flush_work(&fake_vx()->connect_work);
		KUNIT_EXPECT_EQ(test, fake_vx()->state, VXEN_IDLE);
	}
	KUNIT_EXPECT_EQ(test, fake_xenbus.nr_states, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
}

/* A backend that, at one point, goes another way; then it is a good one. */
static void stray(struct kunit *test, enum xenbus_state at,
		  enum xenbus_state says)
{
	struct fake_backend *be = test->priv;

	fake_xenbus_reset();
	fake_backend_listen();
	be->at = at;
	be->says = says;
	KUNIT_EXPECT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_TRUE(test, fake_until(!READ_ONCE(be->at)));
	if (at == XenbusStateConnected) {
		/* It is online, so the device is wanted again. */
		KUNIT_EXPECT_TRUE(test, fake_until(fake_driver.removes));
		KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateConnected));
		KUNIT_EXPECT_EQ(test, fake_driver.probes, 2U);
	} else if (at == XenbusStateInitialised) {
		KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
		KUNIT_EXPECT_EQ(test, fake_driver.probes, 0U);
		KUNIT_EXPECT_EQ(test, fake_xenbus.err, -ETIMEDOUT);
	} else if (says == XenbusStateClosing) {
		KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
	}
	fake_xenbus_unplug();
	fake_backend_expect_nothing(test);
	KUNIT_EXPECT_EQ(test, fake_grants.refused, 0U);
	fake_driver.probes = 0;
	fake_driver.removes = 0;
}

static void the_backend_goes_at_each_step(struct kunit *test)
{
	static const enum xenbus_state at[] = {
		XenbusStateInitialising, XenbusStateInitialised,
		XenbusStateConnected,
	};
	static const enum xenbus_state says[] = {
		XenbusStateClosing, XenbusStateClosed, XenbusStateUnknown,
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (j = 0; j < ARRAY_SIZE(says); j++)
			stray(test, at[i], says[j]);
}

static void the_backend_says_any_two_states(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	unsigned int i;

	/* It does nothing beyond: each wait of the driver's takes this long. */
	be->silent = true;
	vxen_timeout_ms = 10;
	for (i = 0; i < 81; i++) {
		fake_xenbus_reset();
		KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
		fake_xenbus_state(i / 9);
		if (i & 1)
			flush_work(&fake_vx()->connect_work);
		fake_xenbus_state(i % 9);
		if (i & 2)
			flush_work(&fake_vx()->disconnect_work);
		fake_xenbus_unplug();
		fake_backend_expect_nothing(test);
	}
}

static void nobody_waits_for_a_backend_for_ever(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	vxen_timeout_ms = 50;
	be->at = XenbusStateInitialised;
	be->says = XenbusStateInitialised;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
	KUNIT_EXPECT_EQ(test, fake_xenbus.err, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 0);
}

static void unbinding_waits_for_nobody_who_waits(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	unsigned long start = jiffies;

	vxen_timeout_ms = 30000;
	be->at = XenbusStateInitialised;
	be->says = XenbusStateInitialised;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateInitialised));
	fake_xenbus_unplug();
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 20000U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.errors, 0U);
}

static void what_a_backend_does_not_let_go_is_held_back(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	unsigned int frames;

	fake_backend_plug(test);
	frames = fake_grants.frames;
	be->silent = true;
	vxen_timeout_ms = 50;
	fake_xenbus_unplug();
	/* The window and the bus page; the rest it had not mapped. */
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames);
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 0);
}

static void a_backend_that_dies_is_not_waited_for(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	unsigned long start;

	fake_backend_plug(test);
	be->silent = true;
	vxen_timeout_ms = 30000;
	start = jiffies;
	fake_xenbus_write(FAKE_BACK, "online", "0");
	fake_grants_let_go();
	fake_xenbus_state(XenbusStateUnknown);
	KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 20000U);
	KUNIT_EXPECT_EQ(test, fake_driver.removes, 1U);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
}

static void a_dead_bus_gets_half_a_second(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct fake_backend *be = test->priv;
	unsigned long start = jiffies;

	be->silent = true;
	vxen_timeout_ms = 30000;
	vxen_bus_break(&vx->bus, "the test says so");
	KUNIT_EXPECT_TRUE(test, virtqueue_is_broken(fake_driver.vqs[0]) ||
			  fake_until(virtqueue_is_broken(fake_driver.vqs[0])));
	fake_xenbus_unplug();
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 20000U);
	KUNIT_EXPECT_GE(test, jiffies_to_msecs(jiffies - start), 450U);
}

static void one_that_is_not_to_come_back_stays_closed(struct kunit *test)
{
	fake_backend_plug(test);
	fake_xenbus_write(FAKE_BACK, "online", "0");
	fake_xenbus_state(XenbusStateClosing);
	KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
	flush_work(&fake_vx()->disconnect_work);
	KUNIT_EXPECT_EQ(test, fake_xenbus.front, XenbusStateClosed);
	KUNIT_EXPECT_EQ(test, fake_vx()->state, VXEN_IDLE);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
}

static void a_device_that_was_resumed_is_broken(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct vxen_device *vx;

	be->silent = true;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	/* Nothing was granted that could be lost. */
	fake_xenbus_resume();
	be->silent = false;
	fake_xenbus_state(XenbusStateInitWait);
	KUNIT_ASSERT_TRUE(test, fake_front_is(XenbusStateConnected));
	vx = fake_vx();
	KUNIT_EXPECT_FALSE(test, vx->bus.broken);
	fake_xenbus_resume();
	KUNIT_EXPECT_TRUE(test, vx->bus.broken);
}

static void a_state_that_cannot_be_written_ends_it(struct kunit *test)
{
	static const enum xenbus_state states[] = {
		XenbusStateInitialised, XenbusStateConnected,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		fake_xenbus_reset();
		fake_backend_listen();
		fake_xenbus.fail_switch = states[i];
		KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
		KUNIT_EXPECT_TRUE(test, fake_front_is(XenbusStateClosed));
		flush_work(&fake_vx()->connect_work);
		fake_backend_expect_nothing(test);
		KUNIT_EXPECT_EQ(test, fake_driver.removes, i);
		fake_xenbus_unplug();
	}
}

static void a_driver_that_cannot_begin_is_not_bound(struct kunit *test)
{
	fake_xenbus.front = XenbusStateClosed;
	fake_xenbus.fail_switch = XenbusStateInitialising;
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_EQ(test, fake_xenbus.probe_err, -EIO);
	KUNIT_EXPECT_NULL(test, fake_xenbus.xdev->dev.driver);
	KUNIT_EXPECT_PTR_EQ(test, fake_vx(), NULL);
}

static void a_module_that_cannot_register_says_so(struct kunit *test)
{
	vxen_frontend_exit();
	fake_xenbus.fail_register = true;
	KUNIT_EXPECT_EQ(test, vxen_frontend_init(), -EBUSY);
	fake_xenbus.fail_register = false;
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, vxen_frontend_init(), -ENOMEM);
	fake_fail_nth(0);
	KUNIT_ASSERT_EQ(test, vxen_frontend_init(), 0);
}

static struct kunit_case frontend_cases[] = {
	KUNIT_CASE(a_device_comes_up_and_goes),
	KUNIT_CASE(what_the_backend_needs_is_in_xenstore),
	KUNIT_CASE(versions_have_to_fit),
	KUNIT_CASE(a_state_that_is_none_is_not_heeded),
	KUNIT_CASE(the_backend_goes_at_each_step),
	KUNIT_CASE(the_backend_says_any_two_states),
	KUNIT_CASE(nobody_waits_for_a_backend_for_ever),
	KUNIT_CASE(unbinding_waits_for_nobody_who_waits),
	KUNIT_CASE(what_a_backend_does_not_let_go_is_held_back),
	KUNIT_CASE(a_backend_that_dies_is_not_waited_for),
	KUNIT_CASE(a_dead_bus_gets_half_a_second),
	KUNIT_CASE(one_that_is_not_to_come_back_stays_closed),
	KUNIT_CASE(a_device_that_was_resumed_is_broken),
	KUNIT_CASE(a_state_that_cannot_be_written_ends_it),
	KUNIT_CASE(a_driver_that_cannot_begin_is_not_bound),
	KUNIT_CASE(a_module_that_cannot_register_says_so),
	{}
};

static struct kunit_suite frontend_suite = {
	.name = "vxen-frontend",
	.init = fake_backend_init,
	.exit = fake_backend_exit,
	.test_cases = frontend_cases,
};

kunit_test_suite(frontend_suite);
