// SPDX-License-Identifier: GPL-2.0-only
/*
 * turn_test.c - protects the order in which devices come up
 *
 * Disks get their names in that order. And one device that hangs must not
 * keep the others away for good.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "../../drivers/turn.h"

#define WAITERS		6

/* Longer than any test may take. */
#define LONG_MS		20000
/* Long enough for a waiter that wrongly goes on to be seen. */
#define SHORT_MS	50

/**
 * struct waiter - somebody who waits for a turn on a work queue
 * @turn: its place
 * @work: the wait
 * @done: completed after it
 * @leave: leave the queue after it
 */
struct waiter {
	struct vxen_turn turn;
	struct work_struct work;
	struct completion done;
	bool leave;
};

struct turn_test {
	struct workqueue_struct *wq;
	struct waiter w[WAITERS];
	unsigned int order[WAITERS];
	atomic_t nr_done;
};

/* Tests run one at a time. */
static struct turn_test tt;

static void wait_work(struct work_struct *work)
{
	struct waiter *w = container_of(work, struct waiter, work);

	vxen_turn_wait(&w->turn, LONG_MS);
	tt.order[atomic_inc_return(&tt.nr_done) - 1] = w - tt.w;
	complete(&w->done);
	if (w->leave)
		vxen_turn_leave(&w->turn);
}

static int turn_test_init(struct kunit *test)
{
	unsigned int i;

	memset(&tt, 0, sizeof(tt));
	/* Each waiter has a thread of its own. */
	tt.wq = alloc_workqueue("vxen-turn", WQ_UNBOUND, WAITERS);
	if (!tt.wq)
		return -ENOMEM;
	for (i = 0; i < WAITERS; i++) {
		vxen_turn_init(&tt.w[i].turn);
		INIT_WORK(&tt.w[i].work, wait_work);
		init_completion(&tt.w[i].done);
	}
	return 0;
}

static void turn_test_exit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < WAITERS; i++)
		vxen_turn_leave(&tt.w[i].turn);
	if (tt.wq)
		destroy_workqueue(tt.wq);
}

static bool done_within(struct waiter *w, unsigned int ms)
{
	return wait_for_completion_timeout(&w->done, msecs_to_jiffies(ms));
}

static unsigned int timed_wait(struct vxen_turn *turn, unsigned int ms)
{
	unsigned long start = jiffies;

	vxen_turn_wait(turn, ms);
	return jiffies_to_msecs(jiffies - start);
}

static void the_first_does_not_wait(struct kunit *test)
{
	vxen_turn_take(&tt.w[0].turn);
	vxen_turn_take(&tt.w[1].turn);
	KUNIT_EXPECT_LT(test, timed_wait(&tt.w[0].turn, LONG_MS),
			(unsigned int)LONG_MS / 2);
}

static void who_is_not_in_the_queue_does_not_wait(struct kunit *test)
{
	vxen_turn_take(&tt.w[0].turn);
	KUNIT_EXPECT_LT(test, timed_wait(&tt.w[1].turn, LONG_MS),
			(unsigned int)LONG_MS / 2);
}

static void the_second_goes_when_the_first_leaves(struct kunit *test)
{
	vxen_turn_take(&tt.w[0].turn);
	vxen_turn_take(&tt.w[1].turn);
	queue_work(tt.wq, &tt.w[1].work);
	KUNIT_EXPECT_FALSE(test, done_within(&tt.w[1], SHORT_MS));
	vxen_turn_leave(&tt.w[0].turn);
	KUNIT_EXPECT_TRUE(test, done_within(&tt.w[1], LONG_MS / 2));
}

static void all_go_in_the_order_in_which_they_joined(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < WAITERS; i++) {
		vxen_turn_take(&tt.w[i].turn);
		tt.w[i].leave = true;
	}
	/* They begin to wait in the opposite order. */
	for (i = WAITERS; i--;)
		queue_work(tt.wq, &tt.w[i].work);
	flush_workqueue(tt.wq);

	KUNIT_EXPECT_EQ(test, atomic_read(&tt.nr_done), WAITERS);
	for (i = 0; i < WAITERS; i++)
		KUNIT_EXPECT_EQ(test, tt.order[i], i);
}

static void joining_again_does_not_lose_the_place(struct kunit *test)
{
	vxen_turn_take(&tt.w[0].turn);
	vxen_turn_take(&tt.w[1].turn);
	vxen_turn_take(&tt.w[0].turn);
	queue_work(tt.wq, &tt.w[1].work);
	KUNIT_EXPECT_FALSE(test, done_within(&tt.w[1], SHORT_MS));
	KUNIT_EXPECT_LT(test, timed_wait(&tt.w[0].turn, LONG_MS),
			(unsigned int)LONG_MS / 2);
	/* One leave is enough for two takes. */
	vxen_turn_leave(&tt.w[0].turn);
	KUNIT_EXPECT_TRUE(test, done_within(&tt.w[1], LONG_MS / 2));
}

static void nobody_waits_longer_than_asked(struct kunit *test)
{
	unsigned int ms;

	vxen_turn_take(&tt.w[0].turn);
	vxen_turn_take(&tt.w[1].turn);
	ms = timed_wait(&tt.w[1].turn, SHORT_MS);
	KUNIT_EXPECT_GE(test, ms, (unsigned int)SHORT_MS);
	KUNIT_EXPECT_LT(test, ms, (unsigned int)LONG_MS / 2);
	/* And the place is kept: it is still the second. */
	KUNIT_EXPECT_GE(test, timed_wait(&tt.w[1].turn, SHORT_MS),
			(unsigned int)SHORT_MS);
}

static void leaving_ends_a_wait(struct kunit *test)
{
	vxen_turn_take(&tt.w[0].turn);
	vxen_turn_take(&tt.w[1].turn);
	queue_work(tt.wq, &tt.w[1].work);
	KUNIT_EXPECT_FALSE(test, done_within(&tt.w[1], SHORT_MS));
	vxen_turn_leave(&tt.w[1].turn);
	KUNIT_EXPECT_TRUE(test, done_within(&tt.w[1], LONG_MS / 2));
}

static void one_in_the_middle_may_leave(struct kunit *test)
{
	vxen_turn_take(&tt.w[0].turn);
	vxen_turn_take(&tt.w[1].turn);
	vxen_turn_take(&tt.w[2].turn);
	queue_work(tt.wq, &tt.w[2].work);
	vxen_turn_leave(&tt.w[1].turn);
	vxen_turn_leave(&tt.w[1].turn);
	KUNIT_EXPECT_FALSE(test, done_within(&tt.w[2], SHORT_MS));
	vxen_turn_leave(&tt.w[0].turn);
	KUNIT_EXPECT_TRUE(test, done_within(&tt.w[2], LONG_MS / 2));
}

static struct kunit_case turn_cases[] = {
	KUNIT_CASE(the_first_does_not_wait),
	KUNIT_CASE(who_is_not_in_the_queue_does_not_wait),
	KUNIT_CASE(the_second_goes_when_the_first_leaves),
	KUNIT_CASE(all_go_in_the_order_in_which_they_joined),
	KUNIT_CASE(joining_again_does_not_lose_the_place),
	KUNIT_CASE(nobody_waits_longer_than_asked),
	KUNIT_CASE(leaving_ends_a_wait),
	KUNIT_CASE(one_in_the_middle_may_leave),
	{}
};

static struct kunit_suite turn_suite = {
	.name = "vxen-turn",
	.init = turn_test_init,
	.exit = turn_test_exit,
	.test_cases = turn_cases,
};

kunit_test_suite(turn_suite);
