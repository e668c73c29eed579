// SPDX-License-Identifier: GPL-2.0-only
/*
 * windows_test.c - protects windows, with a real grant table
 *
 * The other domain sees a window as the guest does, for as long as it is
 * announced; windows come and go without losing a reference or a page, whatever
 * the other domain keeps.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../../../drivers/grants.h"
#include "../../../drivers/pool.h"
#include "../../../drivers/revoke.h"
#include "peer.h"

#define MAX_RUNS	64U
/* Never by itself: a test that is slow would find its window gone. */
#define IDLE_MS		(3600U * 1000)

/**
 * struct windows_test - a pool whose windows the peer maps
 * @pool: the pool
 * @free: references that were free before
 * @keeps: the peer does not unmap what is withdrawn
 * @kept: reference of what it has kept; 0 for nothing
 * @win: whence the runs are that take_all() took
 * @slot: the runs
 * @nr: how many
 */
struct windows_test {
	struct vxen_pool pool;
	unsigned int free;
	bool keeps;
	u32 kept;
	struct vxen_window *win[MAX_RUNS];
	u32 slot[MAX_RUNS];
	unsigned int nr;
};

static struct windows_test *to_wt(struct vxen_pool *pool)
{
	return container_of(pool, struct windows_test, pool);
}

static unsigned int frames(const struct vxen_window *win)
{
	return win->size >> VXEN_FRAME_SHIFT;
}

static int announce(struct vxen_pool *pool, const struct vxen_window *win,
		    u16 id)
{
	return peer_ask("map %u %u", win->first_ref, frames(win));
}

static int withdraw(struct vxen_pool *pool, const struct vxen_window *win,
		    u16 id)
{
	struct windows_test *wt = to_wt(pool);

	if (wt->keeps) {
		wt->kept = win->first_ref;
		return 0;
	}
	return peer_ask("unmap %u", win->first_ref);
}

static const struct vxen_pool_ops ops = {
	.announce = announce,
	.withdraw = withdraw,
};

static const struct vxen_pool_limits limits = {
	.first = SZ_256K,
	.step = SZ_128K,
	.max = SZ_512K,
	.windows = 3,
	.idle_ms = IDLE_MS,
};

static int windows_test_init(struct kunit *test)
{
	struct windows_test *wt = kunit_kzalloc(test, sizeof(*wt), GFP_KERNEL);
	int err = peer_suite_init(test);
	struct device *dev;

	if (err || !wt)
		return err ?: -ENOMEM;

	dev = kunit_device_register(test, "vxen-real");
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	vxen_pool_init(&wt->pool, dev, &ops, &peer);
	wt->free = refs_free();
	test->priv = wt;
	return 0;
}

static void windows_test_exit(struct kunit *test)
{
	struct windows_test *wt = test->priv;

	if (!wt)
		return;
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), 0U);
	refs_expect_free(test, wt->free);
}

/* Somebody has found no room, and the next window has been made. */
static void grow(struct windows_test *wt)
{
	vxen_pool_grow(&wt->pool);
	flush_work(&wt->pool.grow_work);
}

/* It is looked for idle windows as often as one needs to be found idle. */
static void let_idle(struct windows_test *wt)
{
	for (unsigned int i = 0; i < 2; i++) {
		mod_delayed_work(system_wq, &wt->pool.idle_work, 0);
		flush_delayed_work(&wt->pool.idle_work);
	}
}

static void take_all(struct windows_test *wt)
{
	for (; wt->nr < MAX_RUNS; wt->nr++) {
		wt->win[wt->nr] = vxen_pool_alloc(&wt->pool,
						  VXEN_SLOT_BLOCK_SIZE,
						  VXEN_SLOT_PASSING,
						  &wt->slot[wt->nr]);
		if (!wt->win[wt->nr])
			return;
	}
}

static void give_all(struct windows_test *wt)
{
	while (wt->nr) {
		wt->nr--;
		vxen_slots_free(&wt->win[wt->nr]->slots, wt->slot[wt->nr]);
	}
}

/* The peer lets go, as it does when a device goes, and all is revoked. */
static unsigned int stop(struct windows_test *wt)
{
	peer_ask("reset");
	return vxen_pool_stop(&wt->pool);
}

static void a_window_is_one_range_to_both(struct kunit *test)
{
	struct windows_test *wt = test->priv;
	struct vxen_window *win = vxen_window_create(&peer, SZ_256K, 2);

	KUNIT_ASSERT_FALSE(test, IS_ERR(win));
	refs_expect_free(test, wt->free - frames(win));
	KUNIT_EXPECT_EQ(test, peer_ask("map %u %u", win->first_ref,
				       frames(win)), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 0", win->first_ref), 0);
	memset(win->va, 0x5b, win->size);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 91", win->first_ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("count %u", win->first_ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", win->first_ref), 0);

	/* The peer has numbered the frames. */
	for (size_t i = 0; i < frames(win); i++)
		KUNIT_EXPECT_EQ(test, i, *(u32 *)(win->va +
						  (i << VXEN_FRAME_SHIFT)));
	KUNIT_EXPECT_EQ(test, vxen_window_destroy(win), 0U);
}

static void a_window_that_is_kept_is_held_back(struct kunit *test)
{
	struct windows_test *wt = test->priv;
	struct vxen_window *win = vxen_window_create(&peer, SZ_128K, 1);
	unsigned int nr;
	u32 ref;

	KUNIT_ASSERT_FALSE(test, IS_ERR(win));
	nr = frames(win);
	ref = win->first_ref;
	KUNIT_EXPECT_EQ(test, peer_ask("map %u %u", ref, nr), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("fill %u 1", ref), 0);
	KUNIT_EXPECT_EQ(test, vxen_window_destroy(win), nr);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), nr);
	refs_expect_free(test, wt->free - nr);

	/* Nobody else has got the pages: they are as they were. */
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 1", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", ref), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_refs(wt->free));
}

static void windows_come_and_go(struct kunit *test)
{
	struct windows_test *wt = test->priv;

	KUNIT_ASSERT_EQ(test, vxen_pool_start(&wt->pool, &limits), 0);
	refs_expect_free(test, wt->free - (SZ_256K >> VXEN_FRAME_SHIFT));
	take_all(wt);
	grow(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 2U);
	take_all(wt);
	grow(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 3U);
	take_all(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.size, (size_t)SZ_512K);
	refs_expect_free(test, wt->free - (SZ_512K >> VXEN_FRAME_SHIFT));
	let_idle(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 3U);

	give_all(wt);
	let_idle(wt);
	let_idle(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 1U);
	refs_expect_free(test, wt->free - (SZ_256K >> VXEN_FRAME_SHIFT));
	KUNIT_EXPECT_EQ(test, stop(wt), 0U);
}

static void a_window_that_is_withdrawn_may_be_kept(struct kunit *test)
{
	struct windows_test *wt = test->priv;
	unsigned int step = SZ_128K >> VXEN_FRAME_SHIFT;

	KUNIT_ASSERT_EQ(test, vxen_pool_start(&wt->pool, &limits), 0);
	take_all(wt);
	grow(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 2U);
	wt->keeps = true;
	give_all(wt);
	let_idle(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 1U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), step);
	refs_expect_free(test, wt->free - step -
			 (SZ_256K >> VXEN_FRAME_SHIFT));
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", wt->kept), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_refs(wt->free - (SZ_256K >>
							  VXEN_FRAME_SHIFT)));
	KUNIT_EXPECT_EQ(test, stop(wt), 0U);
}

static void a_short_table_makes_a_small_window(struct kunit *test)
{
	struct windows_test *wt = test->priv;
	struct vxen_pool_limits large = limits;
	unsigned int n = 0, left = 200, i;
	u32 *ref = kunit_kcalloc(test, wt->free, sizeof(*ref), GFP_KERNEL);
	u32 run;

	KUNIT_ASSERT_NOT_NULL(test, ref);
	large.first = SZ_1M;
	large.max = SZ_4M;
	/* What is left is one run. */
	KUNIT_ASSERT_EQ(test, vxen_refs_alloc(left, &run), 0);
	while (n < wt->free && !vxen_refs_alloc(1, &ref[n]))
		n++;
	KUNIT_EXPECT_EQ(test, n, wt->free - left);
	for (i = 0; i < left; i++)
		vxen_ref_free(run + i);

	KUNIT_EXPECT_EQ(test, vxen_pool_start(&wt->pool, &large), 0);
	KUNIT_EXPECT_EQ(test, wt->pool.size, (size_t)SZ_512K);
	take_all(wt);
	grow(wt);
	KUNIT_EXPECT_EQ(test, wt->pool.nr, 1U);
	give_all(wt);
	KUNIT_EXPECT_EQ(test, stop(wt), 0U);
	refs_expect_free(test, left);
	while (n--)
		vxen_ref_free(ref[n]);
}

static struct kunit_case windows_cases[] = {
	KUNIT_CASE(a_window_is_one_range_to_both),
	KUNIT_CASE(a_window_that_is_kept_is_held_back),
	KUNIT_CASE(windows_come_and_go),
	KUNIT_CASE(a_window_that_is_withdrawn_may_be_kept),
	KUNIT_CASE(a_short_table_makes_a_small_window),
	{}
};

static struct kunit_suite windows_suite = {
	.name = "vxen-real-windows",
	.init = windows_test_init,
	.exit = windows_test_exit,
	.test_cases = windows_cases,
};

kunit_test_suite(windows_suite);
