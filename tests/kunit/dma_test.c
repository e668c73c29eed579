// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_test.c - protects the data between drivers and the window
 *
 * What is mapped must arrive, all of it and nothing beside it, in both
 * directions; what an earlier request left in a slot must never come back.
 * Everything goes through the kernel's DMA API, so that its own checker
 * (DMA_API_DEBUG) sees it, too.
 */
#include <kunit/test.h>
#include <linux/dma-map-ops.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../include/virtio_msg_xen.h"
#include "fake_device.h"
#include "fake_grants.h"
#include "pattern.h"

#define WINDOW		SZ_512K

/* Room for the largest mapping at any offset, and guards around it. */
#define BUF_ORDER	5
#define BUF_SIZE	((size_t)PAGE_SIZE << BUF_ORDER)

#define GUARD		0xee

struct dma_test {
	struct fake_device fd;
	struct page *pages;
	u8 *buf;
};

static const size_t sizes[] = {
	1, 255, 256, 257, 511, 513, 1000, 4095, 4096, 4097, 8192, 12345,
	SZ_64K - 1, SZ_64K,
};

static const size_t offsets[] = {
	0, 1, 63, 255, 256, 2048, 4000, 4095, 4096, 7777,
};

static int dma_test_init(struct kunit *test)
{
	struct dma_test *dt = kunit_kzalloc(test, sizeof(*dt), GFP_KERNEL);

	if (!dt)
		return -ENOMEM;

	test->priv = dt;
	dt->pages = alloc_pages(GFP_KERNEL, BUF_ORDER);
	if (!dt->pages)
		return -ENOMEM;
	dt->buf = page_address(dt->pages);
	return fake_device_init(test, &dt->fd, WINDOW);
}

static void dma_test_exit(struct kunit *test)
{
	struct dma_test *dt = test->priv;

	if (!dt)
		return;
	fake_device_exit(test, &dt->fd);
	if (dt->pages)
		__free_pages(dt->pages, BUF_ORDER);
}

static u64 exhausted(const struct dma_test *dt)
{
	return fake_device_count(&dt->fd, VXEN_STAT_EXHAUSTED);
}

/* Is the buffer untouched outside of a part of it? */
static bool guarded(const struct dma_test *dt, size_t offset, size_t size)
{
	return !memchr_inv(dt->buf, GUARD, offset) &&
	       !memchr_inv(dt->buf + offset + size, GUARD,
			   BUF_SIZE - offset - size);
}

static dma_addr_t map_attrs(struct kunit *test, size_t offset, size_t size,
			    enum dma_data_direction dir, unsigned long attrs)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addr;

	addr = dma_map_page_attrs(dt->fd.dev, dt->pages + offset / PAGE_SIZE,
				  offset % PAGE_SIZE, size, dir, attrs);
	KUNIT_ASSERT_EQ(test, dma_mapping_error(dt->fd.dev, addr), 0);
	return addr;
}

static dma_addr_t map(struct kunit *test, size_t offset, size_t size,
		      enum dma_data_direction dir)
{
	return map_attrs(test, offset, size, dir, 0);
}

static void unmap(struct kunit *test, dma_addr_t addr, size_t size,
		  enum dma_data_direction dir)
{
	struct dma_test *dt = test->priv;

	dma_unmap_page(dt->fd.dev, addr, size, dir);
}

static u8 *va_of(struct kunit *test, dma_addr_t addr)
{
	struct dma_test *dt = test->priv;

	return fake_device_va(&dt->fd, addr);
}

/* Leave a secret in every slot of the window. */
static void dirty_window(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	struct vxen_window *win = fake_device_window(&dt->fd, 0);

	KUNIT_ASSERT_EQ(test, fake_device_used(&dt->fd), 0U);
	memset(win->va, 0x5e, win->size);
}

static void addresses_are_flag_reference_offset(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	struct vxen_window *win = fake_device_window(&dt->fd, 0);
	dma_addr_t a, b;
	u32 ref;

	a = map(test, 0, 100, DMA_TO_DEVICE);
	b = map(test, 4096, SZ_64K, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, a & VMSG_XEN_DMA_FLAG);
	KUNIT_EXPECT_TRUE(test, b & VMSG_XEN_DMA_FLAG);

	ref = (a & ~VMSG_XEN_DMA_FLAG) >> VMSG_XEN_FRAME_SHIFT;
	KUNIT_EXPECT_GE(test, ref, win->first_ref);
	ref = (b + SZ_64K - 1 - VMSG_XEN_DMA_FLAG) >> VMSG_XEN_FRAME_SHIFT;
	KUNIT_EXPECT_LT(test, ref, win->first_ref + win->nr_pages);

	/* The page at that reference is the one with the data. */
	ref = (a & ~VMSG_XEN_DMA_FLAG) >> VMSG_XEN_FRAME_SHIFT;
	KUNIT_EXPECT_PTR_EQ(test, vmalloc_to_page(va_of(test, a)),
			    win->pages[ref - win->first_ref]);
	unmap(test, a, 100, DMA_TO_DEVICE);
	unmap(test, b, SZ_64K, DMA_TO_DEVICE);
}

static void to_device_every_size_and_offset(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	unsigned int s, o;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (o = 0; o < ARRAY_SIZE(offsets); o++) {
			size_t size = sizes[s], off = offsets[o];
			dma_addr_t addr;

			memset(dt->buf, GUARD, BUF_SIZE);
			fill(dt->buf + off, size, s + o);
			addr = map(test, off, size, DMA_TO_DEVICE);
			KUNIT_EXPECT_TRUE(test, filled(va_of(test, addr), size,
						       s + o));
			/* What the device writes there does not come back. */
			memset(va_of(test, addr), 0x11, size);
			unmap(test, addr, size, DMA_TO_DEVICE);
			KUNIT_EXPECT_TRUE(test, filled(dt->buf + off, size,
						       s + o));
			KUNIT_EXPECT_TRUE(test, guarded(dt, off, size));
			KUNIT_ASSERT_EQ(test, fake_device_used(&dt->fd), 0U);
		}
	}
}

static void from_device_every_size_and_offset(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	unsigned int s, o;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (o = 0; o < ARRAY_SIZE(offsets); o++) {
			size_t size = sizes[s], off = offsets[o];
			dma_addr_t addr;

			memset(dt->buf, GUARD, BUF_SIZE);
			addr = map(test, off, size, DMA_FROM_DEVICE);
			fill(va_of(test, addr), size, s + o);
			KUNIT_EXPECT_TRUE(test, guarded(dt, off, 0));
			unmap(test, addr, size, DMA_FROM_DEVICE);
			KUNIT_EXPECT_TRUE(test, filled(dt->buf + off, size,
						       s + o));
			KUNIT_EXPECT_TRUE(test, guarded(dt, off, size));
			KUNIT_ASSERT_EQ(test, fake_device_used(&dt->fd), 0U);
		}
	}
}

static void both_ways(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addr;

	memset(dt->buf, GUARD, BUF_SIZE);
	fill(dt->buf + 3000, 3000, 1);
	addr = map(test, 3000, 3000, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, filled(va_of(test, addr), 3000, 1));
	fill(va_of(test, addr), 3000, 2);
	unmap(test, addr, 3000, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_TRUE(test, filled(dt->buf + 3000, 3000, 2));
	KUNIT_EXPECT_TRUE(test, guarded(dt, 3000, 3000));
}

static void the_neighbourhood_of_a_buffer_is_not_shown(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	struct vxen_window *win = fake_device_window(&dt->fd, 0);
	size_t i, guards = 0;
	dma_addr_t addr;

	memset(dt->buf, GUARD, BUF_SIZE);
	memset(dt->buf + 1000, 0x33, 5000);
	addr = map(test, 1000, 5000, DMA_TO_DEVICE);
	for (i = 0; i < win->size; i++)
		guards += ((u8 *)win->va)[i] == GUARD;
	KUNIT_EXPECT_EQ(test, guards, (size_t)0);
	unmap(test, addr, 5000, DMA_TO_DEVICE);
}

static void stale_data_never_returns(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	unsigned int s;
	dma_addr_t addr;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		size_t half = sizes[s] / 2;

		dirty_window(test);
		memset(dt->buf, GUARD, BUF_SIZE);
		addr = map(test, 0, sizes[s], DMA_FROM_DEVICE);
		KUNIT_EXPECT_NULL(test, memchr_inv(va_of(test, addr), 0,
						   sizes[s]));
		/* The device writes half of what it says. */
		memset(va_of(test, addr), 0x22, half);
		unmap(test, addr, sizes[s], DMA_FROM_DEVICE);
		KUNIT_EXPECT_NULL(test, memchr_inv(dt->buf, 0x22, half));
		KUNIT_EXPECT_NULL(test, memchr_inv(dt->buf + half, 0,
						   sizes[s] - half));
	}
}

static void no_stale_data_where_the_first_copy_is_skipped(struct kunit *test)
{
	static const enum dma_data_direction dirs[] = {
		DMA_FROM_DEVICE, DMA_BIDIRECTIONAL,
	};
	struct dma_test *dt = test->priv;
	unsigned int i;
	dma_addr_t addr;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		dirty_window(test);
		memset(dt->buf, GUARD, BUF_SIZE);
		addr = map_attrs(test, 0, 3000, dirs[i],
				 DMA_ATTR_SKIP_CPU_SYNC);
		KUNIT_EXPECT_NULL(test, memchr_inv(va_of(test, addr), 0, 3000));
		unmap(test, addr, 3000, dirs[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(dt->buf, 0, 3000));
	}
}

static void skipped_copies_are_not_made(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addr;

	memset(dt->buf, GUARD, BUF_SIZE);
	addr = map_attrs(test, 0, 3000, DMA_TO_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_EXPECT_NULL(test, memchr(va_of(test, addr), GUARD, 3000));
	dma_sync_single_for_device(dt->fd.dev, addr, 3000, DMA_TO_DEVICE);
	KUNIT_EXPECT_NULL(test, memchr_inv(va_of(test, addr), GUARD, 3000));
	unmap(test, addr, 3000, DMA_TO_DEVICE);

	addr = map(test, 0, 3000, DMA_FROM_DEVICE);
	fill(va_of(test, addr), 3000, 3);
	dma_unmap_page_attrs(dt->fd.dev, addr, 3000, DMA_FROM_DEVICE,
			     DMA_ATTR_SKIP_CPU_SYNC);
	KUNIT_EXPECT_TRUE(test, guarded(dt, 0, 0));
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
}

static const struct {
	size_t offset, size;
} parts[] = {
	{ 0, 1 }, { 0, 256 }, { 1, 1 }, { 255, 2 }, { 256, 256 }, { 300, 5000 },
	{ 4095, 2 }, { 9998, 1 }, { 0, 9999 }, { 5000, 4999 },
};

static void parts_are_synced_for_the_cpu(struct kunit *test)
{
	const size_t start = 3333, size = 9999;
	struct dma_test *dt = test->priv;
	unsigned int i;
	dma_addr_t addr;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t off = start + parts[i].offset, len = parts[i].size;

		memset(dt->buf, GUARD, BUF_SIZE);
		addr = map(test, start, size, DMA_FROM_DEVICE);
		memset(va_of(test, addr), 0x44, size);
		fill(va_of(test, addr) + parts[i].offset, len, i);
		dma_sync_single_range_for_cpu(dt->fd.dev, addr, parts[i].offset,
					      len, DMA_FROM_DEVICE);
		KUNIT_EXPECT_TRUE(test, filled(dt->buf + off, len, i));
		KUNIT_EXPECT_TRUE(test, guarded(dt, off, len));
		dma_unmap_page_attrs(dt->fd.dev, addr, size, DMA_FROM_DEVICE,
				     DMA_ATTR_SKIP_CPU_SYNC);
		KUNIT_EXPECT_TRUE(test, guarded(dt, off, len));
	}
}

static void parts_are_synced_for_the_device(struct kunit *test)
{
	const size_t start = 3333, size = 9999;
	struct dma_test *dt = test->priv;
	unsigned int i;
	dma_addr_t addr;
	u8 *va;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t off = parts[i].offset, len = parts[i].size;

		addr = map(test, start, size, DMA_TO_DEVICE);
		va = va_of(test, addr);
		memset(va, GUARD, size);
		memset(dt->buf, 0x55, BUF_SIZE);
		fill(dt->buf + start + off, len, i);
		dma_sync_single_range_for_device(dt->fd.dev, addr, off, len,
						 DMA_TO_DEVICE);
		KUNIT_EXPECT_TRUE(test, filled(va + off, len, i));
		KUNIT_EXPECT_NULL(test, memchr_inv(va, GUARD, off));
		KUNIT_EXPECT_NULL(test, memchr_inv(va + off + len, GUARD,
						   size - off - len));
		unmap(test, addr, size, DMA_TO_DEVICE);
	}
}

static void syncs_in_the_wrong_direction_do_nothing(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addr;

	memset(dt->buf, GUARD, BUF_SIZE);
	addr = map(test, 0, 1000, DMA_TO_DEVICE);
	memset(va_of(test, addr), 0x66, 1000);
	dma_sync_single_for_cpu(dt->fd.dev, addr, 1000, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, guarded(dt, 0, 0));
	unmap(test, addr, 1000, DMA_TO_DEVICE);

	addr = map(test, 0, 1000, DMA_FROM_DEVICE);
	dma_sync_single_for_device(dt->fd.dev, addr, 1000, DMA_FROM_DEVICE);
	KUNIT_EXPECT_NULL(test, memchr_inv(va_of(test, addr), 0, 1000));
	unmap(test, addr, 1000, DMA_FROM_DEVICE);
}

static void fill_window(struct kunit *test, dma_addr_t *addrs, unsigned int nr)
{
	unsigned int i;

	/* Each its own cache lines, or DMA_API_DEBUG complains. */
	for (i = 0; i < nr; i++)
		addrs[i] = map(test, i * 64, SZ_64K, DMA_TO_DEVICE);
}

static void a_full_window_refuses_and_counts(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addrs[WINDOW / SZ_64K], addr;
	unsigned int i;

	fill_window(test, addrs, ARRAY_SIZE(addrs));
	KUNIT_EXPECT_EQ(test, exhausted(dt), 0ULL);

	addr = dma_map_page(dt->fd.dev, dt->pages, 0, 1, DMA_TO_DEVICE);
	KUNIT_EXPECT_NE(test, dma_mapping_error(dt->fd.dev, addr), 0);
	KUNIT_EXPECT_EQ(test, (u64)addr, (u64)DMA_MAPPING_ERROR);
	KUNIT_EXPECT_EQ(test, exhausted(dt), 1ULL);

	unmap(test, addrs[3], SZ_64K, DMA_TO_DEVICE);
	addrs[3] = map(test, 0, SZ_64K, DMA_TO_DEVICE);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], SZ_64K, DMA_TO_DEVICE);
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
}

static void too_large_mappings_are_refused(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addr;

	KUNIT_EXPECT_EQ(test, dma_max_mapping_size(dt->fd.dev), (size_t)SZ_64K);
	addr = dma_map_page(dt->fd.dev, dt->pages, 0, SZ_64K + 1,
			    DMA_TO_DEVICE);
	KUNIT_EXPECT_NE(test, dma_mapping_error(dt->fd.dev, addr), 0);
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
}

static void without_a_window_nothing_is_mapped(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	struct vxen_window *win = fake_device_window(&dt->fd, 0);
	dma_addr_t addr;

	rcu_assign_pointer(dt->fd.vx->dma.pool.win[0], NULL);
	addr = dma_map_page(dt->fd.dev, dt->pages, 0, 1, DMA_TO_DEVICE);
	KUNIT_EXPECT_NE(test, dma_mapping_error(dt->fd.dev, addr), 0);
	KUNIT_EXPECT_NULL(test, dma_alloc_coherent(dt->fd.dev, 1, &addr,
						   GFP_KERNEL));
	rcu_assign_pointer(dt->fd.vx->dma.pool.win[0], win);
}

static void buffers_share_no_slot(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addrs[64];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		addrs[i] = map(test, i * 64, 1, DMA_FROM_DEVICE);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_NE(test, addrs[i] / VXEN_SLOT_SIZE,
					addrs[j] / VXEN_SLOT_SIZE);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], 1, DMA_FROM_DEVICE);
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
}

/* A list whose entries have different sizes and cross pages. */
static void make_sg(struct dma_test *dt, struct scatterlist *sgl,
		    unsigned int nr)
{
	unsigned int i;

	sg_init_table(sgl, nr);
	for (i = 0; i < nr; i++)
		sg_set_page(&sgl[i], dt->pages + 2 * i, 100 + 1000 * i,
			    200 + 500 * i);
}

static void scattered_buffers(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	struct scatterlist sgl[5], *sg;
	int i;

	make_sg(dt, sgl, ARRAY_SIZE(sgl));
	memset(dt->buf, GUARD, BUF_SIZE);
	for_each_sg(sgl, sg, 5, i)
		fill(sg_virt(sg), sg->length, i);
	KUNIT_ASSERT_EQ(test, dma_map_sg(dt->fd.dev, sgl, 5,
					 DMA_BIDIRECTIONAL), 5);
	for_each_sg(sgl, sg, 5, i) {
		KUNIT_EXPECT_EQ(test, sg_dma_len(sg), sg->length);
		KUNIT_EXPECT_TRUE(test, filled(va_of(test, sg_dma_address(sg)),
					       sg->length, i));
		fill(va_of(test, sg_dma_address(sg)), sg->length, 10 + i);
	}

	dma_sync_sg_for_cpu(dt->fd.dev, sgl, 5, DMA_BIDIRECTIONAL);
	for_each_sg(sgl, sg, 5, i) {
		KUNIT_EXPECT_TRUE(test, filled(sg_virt(sg), sg->length,
					       10 + i));
		fill(sg_virt(sg), sg->length, 20 + i);
	}
	dma_sync_sg_for_device(dt->fd.dev, sgl, 5, DMA_BIDIRECTIONAL);
	for_each_sg(sgl, sg, 5, i)
		KUNIT_EXPECT_TRUE(test, filled(va_of(test, sg_dma_address(sg)),
					       sg->length, 20 + i));

	dma_unmap_sg(dt->fd.dev, sgl, 5, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
}

static void a_list_is_mapped_whole_or_not_at_all(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addrs[WINDOW / SZ_64K - 1];
	struct scatterlist sgl[3];
	unsigned int i, used;

	/* Room for 64 KiB: three entries of 20 KiB do not fit. */
	memset(dt->buf, GUARD, BUF_SIZE);
	fill_window(test, addrs, ARRAY_SIZE(addrs));
	used = fake_device_used(&dt->fd);
	sg_init_table(sgl, 3);
	for (i = 0; i < 3; i++)
		sg_set_page(&sgl[i], dt->pages + 6 * i, 5 * PAGE_SIZE, 0);

	KUNIT_EXPECT_EQ(test, dma_map_sg(dt->fd.dev, sgl, 3, DMA_FROM_DEVICE),
			0);
	/* It was the last one that did not fit. */
	KUNIT_EXPECT_NE(test, (u64)sg_dma_address(&sgl[1]), 0ULL);
	KUNIT_EXPECT_EQ(test, (u64)sg_dma_address(&sgl[2]), 0ULL);
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), used);
	/* What was mapped in vain has not been copied back. */
	KUNIT_EXPECT_TRUE(test, guarded(dt, 0, 0));
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], SZ_64K, DMA_TO_DEVICE);
}

static void coherent_memory_is_aligned_and_zeroed(struct kunit *test)
{
	static const size_t allocs[] = {
		1, 4096, 4097, 8192, 10000, SZ_64K, SZ_64K + 1, SZ_128K,
	};
	struct dma_test *dt = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allocs); i++) {
		size_t align = max(roundup_pow_of_two(allocs[i]), PAGE_SIZE);
		dma_addr_t addr;
		struct vxen_window *win = fake_device_window(&dt->fd, 0);
		void *va;

		dirty_window(test);
		/* Atomic: a driver may hold a lock. */
		va = dma_alloc_coherent(dt->fd.dev, allocs[i], &addr,
					GFP_ATOMIC);
		KUNIT_ASSERT_NOT_NULL(test, va);
		KUNIT_EXPECT_EQ(test, (addr - win->dma) % align,
				0ULL);
		KUNIT_EXPECT_EQ(test, (unsigned long)va % PAGE_SIZE, 0UL);
		KUNIT_EXPECT_PTR_EQ(test, va, (void *)va_of(test, addr));
		KUNIT_EXPECT_NULL(test, memchr_inv(va, 0, allocs[i]));
		dma_free_coherent(dt->fd.dev, allocs[i], va, addr);
		KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
	}
}

static void coherent_memory_runs_out_and_is_counted(struct kunit *test)
{
	struct dma_test *dt = test->priv;
	dma_addr_t addr, addrs[WINDOW / SZ_128K];
	void *vas[WINDOW / SZ_128K];
	unsigned int i;

	KUNIT_EXPECT_NULL(test, dma_alloc_coherent(dt->fd.dev, SZ_128K + 1,
						   &addr, GFP_KERNEL));
	for (i = 0; i < ARRAY_SIZE(vas); i++) {
		vas[i] = dma_alloc_coherent(dt->fd.dev, SZ_128K, &addrs[i],
					    GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, vas[i]);
	}
	KUNIT_EXPECT_NULL(test, dma_alloc_coherent(dt->fd.dev, 1, &addr,
						   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, exhausted(dt), 2ULL);
	for (i = 0; i < ARRAY_SIZE(vas); i++)
		dma_free_coherent(dt->fd.dev, SZ_128K, vas[i], addrs[i]);
	KUNIT_EXPECT_EQ(test, fake_device_used(&dt->fd), 0U);
}

static void addresses_need_all_64_bits(struct kunit *test)
{
	struct dma_test *dt = test->priv;

	KUNIT_EXPECT_EQ(test, dma_get_mask(dt->fd.dev), DMA_BIT_MASK(64));
	KUNIT_EXPECT_NE(test, dma_set_mask(dt->fd.dev, DMA_BIT_MASK(32)), 0);
	KUNIT_EXPECT_NE(test, dma_set_mask(dt->fd.dev, DMA_BIT_MASK(63)), 0);
	KUNIT_EXPECT_EQ(test, dma_set_mask(dt->fd.dev, DMA_BIT_MASK(64)), 0);
}

static void our_operations_are_put_back_in_force(struct kunit *test)
{
	static const struct dma_map_ops other;
	struct dma_test *dt = test->priv;
	const struct dma_map_ops *ours = get_dma_ops(dt->fd.dev);

	KUNIT_ASSERT_NOT_NULL(test, ours);
	vxen_dma_claim(dt->fd.dev);
	KUNIT_EXPECT_PTR_EQ(test, get_dma_ops(dt->fd.dev), ours);
	set_dma_ops(dt->fd.dev, &other);
	vxen_dma_claim(dt->fd.dev);
	KUNIT_EXPECT_PTR_EQ(test, get_dma_ops(dt->fd.dev), ours);
	vxen_dma_detach(dt->fd.dev);
	KUNIT_EXPECT_NULL(test, get_dma_ops(dt->fd.dev));
	KUNIT_EXPECT_EQ(test, vxen_dma_attach(dt->fd.dev, &dt->fd.vx->dma), 0);
	KUNIT_EXPECT_PTR_EQ(test, get_dma_ops(dt->fd.dev), ours);
}

static struct kunit_case dma_cases[] = {
	KUNIT_CASE(addresses_are_flag_reference_offset),
	KUNIT_CASE(to_device_every_size_and_offset),
	KUNIT_CASE(from_device_every_size_and_offset),
	KUNIT_CASE(both_ways),
	KUNIT_CASE(the_neighbourhood_of_a_buffer_is_not_shown),
	KUNIT_CASE(stale_data_never_returns),
	KUNIT_CASE(no_stale_data_where_the_first_copy_is_skipped),
	KUNIT_CASE(skipped_copies_are_not_made),
	KUNIT_CASE(parts_are_synced_for_the_cpu),
	KUNIT_CASE(parts_are_synced_for_the_device),
	KUNIT_CASE(syncs_in_the_wrong_direction_do_nothing),
	KUNIT_CASE(a_full_window_refuses_and_counts),
	KUNIT_CASE(too_large_mappings_are_refused),
	KUNIT_CASE(without_a_window_nothing_is_mapped),
	KUNIT_CASE(buffers_share_no_slot),
	KUNIT_CASE(scattered_buffers),
	KUNIT_CASE(a_list_is_mapped_whole_or_not_at_all),
	KUNIT_CASE(coherent_memory_is_aligned_and_zeroed),
	KUNIT_CASE(coherent_memory_runs_out_and_is_counted),
	KUNIT_CASE(addresses_need_all_64_bits),
	KUNIT_CASE(our_operations_are_put_back_in_force),
	{}
};

static struct kunit_suite dma_suite = {
	.name = "vxen-dma",
	.init = dma_test_init,
	.exit = dma_test_exit,
	.test_cases = dma_cases,
};

kunit_test_suite(dma_suite);
