// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_svq_hostile.c - shadow virtqueues between a hostile guest and a backend
 * that breaks the rules
 *
 * Guest, hypervisor and backend are the fakes of svq_fake.c.
 */
#include <endian.h>
#include <string.h>

#include "harness.h"
#include "svq_area.h"
#include "svq_fake.h"
#include "util.h"

/* Ways to break the rules. Each makes a chain that begins at descriptor 0. */

static void bad_loop(void)
{
	put_desc(0, win(AT_DATA), 1, NEXT, 1);
	put_desc(1, win(AT_DATA), 1, NEXT, 0);
}

static void bad_next(void)
{
	put_desc(0, win(AT_DATA), 1, NEXT, 16);
}

static void bad_length(void)
{
	put_desc(0, win(AT_DATA), 0xffffffff, 0, 0);
}

static void bad_no_length(void)
{
	put_desc(0, win(AT_DATA), 0, 0, 0);
}

static void bad_address(void)
{
	put_desc(0, 0x1000, 16, 0, 0);
}

static void bad_own_address(void)
{
	put_desc(0, 1ULL << 62, 16, WRITE, 0);
}

static void bad_reference(void)
{
	put_desc(0, VMSG_XEN_DMA_FLAG | 1ULL << 45, 16, 0, 0);
}

static void bad_end_of_references(void)
{
	put_desc(0, VMSG_XEN_DMA_FLAG | 0xffffffffULL << 12 | 0xff0, 17, 0, 0);
}

static void bad_all_ones(void)
{
	put_desc(0, UINT64_MAX, 16, 0, 0);
}

static void bad_no_grant(void)
{
	put_desc(0, grant(77 * FRAME), 16, 0, 0);
}

static void bad_half_no_grant(void)
{
	allow(0, 1, READ_ONLY);
	put_desc(0, grant(FRAME - 8), 16, 0, 0);
}

static void bad_order(void)
{
	put_desc(0, win(AT_DATA), 8, WRITE | NEXT, 1);
	put_desc(1, win(AT_DATA), 8, 0, 0);
}

/* 1024 times the whole window: more than 4 GiB to be written */
static void bad_sum(void)
{
	unsigned int i;

	table(16 * 1024, 0);
	for (i = 0; i < 1024; i++)
		put_table((void *)(g.window + AT_DATA), i, win(0), WINDOW_FRAMES * FRAME,
			  WRITE | (i < 1023 ? NEXT : 0), i + 1);
}

static void bad_table_length(void)
{
	table(24, 0);
}

static void bad_table_empty(void)
{
	table(0, 0);
}

static void bad_table_huge(void)
{
	table(16 * 1025, 0);
}

static void bad_table_and_next(void)
{
	table(16, NEXT);
}

static void bad_table_in_table(void)
{
	table(16, 0);
	put_table((void *)(g.window + AT_DATA), 0, win(AT_DATA), 16, INDIRECT, 0);
}

static void bad_table_loop(void)
{
	table(32, 0);
	put_table((void *)(g.window + AT_DATA), 0, win(AT_DATA), 16, NEXT, 1);
	put_table((void *)(g.window + AT_DATA), 1, win(AT_DATA), 16, NEXT, 1);
}

static void bad_table_next(void)
{
	table(32, 0);
	put_table((void *)(g.window + AT_DATA), 0, win(AT_DATA), 16, NEXT, 2);
}

static void bad_table_address(void)
{
	put_desc(0, 0x1000, 16, INDIRECT, 0);
}

static void bad_table_no_grant(void)
{
	put_desc(0, grant(77 * FRAME), 16, INDIRECT, 0);
}

static void bad_too_large(void)
{
	allow(0, GRANT_FRAMES, READ_ONLY);
	put_desc(0, grant(0), (SVQ_AREA_FRAMES + 1) * FRAME, 0, 0);
}

static void bad_too_large_together(void)
{
	allow(0, GRANT_FRAMES, READ_ONLY);
	put_desc(0, grant(0), SVQ_AREA_FRAMES * FRAME, NEXT, 1);
	put_desc(1, grant(0), 1, 0, 0);
}

static void (*const bad[])(void) = {
	bad_loop, bad_next, bad_length, bad_sum, bad_no_length, bad_address, bad_own_address,
	bad_reference, bad_end_of_references, bad_all_ones, bad_no_grant, bad_half_no_grant,
	bad_order, bad_table_length, bad_table_empty, bad_table_huge, bad_table_and_next,
	bad_table_in_table, bad_table_loop, bad_table_next, bad_table_address,
	bad_table_no_grant, bad_too_large, bad_too_large_together,
};

/*
 * The good chain before is not seen either, or is answered; the one after must
 * not be. A reset heals it all.
 */
static void hostile_chains(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		up(F_INDIRECT, 16);
		bad[i]();
		make_avail(0);
		good_chain(9);
		guest_kick();
		guest_kick();
		run_loop();
		if (g.invalid != 1 || backend_pop(&chain)) {
			fprintf(stderr, "way %u: marked %u times\n", i, g.invalid);
			CHECK(false);
		}
		CHECK(!g.broken && !g.interrupts);
		CHECK_EQ(g.be->ops->stop_all(g.be), 0);
		CHECK_EQ(g.be->ops->set_features(g.be, F_VERSION_1), 0);
		CHECK_EQ(fake_start(), 0);
		good_chain(9);
		guest_kick();
		CHECK(backend_pop(&chain) && chain.n == 1);
		fake_down();
	}
}

static void table_without_the_feature(void)
{
	up(0, 16);
	table(16, 0);
	make_avail(0);
	guest_kick();
	CHECK(g.invalid == 1 && !backend_pop(&chain));
	fake_down();
}

/* What an earlier table has left in our memory is no part of a later one. */
static void next_after_a_larger_table(void)
{
	struct vring_desc *t;
	unsigned int i;

	up(F_INDIRECT, 16);
	t = (void *)(g.window + AT_DATA);
	table(3 * 16, 0);
	for (i = 0; i < 3; i++)
		put_table(t, i, win(AT_DATA), 16, i < 2 ? NEXT : 0, i + 1);
	make_avail(0);
	guest_kick();
	CHECK(backend_pop(&chain) && chain.n == 3);
	table(2 * 16, 0);
	put_table(t, 0, win(AT_DATA), 16, NEXT, 2);
	make_avail(0);
	guest_kick();
	CHECK(g.invalid == 1 && !backend_pop(&chain));
	fake_down();
}

static void impossible_indices(void)
{
	up(0, 16);
	put_desc(0, win(AT_DATA), 8, 0, 0);
	g.avail_idx = 17;
	guest_kick();
	CHECK_EQ(g.invalid, 1);
	fake_down();

	up(0, 16);
	make_avail(16);
	guest_kick();
	CHECK_EQ(g.invalid, 1);
	fake_down();
}

/* The same descriptors in many chains: more in flight than the ring has. */
static void one_chain_many_times(void)
{
	unsigned int i, n = 0;
	uint16_t heads[32];

	up(0, 16);
	for (i = 0; i < 3; i++)
		put_desc(i, win(AT_DATA), 8, i < 2 ? NEXT : 0, i + 1);
	for (i = 0; i < 12; i++) {
		make_avail(0);
		guest_kick();
	}
	while (n < 32 && backend_pop(&chain))
		heads[n++] = chain.head;
	CHECK_EQ(n, 5);		/* 15 of 16 descriptors */
	for (i = 0; i < n; i++)
		backend_use(heads[i], 0);
	backend_call();
	run_loop();
	for (n = 0; backend_pop(&chain); n++)
		CHECK_EQ(chain.n, 3);
	CHECK_EQ(n, 5);
	CHECK(!g.invalid && !g.broken);
	fake_down();
}

/* A grant that ends too early, or does not allow what it must. */
static void bad_grant_for_the_answer(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		up(0, 16);
		allow(0, 1, READ_WRITE);
		put_desc(0, grant(0), 64, WRITE, 0);
		make_avail(0);
		guest_kick();
		REQUIRE(backend_pop(&chain));
		allow(0, 1, i ? NO_GRANT : READ_ONLY);
		use(64);
		CHECK_EQ(g.invalid, 1);
		CHECK(!used_is(0, 64) && !g.interrupts);
		fake_down();
	}
}

static void backend_nonsense(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		up(0, 16);
		good_chain(0);
		guest_kick();
		REQUIRE(backend_pop(&chain));
		switch (i) {
		case 0:		/* no such head */
			backend_use(16, 0);
			break;
		case 1:		/* not in flight */
			backend_use(chain.head + 1, 0);
			break;
		case 2:		/* twice */
			backend_use(chain.head, 0);
			backend_use(chain.head, 0);
			break;
		case 3:		/* impossible index */
			b.used_idx = 100;
			break;
		}
		backend_call();
		run_loop();
		CHECK_EQ(g.broken, 1);
		CHECK(!g.interrupts && !used_is(0, 0));
		fake_down();
	}
}

/* The backend may write to all of its ring; what we rely on is not there. */
static void backend_scribbles(void)
{
	unsigned int i;

	up(0, 16);
	for (i = 0; i < 100; i++) {
		good_chain(i % 16);
		guest_kick();
		REQUIRE(backend_pop(&chain));
		memset(backend_ptr(b.areas.desc, 256, NULL), 0xff, 256);
		use(0);
		CHECK(used_is(i % 16, 0));
	}
	CHECK(!g.broken && !g.invalid);
	fake_down();
}

int main(void)
{
	RUN(hostile_chains);
	RUN(table_without_the_feature);
	RUN(next_after_a_larger_table);
	RUN(impossible_indices);
	RUN(one_chain_many_times);
	RUN(bad_grant_for_the_answer);
	RUN(backend_nonsense);
	RUN(backend_scribbles);
	return test_done();
}
