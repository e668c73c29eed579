// SPDX-License-Identifier: GPL-2.0-only
/*
 * sizing_test.c - protects virtqueues from having more than windows can hold
 *
 * virtio_net throws away a packet that cannot be mapped. What its queues can
 * hold at worst is counted here once more, independently, and has to fit; where
 * there are no indirect tables, what TCP fills them with. The others try again, so
 * it is enough that the largest request fits alone.
 */
#include <kunit/test.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "../../drivers/dma.h"
#include "../../drivers/sizing.h"

#define MAX_QUEUES	17U

/* One that tries again. */
#define OTHER		VIRTIO_ID_BLOCK

/* virtio_net stops a queue that has fewer entries free. */
#define TX_FREE		(2 + MAX_SKB_FRAGS)

static u32 entries[MAX_QUEUES];
static struct vxen_sizing sizing;

static void size_some(u32 id, bool indirect, unsigned int nvqs, u32 each,
		      size_t max)
{
	unsigned int i;

	for (i = 0; i < nvqs; i++)
		entries[i] = each;
	memset(&sizing, 0xff, sizeof(sizing));
	vxen_size(id, indirect, entries, nvqs, max, &sizing);
}

static void size_queues(u32 id, unsigned int nvqs, u32 each, size_t max)
{
	size_some(id, true, nvqs, each, max);
}

/* A network that has no indirect tables. */
static void size_direct(unsigned int nvqs, u32 each, size_t max)
{
	size_some(VIRTIO_ID_NET, false, nvqs, each, max);
}

static void expect_sane(struct kunit *test, size_t max)
{
	KUNIT_EXPECT_GT(test, sizing.first, (size_t)0);
	KUNIT_EXPECT_LE(test, sizing.first, sizing.max);
	KUNIT_EXPECT_GT(test, sizing.step, (size_t)0);
	KUNIT_EXPECT_EQ(test, sizing.max % VXEN_SLOT_BLOCK_SIZE, (size_t)0);
	KUNIT_EXPECT_GE(test, sizing.max_mapping, (size_t)SZ_4K);
	KUNIT_EXPECT_LE(test, sizing.max_mapping,
			(size_t)VXEN_DMA_MAX_MAPPING);
	KUNIT_EXPECT_TRUE(test, is_power_of_2(sizing.max_mapping));
	/* More than it is allowed only where that is too little. */
	if (max >= SZ_64M)
		KUNIT_EXPECT_LE(test, sizing.max, max);
}

/*
 * The last of an odd number is the control queue: a command is its header, its data,
 * and room for the answer, and there is one at a time.
 */
static bool is_ctrl(unsigned int index, unsigned int nvqs)
{
	return nvqs % 2 && index + 1 == nvqs;
}

#define COMMAND		(3 * PAGE_SIZE)

/*
 * What a network device has mapped when all its receive buffers are there, and
 * each transmit queue has as many of the largest packets as virtio_net puts
 * there: a frame's head and MAX_SKB_FRAGS pieces, each of its own slots, an
 * indirect table, and the ring.
 */
static size_t worst_case(unsigned int nvqs)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < nvqs; i++) {
		u32 n = entries[i], packets;

		/* Descriptors, available, used: each aligned to a page. */
		bytes += round_up(16 * n + 2 * n + 6, 4096) + 8 * n + 6;
		if (is_ctrl(i, nvqs)) {
			bytes += COMMAND;
			continue;
		}
		if (!(i & 1)) {
			bytes += (size_t)n * PAGE_SIZE;
			continue;
		}
		packets = n > TX_FREE ? n - TX_FREE + 1 : 0;
		bytes += packets *
			 (SZ_64K + (MAX_SKB_FRAGS + 1) * VXEN_SLOT_SIZE +
			  round_up(16 * (MAX_SKB_FRAGS + 2), VXEN_SLOT_SIZE));
	}

	return bytes;
}

/*
 * The same without indirect tables, where each packet is of TCP's: its headers, and
 * 64 KiB in two pieces.
 */
static size_t tcp_case(unsigned int nvqs)
{
	size_t bytes = 0;
	unsigned int i;

	for (i = 0; i < nvqs; i++) {
		u32 n = entries[i], left = n;

		bytes += round_up(16 * n + 2 * n + 6, 4096) + 8 * n + 6;
		if (is_ctrl(i, nvqs)) {
			bytes += COMMAND;
			continue;
		}
		if (!(i & 1)) {
			bytes += (size_t)n * PAGE_SIZE;
			continue;
		}
		/* One is sent as long as the largest would fit. */
		for (; left >= TX_FREE; left -= 3)
			bytes += SZ_64K + 2 * VXEN_SLOT_SIZE;
	}

	return bytes;
}

/* Networks of all sizes, of which each has to have what @need says. */
static void expect_room(struct kunit *test, bool indirect,
			size_t (*need)(unsigned int nvqs))
{
	static const u32 each[] = { 64, 256, 1024, 4096, 32768 };
	unsigned int pairs, e, i;
	size_t max;

	for (pairs = 1; pairs <= 8; pairs++) {
		for (max = SZ_64K; max <= SZ_64M; max += max / 4) {
			for (e = 0; e < ARRAY_SIZE(each); e++) {
				unsigned int nvqs = 2 * pairs + (e & 1);

				size_some(VIRTIO_ID_NET, indirect, nvqs,
					  each[e], max);
				expect_sane(test, max);
				KUNIT_EXPECT_TRUE(test, sizing.ahead);
				/* It does not rely on growing. */
				KUNIT_EXPECT_LE(test, need(nvqs), sizing.first);
				for (i = 0; i < nvqs; i++) {
					KUNIT_EXPECT_GE(test, entries[i], 32U);
					KUNIT_EXPECT_LE(test, entries[i],
							each[e]);
					KUNIT_EXPECT_EQ(test,
							hweight32(entries[i]),
							1U);
				}
			}
		}
	}
}

static void a_network_has_room_for_what_tcp_sends(struct kunit *test)
{
	expect_room(test, false, tcp_case);
}

static void the_shortest_queues_hold_any_packets(struct kunit *test)
{
	unsigned int pairs;

	for (pairs = 1; pairs <= 8; pairs++) {
		size_direct(2 * pairs, 256, SZ_64K);
		KUNIT_EXPECT_EQ(test, entries[1], 32U);
		KUNIT_EXPECT_LE(test, worst_case(2 * pairs), sizing.first);
	}
}

static void by_default_a_networks_queues_stay_as_they_are(struct kunit *test)
{
	size_direct(2, 256, 9216 * SZ_1K);
	KUNIT_EXPECT_EQ(test, entries[0], 256U);
	KUNIT_EXPECT_EQ(test, entries[1], 256U);
	KUNIT_EXPECT_LT(test, sizing.first, sizing.max);
	KUNIT_EXPECT_EQ(test, sizing.max, (size_t)9216 * SZ_1K);
	/* What all its entries could hold is reached in three steps. */
	KUNIT_EXPECT_GE(test, sizing.first + 3 * sizing.step, 256 * (size_t)SZ_64K);
}

/* Two pairs that share what one has, and the control queue, take no more than it. */
static void a_control_queue_takes_next_to_nothing(struct kunit *test)
{
	size_t one;
	unsigned int i;

	size_direct(2, 256, 9216 * SZ_1K);
	one = sizing.first;
	size_direct(5, 128, 9216 * SZ_1K);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, entries[i], 128U);
	KUNIT_EXPECT_LE(test, sizing.first, one + VXEN_SLOT_BLOCK_SIZE);

	/* It is not what has to be smaller. */
	size_direct(5, 256, SZ_4M);
	KUNIT_EXPECT_LT(test, entries[3], 256U);
	KUNIT_EXPECT_EQ(test, entries[4], 256U);
}

static u64 features_of(u32 id, u64 features)
{
	static struct virtio_device vdev;

	vdev.id.device = id;
	vdev.features = features;
	vxen_size_features(&vdev);
	return vdev.features;
}

static void a_network_does_without_indirect_tables(struct kunit *test)
{
	u64 rest = BIT_ULL(VIRTIO_RING_F_EVENT_IDX) |
		   BIT_ULL(VIRTIO_NET_F_MRG_RXBUF);
	u64 all = rest | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
	u64 alone = BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);

	KUNIT_EXPECT_EQ(test, features_of(VIRTIO_ID_NET, all), rest);
	/* Without mergeable buffers it would receive hardly anything. */
	KUNIT_EXPECT_EQ(test, features_of(VIRTIO_ID_NET, alone), alone);
	KUNIT_EXPECT_EQ(test, features_of(OTHER, all), all);
}

static void a_network_never_needs_more_than_there_is(struct kunit *test)
{
	expect_room(test, true, worst_case);
}

static void only_the_smallest_network_gets_more_than_allowed(struct kunit *test)
{
	unsigned int pairs, i, beyond = 0;
	size_t max;

	for (pairs = 1; pairs <= 8; pairs++) {
		for (max = SZ_1M; max <= SZ_64M; max += SZ_512K) {
			size_queues(VIRTIO_ID_NET, 2 * pairs, 256, max);
			if (sizing.first <= max)
				continue;
			beyond++;
			for (i = 0; i < 2 * pairs; i++)
				KUNIT_EXPECT_EQ(test, entries[i],
						i & 1 ? 32U : 64U);
		}
	}
	KUNIT_EXPECT_GT(test, beyond, 0U);
}

static void a_network_with_room_keeps_its_queues(struct kunit *test)
{
	unsigned int i;

	size_queues(VIRTIO_ID_NET, 3, 256, SZ_128M);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, entries[i], 256U);
	KUNIT_EXPECT_EQ(test, sizing.max_mapping,
			(size_t)VXEN_DMA_MAX_MAPPING);
	/* And takes no more than it can use. */
	KUNIT_EXPECT_LT(test, sizing.first, (size_t)SZ_64M);
}

static void small_network_queues_are_left_alone(struct kunit *test)
{
	u32 each;

	for (each = 1; each <= 32; each *= 2) {
		size_queues(VIRTIO_ID_NET, 2, each, SZ_64K);
		KUNIT_EXPECT_EQ(test, entries[0], each);
		KUNIT_EXPECT_EQ(test, entries[1], each);
		KUNIT_EXPECT_LE(test, worst_case(2), sizing.first);
	}
}

static void the_largest_request_of_others_fits(struct kunit *test)
{
	unsigned int nvqs, i;
	size_t max;
	u32 each;

	for (nvqs = 1; nvqs <= 16; nvqs *= 2) {
		for (max = SZ_1M; max <= SZ_64M; max += SZ_512K + 12345) {
			for (each = 16; each <= 32768; each *= 2) {
				u32 longest = 0;

				size_queues(OTHER, nvqs, each, max);
				expect_sane(test, max);
				KUNIT_EXPECT_FALSE(test, sizing.ahead);
				for (i = 0; i < nvqs; i++) {
					longest = max(longest, entries[i]);
					KUNIT_EXPECT_LE(test, entries[i], each);
				}
				KUNIT_EXPECT_LE(test,
						longest * sizing.max_mapping +
						longest * 16, sizing.max);
			}
		}
	}
}

static const struct {
	u32 id, nvqs, each;
	size_t max;
	struct vxen_sizing want;
} cases[] = {
	{ OTHER, 1, 128, SZ_8M, { SZ_2M, SZ_1M, SZ_8M, false, SZ_32K } },
	{ OTHER, 1, 64, SZ_8M, { SZ_1M, SZ_1M, SZ_8M, false, SZ_64K } },
	{ OTHER, 4, 256, SZ_8M, { SZ_8M, SZ_4M, SZ_8M, false, SZ_16K } },
	{ OTHER, 4, 256, SZ_32M, { SZ_8M, SZ_4M, SZ_32M, false, SZ_64K } },
	{ OTHER, 1, 16, SZ_64K, { SZ_1M, SZ_1M, SZ_1M, false, SZ_32K } },
	{ OTHER, 1, 1, SZ_8M + 1, { SZ_1M, SZ_1M, SZ_8M, false, SZ_64K } },
	{ OTHER, 1, 128, SZ_1M, { SZ_1M, SZ_1M, SZ_1M, false, SZ_4K } },
	{ VIRTIO_ID_RNG, 1, 8, SZ_8M, { SZ_1M, SZ_1M, SZ_8M, false, SZ_64K } },
};

static void queues_of_others_are_cut_if_they_must_be(struct kunit *test)
{
	size_queues(OTHER, 2, 256, SZ_1M);
	KUNIT_EXPECT_EQ(test, entries[0], 128U);
	KUNIT_EXPECT_EQ(test, entries[1], 128U);
	KUNIT_EXPECT_EQ(test, sizing.max_mapping, (size_t)SZ_4K);
	size_queues(OTHER, 1, 32768, SZ_8M);
	KUNIT_EXPECT_EQ(test, entries[0], 1024U);
}

static void known_devices_are_sized_as_before(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		size_queues(cases[i].id, cases[i].nvqs, cases[i].each,
			    cases[i].max);
		KUNIT_EXPECT_EQ(test, sizing.first, cases[i].want.first);
		KUNIT_EXPECT_EQ(test, sizing.step, cases[i].want.step);
		KUNIT_EXPECT_EQ(test, sizing.max, cases[i].want.max);
		KUNIT_EXPECT_EQ(test, sizing.max_mapping,
				cases[i].want.max_mapping);
		KUNIT_EXPECT_EQ(test, entries[0], cases[i].each);
	}
}

static void odd_figures_do_no_harm(struct kunit *test)
{
	static const u32 ids[] = { VIRTIO_ID_NET, OTHER };
	static const u32 each[] = { 0, 1, 3, 100, 32767, 32768 };
	static const size_t maxs[] = { 0, 1, SZ_4K, SZ_1M - 1, SZ_1M + 1,
				       SZ_2G };
	unsigned int i, e, m, nvqs;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		for (e = 0; e < ARRAY_SIZE(each); e++) {
			for (m = 0; m < ARRAY_SIZE(maxs); m++) {
				for (nvqs = 0; nvqs <= MAX_QUEUES; nvqs++) {
					/* A network has queues. */
					if (!nvqs && ids[i] == VIRTIO_ID_NET)
						continue;
					size_queues(ids[i], nvqs, each[e],
						    maxs[m]);
					expect_sane(test, maxs[m]);
					size_some(ids[i], false, nvqs, each[e],
						  maxs[m]);
					expect_sane(test, maxs[m]);
				}
			}
		}
	}
}

static struct kunit_case sizing_cases[] = {
	KUNIT_CASE(a_network_has_room_for_what_tcp_sends),
	KUNIT_CASE(the_shortest_queues_hold_any_packets),
	KUNIT_CASE(by_default_a_networks_queues_stay_as_they_are),
	KUNIT_CASE(a_control_queue_takes_next_to_nothing),
	KUNIT_CASE(a_network_does_without_indirect_tables),
	KUNIT_CASE(a_network_never_needs_more_than_there_is),
	KUNIT_CASE(only_the_smallest_network_gets_more_than_allowed),
	KUNIT_CASE(a_network_with_room_keeps_its_queues),
	KUNIT_CASE(small_network_queues_are_left_alone),
	KUNIT_CASE(the_largest_request_of_others_fits),
	KUNIT_CASE(queues_of_others_are_cut_if_they_must_be),
	KUNIT_CASE(known_devices_are_sized_as_before),
	KUNIT_CASE(odd_figures_do_no_harm),
	{}
};

static struct kunit_suite sizing_suite = {
	.name = "vxen-sizing",
	.test_cases = sizing_cases,
};

kunit_test_suite(sizing_suite);
