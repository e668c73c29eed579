// SPDX-License-Identifier: GPL-2.0-only
/*
 * grants_test.c - protects the pages that are granted, with a real grant table
 *
 * What the other domain sees is what was granted to it, and no more; a page that
 * it has mapped is not taken back before it lets go; and no reference is lost.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../../drivers/grants.h"
#include "../../../drivers/inplace.h"
#include "../../../drivers/revoke.h"
#include "peer.h"

#define NR	4U

/**
 * struct grants_test - pages that are granted to the peer
 * @pages: the pages, each with a reference of the test's
 * @ref: grant reference of the first
 * @free: references that were free before
 */
struct grants_test {
	struct page *pages[NR];
	u32 ref;
	unsigned int free;
};

static void fill(struct page **pages, u8 byte)
{
	unsigned int i;

	for (i = 0; i < NR; i++)
		memset(page_address(pages[i]), byte, PAGE_SIZE);
}

static void expect_filled(struct kunit *test, const void *va, size_t size,
			  u8 byte)
{
	KUNIT_EXPECT_NULL(test, memchr_inv(va, byte, size));
}

static int grants_test_init(struct kunit *test)
{
	struct grants_test *gt = kunit_kzalloc(test, sizeof(*gt), GFP_KERNEL);
	int err = peer_suite_init(test);
	unsigned int i;

	if (err || !gt)
		return err ?: -ENOMEM;

	test->priv = gt;
	gt->free = refs_free();
	for (i = 0; i < NR; i++) {
		gt->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!gt->pages[i])
			return -ENOMEM;
		get_page(gt->pages[i]);
	}
	return vxen_grant_pages(&peer, gt->pages, NR, &gt->ref);
}

static void grants_test_exit(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	unsigned int i;

	if (!gt)
		return;
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), 0U);
	refs_expect_free(test, gt->free);
	for (i = 0; i < NR && gt->pages[i]; i++) {
		KUNIT_EXPECT_EQ(test, page_count(gt->pages[i]), 1);
		put_page(gt->pages[i]);
	}
}

static unsigned int revoke(struct grants_test *gt)
{
	return vxen_revoke_pages(&peer, gt->pages, NR, gt->ref);
}

static void both_see_what_the_other_writes(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	unsigned int i;

	refs_expect_free(test, gt->free - NR);
	fill(gt->pages, 0x5a);
	KUNIT_EXPECT_EQ(test, peer_ask("map %u %u", gt->ref, NR), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 90", gt->ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("fill %u 165", gt->ref), 0);
	for (i = 0; i < NR; i++)
		expect_filled(test, page_address(gt->pages[i]), PAGE_SIZE,
			      0xa5);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", gt->ref), 0);
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
}

static void what_is_not_granted_cannot_be_mapped(struct kunit *test)
{
	struct grants_test *gt = test->priv;

	KUNIT_EXPECT_NE(test, peer_ask("map %u %u", gt->ref + NR, 1), 0);
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
	KUNIT_EXPECT_NE(test, peer_ask("map %u %u", gt->ref, 1), 0);
}

static void read_only_is_read_only(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	struct page *page;
	u32 ref;

	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page_address(page), 0x77, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vxen_refs_alloc(1, &ref), 0);
	vxen_ref_grant(ref, PEER_DOMID, page, 0, true);
	KUNIT_EXPECT_NE(test, peer_ask("map %u 1", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("mapro %u 1", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 119", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", ref), 0);
	KUNIT_EXPECT_TRUE(test, vxen_ref_end(ref));
	vxen_ref_free(ref);
	__free_page(page);
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
}

static void what_is_mapped_is_not_ended(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	u32 ref;

	KUNIT_ASSERT_EQ(test, vxen_refs_alloc(1, &ref), 0);
	vxen_ref_grant(ref, PEER_DOMID, gt->pages[0], 0, false);
	KUNIT_EXPECT_EQ(test, peer_ask("map %u 1", ref), 0);
	KUNIT_EXPECT_FALSE(test, vxen_ref_end_and_free(ref));
	fill(gt->pages, 0x33);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 51", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", ref), 0);
	KUNIT_EXPECT_TRUE(test, vxen_ref_end_and_free(ref));
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
}

static void what_is_held_back_goes_with_the_mapping(struct kunit *test)
{
	struct grants_test *gt = test->priv;

	KUNIT_EXPECT_EQ(test, peer_ask("map %u 2", gt->ref + 1), 0);
	KUNIT_EXPECT_EQ(test, revoke(gt), 2U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), 2U);
	KUNIT_EXPECT_EQ(test, page_count(gt->pages[0]), 1);
	KUNIT_EXPECT_EQ(test, page_count(gt->pages[1]), 2);
	KUNIT_EXPECT_EQ(test, page_count(gt->pages[2]), 2);

	/* It is tried in between, and must not be given up. */
	msleep(2500);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), 2U);
	refs_expect_free(test, gt->free - 2);
	fill(gt->pages, 0x44);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 68", gt->ref + 1), 0);

	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", gt->ref + 1), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_refs(gt->free));
	/* The pages are put after the references. */
	msleep(50);
}

static void the_kernel_goes_on_with_what_is_left(struct kunit *test)
{
	struct grants_test *gt = test->priv;

	KUNIT_EXPECT_EQ(test, peer_ask("map %u 1", gt->ref), 0);
	KUNIT_EXPECT_EQ(test, revoke(gt), 1U);
	vxen_revoke_exit();
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&peer), 0U);
	KUNIT_EXPECT_EQ(test, page_count(gt->pages[0]), 2);
	refs_expect_free(test, gt->free - 1);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", gt->ref), 0);
	KUNIT_EXPECT_TRUE(test, wait_for_refs(gt->free));
	msleep(50);
}

static void runs_are_taken_in_one_piece(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	u32 first[3], i, j;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, vxen_refs_alloc(1000, &first[i]), 0);
	refs_expect_free(test, gt->free - NR - 3000);
	KUNIT_EXPECT_GE(test, abs_diff(first[0], first[1]), 1000U);
	KUNIT_EXPECT_GE(test, abs_diff(first[1], first[2]), 1000U);
	KUNIT_EXPECT_GE(test, abs_diff(first[0], first[2]), 1000U);

	/* The run is one: its ends can be granted, and so can the middle. */
	for (j = 0; j < 1000; j += 333)
		vxen_ref_grant(first[1] + j, PEER_DOMID, gt->pages[0], 0, false);
	for (j = 0; j < 1000; j += 333)
		KUNIT_EXPECT_TRUE(test, vxen_ref_end(first[1] + j));
	for (i = 0; i < 3; i++)
		for (j = 0; j < 1000; j++)
			vxen_ref_free(first[i] + j);
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
}

/* Take all references there are, in runs of @nr; returns how many runs. */
static unsigned int take_all(u32 *first, unsigned int max, unsigned int nr)
{
	unsigned int n = 0;

	while (n < max && !vxen_refs_alloc(nr, &first[n]))
		n++;
	return n;
}

static void give_all(const u32 *first, unsigned int n, unsigned int nr)
{
	unsigned int i;

	while (n--)
		for (i = 0; i < nr; i++)
			vxen_ref_free(first[n] + i);
}

static void a_full_table_says_so(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	unsigned int runs, singles, left, max = gt->free / 64 + 1;
	u32 *run = kunit_kcalloc(test, max, sizeof(*run), GFP_KERNEL);
	u32 *single = kunit_kcalloc(test, gt->free, sizeof(*single),
				    GFP_KERNEL);
	u32 ref;

	KUNIT_ASSERT_NOT_NULL(test, run);
	KUNIT_ASSERT_NOT_NULL(test, single);
	KUNIT_EXPECT_EQ(test, peer_ask("map %u %u", gt->ref, NR), 0);
	runs = take_all(run, max, 64);
	singles = take_all(single, gt->free, 1);
	left = refs_free();
	KUNIT_EXPECT_EQ(test, vxen_refs_alloc(1, &ref), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vxen_refs_alloc(64, &ref), -ENOSPC);
	give_all(single, singles, 1);
	give_all(run, runs, 64);
	KUNIT_EXPECT_EQ(test, left, 0U);
	KUNIT_EXPECT_EQ(test, runs * 64 + singles, gt->free - NR);

	/* What was granted before still is. */
	fill(gt->pages, 0x66);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 102", gt->ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", gt->ref), 0);
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
}

static void buffers_in_place_are_granted(struct kunit *test)
{
	struct grants_test *gt = test->priv;
	struct vxen_stats __percpu *stats = alloc_percpu(struct vxen_stats);
	struct vxen_inplace ip = {};
	void *va = (void *)__get_free_pages(GFP_KERNEL | __GFP_COMP, 1);
	u32 ref;
	u64 dma;

	KUNIT_ASSERT_NOT_NULL(test, stats);
	KUNIT_ASSERT_NOT_NULL(test, va);
	KUNIT_ASSERT_EQ(test, vxen_inplace_start(&ip, &peer, 64, stats), 0);
	refs_expect_free(test, gt->free - NR - ip.nr);

	memset(va, 0x21, 2 * PAGE_SIZE);
	dma = vxen_inplace_map(&ip, virt_to_phys(va), 2 * PAGE_SIZE,
			       DMA_TO_DEVICE, false);
	ref = (dma & ~BIT_ULL(63)) >> VXEN_FRAME_SHIFT;
	KUNIT_EXPECT_NE(test, peer_ask("map %u 2", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("mapro %u 2", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 33", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", ref), 0);
	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&ip, dma, 2 * PAGE_SIZE,
						 DMA_TO_DEVICE, false), 0U);

	/* Of a part of a page nothing else is seen or written. */
	dma = vxen_inplace_map(&ip, virt_to_phys(va) + 512, PAGE_SIZE,
			       DMA_FROM_DEVICE, false);
	ref = (dma & ~BIT_ULL(63)) >> VXEN_FRAME_SHIFT;
	KUNIT_EXPECT_EQ(test, peer_ask("map %u 2", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("is %u 0", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("fill %u 34", ref), 0);
	KUNIT_EXPECT_EQ(test, peer_ask("unmap %u", ref), 0);
	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&ip, dma, PAGE_SIZE,
						 DMA_FROM_DEVICE, false), 0U);
	expect_filled(test, va, 512, 0x21);
	expect_filled(test, va + 512, PAGE_SIZE, 0x22);
	expect_filled(test, va + 512 + PAGE_SIZE, PAGE_SIZE - 512, 0x21);

	vxen_inplace_stop(&ip);
	free_pages((unsigned long)va, 1);
	free_percpu(stats);
	KUNIT_EXPECT_EQ(test, revoke(gt), 0U);
}

static struct kunit_case grants_cases[] = {
	KUNIT_CASE(both_see_what_the_other_writes),
	KUNIT_CASE(what_is_not_granted_cannot_be_mapped),
	KUNIT_CASE(read_only_is_read_only),
	KUNIT_CASE(what_is_mapped_is_not_ended),
	KUNIT_CASE(what_is_held_back_goes_with_the_mapping),
	KUNIT_CASE(the_kernel_goes_on_with_what_is_left),
	KUNIT_CASE(runs_are_taken_in_one_piece),
	KUNIT_CASE(a_full_table_says_so),
	KUNIT_CASE(buffers_in_place_are_granted),
	{}
};

static struct kunit_suite grants_suite = {
	.name = "vxen-real-grants",
	.init = grants_test_init,
	.exit = grants_test_exit,
	.test_cases = grants_cases,
};

kunit_test_suite(grants_suite);

MODULE_DESCRIPTION("Tests of virtio_xen that make real grant calls");
MODULE_LICENSE("GPL");
