// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring_test.c - protects the rings in the bus page
 *
 * The page is shared with a backend that may write anything to it at any time:
 * no index of its may lead outside the ring, and what it does to our own words
 * must not matter.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "../../drivers/ring.h"

#define SIZE	VMSG_XEN_SLOT_SIZE
#define SLOTS	VMSG_XEN_SLOTS

struct ring_test {
	struct vmsg_xen_bus_page page;
	struct vmsg_xen_bus_page before;
	struct vxen_ring prod;		/* the producer's end */
	struct vxen_ring cons;		/* the consumer's, of the same ring */
};

static void start_at(struct ring_test *rt, u32 index)
{
	rt->page.driver_prod = cpu_to_le32(index);
	rt->page.driver_cons = cpu_to_le32(index);
	rt->prod.next = index;
	rt->cons.next = index;
}

static int ring_test_init(struct kunit *test)
{
	struct ring_test *rt = kunit_kzalloc(test, sizeof(*rt), GFP_KERNEL);

	if (!rt)
		return -ENOMEM;

	rt->prod = (struct vxen_ring) {
		.prod = &rt->page.driver_prod,
		.cons = &rt->page.driver_cons,
		.slots = rt->page.driver_ring,
	};
	rt->cons = rt->prod;
	test->priv = rt;
	return 0;
}

static int put(struct ring_test *rt, u8 mark)
{
	u8 msg[SIZE];

	memset(msg, mark, sizeof(msg));
	return vxen_ring_put(&rt->prod, msg, sizeof(msg));
}

/* Take the nth message: its mark, or -1 if it is not the same all over. */
static int take(struct ring_test *rt, unsigned int n)
{
	u8 msg[SIZE];

	vxen_ring_take(&rt->cons, n, msg);
	return memchr_inv(msg, msg[0], sizeof(msg)) ? -1 : msg[0];
}

static void a_new_ring_is_empty(struct kunit *test)
{
	struct ring_test *rt = test->priv;

	KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons), 0);
}

static void messages_arrive_in_order(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	int i;

	for (i = 0; i < 5; i++)
		KUNIT_ASSERT_EQ(test, put(rt, 10 + i), 0);
	KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons), 5);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, take(rt, i), 10 + i);
}

static void a_full_ring_takes_no_more(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	int i;

	for (i = 0; i < SLOTS; i++)
		KUNIT_ASSERT_EQ(test, put(rt, i), 0);
	KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons), SLOTS);

	rt->before = rt->page;
	KUNIT_EXPECT_EQ(test, put(rt, 99), -EAGAIN);
	KUNIT_EXPECT_EQ(test, memcmp(&rt->before, &rt->page, sizeof(rt->page)),
			0);

	KUNIT_EXPECT_EQ(test, take(rt, 0), 0);
	vxen_ring_release(&rt->cons, 1);
	KUNIT_EXPECT_EQ(test, put(rt, 99), 0);
	KUNIT_EXPECT_EQ(test, put(rt, 100), -EAGAIN);
	KUNIT_EXPECT_EQ(test, take(rt, SLOTS - 1), 99);
}

static void indices_wrap_at_32_bits(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	unsigned int i;

	start_at(rt, U32_MAX - 20);
	for (i = 0; i < 3 * SLOTS; i++) {
		KUNIT_ASSERT_EQ(test, put(rt, i), 0);
		KUNIT_ASSERT_EQ(test, vxen_ring_used(&rt->cons), 1);
		KUNIT_ASSERT_EQ(test, take(rt, 0), (int)i);
		vxen_ring_release(&rt->cons, 1);
	}
	KUNIT_EXPECT_EQ(test, le32_to_cpu(rt->page.driver_prod),
			U32_MAX - 20 + 3 * SLOTS);
}

static void a_ring_is_full_across_the_wrap(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	u32 start;
	int i;

	for (start = U32_MAX - SLOTS; start != 2; start++) {
		start_at(rt, start);
		for (i = 0; i < SLOTS; i++)
			KUNIT_ASSERT_EQ(test, put(rt, i), 0);
		KUNIT_ASSERT_EQ(test, put(rt, i), -EAGAIN);
		KUNIT_ASSERT_EQ(test, vxen_ring_used(&rt->cons), SLOTS);
		for (i = 0; i < SLOTS; i++)
			KUNIT_ASSERT_EQ(test, take(rt, i), i);
	}
}

static void slots_are_given_back_in_one_step(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	int i;

	start_at(rt, 13);
	for (i = 0; i < 9; i++)
		KUNIT_ASSERT_EQ(test, put(rt, i), 0);
	/* Taking alone gives nothing back. */
	for (i = 0; i < 9; i++)
		KUNIT_EXPECT_EQ(test, take(rt, i), i);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(rt->page.driver_cons), 13U);

	vxen_ring_release(&rt->cons, 7);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(rt->page.driver_cons), 20U);
	KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons), 2);
	KUNIT_EXPECT_EQ(test, take(rt, 0), 7);
	for (i = 0; i < SLOTS - 2; i++)
		KUNIT_EXPECT_EQ(test, put(rt, i), 0);
	KUNIT_EXPECT_EQ(test, put(rt, i), -EAGAIN);
}

static void impossible_consumer_indices_are_refused(struct kunit *test)
{
	static const u32 off[] = {
		1, 2, SLOTS, S32_MAX, BIT(31), -SLOTS - 1, -2 * SLOTS,
	};
	static const u32 starts[] = { 0, 5, BIT(31), U32_MAX - 3 };
	struct ring_test *rt = test->priv;
	unsigned int s, i;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (i = 0; i < ARRAY_SIZE(off); i++) {
			start_at(rt, starts[s]);
			rt->page.driver_cons = cpu_to_le32(starts[s] + off[i]);
			rt->before = rt->page;
			KUNIT_EXPECT_EQ(test, put(rt, 1), -EPROTO);
			KUNIT_EXPECT_EQ(test,
					memcmp(&rt->before, &rt->page,
					       sizeof(rt->page)), 0);
			KUNIT_EXPECT_EQ(test, rt->prod.next, starts[s]);
		}
	}
}

static void impossible_producer_indices_are_refused(struct kunit *test)
{
	static const u32 off[] = {
		SLOTS + 1, 2 * SLOTS, S32_MAX, BIT(31), -1, -SLOTS,
	};
	static const u32 starts[] = { 0, 5, BIT(31), U32_MAX - 3 };
	struct ring_test *rt = test->priv;
	unsigned int s, i;

	for (s = 0; s < ARRAY_SIZE(starts); s++) {
		for (i = 0; i < ARRAY_SIZE(off); i++) {
			start_at(rt, starts[s]);
			rt->page.driver_prod = cpu_to_le32(starts[s] + off[i]);
			KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons),
					-EPROTO);
		}
		rt->page.driver_prod = cpu_to_le32(starts[s] + SLOTS);
		KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons), SLOTS);
	}
}

static void our_own_index_is_never_read_back(struct kunit *test)
{
	struct ring_test *rt = test->priv;

	rt->page.driver_prod = cpu_to_le32(0xdead0000);
	KUNIT_ASSERT_EQ(test, put(rt, 1), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(rt->page.driver_prod), 1U);

	rt->page.driver_cons = cpu_to_le32(0xdead0000);
	KUNIT_EXPECT_EQ(test, vxen_ring_used(&rt->cons), 1);
	KUNIT_EXPECT_EQ(test, take(rt, 0), 1);
	vxen_ring_release(&rt->cons, 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(rt->page.driver_cons), 1U);
}

static void putting_touches_one_slot_and_one_index(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	u8 msg[11];

	memset(msg, 0x5a, sizeof(msg));
	memset(rt->page.driver_ring, 0xcc, sizeof(rt->page.driver_ring));
	start_at(rt, SLOTS - 1);
	rt->before = rt->page;
	KUNIT_ASSERT_EQ(test, vxen_ring_put(&rt->prod, msg, sizeof(msg)), 0);

	memset(rt->before.driver_ring[SLOTS - 1], 0x5a, sizeof(msg));
	rt->before.driver_prod = cpu_to_le32(SLOTS);
	KUNIT_EXPECT_EQ(test, memcmp(&rt->before, &rt->page, sizeof(rt->page)),
			0);
}

static void a_whole_slot_is_taken_and_no_more(struct kunit *test)
{
	struct ring_test *rt = test->priv;
	u8 buf[SIZE + 8];

	KUNIT_ASSERT_EQ(test, put(rt, 1), 0);
	KUNIT_ASSERT_EQ(test, put(rt, 2), 0);
	memset(buf, 0xcc, sizeof(buf));
	vxen_ring_take(&rt->cons, 0, buf);
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, 1, SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(buf + SIZE, 0xcc, 8));
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(a_new_ring_is_empty),
	KUNIT_CASE(messages_arrive_in_order),
	KUNIT_CASE(a_full_ring_takes_no_more),
	KUNIT_CASE(indices_wrap_at_32_bits),
	KUNIT_CASE(a_ring_is_full_across_the_wrap),
	KUNIT_CASE(slots_are_given_back_in_one_step),
	KUNIT_CASE(impossible_consumer_indices_are_refused),
	KUNIT_CASE(impossible_producer_indices_are_refused),
	KUNIT_CASE(our_own_index_is_never_read_back),
	KUNIT_CASE(putting_touches_one_slot_and_one_index),
	KUNIT_CASE(a_whole_slot_is_taken_and_no_more),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "vxen-ring",
	.init = ring_test_init,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);
