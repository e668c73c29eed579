// SPDX-License-Identifier: GPL-2.0-only
/*
 * inplace_test.c - protects buffers that are granted where they are
 *
 * A grant is of a whole frame, a buffer begins and ends where it likes. The
 * tests look at what is granted as the backend would, and have to find the
 * buffer's bytes and zeros, and nothing of what lies beside the buffer in the
 * same pages; nor what was in a buffer that is only to be written. A frame that
 * the backend keeps must stay where it is, with its reference.
 */
#include <kunit/test.h>
#include <linux/dma-direction.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../drivers/grants.h"
#include "../../drivers/inplace.h"
#include "fake_grants.h"
#include "pattern.h"

#define DOMID		9
#define REFS		512U

#define BUF_ORDER	5
#define BUF_SIZE	((size_t)PAGE_SIZE << BUF_ORDER)
#define GUARD		0xee

#define TO	DMA_TO_DEVICE
#define FROM	DMA_FROM_DEVICE
#define BOTH	DMA_BIDIRECTIONAL

/**
 * struct inplace_test - references, and a buffer
 * @to: the backend
 * @ip: what is tested
 * @stats: its counters
 * @pages: memory that buffers are parts of
 * @buf: the same
 * @seen: what the backend sees, in whole frames
 */
struct inplace_test {
	struct vxen_grantee to;
	struct vxen_inplace ip;
	struct vxen_stats __percpu *stats;
	struct page *pages;
	u8 *buf;
	u8 *seen;
};

static const size_t sizes[] = {
	1, 2, 255, 2048, 4095, 4096, 4097, 5000, 8191, 8192, 8193, 12288,
	20000, SZ_64K - 1, SZ_64K,
};

static const size_t offsets[] = {
	0, 1, 64, 2048, 4000, 4095, 4096, 7777,
};

static int inplace_test_init(struct kunit *test)
{
	struct inplace_test *it = kunit_kzalloc(test, sizeof(*it), GFP_KERNEL);

	if (!it)
		return -ENOMEM;

	fake_grants_reset();
	test->priv = it;
	it->to.domid = DOMID;
	it->to.name = "vxen-kunit";
	it->stats = alloc_percpu(struct vxen_stats);
	/* A compound page, as the buffers of drivers are. */
	it->pages = alloc_pages(GFP_KERNEL | __GFP_COMP, BUF_ORDER);
	it->seen = kvmalloc(BUF_SIZE, GFP_KERNEL);
	if (!it->stats || !it->pages || !it->seen)
		return -ENOMEM;
	it->buf = page_address(it->pages);
	memset(it->buf, GUARD, BUF_SIZE);

	return vxen_inplace_start(&it->ip, &it->to, REFS, it->stats);
}

static void inplace_test_exit(struct kunit *test)
{
	struct inplace_test *it = test->priv;

	if (!it)
		return;
	KUNIT_EXPECT_EQ(test, atomic_read(&it->ip.granted), 0);
	vxen_inplace_stop(&it->ip);
	vxen_revoke_exit();
	fake_grants_expect_empty(test);
	fake_grants_reset();
	if (it->pages) {
		KUNIT_EXPECT_EQ(test, page_count(it->pages), 1);
		__free_pages(it->pages, BUF_ORDER);
	}
	kvfree(it->seen);
	free_percpu(it->stats);
}

static u64 count(const struct inplace_test *it, enum vxen_stat what)
{
	return vxen_counted(it->stats, what);
}

static bool guarded(const struct inplace_test *it, size_t offset, size_t size)
{
	return !memchr_inv(it->buf, GUARD, offset) &&
	       !memchr_inv(it->buf + offset + size, GUARD,
			   BUF_SIZE - offset - size);
}

static unsigned int frames(size_t offset, size_t size)
{
	return (offset % SZ_4K + size + SZ_4K - 1) / SZ_4K;
}

/* Frames that are all the buffer's. */
static unsigned int whole_frames(size_t offset, size_t size)
{
	size_t start = round_up(offset, SZ_4K);
	size_t end = round_down(offset + size, SZ_4K);

	return end > start ? (end - start) / SZ_4K : 0;
}

static u64 map(struct kunit *test, size_t offset, size_t size,
	       enum dma_data_direction dir, bool skip)
{
	struct inplace_test *it = test->priv;
	u64 addr;

	addr = vxen_inplace_map(&it->ip, virt_to_phys(it->buf) + offset, size,
				dir, skip);
	KUNIT_ASSERT_NE(test, addr, 0ULL);
	KUNIT_EXPECT_EQ(test, addr % SZ_4K, (u64)offset % SZ_4K);
	KUNIT_EXPECT_TRUE(test, vxen_inplace_has(&it->ip, addr));
	KUNIT_EXPECT_TRUE(test, vxen_inplace_has(&it->ip, addr + size - 1));
	return addr;
}

static void unmap(struct kunit *test, u64 addr, size_t size,
		  enum dma_data_direction dir, bool skip)
{
	struct inplace_test *it = test->priv;

	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&it->ip, addr, size, dir,
						 skip), 0U);
}

/* All that the backend can see of a mapping, in whole frames. */
static void look(struct kunit *test, u64 addr, size_t size)
{
	struct inplace_test *it = test->priv;
	unsigned int nr = frames(addr, size);

	KUNIT_ASSERT_TRUE(test, fake_backend_read(addr & ~0xfffULL, it->seen,
						  nr * SZ_4K));
}

/* Has the backend seen nothing but zeros beside the buffer? */
static bool only_zeros_beside(const struct inplace_test *it, size_t offset,
			      size_t size)
{
	size_t head = offset % SZ_4K;
	size_t tail = frames(offset, size) * SZ_4K - head - size;

	return !memchr_inv(it->seen, 0, head) &&
	       !memchr_inv(it->seen + head + size, 0, tail);
}

static bool in_buffer(const struct inplace_test *it, const struct page *page)
{
	return page >= it->pages && page < it->pages + (1 << BUF_ORDER);
}

/* Whole frames are granted themselves, others never. */
static void expect_grants(struct kunit *test, u64 addr, size_t offset,
			  size_t size, bool readonly)
{
	struct inplace_test *it = test->priv;
	unsigned int i, own = 0, nr = frames(offset, size);

	KUNIT_EXPECT_EQ(test, fake_grants.frames, nr);
	for (i = 0; i < nr; i++) {
		struct fake_grant grant;

		KUNIT_ASSERT_TRUE(test, fake_grants_get(fake_ref(addr) + i,
							&grant));
		KUNIT_EXPECT_EQ(test, grant.domid, DOMID);
		KUNIT_EXPECT_EQ(test, grant.readonly, readonly);
		if (!in_buffer(it, grant.page))
			continue;
		own++;
		KUNIT_EXPECT_PTR_EQ(test, grant.page,
				    it->pages + offset / SZ_4K + i);
	}
	KUNIT_EXPECT_EQ(test, own, whole_frames(offset, size));
}

static void what_the_device_reads(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	unsigned int s, o;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (o = 0; o < ARRAY_SIZE(offsets); o++) {
			size_t size = sizes[s], off = offsets[o];
			u64 addr, byte;

			memset(it->buf, GUARD, BUF_SIZE);
			fill(it->buf + off, size, s + o);
			addr = map(test, off, size, TO, false);
			expect_grants(test, addr, off, size, true);
			look(test, addr, size);
			KUNIT_EXPECT_TRUE(test, filled(it->seen + off % SZ_4K,
						       size, s + o));
			KUNIT_EXPECT_TRUE(test,
					  only_zeros_beside(it, off, size));
			/* Not one byte of it may be written. */
			for (byte = addr; byte < addr + size; byte += SZ_4K)
				KUNIT_EXPECT_FALSE(test,
						   fake_backend_write(byte, "",
								      1));
			unmap(test, addr, size, TO, false);
			KUNIT_EXPECT_TRUE(test, filled(it->buf + off, size,
						       s + o));
			KUNIT_EXPECT_TRUE(test, guarded(it, off, size));
			KUNIT_ASSERT_EQ(test, fake_grants.frames, 0U);
		}
	}
}

static void what_the_device_writes(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	unsigned int s, o;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (o = 0; o < ARRAY_SIZE(offsets); o++) {
			size_t size = sizes[s], off = offsets[o];
			unsigned int nr = frames(off, size);
			u64 addr;

			memset(it->buf, GUARD, BUF_SIZE);
			addr = map(test, off, size, FROM, false);
			expect_grants(test, addr, off, size, false);
			/* Nothing that was in the buffer, or beside it. */
			look(test, addr, size);
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(it->seen, 0, nr * SZ_4K));

			/* It writes all that it can, not just the buffer. */
			memset(it->seen, 0x77, nr * SZ_4K);
			fill(it->seen + off % SZ_4K, size, s + o);
			KUNIT_EXPECT_TRUE(test,
					  fake_backend_write(addr & ~0xfffULL,
							     it->seen,
							     nr * SZ_4K));
			unmap(test, addr, size, FROM, false);
			KUNIT_EXPECT_TRUE(test, filled(it->buf + off, size,
						       s + o));
			KUNIT_EXPECT_TRUE(test, guarded(it, off, size));
			KUNIT_ASSERT_EQ(test, fake_grants.frames, 0U);
		}
	}
}

static void what_goes_both_ways(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	unsigned int s, o;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (o = 0; o < ARRAY_SIZE(offsets); o++) {
			size_t size = sizes[s], off = offsets[o];
			u64 addr;

			memset(it->buf, GUARD, BUF_SIZE);
			fill(it->buf + off, size, 1);
			addr = map(test, off, size, BOTH, false);
			expect_grants(test, addr, off, size, false);
			look(test, addr, size);
			KUNIT_EXPECT_TRUE(test, filled(it->seen + off % SZ_4K,
						       size, 1));
			KUNIT_EXPECT_TRUE(test,
					  only_zeros_beside(it, off, size));
			fill(it->seen, size, 2);
			KUNIT_EXPECT_TRUE(test, fake_backend_write(addr,
								   it->seen,
								   size));
			unmap(test, addr, size, BOTH, false);
			KUNIT_EXPECT_TRUE(test, filled(it->buf + off, size, 2));
			KUNIT_EXPECT_TRUE(test, guarded(it, off, size));
		}
	}
}

static void a_device_that_writes_too_little_returns_zeros(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	const size_t off = 1000, size = 20000;
	u64 addr;

	addr = map(test, off, size, FROM, false);
	memset(it->seen, 0x22, 9000);
	KUNIT_EXPECT_TRUE(test, fake_backend_write(addr, it->seen, 9000));
	unmap(test, addr, size, FROM, false);
	KUNIT_EXPECT_NULL(test, memchr_inv(it->buf + off, 0x22, 9000));
	KUNIT_EXPECT_NULL(test, memchr_inv(it->buf + off + 9000, 0,
					   size - 9000));
	KUNIT_EXPECT_TRUE(test, guarded(it, off, size));
}

static const struct {
	size_t offset, size;
} parts[] = {
	{ 0, 1 }, { 0, 763 }, { 762, 2 }, { 763, 4096 }, { 300, 5000 },
	{ 4858, 2 }, { 9998, 1 }, { 0, 9999 }, { 8955, 1044 }, { 5000, 4999 },
};

static void parts_are_synced_for_the_cpu(struct kunit *test)
{
	const size_t start = 3333, size = 9999;
	struct inplace_test *it = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t off = parts[i].offset, len = parts[i].size;
		u64 addr;

		memset(it->buf, GUARD, BUF_SIZE);
		addr = map(test, start, size, FROM, false);
		fill(it->seen, size, i);
		KUNIT_EXPECT_TRUE(test, fake_backend_write(addr, it->seen,
							   size));
		vxen_inplace_sync(&it->ip, addr + off, len, false);
		KUNIT_EXPECT_EQ(test, memcmp(it->buf + start + off,
					     it->seen + off, len), 0);
		KUNIT_EXPECT_TRUE(test, guarded(it, start, size));
		unmap(test, addr, size, FROM, true);
		KUNIT_EXPECT_EQ(test, memcmp(it->buf + start + off,
					     it->seen + off, len), 0);
		KUNIT_EXPECT_TRUE(test, guarded(it, start, size));
	}
}

static void parts_are_synced_for_the_device(struct kunit *test)
{
	const size_t start = 3333, size = 9999;
	struct inplace_test *it = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t off = parts[i].offset, len = parts[i].size;
		u64 addr;

		memset(it->buf, GUARD, BUF_SIZE);
		memset(it->buf + start, 0x31, size);
		addr = map(test, start, size, TO, false);
		fill(it->buf + start + off, len, i);
		vxen_inplace_sync(&it->ip, addr + off, len, true);
		look(test, addr, size);
		KUNIT_EXPECT_TRUE(test, filled(it->seen + start % SZ_4K + off,
					       len, i));
		KUNIT_EXPECT_TRUE(test, only_zeros_beside(it, start, size));
		/* What was not to be synced is as it was. */
		KUNIT_EXPECT_NULL(test, memchr_inv(it->seen + start % SZ_4K,
						   0x31, off));
		KUNIT_EXPECT_NULL(test, memchr_inv(it->seen + start % SZ_4K +
						   off + len, 0x31,
						   size - off - len));
		unmap(test, addr, size, TO, false);
	}
}

static void skipped_copies_are_not_made(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 addr;

	/* Edges alone: a head and a tail. */
	addr = map(test, 1000, 4096, TO, true);
	look(test, addr, 4096);
	KUNIT_EXPECT_NULL(test, memchr_inv(it->seen, 0, 2 * SZ_4K));
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_OUT), 0ULL);
	unmap(test, addr, 4096, TO, true);

	addr = map(test, 1000, 4096, BOTH, true);
	memset(it->seen, 0x44, 4096);
	KUNIT_EXPECT_TRUE(test, fake_backend_write(addr, it->seen, 4096));
	unmap(test, addr, 4096, BOTH, true);
	KUNIT_EXPECT_TRUE(test, guarded(it, 0, 0));
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_IN), 0ULL);
}

static void copied_and_granted_bytes_are_counted(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 addr;

	addr = map(test, 4000, 10000, BOTH, false);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_INPLACE_MAPS), 1ULL);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_INPLACE_BYTES), 8192ULL);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_OUT), 10000ULL - 8192);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_IN), 0ULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&it->ip.granted), 4);
	vxen_inplace_sync(&it->ip, addr, 97, false);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_IN), 96ULL);
	unmap(test, addr, 10000, BOTH, false);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_IN), 96ULL + 10000 - 8192);
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_INPLACE_BYTES), 8192ULL);
}

static void slab_pages_are_never_granted(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u8 *obj = kmalloc(SZ_8K, GFP_KERNEL);
	unsigned int i;
	u64 addr;

	KUNIT_ASSERT_NOT_NULL(test, obj);
	if (!PageSlab(compound_head(virt_to_page(obj))))
		kunit_info(test, "of this size no slab page\n");
	fill(obj, SZ_8K, 5);
	addr = vxen_inplace_map(&it->ip, virt_to_phys(obj), SZ_8K, BOTH, false);
	KUNIT_EXPECT_NE(test, addr, 0ULL);
	for (i = 0; i < 2; i++) {
		struct fake_grant grant;

		KUNIT_EXPECT_TRUE(test, fake_grants_get(fake_ref(addr) + i,
							&grant));
		KUNIT_EXPECT_FALSE(test, PageSlab(compound_head(grant.page)));
	}
	KUNIT_EXPECT_TRUE(test, fake_backend_read(addr, it->seen, SZ_8K));
	KUNIT_EXPECT_TRUE(test, filled(it->seen, SZ_8K, 5));
	fill(it->seen, SZ_8K, 6);
	KUNIT_EXPECT_TRUE(test, fake_backend_write(addr, it->seen, SZ_8K));
	unmap(test, addr, SZ_8K, BOTH, false);
	KUNIT_EXPECT_TRUE(test, filled(obj, SZ_8K, 6));
	KUNIT_EXPECT_EQ(test, count(it, VXEN_STAT_INPLACE_BYTES), 0ULL);
	kfree(obj);
}

/* What is freed together with the page that it follows cannot be held back. */
static void only_what_can_be_held_back_is_granted(struct kunit *test)
{
	struct page *pages = alloc_pages(GFP_KERNEL, 2);
	struct inplace_test *it = test->priv;
	unsigned int i;
	u64 addr;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	fill(page_address(pages), 4 * PAGE_SIZE, 7);
	addr = vxen_inplace_map(&it->ip, page_to_phys(pages), 4 * PAGE_SIZE,
				BOTH, false);
	KUNIT_EXPECT_NE(test, addr, 0ULL);
	for (i = 0; i < 4; i++) {
		struct fake_grant grant;

		KUNIT_EXPECT_TRUE(test, fake_grants_get(fake_ref(addr) + i,
							&grant));
		KUNIT_EXPECT_GT(test, page_count(grant.page), 0);
	}
	look(test, addr, 4 * PAGE_SIZE);
	KUNIT_EXPECT_TRUE(test, filled(it->seen, 4 * PAGE_SIZE, 7));
	fake_grants.busy = 4;
	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&it->ip, addr, 4 * PAGE_SIZE,
						 BOTH, false), 4U);
	__free_pages(pages, 2);
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&it->to), 4U);
}

static void references_run_out(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 addrs[REFS / 16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		addrs[i] = map(test, 0, SZ_64K, TO, false);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, REFS);
	KUNIT_EXPECT_EQ(test,
			vxen_inplace_map(&it->ip, virt_to_phys(it->buf), 1, TO,
					 false), 0ULL);
	/* Two adjacent runs are not what a third and a fourth need together. */
	unmap(test, addrs[3], SZ_64K, TO, false);
	KUNIT_EXPECT_EQ(test,
			vxen_inplace_map(&it->ip, virt_to_phys(it->buf) + 1,
					 SZ_64K, TO, false), 0ULL);
	addrs[3] = map(test, 0, SZ_64K, TO, false);
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		unmap(test, addrs[i], SZ_64K, TO, false);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 0U);
}

static void too_large_buffers_are_refused(struct kunit *test)
{
	struct inplace_test *it = test->priv;

	KUNIT_EXPECT_EQ(test,
			vxen_inplace_map(&it->ip, virt_to_phys(it->buf),
					 SZ_2M + 1, TO, false), 0ULL);
	KUNIT_EXPECT_EQ(test,
			vxen_inplace_map(&it->ip, virt_to_phys(it->buf) + 1,
					 SZ_2M, TO, false), 0ULL);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 0U);
}

/* Take all the memory that there is for an interrupt. */
static void take_memory(struct list_head *taken)
{
	struct page *page;

	while ((page = alloc_page(GFP_ATOMIC | __GFP_NOWARN)))
		list_add(&page->lru, taken);
}

static void give_memory(struct list_head *taken)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, taken, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

static void without_memory_for_an_edge_nothing_is_granted(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 none, whole, addr;
	struct page *page;
	LIST_HEAD(taken);

	/* Enough for the head, not for the tail. */
	preempt_disable();
	take_memory(&taken);
	page = list_first_entry(&taken, struct page, lru);
	list_del(&page->lru);
	__free_page(page);
	none = vxen_inplace_map(&it->ip, virt_to_phys(it->buf) + 1000, SZ_8K,
				TO, false);
	/* Without edges it goes. */
	whole = vxen_inplace_map(&it->ip, virt_to_phys(it->buf), SZ_8K, TO,
				 false);
	give_memory(&taken);
	preempt_enable();

	KUNIT_EXPECT_EQ(test, none, 0ULL);
	KUNIT_ASSERT_NE(test, whole, 0ULL);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 2U);
	unmap(test, whole, SZ_8K, TO, false);

	/* Nothing of it is left behind. */
	addr = map(test, 1000, SZ_8K, TO, false);
	look(test, addr, SZ_8K);
	KUNIT_EXPECT_TRUE(test, only_zeros_beside(it, 1000, SZ_8K));
	unmap(test, addr, SZ_8K, TO, false);
}

/* The backend's last write before it loses a frame. */
static void last_write(const struct fake_grant *grant)
{
	memset(page_address(grant->page), 0x66, PAGE_SIZE);
}

static void nothing_changes_after_the_copy(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 addr;

	/* What is written until the end is what the driver gets. */
	addr = map(test, 1000, 10000, FROM, false);
	fake_grants.ending = last_write;
	unmap(test, addr, 10000, FROM, false);
	fake_grants.ending = NULL;
	KUNIT_EXPECT_NULL(test, memchr_inv(it->buf + 1000, 0x66, 10000));
	KUNIT_EXPECT_TRUE(test, guarded(it, 1000, 10000));
}

/* Have the backend keep one frame of a mapping of four. */
static void keep_frame(struct kunit *test, unsigned int kept)
{
	struct inplace_test *it = test->priv;
	const size_t off = 1000, size = 3 * SZ_4K;
	unsigned int i, nr;
	struct fake_grant grant;
	u64 addr, addrs[REFS / 4];
	u32 ref;

	memset(it->buf, GUARD, BUF_SIZE);
	addr = map(test, off, size, FROM, false);
	fill(it->seen, size, 9);
	KUNIT_EXPECT_TRUE(test, fake_backend_write(addr, it->seen, size));
	ref = fake_ref(addr) + kept;
	fake_grants_map(ref);
	KUNIT_ASSERT_TRUE(test, fake_grants_get(ref, &grant));
	KUNIT_EXPECT_EQ(test, in_buffer(it, grant.page), kept && kept < 3);

	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&it->ip, addr, size, FROM,
						 false), 1U);
	/* The driver gets its data all the same. */
	KUNIT_EXPECT_TRUE(test, filled(it->buf + off, size, 9));
	KUNIT_EXPECT_TRUE(test, guarded(it, off, size));

	/* The frame is held: by the list, even if the driver frees it. */
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 1U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&it->to), 1U);
	KUNIT_EXPECT_EQ(test, page_count(grant.page),
			in_buffer(it, grant.page) ? 2 : 1);
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);

	/* Its run is never used again. */
	for (nr = 0; nr < ARRAY_SIZE(addrs); nr++) {
		addrs[nr] = vxen_inplace_map(&it->ip, virt_to_phys(it->buf),
					     4 * SZ_4K, TO, false);
		if (!addrs[nr])
			break;
		KUNIT_EXPECT_TRUE(test, fake_ref(addrs[nr]) + 3 <
				  fake_ref(addr) ||
				  fake_ref(addrs[nr]) > fake_ref(addr) + 3);
	}
	KUNIT_EXPECT_EQ(test, nr, REFS / 4 - 1);
	for (i = 0; i < nr; i++)
		unmap(test, addrs[i], 4 * SZ_4K, TO, false);

	/* All others go; that one when the backend has let go. */
	vxen_inplace_stop(&it->ip);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 1U);
	KUNIT_EXPECT_TRUE(test, fake_grants_taken(ref));
	vxen_revoke_exit();
	KUNIT_EXPECT_EQ(test, fake_grants.abandoned, 1U);
	KUNIT_EXPECT_EQ(test, fake_grants.nonsense, 0U);
	KUNIT_EXPECT_EQ(test, page_count(it->pages), 1);
}

static void a_whole_frame_that_is_kept_is_held_back(struct kunit *test)
{
	keep_frame(test, 1);
}

static void an_edge_that_is_kept_is_held_back(struct kunit *test)
{
	struct inplace_test *it = test->priv;

	keep_frame(test, 0);
	KUNIT_ASSERT_EQ(test, vxen_inplace_start(&it->ip, &it->to, REFS,
						 it->stats), 0);
	fake_grants.abandoned = 0;
	keep_frame(test, 3);
}

static void several_frames_that_are_kept_are_counted(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 addr = map(test, 1000, 3 * SZ_4K, BOTH, false);

	fake_grants.busy = 3;
	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&it->ip, addr, 3 * SZ_4K, BOTH,
						 false), 3U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&it->to), 3U);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 3U);
}

static void a_driver_may_free_what_is_held_back(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	struct page *page = alloc_page(GFP_KERNEL);
	u64 addr;

	KUNIT_ASSERT_NOT_NULL(test, page);
	addr = vxen_inplace_map(&it->ip, page_to_phys(page), PAGE_SIZE, FROM,
				false);
	KUNIT_EXPECT_NE(test, addr, 0ULL);
	fake_grants.busy = 1;
	KUNIT_EXPECT_EQ(test, vxen_inplace_unmap(&it->ip, addr, PAGE_SIZE, FROM,
						 false), 1U);
	__free_page(page);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	KUNIT_EXPECT_EQ(test, fake_grants_freed(), 0U);
}

static void addresses_of_others_are_not_its_own(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	u64 addr = map(test, 0, SZ_4K, TO, false);
	u64 first = 1ULL << 63 | (u64)it->ip.first_ref << 12;

	KUNIT_EXPECT_TRUE(test, vxen_inplace_has(&it->ip, first));
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&it->ip, first - 1));
	KUNIT_EXPECT_TRUE(test, vxen_inplace_has(&it->ip, first +
						 REFS * SZ_4K - 1));
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&it->ip, first +
						  REFS * SZ_4K));
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&it->ip,
						  first & ~(1ULL << 63)));
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&it->ip, 0));
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&it->ip, U64_MAX));
	unmap(test, addr, SZ_4K, TO, false);
}

static void a_device_without_references_does_without(struct kunit *test)
{
	struct inplace_test *it = test->priv;
	struct vxen_inplace none = {};

	KUNIT_EXPECT_EQ(test, vxen_inplace_map(&none, virt_to_phys(it->buf), 1,
					       TO, false), 0ULL);
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&none, 1ULL << 63));
	KUNIT_EXPECT_FALSE(test, vxen_inplace_has(&none, 0));
	vxen_inplace_stop(&none);

	fake_grants.full = true;
	KUNIT_EXPECT_EQ(test, vxen_inplace_start(&none, &it->to, 1, it->stats),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, none.nr, 0U);
	vxen_inplace_stop(&none);
	KUNIT_EXPECT_NE(test, vxen_inplace_start(&none, &it->to, 0, it->stats),
			0);
	KUNIT_EXPECT_EQ(test, none.nr, 0U);
	fake_grants.full = false;
	KUNIT_EXPECT_EQ(test, fake_grants.refs, REFS);
}

static struct kunit_case inplace_cases[] = {
	KUNIT_CASE(what_the_device_reads),
	KUNIT_CASE(what_the_device_writes),
	KUNIT_CASE(what_goes_both_ways),
	KUNIT_CASE(a_device_that_writes_too_little_returns_zeros),
	KUNIT_CASE(parts_are_synced_for_the_cpu),
	KUNIT_CASE(parts_are_synced_for_the_device),
	KUNIT_CASE(skipped_copies_are_not_made),
	KUNIT_CASE(copied_and_granted_bytes_are_counted),
	KUNIT_CASE(slab_pages_are_never_granted),
	KUNIT_CASE(only_what_can_be_held_back_is_granted),
	KUNIT_CASE(references_run_out),
	KUNIT_CASE(too_large_buffers_are_refused),
	KUNIT_CASE(without_memory_for_an_edge_nothing_is_granted),
	KUNIT_CASE(nothing_changes_after_the_copy),
	KUNIT_CASE(a_whole_frame_that_is_kept_is_held_back),
	KUNIT_CASE(an_edge_that_is_kept_is_held_back),
	KUNIT_CASE(several_frames_that_are_kept_are_counted),
	KUNIT_CASE(a_driver_may_free_what_is_held_back),
	KUNIT_CASE(addresses_of_others_are_not_its_own),
	KUNIT_CASE(a_device_without_references_does_without),
	{}
};

static struct kunit_suite inplace_suite = {
	.name = "vxen-inplace",
	.init = inplace_test_init,
	.exit = inplace_test_exit,
	.test_cases = inplace_cases,
};

kunit_test_suite(inplace_suite);
