// SPDX-License-Identifier: GPL-2.0-only
/*
 * window_test.c - protects the granted pages themselves
 *
 * A page that is granted must have nothing in it, and one that the backend
 * still has mapped must not go back to the kernel.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../drivers/grants.h"
#include "../../drivers/revoke.h"
#include "../../drivers/window.h"
#include "../../include/virtio_msg_xen.h"
#include "fake_grants.h"

#define DOMID	5

static struct vxen_grantee to = {
	.domid = DOMID,
	.name = "vxen-kunit",
};

static int window_test_init(struct kunit *test)
{
	fake_grants_reset();
	return 0;
}

static void window_test_exit(struct kunit *test)
{
	vxen_revoke_exit();
	fake_grants_expect_empty(test);
	fake_grants_reset();
}

static struct vxen_window *create(struct kunit *test, size_t size,
				  unsigned int areas)
{
	struct vxen_window *win = vxen_window_create(&to, size, areas);

	KUNIT_ASSERT_FALSE(test, IS_ERR(win));
	return win;
}

static void sizes_are_rounded_up_to_even_areas(struct kunit *test)
{
	static const struct {
		size_t size;
		unsigned int areas, blocks;
	} cases[] = {
		{ 0, 1, 1 }, { 1, 1, 1 }, { 1, 4, 1 },
		{ VXEN_SLOT_BLOCK_SIZE, 1, 1 },
		{ VXEN_SLOT_BLOCK_SIZE + 1, 1, 2 },
		{ VXEN_SLOT_BLOCK_SIZE + 1, 4, 2 },
		{ 5 * VXEN_SLOT_BLOCK_SIZE, 4, 8 },
		{ SZ_1M, 4, 8 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vxen_window *win = create(test, cases[i].size,
						 cases[i].areas);
		size_t size = cases[i].blocks * VXEN_SLOT_BLOCK_SIZE;

		KUNIT_EXPECT_EQ(test, win->size, size);
		KUNIT_EXPECT_EQ(test, win->nr_pages, size / PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, fake_grants.frames,
				size / VXEN_FRAME_SIZE);
		KUNIT_EXPECT_EQ(test, win->slots.nr_areas *
				win->slots.area_slots, size / VXEN_SLOT_SIZE);
		KUNIT_EXPECT_EQ(test, vxen_window_destroy(win), 0U);
		KUNIT_EXPECT_EQ(test, fake_grants.frames, 0U);
	}
}

static void its_pages_are_granted_to_the_backend(struct kunit *test)
{
	struct vxen_window *win = create(test, SZ_1M, 2);
	unsigned int i;

	for (i = 0; i < win->nr_pages; i++) {
		struct fake_grant grant;

		KUNIT_ASSERT_TRUE(test, fake_grants_get(win->first_ref + i,
							&grant));
		KUNIT_EXPECT_EQ(test, grant.domid, DOMID);
		KUNIT_EXPECT_FALSE(test, grant.readonly);
		KUNIT_EXPECT_PTR_EQ(test, grant.page, win->pages[i]);
	}
	vxen_window_destroy(win);
}

static void addresses_are_flag_reference_offset(struct kunit *test)
{
	static const u32 refs[] = { 8, 0x1000, 0x7fffff00, 0xfffff000 };
	struct vxen_window *win;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		fake_grants_start(refs[i]);
		win = create(test, 1, 1);
		KUNIT_EXPECT_EQ(test, win->dma,
				VMSG_XEN_DMA_FLAG | (u64)refs[i] << 12);
		KUNIT_EXPECT_EQ(test, win->first_ref, refs[i]);
		vxen_window_destroy(win);
	}
}

static void pages_are_zeroed_before_they_are_granted(struct kunit *test)
{
	struct vxen_window *win;
	unsigned int i;

	/* The second window is likely to get the first one's pages. */
	for (i = 0; i < 2; i++) {
		win = create(test, SZ_1M, 1);
		KUNIT_EXPECT_NULL(test, memchr_inv(win->va, 0, win->size));
		memset(win->va, 0xa5, win->size);
		vxen_window_destroy(win);
	}
}

static void the_kernel_sees_it_as_one_range(struct kunit *test)
{
	struct vxen_window *win = create(test, 1, 1);
	unsigned int i;

	for (i = 0; i < win->nr_pages; i++)
		memset(win->va + i * PAGE_SIZE, i + 1, PAGE_SIZE);
	for (i = 0; i < win->nr_pages; i++)
		KUNIT_EXPECT_NULL(test,
				  memchr_inv(page_address(win->pages[i]), i + 1,
					     PAGE_SIZE));
	vxen_window_destroy(win);
}

static void a_full_grant_table_is_reported(struct kunit *test)
{
	struct vxen_window *win;

	fake_grants.full = true;
	win = vxen_window_create(&to, SZ_1M, 1);
	KUNIT_EXPECT_TRUE(test, IS_ERR(win));
	KUNIT_EXPECT_EQ(test, PTR_ERR(win), (long)-ENOSPC);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 0U);
}

static void pages_go_back_when_it_is_destroyed(struct kunit *test)
{
	struct vxen_window *win = create(test, 1, 1);
	struct page *page = win->pages[3];

	get_page(page);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	KUNIT_EXPECT_EQ(test, vxen_window_destroy(win), 0U);
	KUNIT_EXPECT_EQ(test, page_count(page), 1);
	put_page(page);
}

static void busy_frames_are_reported_and_kept(struct kunit *test)
{
	struct vxen_window *win = create(test, 1, 1);
	struct page *first = win->pages[0], *third = win->pages[2];

	get_page(first);
	get_page(third);
	fake_grants.busy = 2;
	KUNIT_EXPECT_EQ(test, vxen_window_destroy(win), 2U);
	KUNIT_EXPECT_EQ(test, page_count(first), 2);
	KUNIT_EXPECT_EQ(test, page_count(third), 1);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 2U);
	put_page(first);
	put_page(third);
}

static struct kunit_case window_cases[] = {
	KUNIT_CASE(sizes_are_rounded_up_to_even_areas),
	KUNIT_CASE(its_pages_are_granted_to_the_backend),
	KUNIT_CASE(addresses_are_flag_reference_offset),
	KUNIT_CASE(pages_are_zeroed_before_they_are_granted),
	KUNIT_CASE(the_kernel_sees_it_as_one_range),
	KUNIT_CASE(a_full_grant_table_is_reported),
	KUNIT_CASE(pages_go_back_when_it_is_destroyed),
	KUNIT_CASE(busy_frames_are_reported_and_kept),
	{}
};

static struct kunit_suite window_suite = {
	.name = "vxen-window",
	.init = window_test_init,
	.exit = window_test_exit,
	.test_cases = window_cases,
};

kunit_test_suite(window_suite);
