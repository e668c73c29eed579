// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_policy_test.c - protects the choice between a window and in place
 *
 * What is copied and what is granted where it is, what happens when one or the
 * other is full, and that the figures which people see tell of it truly.
 */
#include <kunit/test.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "fake_device.h"
#include "fake_grants.h"
#include "pattern.h"

#define WINDOW		SZ_256K
#define REFS		512U
#define LARGE		SZ_32K

#define BUF_ORDER	5
#define BUF_SIZE	((size_t)PAGE_SIZE << BUF_ORDER)

struct policy_test {
	struct fake_device fd;
	struct vxen_inplace *ip;
	struct page *pages;
	u8 *buf;
	u8 *seen;
	dma_addr_t full[WINDOW / SZ_64K];
};

static const struct vxen_pool_limits limits = {
	.first = WINDOW,
	.step = WINDOW,
	.max = WINDOW,
	.windows = 1,
	.idle_ms = 1000,
};

static int start(struct kunit *test, const struct vxen_pool_limits *l)
{
	struct policy_test *pt = test->priv;
	int err = fake_device_init_limits(test, &pt->fd, l);

	if (err)
		return err;
	pt->ip = &pt->fd.vx->dma.inplace;
	return vxen_inplace_start(pt->ip, &pt->fd.vx->grantee, REFS,
				  pt->fd.vx->dma.stats);
}

static int policy_test_init(struct kunit *test)
{
	struct policy_test *pt = kunit_kzalloc(test, sizeof(*pt), GFP_KERNEL);

	if (!pt)
		return -ENOMEM;
	test->priv = pt;
	pt->pages = alloc_pages(GFP_KERNEL | __GFP_COMP, BUF_ORDER);
	pt->seen = kunit_kmalloc(test, SZ_64K, GFP_KERNEL);
	if (!pt->pages || !pt->seen)
		return -ENOMEM;
	pt->buf = page_address(pt->pages);
	return start(test, &limits);
}

static void policy_test_exit(struct kunit *test)
{
	struct policy_test *pt = test->priv;

	if (!pt)
		return;
	fake_device_exit(test, &pt->fd);
	if (pt->pages) {
		KUNIT_EXPECT_EQ(test, page_count(pt->pages), 1);
		__free_pages(pt->pages, BUF_ORDER);
	}
}

static u64 count(const struct policy_test *pt, enum vxen_stat what)
{
	return fake_device_count(&pt->fd, what);
}

static dma_addr_t try_map(struct policy_test *pt, size_t offset, size_t size,
			  enum dma_data_direction dir)
{
	return dma_map_page(pt->fd.dev, pt->pages + offset / PAGE_SIZE,
			    offset % PAGE_SIZE, size, dir);
}

static dma_addr_t map(struct kunit *test, size_t offset, size_t size,
		      enum dma_data_direction dir)
{
	struct policy_test *pt = test->priv;
	dma_addr_t addr = try_map(pt, offset, size, dir);

	KUNIT_ASSERT_EQ(test, dma_mapping_error(pt->fd.dev, addr), 0);
	return addr;
}

static void unmap(struct kunit *test, dma_addr_t addr, size_t size,
		  enum dma_data_direction dir)
{
	struct policy_test *pt = test->priv;

	dma_unmap_page(pt->fd.dev, addr, size, dir);
}

/* Nothing fits into the window any more. */
static void fill_window(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pt->full); i++) {
		pt->full[i] = map(test, i * 64, SZ_64K, DMA_TO_DEVICE);
		KUNIT_ASSERT_FALSE(test, vxen_inplace_has(pt->ip, pt->full[i]));
	}
}

static void empty_window(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pt->full); i++)
		unmap(test, pt->full[i], SZ_64K, DMA_TO_DEVICE);
}

static void large_buffers_are_granted_in_place_if_wanted(struct kunit *test)
{
	static const size_t sizes[] = { 1, 4095, 4096, 4097, 16000, SZ_64K };
	static const size_t mins[] = { 0, 1, 4096, 4097, SZ_64K, SZ_1M };
	struct policy_test *pt = test->priv;
	unsigned int m, s;

	for (m = 0; m < ARRAY_SIZE(mins); m++) {
		pt->fd.vx->dma.inplace_min = mins[m];
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			bool want = mins[m] && sizes[s] >= mins[m];
			dma_addr_t addr;

			fill(pt->buf, sizes[s], s);
			addr = map(test, 0, sizes[s], DMA_BIDIRECTIONAL);
			KUNIT_EXPECT_EQ(test, vxen_inplace_has(pt->ip, addr),
					want);
			KUNIT_EXPECT_EQ(test, fake_device_used(&pt->fd) == 0,
					want);
			KUNIT_EXPECT_TRUE(test,
					  fake_backend_read(addr, pt->seen,
							    sizes[s]));
			KUNIT_EXPECT_TRUE(test, filled(pt->seen, sizes[s], s));
			fill(pt->seen, sizes[s], s + 1);
			KUNIT_EXPECT_TRUE(test,
					  fake_backend_write(addr, pt->seen,
							     sizes[s]));
			unmap(test, addr, sizes[s], DMA_BIDIRECTIONAL);
			KUNIT_EXPECT_TRUE(test, filled(pt->buf, sizes[s],
						       s + 1));
		}
	}
}

static void a_full_window_is_helped_out_in_place(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	dma_addr_t addr;

	fill_window(test);
	addr = map(test, LARGE, 100, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, vxen_inplace_has(pt->ip, addr));
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_INPLACE_MAPS), 1ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_INPLACE_BYTES), 0ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_EXHAUSTED), 0ULL);
	unmap(test, addr, 100, DMA_TO_DEVICE);

	/* With room again, what is small goes through the window again. */
	empty_window(test);
	addr = map(test, LARGE, 100, DMA_TO_DEVICE);
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(pt->ip, addr));
	unmap(test, addr, 100, DMA_TO_DEVICE);
}

static void with_all_full_it_is_refused_and_counted(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	dma_addr_t addrs[REFS / 16];
	unsigned int i;

	fill_window(test);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		addrs[i] = map(test, i % 8 * SZ_4K, SZ_64K, DMA_TO_DEVICE);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_EXHAUSTED), 0ULL);
	KUNIT_EXPECT_NE(test,
			dma_mapping_error(pt->fd.dev,
					  try_map(pt, 0, 1, DMA_TO_DEVICE)), 0);
	KUNIT_EXPECT_NE(test,
			dma_mapping_error(pt->fd.dev,
					  try_map(pt, 0, LARGE,
						  DMA_FROM_DEVICE)), 0);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_EXHAUSTED), 2ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_MAPS),
			(u64)ARRAY_SIZE(addrs) + ARRAY_SIZE(pt->full));
	KUNIT_EXPECT_EQ(test, fake_grants.frames,
			REFS + (unsigned int)(WINDOW / SZ_4K));
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], SZ_64K, DMA_TO_DEVICE);
	empty_window(test);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_UNMAPS),
			count(pt, VXEN_STAT_MAPS));
}

static void without_references_large_buffers_are_copied(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	dma_addr_t addrs[REFS / 16], addr;
	unsigned int i;

	pt->fd.vx->dma.inplace_min = 1;
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		addrs[i] = map(test, i % 8 * SZ_4K, SZ_64K, DMA_TO_DEVICE);
	addr = map(test, 0, SZ_64K, DMA_TO_DEVICE);
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(pt->ip, addr));
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_EXHAUSTED), 0ULL);
	unmap(test, addr, SZ_64K, DMA_TO_DEVICE);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], SZ_64K, DMA_TO_DEVICE);

	/* A device whose backend cannot do with single grants has none. */
	vxen_inplace_stop(pt->ip);
	addr = map(test, 0, SZ_64K, DMA_TO_DEVICE);
	KUNIT_EXPECT_PTR_EQ(test, vxen_pool_find(&pt->fd.vx->dma.pool, addr),
			    fake_device_window(&pt->fd, 0));
	unmap(test, addr, SZ_64K, DMA_TO_DEVICE);
}

static void every_byte_is_counted_once(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	dma_addr_t addr;

	addr = map(test, 100, 5000, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_OUT), 5000ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_IN), 0ULL);
	dma_sync_single_range_for_cpu(pt->fd.dev, addr, 10, 70,
				      DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_IN), 70ULL);
	dma_sync_single_range_for_device(pt->fd.dev, addr, 10, 30,
					 DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_OUT), 5030ULL);
	unmap(test, addr, 5000, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_IN), 5070ULL);

	addr = map(test, 100, 5000, DMA_FROM_DEVICE);
	unmap(test, addr, 5000, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_OUT), 5030ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_IN), 10070ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_MAPS), 2ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_UNMAPS), 2ULL);

	/* In place only the edges are copied: 1000 to 4096 and 8192 to 9000. */
	pt->fd.vx->dma.inplace_min = 1;
	addr = map(test, 1000, 8000, DMA_TO_DEVICE);
	unmap(test, addr, 8000, DMA_TO_DEVICE);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_OUT),
			5030ULL + 8000 - SZ_4K);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_INPLACE_BYTES), (u64)SZ_4K);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_INPLACE_MAPS), 1ULL);
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_MAPS), 3ULL);
}

static void a_refused_mapping_makes_room_for_the_next(struct kunit *test)
{
	struct vxen_pool_limits l = limits;
	struct policy_test *pt = test->priv;
	dma_addr_t addr;

	fake_device_exit(test, &pt->fd);
	l.max = 2 * WINDOW;
	l.windows = 2;
	KUNIT_ASSERT_EQ(test, start(test, &l), 0);
	vxen_inplace_stop(pt->ip);

	fill_window(test);
	addr = try_map(pt, 0, 1, DMA_TO_DEVICE);
	KUNIT_EXPECT_NE(test, dma_mapping_error(pt->fd.dev, addr), 0);
	flush_work(&pt->fd.vx->dma.pool.grow_work);
	addr = map(test, 0, 1, DMA_TO_DEVICE);
	KUNIT_EXPECT_PTR_EQ(test, vxen_pool_find(&pt->fd.vx->dma.pool, addr),
			    fake_device_window(&pt->fd, 1));
	unmap(test, addr, 1, DMA_TO_DEVICE);
	empty_window(test);
}

static void a_buffer_that_is_kept_breaks_the_device(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	dma_addr_t addr;

	pt->fd.vx->dma.inplace_min = 1;
	addr = map(test, 0, 3 * SZ_4K, DMA_FROM_DEVICE);
	fake_grants_map(fake_ref(addr) + 1);
	unmap(test, addr, 3 * SZ_4K, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, pt->fd.lost, 1U);
	KUNIT_EXPECT_EQ(test, page_count(pt->pages), 2);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&pt->fd.vx->grantee), 1U);

	/* A backend that lets go does not. */
	addr = map(test, 0, 3 * SZ_4K, DMA_FROM_DEVICE);
	unmap(test, addr, 3 * SZ_4K, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, pt->fd.lost, 1U);
	vxen_revoke_exit();
}

static void syncs_go_where_the_address_says(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	dma_addr_t win, own;

	win = map(test, 1000, 10000, DMA_FROM_DEVICE);
	pt->fd.vx->dma.inplace_min = 1;
	own = map(test, LARGE + 1000, 10000, DMA_FROM_DEVICE);
	pt->fd.vx->dma.inplace_min = 0;
	fill(pt->seen, 10000, 3);
	KUNIT_EXPECT_TRUE(test, fake_backend_write(win, pt->seen, 10000));
	KUNIT_EXPECT_TRUE(test, fake_backend_write(own, pt->seen, 10000));
	dma_sync_single_for_cpu(pt->fd.dev, win, 10000, DMA_FROM_DEVICE);
	dma_sync_single_for_cpu(pt->fd.dev, own, 10000, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, filled(pt->buf + 1000, 10000, 3));
	KUNIT_EXPECT_TRUE(test, filled(pt->buf + LARGE + 1000, 10000, 3));
	unmap(test, win, 10000, DMA_FROM_DEVICE);
	unmap(test, own, 10000, DMA_FROM_DEVICE);
}

/*
 * Registers, say: neither copied nor granted. Since 6.19 they come to map_phys,
 * as DMA_ATTR_MMIO. Before, they have an operation of their own, and the debug
 * layer takes note of what was refused, too.
 */
static void what_has_no_page_is_not_mapped(struct kunit *test)
{
	struct policy_test *pt = test->priv;
#ifdef VXEN_HAVE_MAP_PHYS
	static const phys_addr_t nowhere = 1ULL << 40;
	size_t min;

	for (min = 0; min <= SZ_4K; min += SZ_4K) {
		dma_addr_t addr;

		pt->fd.vx->dma.inplace_min = min;
		addr = dma_map_resource(pt->fd.dev, nowhere, SZ_4K,
					DMA_FROM_DEVICE, 0);
		KUNIT_EXPECT_NE(test, dma_mapping_error(pt->fd.dev, addr), 0);
		KUNIT_EXPECT_EQ(test, fake_device_used(&pt->fd), 0U);
	}
#else
	KUNIT_EXPECT_FALSE(test, get_dma_ops(pt->fd.dev)->map_resource);
#endif
	KUNIT_EXPECT_EQ(test, count(pt, VXEN_STAT_MAPS), 0ULL);
}

static void a_list_in_place_is_mapped_whole_or_not_at_all(struct kunit *test)
{
	struct policy_test *pt = test->priv;
	struct scatterlist sgl[4];
	dma_addr_t addrs[REFS / 16 - 1];
	unsigned int i;

	fill_window(test);
	memset(pt->buf, 0x29, BUF_SIZE);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		addrs[i] = map(test, i % 4 * SZ_4K, SZ_64K, DMA_TO_DEVICE);

	/* 16 references are left: two runs of 5 fit, which begin at 8s. */
	sg_init_table(sgl, 4);
	for (i = 0; i < 4; i++)
		sg_set_page(&sgl[i], pt->pages + 5 * i, 5 * SZ_4K, 0);
	KUNIT_EXPECT_EQ(test, dma_map_sg(pt->fd.dev, sgl, 4, DMA_TO_DEVICE), 0);
	KUNIT_EXPECT_EQ(test, fake_grants.frames,
			(unsigned int)(WINDOW / SZ_4K) + REFS - 16);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], SZ_64K, DMA_TO_DEVICE);
	empty_window(test);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(large_buffers_are_granted_in_place_if_wanted),
	KUNIT_CASE(a_full_window_is_helped_out_in_place),
	KUNIT_CASE(with_all_full_it_is_refused_and_counted),
	KUNIT_CASE(without_references_large_buffers_are_copied),
	KUNIT_CASE(every_byte_is_counted_once),
	KUNIT_CASE(a_refused_mapping_makes_room_for_the_next),
	KUNIT_CASE(a_buffer_that_is_kept_breaks_the_device),
	KUNIT_CASE(syncs_go_where_the_address_says),
	KUNIT_CASE(what_has_no_page_is_not_mapped),
	KUNIT_CASE(a_list_in_place_is_mapped_whole_or_not_at_all),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "vxen-dma-policy",
	.init = policy_test_init,
	.exit = policy_test_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
