// SPDX-License-Identifier: GPL-2.0-only
/*
 * pool_test.c - protects the coming and going of windows
 *
 * A window must be known to the backend before anything is in it, and nothing
 * may be in it any more when the backend is told to let go of it. Those who map
 * at the same time must notice neither.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "fake_device.h"
#include "fake_grants.h"
#include "pattern.h"

/* Idle windows go when a test says so, unless it says otherwise. */
#define NEVER_MS	600000

static const struct vxen_pool_limits limits = {
	.first = SZ_256K,
	.step = SZ_128K,
	.max = SZ_1M,
	.windows = 4,
	.idle_ms = NEVER_MS,
};

/**
 * struct pool_test - a device whose windows come and go
 * @fd: the device
 * @pool: its windows
 * @slots: runs taken by take_all(), each a block
 * @wins: where from
 * @nr: how many
 */
struct pool_test {
	struct fake_device fd;
	struct vxen_pool *pool;
	u32 slots[64];
	struct vxen_window *wins[64];
	unsigned int nr;
};

static int init_with(struct kunit *test, const struct vxen_pool_limits *l)
{
	struct pool_test *pt = test->priv;
	int err;

	err = fake_device_init_limits(test, &pt->fd, l);
	if (!err)
		pt->pool = &pt->fd.vx->dma.pool;
	return err;
}

static int pool_test_init(struct kunit *test)
{
	struct pool_test *pt = kunit_kzalloc(test, sizeof(*pt), GFP_KERNEL);

	if (!pt)
		return -ENOMEM;
	test->priv = pt;
	return init_with(test, &limits);
}

static void give_all(struct pool_test *pt)
{
	while (pt->nr) {
		pt->nr--;
		vxen_slots_free(&pt->wins[pt->nr]->slots, pt->slots[pt->nr]);
	}
}

static void pool_test_exit(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	if (!pt)
		return;
	give_all(pt);
	fake_device_exit(test, &pt->fd);
}

/* Another device, with other limits. */
static void again_with(struct kunit *test, const struct vxen_pool_limits *l)
{
	struct pool_test *pt = test->priv;

	fake_device_exit(test, &pt->fd);
	KUNIT_ASSERT_EQ(test, init_with(test, l), 0);
}

/* Take all that there is, in blocks; returns how many. */
static unsigned int take_all(struct pool_test *pt)
{
	unsigned int n = 0;

	while (pt->nr < ARRAY_SIZE(pt->slots)) {
		pt->wins[pt->nr] = vxen_pool_alloc(pt->pool,
						   VXEN_SLOT_BLOCK_SIZE,
						   VXEN_SLOT_PASSING,
						   &pt->slots[pt->nr]);
		if (!pt->wins[pt->nr])
			break;
		pt->nr++;
		n++;
	}
	return n;
}

/* Give back what is taken of a window. */
static void give(struct pool_test *pt, const struct vxen_window *win)
{
	unsigned int i, n = 0;

	for (i = 0; i < pt->nr; i++) {
		if (pt->wins[i] == win) {
			vxen_slots_free(&pt->wins[i]->slots, pt->slots[i]);
			continue;
		}
		pt->wins[n] = pt->wins[i];
		pt->slots[n++] = pt->slots[i];
	}
	pt->nr = n;
}

static void grow(struct pool_test *pt)
{
	vxen_pool_grow(pt->pool);
	flush_work(&pt->pool->grow_work);
}

/* Let the time go by after which idle windows are looked for. */
static void idle(struct pool_test *pt)
{
	flush_delayed_work(&pt->pool->idle_work);
}

/* Take all, and grow, until there is nothing more to be had. */
static void grow_up(struct pool_test *pt)
{
	unsigned int nr;

	do {
		take_all(pt);
		nr = pt->pool->nr;
		grow(pt);
	} while (pt->pool->nr > nr);
}

static unsigned int frames_of(const struct pool_test *pt)
{
	return pt->pool->size / SZ_4K;
}

static void there_is_one_window_at_first(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)SZ_256K);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 1UL);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames_of(pt));
	KUNIT_EXPECT_EQ(test, take_all(pt), 2U);
	KUNIT_EXPECT_EQ(test, vxen_pool_used(pt->pool), (size_t)SZ_256K);
	/* Nobody has asked for more. */
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 1U);
}

static void a_full_window_gets_another(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	take_all(pt);
	vxen_pool_grow(pt->pool);
	/* Not in the caller's context, which may be an interrupt. */
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 1U);
	flush_work(&pt->pool->grow_work);
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 2U);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 3UL);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
	KUNIT_EXPECT_EQ(test, pt->pool->added, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)(SZ_256K + SZ_128K));
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames_of(pt));

	KUNIT_EXPECT_EQ(test, take_all(pt), 1U);
	KUNIT_EXPECT_PTR_EQ(test, pt->wins[2], fake_device_window(&pt->fd, 1));
	KUNIT_EXPECT_EQ(test, vxen_pool_used(pt->pool), pt->pool->size);
	KUNIT_EXPECT_EQ(test, vxen_pool_high(pt->pool), pt->pool->size);
}

/* Take so many blocks, which are there. */
static void take(struct kunit *test, unsigned int n)
{
	struct pool_test *pt = test->priv;

	while (n--) {
		struct vxen_window *win;

		win = vxen_pool_alloc(pt->pool, VXEN_SLOT_BLOCK_SIZE,
				      VXEN_SLOT_PASSING, &pt->slots[pt->nr]);
		KUNIT_ASSERT_NOT_NULL(test, win);
		pt->wins[pt->nr++] = win;
	}
	flush_work(&pt->pool->grow_work);
}

static void who_cannot_wait_gets_another_before(struct kunit *test)
{
	struct vxen_pool_limits l = limits;
	struct pool_test *pt = test->priv;

	l.first = SZ_1M;
	l.max = SZ_1M + SZ_128K;
	again_with(test, &l);
	take(test, 8);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	give_all(pt);

	l.ahead = true;
	again_with(test, &l);
	take(test, 6);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	take(test, 1);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
	take(test, 2);
	KUNIT_EXPECT_PTR_EQ(test, pt->wins[8], fake_device_window(&pt->fd, 1));
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
}

static void an_empty_window_gets_no_other(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	/* What was refused has been given back since. */
	grow(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
}

static void windows_are_limited_by_bytes(struct kunit *test)
{
	struct vxen_pool_limits l = limits;
	struct pool_test *pt = test->priv;

	l.max = SZ_512K;
	l.windows = VXEN_MAX_WINDOWS;
	again_with(test, &l);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)SZ_512K);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 3U);
	KUNIT_EXPECT_EQ(test, pt->nr, 4U);

	/* The last one is as large as it may be. */
	give_all(pt);
	l.step = SZ_1M;
	again_with(test, &l);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)SZ_512K);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
}

static void windows_are_limited_by_number(struct kunit *test)
{
	struct vxen_pool_limits l = limits;
	struct pool_test *pt = test->priv;

	l.windows = 3;
	again_with(test, &l);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 3U);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 7UL);

	give_all(pt);
	l.windows = VXEN_MAX_WINDOWS;
	l.max = SZ_64M;
	again_with(test, &l);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, VXEN_MAX_WINDOWS);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 0xffUL);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames_of(pt));
}

static void one_that_is_refused_is_not_tried_again(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	take_all(pt);
	pt->fd.refuse_announce = -EREMOTEIO;
	grow(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 2U);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames_of(pt));
	grow(pt);
	grow(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 2U);

	/* What there is goes on. */
	give_all(pt);
	KUNIT_EXPECT_EQ(test, take_all(pt), 2U);

	/* With another limit it is worth a try. */
	pt->fd.refuse_announce = 0;
	vxen_pool_set_max(pt->pool, SZ_1M);
	grow(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
}

static void a_full_grant_table_ends_growing(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	take_all(pt);
	fake_grants.full = true;
	grow(pt);
	fake_grants.full = false;
	grow(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
}

static void another_limit_is_heeded(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 4U);
	/* Those that there are stay. */
	vxen_pool_set_max(pt->pool, SZ_256K);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 4U);
	give(pt, fake_device_window(&pt->fd, 3));
	idle(pt);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 3U);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 3U);
	vxen_pool_set_max(pt->pool, SZ_1M);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 4U);
}

static void a_first_window_that_does_not_fit_is_made_smaller(struct kunit *test)
{
	struct pool_test *pt = test->priv;
	struct vxen_pool_limits l = limits;

	/* References for a quarter of what is wanted. */
	vxen_pool_stop(pt->pool);
	pt->fd.known = 0;
	l.first = SZ_1M;
	fake_grants.limit = 70;
	KUNIT_ASSERT_EQ(test, vxen_pool_start(pt->pool, &l), 0);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)SZ_256K);
	/* More will not be had. */
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	give_all(pt);

	vxen_pool_stop(pt->pool);
	pt->fd.known = 0;
	fake_grants.limit = 63;
	KUNIT_EXPECT_EQ(test, vxen_pool_start(pt->pool, &l), -ENOSPC);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
	KUNIT_EXPECT_EQ(test, vxen_pool_stop(pt->pool), 0U);
	/* The limit of a pool that is empty can be set. */
	vxen_pool_set_max(pt->pool, SZ_1M);
	grow(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 0U);
}

static void a_first_window_that_is_refused_is_an_error(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	vxen_pool_stop(pt->pool);
	pt->fd.known = 0;
	pt->fd.refuse_announce = -EREMOTEIO;
	KUNIT_EXPECT_EQ(test, vxen_pool_start(pt->pool, &limits), -EREMOTEIO);
	/* A smaller one would not be taken either. */
	KUNIT_EXPECT_EQ(test, pt->fd.announces, 2U);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
}

static void an_idle_window_is_given_up(struct kunit *test)
{
	struct pool_test *pt = test->priv;
	unsigned int first;

	take_all(pt);
	grow(pt);
	take_all(pt);
	first = fake_device_window(&pt->fd, 0)->nr_pages;

	/* In use, whether anything was taken lately or not. */
	idle(pt);
	idle(pt);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
	KUNIT_EXPECT_EQ(test, pt->fd.withdrawals, 0U);

	/* Empty, but used since it was last looked at. */
	give_all(pt);
	take_all(pt);
	give_all(pt);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
	KUNIT_EXPECT_EQ(test, pt->fd.withdrawals, 0U);

	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->removed, 1U);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 1UL);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)SZ_256K);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, first);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, first);

	/* The first one stays. */
	idle(pt);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
}

static void idle_windows_go_by_themselves(struct kunit *test)
{
	unsigned long end = jiffies + 2 * HZ;
	struct vxen_pool_limits l = limits;
	struct pool_test *pt = test->priv;

	l.idle_ms = 20;
	again_with(test, &l);
	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 4U);
	msleep(100);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 4U);
	give_all(pt);
	while (READ_ONCE(pt->pool->nr) > 1 && time_before(jiffies, end))
		msleep(20);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->removed, 3U);
	KUNIT_EXPECT_EQ(test, pt->fd.withdrawals, 3U);
}

static void the_latest_goes_first_and_frees_its_number(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 15UL);
	idle(pt);	/* From here on untouched. */

	/* One at a time. */
	give(pt, fake_device_window(&pt->fd, 1));
	give(pt, fake_device_window(&pt->fd, 2));
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 11UL);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 9UL);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 9UL);

	grow_up(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.known, 15UL);
	KUNIT_EXPECT_EQ(test, pt->pool->added, 5U);
	KUNIT_EXPECT_EQ(test, pt->pool->removed, 2U);
}

static void one_that_the_backend_keeps_is_used_on(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	take_all(pt);
	grow(pt);
	pt->fd.refuse_withdraw = -EREMOTEIO;
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->fd.withdrawals, 1U);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 2U);
	KUNIT_EXPECT_EQ(test, pt->pool->removed, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames_of(pt));
	KUNIT_EXPECT_EQ(test, take_all(pt), 1U);
	KUNIT_EXPECT_PTR_EQ(test, pt->wins[2], fake_device_window(&pt->fd, 1));
}

static void frames_of_a_window_that_are_kept_are_held_back(struct kunit *test)
{
	struct pool_test *pt = test->priv;
	struct vxen_window *win;

	take_all(pt);
	grow(pt);
	win = fake_device_window(&pt->fd, 1);
	fake_grants_map(win->first_ref + 3);
	fake_grants_map(win->first_ref + 4);
	idle(pt);
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 1U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&pt->fd.vx->grantee), 2U);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, frames_of(pt) + 2);
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
}

static void addresses_are_found(struct kunit *test)
{
	struct pool_test *pt = test->priv;
	unsigned int i, j;

	grow_up(pt);
	for (i = 0; i < 4; i++) {
		struct vxen_window *win = fake_device_window(&pt->fd, i);
		u64 outside[] = { win->dma - 1, win->dma + win->size };

		KUNIT_EXPECT_PTR_EQ(test, vxen_pool_find(pt->pool, win->dma),
				    win);
		KUNIT_EXPECT_PTR_EQ(test,
				    vxen_pool_find(pt->pool,
						   win->dma + win->size - 1),
				    win);
		/* They may be another's, but not its own. */
		for (j = 0; j < 2; j++)
			KUNIT_EXPECT_PTR_NE(test,
					    vxen_pool_find(pt->pool,
							   outside[j]), win);
		KUNIT_EXPECT_NULL(test,
				  vxen_pool_find(pt->pool,
						 win->dma & ~BIT_ULL(63)));
	}
	KUNIT_EXPECT_NULL(test, vxen_pool_find(pt->pool, 0));
	KUNIT_EXPECT_NULL(test, vxen_pool_find(pt->pool, BIT_ULL(63)));
	KUNIT_EXPECT_NULL(test, vxen_pool_find(pt->pool, U64_MAX));
}

static void stopping_ends_what_is_under_way(struct kunit *test)
{
	struct vxen_pool_limits l = limits;
	struct pool_test *pt = test->priv;

	l.idle_ms = 1;
	again_with(test, &l);
	take_all(pt);
	grow(pt);
	take_all(pt);
	vxen_pool_grow(pt->pool);
	give_all(pt);
	/* Both works are pending. */
	KUNIT_EXPECT_EQ(test, vxen_pool_stop(pt->pool), 0U);
	KUNIT_EXPECT_FALSE(test, work_pending(&pt->pool->grow_work));
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&pt->pool->idle_work));
	KUNIT_EXPECT_EQ(test, pt->pool->nr, 0U);
	KUNIT_EXPECT_EQ(test, pt->pool->size, (size_t)0);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
	KUNIT_EXPECT_EQ(test, take_all(pt), 0U);
	vxen_pool_grow(pt->pool);
	KUNIT_EXPECT_FALSE(test, work_pending(&pt->pool->grow_work));
}

static void stopping_counts_what_is_still_mapped(struct kunit *test)
{
	struct pool_test *pt = test->priv;

	grow_up(pt);
	give_all(pt);
	fake_grants_map(fake_device_window(&pt->fd, 0)->first_ref);
	fake_grants_map(fake_device_window(&pt->fd, 3)->first_ref + 1);
	KUNIT_EXPECT_EQ(test, vxen_pool_stop(pt->pool), 2U);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 2U);
}

/* ---- mapping while windows come and go ---- */

#define THREADS		4U
#define THREAD_MAPS	8U
#define THREAD_BUF	((size_t)SZ_64K)
#define RUN_MS		1000

/**
 * struct mapper - a thread that maps and unmaps
 * @fd: the device
 * @seed: of its random numbers
 * @buf: room for all of its buffers
 * @seen: what the backend reads or writes
 * @maps: buffers that it has mapped
 * @refused: that it could not
 * @bad: data or addresses that were wrong
 */
struct mapper {
	struct fake_device *fd;
	u32 seed;
	u8 *buf;
	u8 *seen;
	unsigned int maps;
	unsigned int refused;
	unsigned int bad;
};

static void pause_a_little(struct rnd_state *rnd)
{
	if (prandom_u32_state(rnd) % 4)
		cond_resched();
	else
		usleep_range(50, 200);
}

/* Map some buffers, look at them as the backend, unmap them. */
static void map_some(struct mapper *m, struct rnd_state *rnd)
{
	unsigned int i, n = 1 + prandom_u32_state(rnd) % THREAD_MAPS;
	dma_addr_t addr[THREAD_MAPS];
	size_t size[THREAD_MAPS];

	for (i = 0; i < n; i++) {
		u8 *p = m->buf + i * THREAD_BUF;

		size[i] = 1 + prandom_u32_state(rnd) % THREAD_BUF;
		fill(p, size[i], m->maps + i);
		addr[i] = dma_map_single(m->fd->dev, p, size[i],
					 DMA_BIDIRECTIONAL);
		if (dma_mapping_error(m->fd->dev, addr[i])) {
			m->refused++;
			size[i] = 0;
		}
		pause_a_little(rnd);
	}

	for (i = 0; i < n; i++) {
		u8 *p = m->buf + i * THREAD_BUF;

		if (!size[i])
			continue;
		if (!fake_backend_read(addr[i], m->seen, size[i]) ||
		    !filled(m->seen, size[i], m->maps + i))
			m->bad++;
		fill(m->seen, size[i], m->maps + i + 1);
		if (!fake_backend_write(addr[i], m->seen, size[i]))
			m->bad++;
		pause_a_little(rnd);
		dma_unmap_single(m->fd->dev, addr[i], size[i],
				 DMA_BIDIRECTIONAL);
		if (!filled(p, size[i], m->maps + i + 1))
			m->bad++;
	}
	m->maps += n;
}

static int mapper_thread(void *data)
{
	struct mapper *m = data;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, m->seed);
	while (!kthread_should_stop()) {
		map_some(m, &rnd);
		/* Now and then long enough for windows to be idle. */
		if (prandom_u32_state(&rnd) % 8)
			cond_resched();
		else
			msleep(20);
	}

	return 0;
}

static void mapping_goes_on_while_windows_come_and_go(struct kunit *test)
{
	struct task_struct *thread[THREADS];
	struct mapper m[THREADS] = {};
	struct vxen_pool_limits l = limits;
	struct pool_test *pt = test->priv;
	unsigned int i;

	l.idle_ms = 2;
	l.windows = VXEN_MAX_WINDOWS;
	again_with(test, &l);
	for (i = 0; i < THREADS; i++) {
		m[i].fd = &pt->fd;
		m[i].seed = i + 1;
		m[i].buf = kunit_kmalloc(test, THREAD_MAPS * THREAD_BUF,
					 GFP_KERNEL);
		m[i].seen = kunit_kmalloc(test, THREAD_BUF, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, m[i].buf);
		KUNIT_ASSERT_NOT_NULL(test, m[i].seen);
	}
	for (i = 0; i < THREADS; i++)
		thread[i] = kthread_run(mapper_thread, &m[i], "vxen-kunit-%u",
					i);
	msleep(RUN_MS);
	for (i = 0; i < THREADS; i++) {
		KUNIT_ASSERT_FALSE(test, IS_ERR(thread[i]));
		kthread_stop(thread[i]);
		KUNIT_EXPECT_EQ(test, m[i].bad, 0U);
		KUNIT_EXPECT_GT(test, m[i].maps, 10U);
	}

	/* It was worth the time. */
	KUNIT_EXPECT_GT(test, pt->pool->added, 2U);
	KUNIT_EXPECT_GT(test, pt->pool->removed, 2U);
	kunit_info(test, "%u windows added, %u removed\n", pt->pool->added,
		   pt->pool->removed);
	KUNIT_EXPECT_EQ(test, vxen_pool_used(pt->pool), (size_t)0);
	KUNIT_EXPECT_EQ(test, fake_grants.nonsense, 0U);
}

static struct kunit_case pool_cases[] = {
	KUNIT_CASE(there_is_one_window_at_first),
	KUNIT_CASE(a_full_window_gets_another),
	KUNIT_CASE(who_cannot_wait_gets_another_before),
	KUNIT_CASE(an_empty_window_gets_no_other),
	KUNIT_CASE(windows_are_limited_by_bytes),
	KUNIT_CASE(windows_are_limited_by_number),
	KUNIT_CASE(one_that_is_refused_is_not_tried_again),
	KUNIT_CASE(a_full_grant_table_ends_growing),
	KUNIT_CASE(another_limit_is_heeded),
	KUNIT_CASE(a_first_window_that_does_not_fit_is_made_smaller),
	KUNIT_CASE(a_first_window_that_is_refused_is_an_error),
	KUNIT_CASE(an_idle_window_is_given_up),
	KUNIT_CASE(idle_windows_go_by_themselves),
	KUNIT_CASE(the_latest_goes_first_and_frees_its_number),
	KUNIT_CASE(one_that_the_backend_keeps_is_used_on),
	KUNIT_CASE(frames_of_a_window_that_are_kept_are_held_back),
	KUNIT_CASE(addresses_are_found),
	KUNIT_CASE(stopping_ends_what_is_under_way),
	KUNIT_CASE(stopping_counts_what_is_still_mapped),
	KUNIT_CASE(mapping_goes_on_while_windows_come_and_go),
	{}
};

static struct kunit_suite pool_suite = {
	.name = "vxen-pool",
	.init = pool_test_init,
	.exit = pool_test_exit,
	.test_cases = pool_cases,
};

kunit_test_suite(pool_suite);
