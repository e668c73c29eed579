// SPDX-License-Identifier: GPL-2.0-only
/*
 * slots_test.c - protects the allocator of slots
 *
 * Two buffers in one slot, or a slot handed out twice, would show a backend
 * what it must not see. So would a run that is not aligned: coherent memory
 * and rings rely on that. The last test compares random sequences with a
 * bitmap; vxen_kunit.slots_seed= repeats one.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include "../../drivers/slots.h"

#define BLOCKS		4U
#define AREAS		2U
#define SLOTS		(BLOCKS * VXEN_SLOT_BLOCK)

static unsigned int slots_seed;
module_param(slots_seed, uint, 0444);
MODULE_PARM_DESC(slots_seed, "seed of the random test; 0: another each time");

static struct vxen_slots slots;
static u32 runs[SLOTS];

static int slots_test_init(struct kunit *test)
{
	return vxen_slots_init(&slots, BLOCKS, AREAS);
}

static void slots_test_exit(struct kunit *test)
{
	vxen_slots_destroy(&slots);
}

/* Take everything in runs of an order; returns how many there were. */
static unsigned int take_all(struct kunit *test, unsigned int order)
{
	unsigned int n = 0;

	while (n < SLOTS &&
	       !vxen_slots_alloc(&slots, VXEN_SLOT_SIZE << order, &runs[n])) {
		KUNIT_ASSERT_LT(test, runs[n], SLOTS);
		KUNIT_ASSERT_EQ(test, runs[n] % (1U << order), 0U);
		n++;
	}
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), n << order);

	return n;
}

static void free_runs(struct kunit *test, unsigned int n)
{
	while (n--)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[n]), 0);
}

/* Everything is there again, in the largest pieces. */
static void expect_whole(struct kunit *test)
{
	unsigned int n;

	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), 0U);
	n = take_all(test, VXEN_SLOT_MAX_ORDER);
	KUNIT_EXPECT_EQ(test, n, BLOCKS);
	free_runs(test, n);
}

static void every_size_takes_what_it_needs(struct kunit *test)
{
	size_t size;
	u32 slot;

	for (size = 1; size <= VXEN_SLOT_BLOCK_SIZE; size++) {
		u32 want = DIV_ROUND_UP(size, VXEN_SLOT_SIZE);

		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, size, &slot), 0);
		KUNIT_ASSERT_EQ(test, vxen_slots_used(&slots), want);
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot), 0);
		KUNIT_ASSERT_EQ(test, vxen_slots_used(&slots), 0U);
	}
}

static void runs_are_aligned_to_their_size(struct kunit *test)
{
	unsigned int order;
	u32 odd, slot;

	/* One small run in the way, so that alignment is not by chance. */
	KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, 1, &odd), 0);
	for (order = 0; order <= VXEN_SLOT_MAX_ORDER; order++) {
		KUNIT_ASSERT_EQ(test,
				vxen_slots_alloc(&slots,
						 VXEN_SLOT_SIZE << order,
						 &slot), 0);
		KUNIT_EXPECT_EQ(test, slot % (1U << order), 0U);
		KUNIT_EXPECT_NE(test, slot, odd);
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot), 0);
	}
	KUNIT_EXPECT_EQ(test, vxen_slots_free(&slots, odd), 0);
}

static void impossible_sizes_are_refused(struct kunit *test)
{
	static const size_t sizes[] = {
		0, VXEN_SLOT_BLOCK_SIZE + 1, VXEN_SLOT_BLOCK_SIZE * 2, SIZE_MAX,
		SIZE_MAX - VXEN_SLOT_SIZE + 1,
	};
	unsigned int i;
	u32 slot;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		KUNIT_EXPECT_EQ(test, vxen_slots_alloc(&slots, sizes[i], &slot),
				-EINVAL);
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), 0U);
}

static void nothing_to_divide_is_refused(struct kunit *test)
{
	struct vxen_slots none = {};

	KUNIT_EXPECT_EQ(test, vxen_slots_init(&none, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, vxen_slots_init(&none, 1, 0), -EINVAL);
	vxen_slots_destroy(&none);
}

static void each_order_fills_the_window(struct kunit *test)
{
	unsigned int order, n, i;
	DECLARE_BITMAP(seen, SLOTS);
	u32 slot;

	for (order = 0; order <= VXEN_SLOT_MAX_ORDER; order++) {
		n = take_all(test, order);
		KUNIT_EXPECT_EQ(test, n, SLOTS >> order);

		bitmap_zero(seen, SLOTS);
		for (i = 0; i < n; i++)
			bitmap_set(seen, runs[i], 1U << order);
		KUNIT_EXPECT_TRUE(test, bitmap_full(seen, SLOTS));

		KUNIT_EXPECT_EQ(test, vxen_slots_alloc(&slots, 1, &slot),
				-ENOSPC);
		free_runs(test, n);
	}
}

static void a_freed_run_can_be_had_again_when_full(struct kunit *test)
{
	unsigned int n = take_all(test, 2);
	u32 slot;

	KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[n / 2]), 0);
	KUNIT_EXPECT_EQ(test, vxen_slots_alloc(&slots, VXEN_SLOT_SIZE << 3,
					       &slot), -ENOSPC);
	KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, VXEN_SLOT_SIZE << 2,
					       &slot), 0);
	KUNIT_EXPECT_EQ(test, slot, runs[n / 2]);
	free_runs(test, n);
}

static void freeing_twice_is_refused(struct kunit *test)
{
	unsigned int order;
	u32 slot, other;

	KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, 1, &other), 0);
	for (order = 0; order <= VXEN_SLOT_MAX_ORDER; order++) {
		KUNIT_ASSERT_EQ(test,
				vxen_slots_alloc(&slots,
						 VXEN_SLOT_SIZE << order,
						 &slot), 0);
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot), 0);
		KUNIT_EXPECT_EQ(test, vxen_slots_free(&slots, slot), -EINVAL);
		KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), 1U);
	}
	KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, other), 0);
	expect_whole(test);
}

static void freeing_what_is_no_run_is_refused(struct kunit *test)
{
	u32 slot, i;

	/* Never handed out. */
	for (i = 0; i < SLOTS; i++)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, i), -EINVAL);
	KUNIT_EXPECT_EQ(test, vxen_slots_free(&slots, SLOTS), -EINVAL);
	KUNIT_EXPECT_EQ(test, vxen_slots_free(&slots, U32_MAX), -EINVAL);

	/* The middle of a run, and its free neighbours. */
	KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, 8 * VXEN_SLOT_SIZE,
					       &slot), 0);
	for (i = 0; i < SLOTS; i++)
		if (i != slot)
			KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, i),
					-EINVAL);
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), 8U);
	KUNIT_EXPECT_EQ(test, vxen_slots_free(&slots, slot), 0);
	expect_whole(test);
}

static void freed_runs_join_in_any_order(struct kunit *test)
{
	unsigned int n, i;

	n = take_all(test, 0);
	for (i = 0; i < n; i += 2)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]), 0);
	for (i = 1; i < n; i += 2)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]), 0);
	expect_whole(test);

	n = take_all(test, 0);
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]), 0);
	expect_whole(test);

	n = take_all(test, 0);
	free_runs(test, n);
	expect_whole(test);
}

static void runs_do_not_join_across_one_in_use(struct kunit *test)
{
	unsigned int n = take_all(test, 0), i;
	u32 slot;

	/* One slot in use in each block: no block is whole. */
	for (i = 0; i < n; i++)
		if (runs[i] % VXEN_SLOT_BLOCK != 77)
			KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]),
					0);
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), BLOCKS);
	KUNIT_EXPECT_EQ(test, vxen_slots_alloc(&slots, VXEN_SLOT_BLOCK_SIZE,
					       &slot), -ENOSPC);
	/* But the other half of each is. */
	for (i = 0; i < BLOCKS; i++) {
		KUNIT_ASSERT_EQ(test,
				vxen_slots_alloc(&slots,
						 VXEN_SLOT_BLOCK_SIZE / 2,
						 &slot), 0);
		KUNIT_EXPECT_EQ(test, slot % VXEN_SLOT_BLOCK,
				VXEN_SLOT_BLOCK / 2);
	}
}

static void areas_are_made_of_whole_blocks(struct kunit *test)
{
	static const struct {
		unsigned int blocks, areas, nr_areas, per_area;
	} cases[] = {
		{ 1, 1, 1, 1 }, { 1, 8, 1, 1 }, { 8, 8, 8, 1 }, { 8, 3, 3, 2 },
		{ 7, 2, 2, 3 },
	};
	struct vxen_slots s = {};
	unsigned int i, n;
	u32 slot;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_ASSERT_EQ(test, vxen_slots_init(&s, cases[i].blocks,
						      cases[i].areas), 0);
		KUNIT_EXPECT_EQ(test, s.nr_areas, cases[i].nr_areas);
		KUNIT_EXPECT_EQ(test, s.area_slots,
				cases[i].per_area * VXEN_SLOT_BLOCK);
		for (n = 0; !vxen_slots_alloc(&s, VXEN_SLOT_BLOCK_SIZE, &slot);
		     n++)
			KUNIT_EXPECT_LT(test, slot,
					cases[i].blocks * VXEN_SLOT_BLOCK);
		KUNIT_EXPECT_EQ(test, n,
				cases[i].nr_areas * cases[i].per_area);
		vxen_slots_destroy(&s);
	}
}

static void a_full_area_is_helped_out_by_the_others(struct kunit *test)
{
	unsigned int n = take_all(test, VXEN_SLOT_MAX_ORDER), i;

	KUNIT_ASSERT_EQ(test, n, BLOCKS);
	for (i = 0; i < AREAS; i++)
		KUNIT_EXPECT_EQ(test, slots.area[i].used, SLOTS / AREAS);

	/* Only the last area has room, whichever this CPU begins with. */
	for (i = 0; i < n; i++)
		if (runs[i] >= SLOTS - VXEN_SLOT_BLOCK)
			KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]),
					0);
	KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, 1, &runs[0]), 0);
	KUNIT_EXPECT_GE(test, runs[0], SLOTS - VXEN_SLOT_BLOCK);
}

static int take(size_t size, enum vxen_slot_kind kind, u32 *slot)
{
	return vxen_slots_alloc_kind(&slots, size, kind, slot);
}

/*
 * What stays must not lie in between: receive buffers once were all over a
 * window, and no packet of 64 KiB fitted in any more.
 */
static void what_lasts_leaves_room_in_one_piece(struct kunit *test)
{
	unsigned int i, j, n = 0;
	u32 slot;

	/* In turns: the second kind would do nicely in the ends of the first. */
	for (i = 0; i < 4; i++) {
		KUNIT_ASSERT_EQ(test, take(33 * SZ_1K, VXEN_SLOT_PASSING,
					   &runs[n++]), 0);
		for (j = 0; j < 15; j++)
			KUNIT_ASSERT_EQ(test, take(1500, VXEN_SLOT_LASTING,
						   &slot), 0);
	}
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]), 0);

	/* One block is left to what lasts, all others are whole. */
	for (n = 0; !vxen_slots_alloc(&slots, VXEN_SLOT_BLOCK_SIZE, &slot); )
		n++;
	KUNIT_EXPECT_EQ(test, n, BLOCKS - 1);
}

/* Kinds are a preference: nothing is refused that there is room for. */
static void either_kind_gets_all_there_is(struct kunit *test)
{
	enum vxen_slot_kind kind;
	u32 n, slot;

	for (kind = 0; kind < VXEN_SLOT_KINDS; kind++) {
		KUNIT_ASSERT_EQ(test, take(1, !kind, &runs[0]), 0);
		for (n = 1; !take(1, kind, &slot); n++)
			runs[n] = slot;
		KUNIT_EXPECT_EQ(test, n, SLOTS);
		while (n--)
			KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[n]),
					0);
	}
}

/* What is left of the power of two is for others. */
static void the_end_of_a_run_is_for_others(struct kunit *test)
{
	u32 slot, n = 0;

	/* A run begins where 64 KiB may: two fit into a block of 128 KiB. */
	while (!vxen_slots_alloc(&slots, 33 * SZ_1K, &runs[n]))
		n++;
	KUNIT_EXPECT_EQ(test, n, 2 * BLOCKS);
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots),
			n * 33 * SZ_1K / VXEN_SLOT_SIZE);
	while (!vxen_slots_alloc(&slots, VXEN_SLOT_SIZE, &slot))
		n++;
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), SLOTS);
	KUNIT_EXPECT_EQ(test, n, 2 * BLOCKS + SLOTS -
			2 * BLOCKS * 33 * SZ_1K / VXEN_SLOT_SIZE);
}

static void runs_of_every_length_leave_no_hole(struct kunit *test)
{
	u32 nr, slot, i, rest;

	/* Its neighbours are single slots, which are not of it. */
	for (nr = 1; nr <= VXEN_SLOT_BLOCK; nr++) {
		KUNIT_ASSERT_EQ(test,
				vxen_slots_alloc(&slots, nr * VXEN_SLOT_SIZE,
						 &slot), 0);
		for (rest = 0; !vxen_slots_alloc(&slots, 1, &runs[rest]);
		     rest++)
			KUNIT_ASSERT_TRUE(test, runs[rest] < slot ||
					  runs[rest] >= slot + nr);
		KUNIT_ASSERT_EQ(test, rest, SLOTS - nr);
		for (i = 1; i < nr; i++)
			KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot + i),
					-EINVAL);
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot), 0);
		free_runs(test, rest);
		expect_whole(test);
	}
}

/* Data that is synced in parts would go to where other data belongs. */
static void a_run_is_found_from_any_of_its_slots(struct kunit *test)
{
	u32 before, slot, after, nr, i;

	for (nr = 1; nr <= VXEN_SLOT_BLOCK; nr++) {
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, 1, &before), 0);
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots,
						       nr << VXEN_SLOT_SHIFT,
						       &slot), 0);
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, 1, &after), 0);
		for (i = 0; i < nr; i++)
			KUNIT_ASSERT_EQ(test,
					vxen_slots_first(&slots, slot + i),
					slot);
		KUNIT_EXPECT_EQ(test, vxen_slots_first(&slots, before), before);
		KUNIT_EXPECT_EQ(test, vxen_slots_first(&slots, after), after);

		vxen_slots_free(&slots, slot);
		for (i = 0; i < nr; i++)
			KUNIT_ASSERT_EQ(test,
					vxen_slots_first(&slots, slot + i),
					U32_MAX);
		vxen_slots_free(&slots, before);
		vxen_slots_free(&slots, after);
	}

	KUNIT_EXPECT_EQ(test, vxen_slots_first(&slots, SLOTS), U32_MAX);
}

static void expect_last_first(struct kunit *test, u32 size)
{
	u32 run[3], again, i;

	for (i = 0; i < ARRAY_SIZE(run); i++)
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, size, &run[i]), 0);
	for (i = 0; i < ARRAY_SIZE(run); i++)
		KUNIT_EXPECT_EQ(test, vxen_slots_free(&slots, run[i]), 0);
	for (i = ARRAY_SIZE(run); i--;) {
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, size, &again), 0);
		KUNIT_EXPECT_EQ(test, again, run[i]);
	}
	for (i = 0; i < ARRAY_SIZE(run); i++)
		vxen_slots_free(&slots, run[i]);
}

/*
 * It is warm in the cache, and to take it is all there is to do: for what a block
 * device takes, and for what a network's buffer of 1536 bytes does.
 */
static void what_was_given_back_last_is_had_first(struct kunit *test)
{
	expect_last_first(test, SZ_4K);
	expect_last_first(test, 6 * VXEN_SLOT_SIZE);
	expect_whole(test);
}

/* Neither kind may keep the other from what nobody uses. */
static void expect_joined(struct kunit *test, enum vxen_slot_kind kind, u32 size,
			  unsigned int most)
{
	unsigned int n, i;

	for (n = 0; n < SLOTS; n++)
		if (vxen_slots_alloc_kind(&slots, size, kind, &runs[n]))
			break;
	KUNIT_EXPECT_EQ(test, n, most);
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, runs[i]), 0);
	for (n = 0; n < BLOCKS; n++)
		KUNIT_ASSERT_EQ(test,
				vxen_slots_alloc_kind(&slots, VXEN_SLOT_BLOCK_SIZE,
						      !kind, &runs[n]),
				0);
	free_runs(test, BLOCKS);
}

/* Both kinds, and runs of one slot and of six, which eight are taken for. */
static void what_is_at_hand_is_in_nobodys_way(struct kunit *test)
{
	enum vxen_slot_kind kind;

	for (kind = 0; kind < VXEN_SLOT_KINDS; kind++) {
		expect_joined(test, kind, 1, SLOTS);
		expect_joined(test, kind, 6 * VXEN_SLOT_SIZE, SLOTS / 8);
	}
}

static void closed_slots_are_not_handed_out(struct kunit *test)
{
	u32 slot;

	KUNIT_EXPECT_TRUE(test, vxen_slots_close(&slots));
	KUNIT_EXPECT_EQ(test, vxen_slots_alloc(&slots, 1, &slot), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vxen_slots_alloc(&slots, VXEN_SLOT_BLOCK_SIZE,
					       &slot), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), 0U);
	vxen_slots_reopen(&slots);
	expect_whole(test);
}

static void slots_in_use_cannot_be_closed(struct kunit *test)
{
	unsigned int n = take_all(test, VXEN_SLOT_MAX_ORDER), i;

	/* One slot of the first area, then one of the last. */
	for (i = 0; i < 2; i++) {
		u32 keep = i ? SLOTS - VXEN_SLOT_BLOCK : 0, slot, j;

		for (j = 0; j < n; j++)
			if (runs[j] != keep)
				vxen_slots_free(&slots, runs[j]);
		KUNIT_EXPECT_FALSE(test, vxen_slots_close(&slots));
		/* All goes on, in every area. */
		for (j = 0; !vxen_slots_alloc(&slots, VXEN_SLOT_BLOCK_SIZE,
					      &slot); j++)
			runs[j] = slot;
		KUNIT_EXPECT_EQ(test, j, BLOCKS - 1);
		runs[j] = keep;
	}
	free_runs(test, n);
	KUNIT_EXPECT_TRUE(test, vxen_slots_close(&slots));
}

static void the_high_water_mark_stays(struct kunit *test)
{
	unsigned int n;

	KUNIT_EXPECT_EQ(test, vxen_slots_high(&slots), 0U);
	n = take_all(test, 4);
	KUNIT_EXPECT_EQ(test, vxen_slots_high(&slots), SLOTS);
	free_runs(test, n);
	KUNIT_EXPECT_EQ(test, vxen_slots_high(&slots), SLOTS);
	KUNIT_EXPECT_EQ(test, vxen_slots_used(&slots), 0U);
}

static void little_left_is_seen_where_it_is(struct kunit *test)
{
	unsigned int n = 0, area = SLOTS / AREAS;
	u32 other;

	/* Whichever area this CPU begins with. */
	do {
		KUNIT_ASSERT_EQ(test, vxen_slots_alloc(&slots, VXEN_SLOT_SIZE << 6,
						       &runs[n]), 0);
		KUNIT_EXPECT_EQ(test, runs[n] / area, runs[0] / area);
		n++;
		KUNIT_EXPECT_EQ(test, vxen_slots_scarce(&slots, runs[0]),
				n << 6 > area / 4 * 3);
	} while (n << 6 < area);
	other = (runs[0] + area) % SLOTS;
	KUNIT_EXPECT_FALSE(test, vxen_slots_scarce(&slots, other));
	free_runs(test, n);
	KUNIT_EXPECT_FALSE(test, vxen_slots_scarce(&slots, runs[0]));
}

/* ---- random sequences against a model ---- */

struct model {
	DECLARE_BITMAP(used, SLOTS);
	DECLARE_BITMAP(starts, SLOTS);
	u32 nr[SLOTS];
	u32 high[AREAS];
};

static struct model model;

/* Is there an aligned free run? If so, a buddy allocator must find one. */
static bool model_has_room(unsigned int order)
{
	unsigned int size = 1U << order, slot;

	for (slot = 0; slot < SLOTS; slot += size)
		if (find_next_bit(model.used, slot + size, slot) >= slot + size)
			return true;
	return false;
}

/* Each area's mark is its own. */
static void model_high(void)
{
	unsigned int i, per = SLOTS / AREAS;

	for (i = 0; i < AREAS; i++) {
		unsigned long slot = i * per;
		u32 used = 0;

		for_each_set_bit_from(slot, model.used, (i + 1) * per)
			used++;
		model.high[i] = max(model.high[i], used);
	}
}

static void random_alloc(struct kunit *test, struct rnd_state *rnd)
{
	/* As many of each order, so that the small ones do not drown. */
	unsigned int order = prandom_u32_state(rnd) % VXEN_SLOT_ORDERS;
	u32 max = VXEN_SLOT_SIZE << order;
	u32 size = max - prandom_u32_state(rnd) % (order ? max / 2 : max);
	u32 nr = DIV_ROUND_UP(size, VXEN_SLOT_SIZE);
	u32 slot;
	int err;

	err = vxen_slots_alloc(&slots, size, &slot);
	if (err) {
		KUNIT_ASSERT_EQ(test, err, -ENOSPC);
		KUNIT_ASSERT_FALSE(test, model_has_room(order));
		return;
	}
	KUNIT_ASSERT_EQ(test, slot % (1U << order), 0U);
	KUNIT_ASSERT_LE(test, slot + nr, SLOTS);
	KUNIT_ASSERT_GE(test, find_next_bit(model.used, slot + nr, slot),
			(unsigned long)slot + nr);
	bitmap_set(model.used, slot, nr);
	__set_bit(slot, model.starts);
	model.nr[slot] = nr;
	model_high();
}

static void random_free(struct kunit *test, u32 slot)
{
	bool start = test_bit(slot, model.starts);

	KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot),
			start ? 0 : -EINVAL);
	if (start) {
		__clear_bit(slot, model.starts);
		bitmap_clear(model.used, slot, model.nr[slot]);
	}
}

static void random_sequences_match_a_bitmap(struct kunit *test)
{
	u32 seed = slots_seed ?: get_random_u32();
	struct rnd_state rnd;
	unsigned int i;
	u32 slot;

	kunit_info(test, "vxen_kunit.slots_seed=%u", seed);
	prandom_seed_state(&rnd, seed);
	memset(&model, 0, sizeof(model));

	for (i = 0; i < 50000; i++) {
		slot = prandom_u32_state(&rnd) % SLOTS;
		switch (prandom_u32_state(&rnd) % 8) {
		case 0 ... 3:
			random_alloc(test, &rnd);
			break;
		case 4 ... 6:
			/* One that is in use, if there is any behind it. */
			slot = find_next_bit(model.starts, SLOTS, slot);
			if (slot >= SLOTS)
				break;
			fallthrough;
		default:
			random_free(test, slot);
		}
		KUNIT_ASSERT_EQ(test, vxen_slots_used(&slots),
				bitmap_weight(model.used, SLOTS));
		KUNIT_ASSERT_EQ(test, vxen_slots_high(&slots),
				model.high[0] + model.high[1]);
		/* Closing succeeds just when nothing is in use. */
		if (i % 64)
			continue;
		KUNIT_ASSERT_EQ(test, vxen_slots_close(&slots),
				bitmap_empty(model.used, SLOTS));
		vxen_slots_reopen(&slots);
	}

	for_each_set_bit(slot, model.starts, SLOTS)
		KUNIT_ASSERT_EQ(test, vxen_slots_free(&slots, slot), 0);
	expect_whole(test);
}

static struct kunit_case slots_cases[] = {
	KUNIT_CASE(every_size_takes_what_it_needs),
	KUNIT_CASE(runs_are_aligned_to_their_size),
	KUNIT_CASE(impossible_sizes_are_refused),
	KUNIT_CASE(nothing_to_divide_is_refused),
	KUNIT_CASE(each_order_fills_the_window),
	KUNIT_CASE(a_freed_run_can_be_had_again_when_full),
	KUNIT_CASE(freeing_twice_is_refused),
	KUNIT_CASE(freeing_what_is_no_run_is_refused),
	KUNIT_CASE(freed_runs_join_in_any_order),
	KUNIT_CASE(runs_do_not_join_across_one_in_use),
	KUNIT_CASE(areas_are_made_of_whole_blocks),
	KUNIT_CASE(a_full_area_is_helped_out_by_the_others),
	KUNIT_CASE(what_lasts_leaves_room_in_one_piece),
	KUNIT_CASE(either_kind_gets_all_there_is),
	KUNIT_CASE(the_end_of_a_run_is_for_others),
	KUNIT_CASE(runs_of_every_length_leave_no_hole),
	KUNIT_CASE(a_run_is_found_from_any_of_its_slots),
	KUNIT_CASE(what_was_given_back_last_is_had_first),
	KUNIT_CASE(what_is_at_hand_is_in_nobodys_way),
	KUNIT_CASE(closed_slots_are_not_handed_out),
	KUNIT_CASE(slots_in_use_cannot_be_closed),
	KUNIT_CASE(the_high_water_mark_stays),
	KUNIT_CASE(little_left_is_seen_where_it_is),
	KUNIT_CASE(random_sequences_match_a_bitmap),
	{}
};

static struct kunit_suite slots_suite = {
	.name = "vxen-slots",
	.init = slots_test_init,
	.exit = slots_test_exit,
	.test_cases = slots_cases,
};

kunit_test_suite(slots_suite);
