// SPDX-License-Identifier: GPL-2.0-only
/*
 * revoke_test.c - protects pages that a backend does not let go
 *
 * Such a page must not be freed, and its reference not be used again, before
 * the mapping has gone; both must happen when it has.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../drivers/grants.h"
#include "../../drivers/revoke.h"
#include "fake_grants.h"

#define NR	8U

/**
 * struct revoke_test - pages granted to two backends
 * @to: the backends; they have the same device name
 * @pages: pages of each, with a reference of the test's
 * @ref: first reference of each
 * @text: what vxen_revoke_show() prints
 */
struct revoke_test {
	struct vxen_grantee to[2];
	struct page *pages[2][NR];
	u32 ref[2];
	char text[1024];
};

static int revoke_test_init(struct kunit *test)
{
	struct revoke_test *rt = kunit_kzalloc(test, sizeof(*rt), GFP_KERNEL);
	unsigned int i, j;

	if (!rt)
		return -ENOMEM;

	fake_grants_reset();
	test->priv = rt;
	for (i = 0; i < 2; i++) {
		rt->to[i].domid = 3 + i;
		rt->to[i].name = "vxen-kunit-0";
		for (j = 0; j < NR; j++) {
			rt->pages[i][j] = alloc_page(GFP_KERNEL);
			if (!rt->pages[i][j])
				return -ENOMEM;
			get_page(rt->pages[i][j]);
		}
		if (vxen_grant_pages(&rt->to[i], rt->pages[i], NR, &rt->ref[i]))
			return -ENOSPC;
	}
	return 0;
}

static void revoke_test_exit(struct kunit *test)
{
	struct revoke_test *rt = test->priv;
	unsigned int i, j;

	if (!rt)
		return;
	vxen_revoke_exit();
	fake_grants_expect_empty(test);
	for (i = 0; i < 2; i++) {
		for (j = 0; j < NR; j++) {
			if (!rt->pages[i][j])
				continue;
			KUNIT_EXPECT_EQ(test, page_count(rt->pages[i][j]), 1);
			put_page(rt->pages[i][j]);
		}
	}
	fake_grants_reset();
}

static unsigned int revoke(struct revoke_test *rt, unsigned int i)
{
	return vxen_revoke_pages(&rt->to[i], rt->pages[i], NR, rt->ref[i]);
}

static const char *show(struct revoke_test *rt)
{
	struct seq_file m = {
		.buf = rt->text,
		.size = sizeof(rt->text) - 1,
	};

	vxen_revoke_show(&m);
	rt->text[m.count] = '\0';
	return rt->text;
}

static void pages_are_granted_one_by_one(struct kunit *test)
{
	struct revoke_test *rt = test->priv;
	unsigned int i, j;

	KUNIT_EXPECT_EQ(test, fake_grants.frames, 2 * NR);
	for (i = 0; i < 2; i++) {
		for (j = 0; j < NR; j++) {
			struct fake_grant grant;

			KUNIT_ASSERT_TRUE(test, fake_grants_get(rt->ref[i] + j,
								&grant));
			KUNIT_EXPECT_EQ(test, grant.domid, 3 + i);
			KUNIT_EXPECT_FALSE(test, grant.readonly);
			KUNIT_EXPECT_PTR_EQ(test, grant.page, rt->pages[i][j]);
		}
		KUNIT_EXPECT_EQ(test, revoke(rt, i), 0U);
	}
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[0]), 0U);
}

static void a_full_table_grants_nothing(struct kunit *test)
{
	struct revoke_test *rt = test->priv;
	u32 ref;

	fake_grants.full = true;
	KUNIT_EXPECT_EQ(test, vxen_grant_pages(&rt->to[0], rt->pages[0], NR,
					       &ref), -ENOSPC);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 2 * NR);
	revoke(rt, 0);
	revoke(rt, 1);
}

static void what_is_mapped_is_held_back_and_counted(struct kunit *test)
{
	struct revoke_test *rt = test->priv;
	unsigned int j;

	fake_grants_map(rt->ref[0] + 1);
	fake_grants_map(rt->ref[0] + NR - 1);
	fake_grants_map(rt->ref[1]);
	KUNIT_EXPECT_EQ(test, revoke(rt, 0), 2U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[0]), 2U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[1]), 0U);
	KUNIT_EXPECT_EQ(test, revoke(rt, 1), 1U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[0]), 2U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[1]), 1U);

	for (j = 0; j < NR; j++) {
		bool held = j == 1 || j == NR - 1;

		KUNIT_EXPECT_EQ(test, page_count(rt->pages[0][j]),
				held ? 2 : 1);
		KUNIT_EXPECT_EQ(test, fake_grants_taken(rt->ref[0] + j), held);
	}
}

static void what_is_held_back_is_shown(struct kunit *test)
{
	struct revoke_test *rt = test->priv;
	char want[256];

	KUNIT_EXPECT_STREQ(test, show(rt), "deferred 0\nleaked 0\n");
	fake_grants_map(rt->ref[0] + 1);
	fake_grants_map(rt->ref[1] + 2);
	revoke(rt, 0);
	revoke(rt, 1);
	snprintf(want, sizeof(want),
		 "deferred 2\nleaked 0\ndomid 3 ref %u device vxen-kunit-0\ndomid 4 ref %u device vxen-kunit-0\n",
		 rt->ref[0] + 1, rt->ref[1] + 2);
	KUNIT_EXPECT_STREQ(test, show(rt), want);
}

static void wait_for_retries(unsigned int refused)
{
	unsigned long end = jiffies + 3 * HZ;

	while (fake_grants.refused < refused && time_before(jiffies, end))
		msleep(20);
	/* The pages are put after the list was gone through. */
	msleep(20);
}

static void it_goes_when_the_mapping_has_gone(struct kunit *test)
{
	struct revoke_test *rt = test->priv;
	unsigned int refused;

	fake_grants_map(rt->ref[0]);
	fake_grants_map(rt->ref[0] + 1);
	fake_grants_map(rt->ref[1]);
	revoke(rt, 0);
	revoke(rt, 1);
	refused = fake_grants.refused;
	KUNIT_EXPECT_EQ(test, refused, 3U);

	/* One of them is unmapped: it goes, the others do not. */
	fake_grants_let_go();
	fake_grants_map(rt->ref[0] + 1);
	fake_grants_map(rt->ref[1]);
	wait_for_retries(refused + 2);
	KUNIT_EXPECT_EQ(test, fake_grants.refused, refused + 2);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[0]), 1U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[1]), 1U);
	KUNIT_EXPECT_EQ(test, page_count(rt->pages[0][0]), 1);
	KUNIT_EXPECT_FALSE(test, fake_grants_taken(rt->ref[0]));
	KUNIT_EXPECT_EQ(test, page_count(rt->pages[0][1]), 2);
	KUNIT_EXPECT_TRUE(test, fake_grants_taken(rt->ref[0] + 1));

	/* It is tried again. */
	wait_for_retries(refused + 4);
	KUNIT_EXPECT_GE(test, fake_grants.refused, refused + 4);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 2U);
	KUNIT_EXPECT_EQ(test, fake_grants.nonsense, 0U);
}

static void the_rest_is_left_to_the_kernel(struct kunit *test)
{
	struct revoke_test *rt = test->priv;

	fake_grants_map(rt->ref[0]);
	fake_grants_map(rt->ref[1]);
	revoke(rt, 0);
	revoke(rt, 1);
	KUNIT_EXPECT_EQ(test, fake_grants.abandoned, 0U);
	vxen_revoke_exit();
	KUNIT_EXPECT_EQ(test, fake_grants.abandoned, 2U);
	KUNIT_EXPECT_EQ(test, vxen_revoke_deferred(&rt->to[0]), 0U);
	KUNIT_EXPECT_STREQ(test, show(rt), "deferred 0\nleaked 0\n");
	/* And no more is tried. */
	vxen_revoke_exit();
	KUNIT_EXPECT_EQ(test, fake_grants.abandoned, 2U);
}

static void long_names_are_cut(struct kunit *test)
{
	struct revoke_test *rt = test->priv;

	rt->to[0].name = "a-device-with-a-name-that-is-longer-than-any";
	fake_grants.busy = 1;
	revoke(rt, 0);
	revoke(rt, 1);
	KUNIT_EXPECT_NOT_NULL(test,
			      strstr(show(rt),
				     " a-device-with-a-name-that-is-lo\n"));
}

static struct kunit_case revoke_cases[] = {
	KUNIT_CASE(pages_are_granted_one_by_one),
	KUNIT_CASE(a_full_table_grants_nothing),
	KUNIT_CASE(what_is_mapped_is_held_back_and_counted),
	KUNIT_CASE(what_is_held_back_is_shown),
	KUNIT_CASE(it_goes_when_the_mapping_has_gone),
	KUNIT_CASE(the_rest_is_left_to_the_kernel),
	KUNIT_CASE(long_names_are_cut),
	{}
};

static struct kunit_suite revoke_suite = {
	.name = "vxen-revoke",
	.init = revoke_test_init,
	.exit = revoke_test_exit,
	.test_cases = revoke_cases,
};

kunit_test_suite(revoke_suite);
