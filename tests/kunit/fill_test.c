// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill_test.c - protects what a device did not write from being something else
 *
 * Networks and disks do without the zeros that other devices' buffers are filled
 * with. What an earlier request left in a slot must not come back nevertheless,
 * however much of it the device writes.
 */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "fake_device.h"
#include "pattern.h"

#define WINDOW		SZ_512K

#define BUF_ORDER	5
#define BUF_SIZE	((size_t)PAGE_SIZE << BUF_ORDER)

#define GUARD		0xee
#define SECRET		0x5e
#define WRITTEN		0x22

struct fill_test {
	struct fake_device fd;
	struct page *pages;
	u8 *buf;
};

static int fill_test_init(struct kunit *test)
{
	struct fill_test *ft = kunit_kzalloc(test, sizeof(*ft), GFP_KERNEL);

	if (!ft)
		return -ENOMEM;

	test->priv = ft;
	ft->pages = alloc_pages(GFP_KERNEL, BUF_ORDER);
	if (!ft->pages)
		return -ENOMEM;
	ft->buf = page_address(ft->pages);
	return fake_device_init(test, &ft->fd, WINDOW);
}

static void fill_test_exit(struct kunit *test)
{
	struct fill_test *ft = test->priv;

	if (!ft)
		return;
	fake_device_exit(test, &ft->fd);
	if (ft->pages)
		__free_pages(ft->pages, BUF_ORDER);
}

/* Map a part of the buffer, in a window that is full of an earlier secret. */
static u8 *map(struct kunit *test, size_t offset, size_t size,
	       enum dma_data_direction dir, unsigned long attrs,
	       dma_addr_t *addr)
{
	struct fill_test *ft = test->priv;
	struct vxen_window *win = fake_device_window(&ft->fd, 0);

	KUNIT_ASSERT_EQ(test, fake_device_used(&ft->fd), 0U);
	memset(win->va, SECRET, win->size);
	memset(ft->buf, GUARD, BUF_SIZE);
	*addr = dma_map_page_attrs(ft->fd.dev, ft->pages + offset / PAGE_SIZE,
				   offset % PAGE_SIZE, size, dir, attrs);
	KUNIT_ASSERT_EQ(test, dma_mapping_error(ft->fd.dev, *addr), 0);
	return fake_device_va(&ft->fd, *addr);
}

static void unmap(struct kunit *test, dma_addr_t addr, size_t size,
		  enum dma_data_direction dir)
{
	struct fill_test *ft = test->priv;

	dma_unmap_page(ft->fd.dev, addr, size, dir);
}

static bool guarded(const struct fill_test *ft, size_t offset, size_t size)
{
	return !memchr_inv(ft->buf, GUARD, offset) &&
	       !memchr_inv(ft->buf + offset + size, GUARD,
			   BUF_SIZE - offset - size);
}

static bool all(const void *p, u8 value, size_t size)
{
	return !memchr_inv(p, value, size);
}

/* Only what is certain to be looked at no further than it was written. */
static void packets_need_no_zeros(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 256, 1000, 1023, SZ_1K, 1500, 4096, 12345, SZ_64K,
	};
	struct fill_test *ft = test->priv;
	unsigned int s;
	dma_addr_t addr;
	u8 *va;

	ft->fd.vx->dma.fill = VXEN_DMA_FILL_NOTHING;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		bool large = sizes[s] >= SZ_1K;

		va = map(test, 0, sizes[s], DMA_FROM_DEVICE, 0, &addr);
		KUNIT_EXPECT_TRUE(test, all(va, large ? SECRET : 0, sizes[s]));
		memset(va, WRITTEN, sizes[s]);
		unmap(test, addr, sizes[s], DMA_FROM_DEVICE);
		KUNIT_EXPECT_TRUE(test, all(ft->buf, WRITTEN, sizes[s]));
		KUNIT_EXPECT_TRUE(test, guarded(ft, 0, sizes[s]));

		va = map(test, 0, sizes[s], DMA_BIDIRECTIONAL,
			 DMA_ATTR_SKIP_CPU_SYNC, &addr);
		KUNIT_EXPECT_TRUE(test, all(va, 0, sizes[s]));
		unmap(test, addr, sizes[s], DMA_BIDIRECTIONAL);
	}
}

static void sectors_arrive_as_they_are_written(struct kunit *test)
{
	static const size_t sizes[] = { 512, 1024, 4096, 12288, SZ_64K };
	static const size_t offsets[] = { 0, 512, 3584, 4096, 7680 };
	struct fill_test *ft = test->priv;
	unsigned int s, o;
	dma_addr_t addr;
	u8 *va;

	ft->fd.vx->dma.fill = VXEN_DMA_FILL_MARKS;
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (o = 0; o < ARRAY_SIZE(offsets); o++) {
			va = map(test, offsets[o], sizes[s], DMA_FROM_DEVICE, 0,
				 &addr);
			fill(va, sizes[s], s + o);
			KUNIT_EXPECT_TRUE(test, guarded(ft, 0, 0));
			unmap(test, addr, sizes[s], DMA_FROM_DEVICE);
			KUNIT_EXPECT_TRUE(test, filled(ft->buf + offsets[o],
						       sizes[s], s + o));
			KUNIT_EXPECT_TRUE(test, guarded(ft, offsets[o],
							sizes[s]));
		}
	}
}

/* Sector i of a buffer is written if bit i of a pattern says so. */
static void sectors_not_written_are_zeros(struct kunit *test)
{
	static const u32 patterns[] = { 0, 1, 0x80000000, 0x0000ffff, 0xa55a3c01 };
	struct fill_test *ft = test->priv;
	unsigned int p, i;
	dma_addr_t addr;
	u8 *va;

	ft->fd.vx->dma.fill = VXEN_DMA_FILL_MARKS;
	for (p = 0; p < ARRAY_SIZE(patterns); p++) {
		va = map(test, 512, SZ_16K, DMA_FROM_DEVICE, 0, &addr);
		for (i = 0; i < 32; i++)
			if (patterns[p] & BIT(i))
				memset(va + 512 * i, WRITTEN, 512);
		unmap(test, addr, SZ_16K, DMA_FROM_DEVICE);
		for (i = 0; i < 32; i++)
			KUNIT_EXPECT_TRUE(test,
					  all(ft->buf + 512 + 512 * i,
					      patterns[p] & BIT(i) ? WRITTEN : 0,
					      512));
		KUNIT_EXPECT_TRUE(test, guarded(ft, 512, SZ_16K));
	}
}

/* A device that stops within a sector has not written it. */
static void a_part_of_a_sector_is_none(struct kunit *test)
{
	static const size_t parts[] = { 1, 8, 256, 495 };
	struct fill_test *ft = test->priv;
	unsigned int i;
	dma_addr_t addr;
	u8 *va;

	ft->fd.vx->dma.fill = VXEN_DMA_FILL_MARKS;
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		va = map(test, 0, 4096, DMA_FROM_DEVICE, 0, &addr);
		memset(va, WRITTEN, 1024 + parts[i]);
		unmap(test, addr, 4096, DMA_FROM_DEVICE);
		KUNIT_EXPECT_TRUE(test, all(ft->buf, WRITTEN, 1024));
		KUNIT_EXPECT_TRUE(test, all(ft->buf + 1024, 0, 3072));
	}
}

/* Identifiers, status bytes, and what else is not made of sectors. */
static void what_is_no_sector_is_zeroed(struct kunit *test)
{
	static const struct {
		size_t offset, size;
	} odd[] = {
		{ 0, 1 }, { 0, 20 }, { 0, 511 }, { 0, 513 }, { 1, 512 },
		{ 256, 512 }, { 511, 1024 }, { 512, 4095 }, { 16, 4096 },
	};
	struct fill_test *ft = test->priv;
	unsigned int i;
	dma_addr_t addr;
	u8 *va;

	ft->fd.vx->dma.fill = VXEN_DMA_FILL_MARKS;
	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		va = map(test, odd[i].offset, odd[i].size, DMA_FROM_DEVICE, 0,
			 &addr);
		KUNIT_EXPECT_TRUE(test, all(va, 0, odd[i].size));
		va[0] = WRITTEN;
		unmap(test, addr, odd[i].size, DMA_FROM_DEVICE);
		KUNIT_EXPECT_EQ(test, ft->buf[odd[i].offset], WRITTEN);
		KUNIT_EXPECT_TRUE(test, all(ft->buf + odd[i].offset + 1, 0,
					    odd[i].size - 1));
	}

	va = map(test, 0, 4096, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC,
		 &addr);
	KUNIT_EXPECT_TRUE(test, all(va, 0, 4096));
	unmap(test, addr, 4096, DMA_BIDIRECTIONAL);
}

/* It may still be writing: what is not there yet comes with the next look. */
static void a_look_takes_nothing_away(struct kunit *test)
{
	struct fill_test *ft = test->priv;
	dma_addr_t addr;
	u8 *va;

	ft->fd.vx->dma.fill = VXEN_DMA_FILL_MARKS;
	va = map(test, 4096, 4096, DMA_FROM_DEVICE, 0, &addr);
	memset(va, WRITTEN, 512);
	dma_sync_single_for_cpu(ft->fd.dev, addr + 300, 1000, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, all(ft->buf + 4096 + 300, WRITTEN, 212));
	KUNIT_EXPECT_TRUE(test, all(ft->buf + 4096 + 512, 0, 788));
	KUNIT_EXPECT_NULL(test, memchr(ft->buf, SECRET, BUF_SIZE));
	KUNIT_EXPECT_TRUE(test, guarded(ft, 4096, 4096));

	memset(va + 512, WRITTEN + 1, 4096 - 512);
	unmap(test, addr, 4096, DMA_FROM_DEVICE);
	KUNIT_EXPECT_TRUE(test, all(ft->buf + 4096, WRITTEN, 512));
	KUNIT_EXPECT_TRUE(test, all(ft->buf + 4096 + 512, WRITTEN + 1, 3584));
	KUNIT_EXPECT_TRUE(test, guarded(ft, 4096, 4096));
}

static void no_two_marks_are_the_same(struct kunit *test)
{
	struct vxen_mark a, b;

	vxen_mark_init(&a);
	vxen_mark_init(&b);
	KUNIT_EXPECT_NE(test, a.word[0], b.word[0]);
	KUNIT_EXPECT_NE(test, a.word[1], b.word[1]);
}

static struct kunit_case fill_cases[] = {
	KUNIT_CASE(packets_need_no_zeros),
	KUNIT_CASE(sectors_arrive_as_they_are_written),
	KUNIT_CASE(sectors_not_written_are_zeros),
	KUNIT_CASE(a_part_of_a_sector_is_none),
	KUNIT_CASE(what_is_no_sector_is_zeroed),
	KUNIT_CASE(a_look_takes_nothing_away),
	KUNIT_CASE(no_two_marks_are_the_same),
	{}
};

static struct kunit_suite fill_suite = {
	.name = "vxen-fill",
	.init = fill_test_init,
	.exit = fill_test_exit,
	.test_cases = fill_cases,
};

kunit_test_suite(fill_suite);
