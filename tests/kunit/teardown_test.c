// SPDX-License-Identifier: GPL-2.0-only
/*
 * teardown_test.c - protects every way out of coming up and of going
 *
 * Each allocation of the driver's, and each call to Xen, xenstore or the
 * backend, fails in turn: the first, then the second, until none is left. What
 * had been taken until then is given back, whole and in the right order.
 */
#include <kunit/test.h>

#include "../../drivers/revoke.h"
#include "fake_backend.h"

/* So many there are at least; more than there can be. */
#define LEAST	40
#define MOST	500

static void begin(void)
{
	fake_xenbus_reset();
	fake_backend_listen();
	fake_driver.err = 0;
}

/* Come up, or fail to; whether it did. */
static bool settle(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	if (fake_xenbus.probe_err)
		return false;
	KUNIT_EXPECT_TRUE(test,
			  fake_until(fake_xenbus_was(XenbusStateConnected) ||
				     fake_xenbus_was(XenbusStateClosed)));
	flush_work(&fake_vx()->connect_work);
	return fake_xenbus.front == XenbusStateConnected && !fake_driver.err;
}

static void whatever_fails_on_the_way_up_leaves_nothing(struct kunit *test)
{
	unsigned int n, ups = 0;
	bool last = false;

	for (n = 1; !last && n < MOST; n++) {
		begin();
		fake_fail_nth(n);
		ups += settle(test);
		last = !fake_fail_done();
		fake_fail_nth(0);
		fake_xenbus_unplug();
		fake_backend_expect_nothing(test);
		KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
	}
	KUNIT_EXPECT_TRUE(test, last);
	KUNIT_EXPECT_GT(test, n, (unsigned int)LEAST);
	/* The last, and those that it can do without. */
	KUNIT_EXPECT_GE(test, ups, 1U);
	KUNIT_EXPECT_LT(test, ups, n / 2);
}

static void whatever_fails_on_the_way_down_leaves_nothing(struct kunit *test)
{
	bool last = false;
	unsigned int n;

	/* A backend that is not told does not let go: it is waited for. */
	vxen_timeout_ms = 100;
	for (n = 1; !last && n < MOST; n++) {
		begin();
		KUNIT_EXPECT_TRUE(test, settle(test));
		fake_fail_nth(n);
		fake_xenbus_unplug();
		last = !fake_fail_done();
		fake_fail_nth(0);
		KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
		KUNIT_EXPECT_EQ(test, fake_events.ports, 0);
		/* What it has kept comes back when it lets go. */
		fake_grants_let_go();
		vxen_revoke_exit();
		fake_backend_expect_nothing(test);
	}
	KUNIT_EXPECT_TRUE(test, last);
	KUNIT_EXPECT_GT(test, n, 3U);
}

/* The driver is unbound and bound; what it makes then fails in turn. */
static void whatever_fails_when_bound_again_leaves_it_usable(struct kunit *test)
{
	struct vxen_device *vx = fake_backend_plug(test);
	struct device *dev = &vx->vmsg->vdev.dev;
	unsigned int n, refs = 0;
	bool last = false;

	for (n = 1; !last && n < MOST; n++) {
		device_release_driver(dev);
		KUNIT_EXPECT_EQ(test, vxen_pool_used(&vx->dma.pool), 0UL);
		KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
		if (refs)
			KUNIT_EXPECT_EQ(test, fake_grants.refs, refs);
		refs = fake_grants.refs;
		if (vx->bus.broken) {
			/* For good: it needs a new life. */
			fake_xenbus_unplug();
			begin();
			vx = fake_backend_plug(test);
			dev = &vx->vmsg->vdev.dev;
			device_release_driver(dev);
		}
		fake_fail_nth(n);
		KUNIT_EXPECT_GE(test, device_attach(dev), 0);
		last = !fake_fail_done();
		fake_fail_nth(0);
	}
	KUNIT_EXPECT_TRUE(test, last);
	KUNIT_EXPECT_GT(test, n, 10U);
	KUNIT_EXPECT_EQ(test, fake_driver.err, 0);
}

static struct kunit_case teardown_cases[] = {
	KUNIT_CASE(whatever_fails_on_the_way_up_leaves_nothing),
	KUNIT_CASE(whatever_fails_on_the_way_down_leaves_nothing),
	KUNIT_CASE(whatever_fails_when_bound_again_leaves_it_usable),
	{}
};

static struct kunit_suite teardown_suite = {
	.name = "vxen-teardown",
	.init = fake_backend_init,
	.exit = fake_backend_exit,
	.test_cases = teardown_cases,
};

kunit_test_suite(teardown_suite);
