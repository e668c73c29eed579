// SPDX-License-Identifier: GPL-2.0-only
/*
 * canary_test.c - protects all that is not a buffer
 *
 * Memory is full of one byte, the canary. Buffers at random places in it are
 * mapped, synced and unmapped in a random order; they have data without the
 * canary, or canaries in them if the device is only to write them. After each
 * step the backend reads everything that is granted and must not find one. What
 * it does see of each buffer is compared with a model.
 * vxen_kunit.canary_seed= repeats a sequence.
 */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "fake_device.h"
#include "fake_grants.h"

#define WINDOW		SZ_256K
#define REFS		512U
#define STEPS		1500U

#define CANARY		0xc5

/*
 * One buffer at a time in each part. Parts begin in the middle of pages, so
 * that neighbours share pages; not in the middle of cache lines, which
 * DMA_API_DEBUG would see.
 */
#define PARTS		12U
#define PART		((size_t)9984)
#define BUF_ORDER	5
#define BUF_SIZE	((size_t)PAGE_SIZE << BUF_ORDER)

static unsigned int canary_seed;
module_param(canary_seed, uint, 0444);
MODULE_PARM_DESC(canary_seed, "seed of the random test; 0: another each time");

/**
 * struct part - a part of the memory, and the buffer in it
 * @p: the memory, PART bytes
 * @off: where the buffer begins
 * @size: its bytes; 0: there is none
 * @dir: its direction
 * @addr: its DMA address
 * @inplace: it is granted where it is
 * @dev: what the device sees of it
 */
struct part {
	u8 *p;
	size_t off;
	size_t size;
	enum dma_data_direction dir;
	dma_addr_t addr;
	bool inplace;
	u8 dev[PART];
};

/**
 * struct canary_test - all of it
 * @fd: the device
 * @pages: the memory
 * @part: its parts
 * @rnd: random numbers
 * @seen: what the backend reads or writes
 * @own: buffers granted where they are so far
 * @copied: that went through the window
 */
struct canary_test {
	struct fake_device fd;
	struct page *pages;
	struct part part[PARTS];
	struct rnd_state rnd;
	u8 seen[PART];
	unsigned int own;
	unsigned int copied;
};

static int canary_test_init(struct kunit *test)
{
	struct canary_test *ct = kunit_kzalloc(test, sizeof(*ct), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!ct)
		return -ENOMEM;
	test->priv = ct;
	ct->pages = alloc_pages(GFP_KERNEL | __GFP_COMP, BUF_ORDER);
	if (!ct->pages)
		return -ENOMEM;
	memset(page_address(ct->pages), CANARY, BUF_SIZE);
	for (i = 0; i < PARTS; i++)
		ct->part[i].p = page_address(ct->pages) + i * PART;

	err = fake_device_init(test, &ct->fd, WINDOW);
	if (err)
		return err;
	return vxen_inplace_start(&ct->fd.vx->dma.inplace, &ct->fd.vx->grantee,
				  REFS, ct->fd.vx->dma.stats);
}

static void canary_test_exit(struct kunit *test)
{
	struct canary_test *ct = test->priv;

	if (!ct)
		return;
	fake_device_exit(test, &ct->fd);
	if (ct->pages)
		__free_pages(ct->pages, BUF_ORDER);
}

static u32 below(struct canary_test *ct, u32 n)
{
	return prandom_u32_state(&ct->rnd) % n;
}

/* Anything but the canary. */
static void fill_random(struct canary_test *ct, u8 *p, size_t size)
{
	u32 r = prandom_u32_state(&ct->rnd);

	while (size--) {
		r = r * 1664525 + 1013904223;
		*p = r >> 24;
		if (*p == CANARY)
			(*p)++;
		p++;
	}
}

static void map_part(struct kunit *test, struct part *part)
{
	struct canary_test *ct = test->priv;
	u8 *buf;

	part->size = 1 + below(ct, PART);
	/* One in four has only whole pages, where there are any. */
	part->off = below(ct, PART - part->size + 1);
	if (!below(ct, 4)) {
		part->off = PAGE_ALIGN((unsigned long)part->p) -
			    (unsigned long)part->p;
		part->size = PAGE_SIZE;
	}
	part->dir = below(ct, 3);
	buf = part->p + part->off;

	if (part->dir == DMA_FROM_DEVICE) {
		memset(part->dev, 0, part->size);
	} else {
		fill_random(ct, buf, part->size);
		memcpy(part->dev, buf, part->size);
	}
	part->addr = dma_map_single(ct->fd.dev, buf, part->size, part->dir);
	KUNIT_ASSERT_EQ(test, dma_mapping_error(ct->fd.dev, part->addr), 0);
	part->inplace = vxen_inplace_has(&ct->fd.vx->dma.inplace, part->addr);
	ct->own += part->inplace;
	ct->copied += !part->inplace;
}

/* The device writes a range, if it may. */
static void write_part(struct kunit *test, struct part *part)
{
	struct canary_test *ct = test->priv;
	size_t off = below(ct, part->size);
	size_t len = 1 + below(ct, part->size - off);

	fill_random(ct, ct->seen, len);
	if (fake_backend_write(part->addr + off, ct->seen, len)) {
		memcpy(part->dev + off, ct->seen, len);
		/* Its window may be written, to no effect. */
		KUNIT_EXPECT_FALSE(test, part->dir == DMA_TO_DEVICE &&
				   part->inplace);
	} else {
		KUNIT_EXPECT_TRUE(test, part->dir == DMA_TO_DEVICE &&
				  part->inplace);
	}
}

/* A range is given to the CPU, which sees what the device does. */
static void sync_for_cpu(struct kunit *test, struct part *part)
{
	struct canary_test *ct = test->priv;
	size_t off = below(ct, part->size);
	size_t len = 1 + below(ct, part->size - off);

	dma_sync_single_range_for_cpu(ct->fd.dev, part->addr, off, len,
				      part->dir);
	if (part->dir != DMA_TO_DEVICE)
		KUNIT_EXPECT_EQ(test, memcmp(part->p + part->off + off,
					     part->dev + off, len), 0);
}

/* The CPU changes a range, and gives it to the device. */
static void sync_for_device(struct kunit *test, struct part *part)
{
	struct canary_test *ct = test->priv;
	size_t off = below(ct, part->size);
	size_t len = 1 + below(ct, part->size - off);
	u8 *buf = part->p + part->off + off;

	if (part->dir != DMA_FROM_DEVICE) {
		fill_random(ct, buf, len);
		memcpy(part->dev + off, buf, len);
	}
	dma_sync_single_range_for_device(ct->fd.dev, part->addr, off, len,
					 part->dir);
}

static void unmap_part(struct kunit *test, struct part *part)
{
	struct canary_test *ct = test->priv;

	dma_unmap_single(ct->fd.dev, part->addr, part->size, part->dir);
	if (part->dir != DMA_TO_DEVICE)
		KUNIT_EXPECT_EQ(test, memcmp(part->p + part->off, part->dev,
					     part->size), 0);
	/* Nothing beside it has changed. */
	KUNIT_EXPECT_NULL(test, memchr_inv(part->p, CANARY, part->off));
	KUNIT_EXPECT_NULL(test, memchr_inv(part->p + part->off + part->size,
					   CANARY,
					   PART - part->off - part->size));
	memset(part->p, CANARY, PART);
	part->size = 0;
}

static void step(struct kunit *test, struct part *part)
{
	struct canary_test *ct = test->priv;

	if (!part->size) {
		map_part(test, part);
		return;
	}

	switch (below(ct, 6)) {
	case 0:
	case 1:
		unmap_part(test, part);
		return;
	case 2:
	case 3:
		write_part(test, part);
		break;
	case 4:
		sync_for_cpu(test, part);
		break;
	default:
		sync_for_device(test, part);
	}
}

static bool as_expected(struct canary_test *ct)
{
	unsigned int i;

	if (fake_backend_finds(CANARY))
		return false;
	for (i = 0; i < PARTS; i++) {
		struct part *part = &ct->part[i];

		if (!part->size)
			continue;
		if (!fake_backend_read(part->addr, ct->seen, part->size) ||
		    memcmp(ct->seen, part->dev, part->size))
			return false;
	}

	return true;
}

/* How the buffers are mapped in step @i. */
static size_t mixed_min(struct canary_test *ct)
{
	static const size_t mins[] = { 0, 1, PAGE_SIZE, 6000 };

	return mins[below(ct, ARRAY_SIZE(mins))];
}

static void run(struct kunit *test, size_t inplace_min, bool mixed)
{
	u32 seed = canary_seed ?: get_random_u32();
	struct canary_test *ct = test->priv;
	unsigned int i;

	kunit_info(test, "vxen_kunit.canary_seed=%u", seed);
	prandom_seed_state(&ct->rnd, seed);
	for (i = 0; i < STEPS; i++) {
		ct->fd.vx->dma.inplace_min = mixed ? mixed_min(ct) :
						     inplace_min;
		step(test, &ct->part[below(ct, PARTS)]);
		KUNIT_ASSERT_TRUE_MSG(test, as_expected(ct), "step %u", i);
	}

	for (i = 0; i < PARTS; i++)
		if (ct->part[i].size)
			unmap_part(test, &ct->part[i]);
	KUNIT_EXPECT_TRUE(test, as_expected(ct));
	KUNIT_EXPECT_EQ(test, fake_grants.frames, WINDOW / SZ_4K);
}

static void through_the_window(struct kunit *test)
{
	struct canary_test *ct = test->priv;

	run(test, 0, false);
	KUNIT_EXPECT_EQ(test, ct->own, 0U);
	KUNIT_EXPECT_GT(test, ct->copied, 50U);
}

static void in_place(struct kunit *test)
{
	struct canary_test *ct = test->priv;

	run(test, 1, false);
	KUNIT_EXPECT_EQ(test, ct->copied, 0U);
	KUNIT_EXPECT_GT(test, ct->own, 50U);
}

static void in_both_ways(struct kunit *test)
{
	struct canary_test *ct = test->priv;

	run(test, 0, true);
	KUNIT_EXPECT_GT(test, ct->copied, 50U);
	KUNIT_EXPECT_GT(test, ct->own, 50U);
}

static struct kunit_case canary_cases[] = {
	KUNIT_CASE(through_the_window),
	KUNIT_CASE(in_place),
	KUNIT_CASE(in_both_ways),
	{}
};

static struct kunit_suite canary_suite = {
	.name = "vxen-canary",
	.init = canary_test_init,
	.exit = canary_test_exit,
	.test_cases = canary_cases,
};

kunit_test_suite(canary_suite);
