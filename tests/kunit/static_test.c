// SPDX-License-Identifier: GPL-2.0-only
/*
 * static_test.c - protects devices without xenstore
 *
 * The backend comes late, goes, comes back, or says what it should not; the
 * page and the channel stay where they are, and go when the driver goes.
 * fake_backend_exit() looks after each test for what was left behind.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "../../drivers/revoke.h"
#include "fake_static.h"

static bool driver_is(u32 state)
{
	return fake_until(fake_static_driver() == state);
}

static void a_device_comes_up_and_goes(struct kunit *test)
{
	static const u8 states[] = {
		VMSG_XEN_INITIALISING, VMSG_XEN_INITIALISED,
		VMSG_XEN_CONNECTED, VMSG_XEN_CLOSING, VMSG_XEN_CLOSED,
	};
	struct vxen_device *vx = fake_static_plug(test);
	struct fake_backend *be = test->priv;

	KUNIT_EXPECT_EQ(test, vx->state, VXEN_ONLINE);
	KUNIT_EXPECT_EQ(test, vx->bus.page_ref, FAKE_STATIC_REF);
	KUNIT_EXPECT_EQ(test, vx->bus.port, fake_static.port);
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 1U);
	KUNIT_EXPECT_NE(test, be->model.status & VIRTIO_CONFIG_S_DRIVER_OK, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.domid, FAKE_DOMID);
	KUNIT_EXPECT_PTR_EQ(test, fake_driver.vdev->dev.parent,
			    &fake_static.node->pdev->dev);

	fake_of_unplug(fake_static.node);
	KUNIT_EXPECT_EQ(test, fake_driver.removes, 1U);
	KUNIT_EXPECT_EQ(test, fake_static.nr_states, 5U);
	KUNIT_EXPECT_EQ(test, memcmp(fake_static.states, states, 5), 0);
	/* Nothing was asked back before the backend had let go. */
	KUNIT_EXPECT_EQ(test, fake_grants.refused, 0U);
	KUNIT_EXPECT_FALSE(test, fake_events_bound(fake_static.port));
	/* Nothing of it went through xenstore. */
	KUNIT_EXPECT_EQ(test, fake_xenbus.nr_states, 0U);
	KUNIT_EXPECT_EQ(test, fake_xenbus.outside, 0U);
	fake_backend_expect_nothing(test);
}

static void a_backend_may_come_late(struct kunit *test)
{
	unsigned int notified;

	fake_static.away = true;
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	notified = atomic_read(&fake_events.notified);
	schedule_timeout_uninterruptible(HZ / 2);
	/* It is not looked for in the meantime. */
	KUNIT_EXPECT_EQ(test, fake_static_vx()->state, VXEN_IDLE);
	KUNIT_EXPECT_EQ(test, (unsigned int)atomic_read(&fake_events.notified),
			notified);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 1U);
	fake_static_come();
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CONNECTED));
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 1U);
}

static void one_that_nobody_serves_goes_at_once(struct kunit *test)
{
	unsigned long start;

	fake_static.away = true;
	vxen_timeout_ms = 30000;
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	start = jiffies;
	fake_of_unplug(fake_static.node);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 10000U);
	fake_backend_expect_nothing(test);
}

static void it_can_be_bound_again(struct kunit *test)
{
	unsigned int i;

	for (i = 1; i <= 3; i++) {
		fake_static_plug(test);
		KUNIT_EXPECT_EQ(test, fake_driver.probes, i);
		fake_of_unplug(fake_static.node);
		KUNIT_EXPECT_EQ(test, fake_grants.refused, 0U);
		fake_backend_expect_nothing(test);
	}
}

static void a_backend_that_closes_gets_the_device_again(struct kunit *test)
{
	struct vxen_device *vx = fake_static_plug(test);

	fake_static_say(VMSG_XEN_CLOSING);
	KUNIT_EXPECT_TRUE(test, fake_until(fake_driver.removes == 1));
	KUNIT_EXPECT_TRUE(test, fake_until(fake_driver.probes == 2));
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CONNECTED));
	KUNIT_EXPECT_PTR_EQ(test, fake_static_vx(), vx);
	KUNIT_EXPECT_FALSE(test, vx->bus.broken);
}

static void a_backend_that_dies_gets_the_device_again(struct kunit *test)
{
	struct vxen_device *vx = fake_static_plug(test);

	fake_static_go();
	/* The next one cannot tell what was in flight. */
	vxen_timeout_ms = 50;
	fake_static_come();
	flush_work(&fake_static.work);
	fake_static_say(VMSG_XEN_CLOSING);
	KUNIT_EXPECT_TRUE(test, fake_until(fake_driver.removes == 1));
	vxen_timeout_ms = 1000;
	KUNIT_EXPECT_TRUE(test, fake_until(fake_driver.probes == 2));
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CONNECTED));
	KUNIT_EXPECT_FALSE(test, vx->bus.broken);
}

static void after_a_failure_the_next_backend_gets_it(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	vxen_timeout_ms = 50;
	be->at = XenbusStateInitialised;
	be->says = XenbusStateInitWait;
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CLOSED));
	vxen_timeout_ms = 1000;
	/* It has unmapped the page: what maps it now is another. */
	KUNIT_EXPECT_TRUE(test, fake_until(!READ_ONCE(be->page)));
	fake_static_come();
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CONNECTED));
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 1U);
}

static void the_next_backend_may_have_versions_that_fit(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	fake_static.min_version = 2;
	fake_static.max_version = 3;
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CLOSED));
	KUNIT_ASSERT_TRUE(test, fake_until(!READ_ONCE(be->page)));
	/* It comes to the state that the first one has left behind. */
	fake_static.min_version = VMSG_XEN_VERSION;
	fake_static_come();
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CONNECTED));
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 1U);
}

static void versions_have_to_fit(struct kunit *test)
{
	static const struct {
		u16 min, max;
		u32 ends;
	} cases[] = {
		{ 0, 0, VMSG_XEN_CONNECTED }, { 1, 1, VMSG_XEN_CONNECTED },
		{ 0, U16_MAX, VMSG_XEN_CONNECTED },
		{ 2, 3, VMSG_XEN_CLOSED }, { 2, 1, VMSG_XEN_CLOSED },
		{ 1, 0, VMSG_XEN_CLOSED },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_static.min_version = cases[i].min;
		fake_static.max_version = cases[i].max;
		KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
		KUNIT_EXPECT_TRUE(test, driver_is(cases[i].ends));
		fake_of_unplug(fake_static.node);
		fake_backend_expect_nothing(test);
	}
}

static void indices_that_are_left_are_not_used(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	be->at = XenbusStateInitialising;
	be->says = XenbusStateInitialising;
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	KUNIT_ASSERT_TRUE(test, fake_until(READ_ONCE(be->page) && !be->at));
	be->page->device_prod = cpu_to_le32(1);
	fake_static_say(VMSG_XEN_INIT_WAIT);
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CLOSED));
	/* It is not even asked to connect. */
	KUNIT_EXPECT_NULL(test, memchr(fake_static.states, VMSG_XEN_INITIALISED,
				       fake_static.nr_states));
	KUNIT_EXPECT_EQ(test, fake_driver.probes, 0U);
}

static void the_backend_says_any_two_states(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	unsigned int i;

	be->silent = true;
	vxen_timeout_ms = 10;
	for (i = 0; i < 81; i++) {
		KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
		KUNIT_ASSERT_TRUE(test, fake_until(READ_ONCE(be->page)));
		flush_work(&fake_static.work);
		fake_static_say(i / 9 == 8 ? U32_MAX : i / 9);
		if (i & 1)
			flush_work(&fake_static_vx()->connect_work);
		fake_static_say(i % 9 == 8 ? U32_MAX : i % 9);
		if (i & 2)
			flush_work(&fake_static_vx()->disconnect_work);
		fake_static_go();
		fake_of_unplug(fake_static.node);
		flush_work(&fake_static.work);
		fake_static.away = false;
		fake_backend_expect_nothing(test);
	}
}

/* A storm of states is one of useless events. */
static void states_without_end_are_slowed_down(struct kunit *test)
{
	unsigned int eois, spurious, i;

	fake_static_plug(test);
	eois = fake_events.eois;
	spurious = fake_events.spurious;
	for (i = 0; i < 20; i++)
		fake_static_say(VMSG_XEN_CONNECTED + (i & 1 ? 0 : 100));
	KUNIT_EXPECT_GE(test, fake_events.eois - eois, 20U);
	KUNIT_EXPECT_EQ(test, fake_events.eois - eois,
			fake_events.spurious - spurious);
}

static void a_page_that_is_kept_is_held_back(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct fake_grant grant;

	fake_static_plug(test);
	be->silent = true;
	vxen_timeout_ms = 50;
	fake_of_unplug(fake_static.node);
	KUNIT_EXPECT_TRUE(test, fake_grants_get(FAKE_STATIC_REF, &grant));
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);

	/* Nothing may be granted in its place while that is so. */
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	KUNIT_EXPECT_NULL(test, fake_static.node->pdev->dev.driver);
	fake_of_unplug(fake_static.node);

	/* Of the two, the new one is that which stays, mapped or not. */
	fake_static_go();
	be->silent = false;
	vxen_timeout_ms = 1000;
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	KUNIT_ASSERT_NOT_NULL(test, fake_static.node->pdev->dev.driver);
	schedule_timeout_uninterruptible(msecs_to_jiffies(1500));
	KUNIT_EXPECT_TRUE(test, fake_grants_get(FAKE_STATIC_REF, &grant));
	KUNIT_EXPECT_PTR_EQ(test, page_address(grant.page),
			    (void *)fake_static_vx()->bus.page);
	fake_static_come();
	KUNIT_EXPECT_TRUE(test, driver_is(VMSG_XEN_CONNECTED));
}

static void a_page_that_is_let_go_late_comes_back(struct kunit *test)
{
	struct fake_backend *be = test->priv;

	fake_static_plug(test);
	be->silent = true;
	vxen_timeout_ms = 50;
	fake_of_unplug(fake_static.node);
	KUNIT_EXPECT_GT(test, fake_grants.frames, 0U);
	fake_static_go();
	KUNIT_EXPECT_TRUE(test, fake_until(!READ_ONCE(fake_grants.frames)));
	fake_backend_expect_nothing(test);
}

/* The kernel would hand the reference out. */
static void a_reserved_reference_is_never_given_away(struct kunit *test)
{
	struct fake_backend *be = test->priv;
	struct fake_grant grant;

	fake_static_plug(test);
	be->silent = true;
	vxen_timeout_ms = 50;
	fake_of_unplug(fake_static.node);
	vxen_revoke_exit();
	KUNIT_EXPECT_TRUE(test, fake_grants_get(FAKE_STATIC_REF, &grant));
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.nonsense, 0U);
	/* For good: only the test can put an end to it. */
	fake_static_go();
	fake_grants_let_go();
	put_page(grant.page);
	fake_grants_reset();
}

static void whatever_fails_on_the_way_up_leaves_nothing(struct kunit *test)
{
	bool last = false;
	unsigned int n;

	for (n = 1; !last && n < 500; n++) {
		fake_driver.err = 0;
		fake_fail_nth(n);
		KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
		if (fake_static.node->pdev->dev.driver) {
			KUNIT_EXPECT_TRUE(test,
					  fake_until(fake_static_driver() ==
						     VMSG_XEN_CONNECTED ||
						     fake_static_driver() ==
						     VMSG_XEN_CLOSED));
			flush_work(&fake_static_vx()->connect_work);
		}
		last = !fake_fail_done();
		fake_fail_nth(0);
		fake_of_unplug(fake_static.node);
		flush_work(&fake_static.work);
		fake_backend_expect_nothing(test);
		KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
	}
	KUNIT_EXPECT_TRUE(test, last);
	KUNIT_EXPECT_GT(test, n, 30U);
}

static struct kunit_case static_cases[] = {
	KUNIT_CASE(a_device_comes_up_and_goes),
	KUNIT_CASE(a_backend_may_come_late),
	KUNIT_CASE(one_that_nobody_serves_goes_at_once),
	KUNIT_CASE(it_can_be_bound_again),
	KUNIT_CASE(a_backend_that_closes_gets_the_device_again),
	KUNIT_CASE(a_backend_that_dies_gets_the_device_again),
	KUNIT_CASE(after_a_failure_the_next_backend_gets_it),
	KUNIT_CASE(the_next_backend_may_have_versions_that_fit),
	KUNIT_CASE(versions_have_to_fit),
	KUNIT_CASE(indices_that_are_left_are_not_used),
	KUNIT_CASE(the_backend_says_any_two_states),
	KUNIT_CASE(states_without_end_are_slowed_down),
	KUNIT_CASE(a_page_that_is_kept_is_held_back),
	KUNIT_CASE(a_page_that_is_let_go_late_comes_back),
	KUNIT_CASE(a_reserved_reference_is_never_given_away),
	KUNIT_CASE(whatever_fails_on_the_way_up_leaves_nothing),
	{}
};

static struct kunit_suite static_suite = {
	.name = "vxen-static",
	.init = fake_static_init,
	.exit = fake_static_exit,
	.test_cases = static_cases,
};

kunit_test_suite(static_suite);
