// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_svq.c - shadow virtqueues, case by case
 *
 * Guest, hypervisor and backend are the fakes of svq_fake.c.
 */
#include <endian.h>
#include <string.h>

#include "harness.h"
#include "svq_area.h"
#include "svq_fake.h"

static bool all(const uint8_t *p, uint32_t len, uint8_t v)
{
	while (len--)
		if (*p++ != v)
			return false;
	return true;
}

static void fill(uint8_t *p, uint32_t len, uint8_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		p[i] = seed + i * 7 + i / 251;
}

static bool filled(const uint8_t *p, uint32_t len, uint8_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		if (p[i] != (uint8_t)(seed + i * 7 + i / 251))
			return false;
	return true;
}

static void not_agreed_is_passed_through(void)
{
	fake_up(0, 16);
	g.be->ops->set_single_grants(g.be, false);
	CHECK(g.be->features & F_PACKED);
	CHECK_EQ(g.be->ops->set_features(g.be, F_VERSION_1 | F_PACKED), 0);
	CHECK_EQ(fake_start(), 0);
	CHECK_EQ(b.areas.desc, win(0));
	CHECK(!g.be->ops->kick(g.be, 0));
	fake_down();
}

static void packed_is_not_offered(void)
{
	fake_up(0, 16);
	CHECK(!(g.be->features & (F_PACKED | F_IN_ORDER)));
	CHECK(g.be->features & F_EVENT_IDX);
	CHECK(g.be->ops->set_features(g.be, F_VERSION_1 | F_PACKED) < 0);
	fake_down();
}

/* One window less for the guest, whatever it has agreed to. */
static void own_memory_takes_a_window(void)
{
	fake_up(0, 16);
	CHECK_EQ(g.be->own_windows, 1);
	CHECK_EQ(b.nwindows, 2);
	CHECK(!(window_base(&b.windows[1]) & VMSG_XEN_DMA_FLAG));
	fake_down();
}

static void in_a_window(void)
{
	up(0, 16);
	fill(g.window + AT_DATA, 5000, 1);
	put_desc(3, win(AT_DATA), 5000, NEXT, 7);
	put_desc(7, win(AT_DATA + 8192), 100, WRITE, 0);
	make_avail(3);
	guest_kick();
	CHECK(backend_kicked() && backend_pop(&chain));
	CHECK_EQ(chain.n, 2);
	CHECK(chain.in_window[0] && chain.in_window[1] && chain.write[1]);
	CHECK(filled(chain.p[0], 5000, 1));
	fill(chain.p[1], 100, 2);
	use(100);
	CHECK(used_is(3, 100) && g.interrupts == 1);
	CHECK(filled(g.window + AT_DATA + 8192, 100, 2));
	CHECK_EQ(g.copy_calls, 0);
	fake_down();
}

static void in_single_grants(void)
{
	up(0, 16);
	fill(g.grants + 100, 9000, 1);
	allow(0, 3, READ_ONLY);
	allow(10, 2, READ_WRITE);
	put_desc(0, grant(100), 9000, NEXT, 1);
	put_desc(1, grant(10 * FRAME + 4000), 200, WRITE, 0);
	make_avail(0);
	guest_kick();
	CHECK_EQ(g.copies, 3);
	CHECK(backend_kicked() && backend_pop(&chain));
	CHECK(!chain.in_window[0] && filled(chain.p[0], 9000, 1));
	CHECK(all(chain.p[1], 200, 0));
	/* What is aligned in the guest is aligned for the backend. */
	CHECK_EQ((uintptr_t)chain.p[0] % FRAME, 100);
	/* From here on the device has what it reads: a copy. */
	memset(g.grants + 100, 0xee, 9000);
	allow(0, 3, NO_GRANT);
	CHECK(filled(chain.p[0], 9000, 1));
	fill(chain.p[1], 200, 3);
	use(200);
	CHECK(used_is(0, 200));
	CHECK(filled(g.grants + 10 * FRAME + 4000, 200, 3));
	CHECK(all(g.grants + 10 * FRAME, 4000, 0) && all(g.grants + 11 * FRAME + 104, 3000, 0));
	CHECK_EQ(g.copies, 5);
	CHECK_EQ(g.copy_calls, 2);
	CHECK(!g.invalid && !g.broken);
	fake_down();
}

/* The table itself in a window, then in grants; the buffers in both. */
static void indirect_tables(void)
{
	unsigned int round;

	up(F_INDIRECT, 16);
	allow(0, 4, READ_WRITE);
	for (round = 0; round < 2; round++) {
		uint32_t at = 2 * FRAME - 32;	/* crosses into the next frame */
		struct vring_desc *t = (void *)(round ? g.grants + at : g.window + AT_DATA + at);

		put_table(t, 0, win(AT_DATA + 0x8000), 64, NEXT, 2);
		put_table(t, 2, grant(3 * FRAME), 64, NEXT, 3);
		put_table(t, 3, grant(3 * FRAME + 64), 64, NEXT | WRITE, 1);
		put_table(t, 1, win(AT_DATA + 0x9000), 64, WRITE, 9);
		put_desc(5, round ? grant(at) : win(AT_DATA + at), 4 * 16, INDIRECT, 0);
		fill(g.window + AT_DATA + 0x8000, 64, 4);
		fill(g.grants + 3 * FRAME, 64, 5);
		make_avail(5);
		guest_kick();
		REQUIRE(backend_pop(&chain));
		CHECK_EQ(chain.n, 4);
		CHECK(filled(chain.p[0], 64, 4) && filled(chain.p[1], 64, 5));
		CHECK(chain.in_window[0] && !chain.in_window[1] && !chain.in_window[2] &&
		      chain.in_window[3]);
		fill(chain.p[2], 64, 6);
		use(64);
		CHECK(used_is(5, 64));
		CHECK(filled(g.grants + 3 * FRAME + 64, 64, 6));
	}
	CHECK(!g.invalid);
	fake_down();
}

/* A chain may begin with plain descriptors and end with a table. */
static void table_at_the_end(void)
{
	struct vring_desc *t;

	up(F_INDIRECT, 16);
	t = (void *)(g.window + AT_DATA);
	put_table(t, 0, win(AT_DATA + 2 * FRAME), 8, WRITE, 0);
	put_desc(0, win(AT_DATA + FRAME), 8, NEXT, 1);
	put_desc(1, win(AT_DATA), 16, INDIRECT, 0);
	make_avail(0);
	guest_kick();
	REQUIRE(backend_pop(&chain));
	CHECK(chain.n == 2 && !chain.write[0] && chain.write[1]);
	use(8);
	CHECK(used_is(0, 8));
	fake_down();
}

/* Written bytes fill the buffers in their order; what is beyond stays as it is. */
static void used_length_is_distributed(void)
{
	static const uint32_t lens[] = { 0, 50, 100, 150, 250, 300, 301, 350, 9999 };
	unsigned int i;

	up(0, 16);
	allow(0, 2, READ_WRITE);
	put_desc(0, grant(0), 100, WRITE | NEXT, 1);
	put_desc(1, win(AT_DATA), 200, WRITE | NEXT, 2);
	put_desc(2, grant(FRAME), 50, WRITE, 0);
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		uint32_t len = lens[i] > 350 ? 350 : lens[i];
		uint32_t first = len < 100 ? len : 100, last = len > 300 ? len - 300 : 0;

		memset(g.grants, 0x55, 2 * FRAME);
		make_avail(0);
		guest_kick();
		REQUIRE(backend_pop(&chain));
		memset(chain.p[0], 1, 100);
		memset(chain.p[2], 3, 50);
		use(lens[i]);
		/* A backend that says more than there is room for is not believed. */
		CHECK(used_is(0, len));
		CHECK(all(g.grants, first, 1) && all(g.grants + first, FRAME - first, 0x55));
		CHECK(all(g.grants + FRAME, last, 3) &&
		      all(g.grants + FRAME + last, FRAME - last, 0x55));
	}
	fake_down();
}

/* The backend says to have written, and has not: no old data may come out. */
static void bounce_is_clean(void)
{
	up(0, 16);
	allow(0, 2, READ_WRITE);
	fill(g.grants, FRAME, 1);
	put_desc(0, grant(0), FRAME, 0, 0);
	make_avail(0);
	guest_kick();
	REQUIRE(backend_pop(&chain));
	use(0);
	CHECK(used_is(0, 0));
	put_desc(0, grant(FRAME), FRAME, WRITE, 0);
	make_avail(0);
	guest_kick();
	REQUIRE(backend_pop(&chain));
	use(FRAME);
	CHECK(used_is(0, FRAME) && all(g.grants + FRAME, FRAME, 0));
	fake_down();
}

/* What is promised: 126 segments of 64 KiB, not aligned, header and status. */
static void largest_request(void)
{
	struct vring_desc *t;
	unsigned int i;

	up(F_INDIRECT, 128);
	allow(0, GRANT_FRAMES, READ_WRITE);
	t = (void *)(g.window + AT_DATA);
	table(128 * 16, 0);
	put_table(t, 0, grant(2200 * FRAME), 16, NEXT, 1);
	for (i = 1; i <= 126; i++)
		put_table(t, i, grant(i * 0x10000 + 512), 0x10000, NEXT, i + 1);
	put_table(t, 127, grant(2201 * FRAME), 1, WRITE, 0);
	fill(g.grants, 127 * 0x10000 + 512, 9);
	make_avail(0);
	guest_kick();
	REQUIRE(!g.invalid && backend_pop(&chain));
	REQUIRE(chain.n == 128);
	for (i = 1; i <= 126; i++)
		CHECK(!memcmp(chain.p[i], g.grants + i * 0x10000 + 512, 0x10000));
	use(1);
	CHECK(used_is(0, 1));
	fake_down();
}

/* No room: the guest's chains wait, in order, and none is lost. */
static void exhausted_area(void)
{
	const unsigned int frames = 200;	/* twice in each chain */
	unsigned int i, n = 0, total = 0;
	uint16_t heads[64];

	up(0, 64);
	allow(0, GRANT_FRAMES, READ_WRITE);
	for (i = 0; i < 30; i++) {
		put_desc(2 * i, grant(i * FRAME), frames * FRAME, NEXT, 2 * i + 1);
		put_desc(2 * i + 1, grant(i * FRAME), frames * FRAME, WRITE, 0);
		make_avail(2 * i);
	}
	/* What waits is looked at again and again, and takes nothing meanwhile. */
	for (i = 0; i < 20; i++)
		guest_kick();
	while (total < 30) {
		n = 0;
		while (backend_pop(&chain))
			heads[n++] = chain.head;
		CHECK(n && n <= SVQ_AREA_FRAMES / (2 * frames));
		if (!n)
			break;
		for (i = 0; i < n; i++)
			backend_use(heads[i], 0);
		backend_call();
		run_loop();
		for (i = 0; i < n; i++)
			CHECK(used_is(2 * total++, 0));
	}
	/* It is all there again. */
	put_desc(0, grant(0), SVQ_AREA_FRAMES * FRAME, 0, 0);
	make_avail(0);
	guest_kick();
	CHECK(backend_pop(&chain) && chain.len[0] == SVQ_AREA_FRAMES * FRAME);
	CHECK(!g.invalid && !g.broken);
	fake_down();
}

/* More chains than one turn moves: the rest comes by itself. */
static void many_chains_in_turns(void)
{
	unsigned int i, n;

	up(0, 256);
	for (i = 0; i < 256; i++) {
		put_desc(i, win(AT_DATA + 8 * i), 8, WRITE, 0);
		make_avail(i);
	}
	guest_kick();
	for (n = 0; backend_pop(&chain); n++)
		backend_use(chain.head, 8);
	CHECK(n >= 16 && n < 256);
	run_loop();
	for (; backend_pop(&chain); n++)
		backend_use(chain.head, 8);
	CHECK_EQ(n, 256);
	backend_call();
	run_loop();
	for (i = 0; i < 256; i++)
		CHECK(used_is(i, 8));
	fake_down();
}

/* A chain that was there before the queue started needs no kick. */
static void chain_before_the_start(void)
{
	uint64_t features[] = { 0, F_EVENT_IDX };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		fake_up(features[i], 16);
		REQUIRE(!fake_start());
		good_chain(0);
		g.avail->idx = htole16(1);
		run_loop();
		CHECK(backend_kicked() && backend_pop(&chain));
		fake_down();
	}
}

static void event_idx_towards_the_guest(void)
{
	unsigned int i;

	up(F_EVENT_IDX, 16);
	good_chain(0);
	CHECK(guest_kick_if_wanted());
	REQUIRE(backend_pop(&chain));
	use(0);
	CHECK_EQ(g.interrupts, 1);
	CHECK(used_is(0, 0));
	/* It has not asked again: no interrupt, until it does. */
	for (i = 1; i < 4; i++) {
		good_chain(i);
		CHECK(guest_kick_if_wanted());
		REQUIRE(backend_pop(&chain));
		use(0);
		CHECK_EQ(g.interrupts, 1);
	}
	CHECK(guest_listen());
	while (guest_listen()) {
		uint16_t h;
		uint32_t l;

		guest_take_used(&h, &l);
	}
	good_chain(4);
	guest_kick();
	REQUIRE(backend_pop(&chain));
	use(0);
	CHECK_EQ(g.interrupts, 2);
	fake_down();
}

static void flags_towards_the_guest(void)
{
	up(0, 16);
	CHECK_EQ(le16toh(g.used->flags), 0);
	g.avail->flags = htole16(VRING_AVAIL_F_NO_INTERRUPT);
	good_chain(0);
	CHECK(guest_kick_if_wanted());
	REQUIRE(backend_pop(&chain));
	use(0);
	CHECK_EQ(g.interrupts, 0);
	CHECK(used_is(0, 0));
	g.avail->flags = 0;
	good_chain(1);
	CHECK(guest_kick_if_wanted());
	REQUIRE(backend_pop(&chain));
	use(0);
	CHECK_EQ(g.interrupts, 1);
	fake_down();
}

/* The backend is kicked when it has asked for it, and not otherwise. */
static void event_idx_towards_the_backend(void)
{
	up(F_EVENT_IDX, 16);
	good_chain(0);
	guest_kick();
	CHECK(backend_kicked() && backend_pop(&chain));
	good_chain(1);
	guest_kick();
	CHECK(!backend_kicked());
	CHECK(backend_listen());
	CHECK(backend_pop(&chain) && !backend_listen());
	good_chain(2);
	guest_kick();
	CHECK(backend_kicked() && backend_pop(&chain));
	/* We have asked to be called for the first used one. */
	backend_use(chain.head, 0);
	CHECK(backend_call_if_wanted());
	run_loop();
	CHECK(used_is(2, 0));
	fake_down();
}

static void nothing_after_stop(void)
{
	up(0, 16);
	allow(0, 1, READ_WRITE);
	put_desc(0, grant(0), 64, WRITE, 0);
	make_avail(0);
	guest_kick();
	REQUIRE(backend_pop(&chain));
	memset(chain.p[0], 1, 64);
	backend_use(chain.head, 64);
	backend_call();
	CHECK_EQ(g.be->ops->stop_queue(g.be, 0), 0);
	run_loop();
	CHECK(all(g.grants, 64, 0) && !g.interrupts && !used_is(0, 64));
	/* The next start begins from nothing. */
	CHECK_EQ(fake_start(), 0);
	good_chain(0);
	guest_kick();
	CHECK(backend_pop(&chain) && chain.in_window[0]);
	fake_down();
}

static void window_gone(void)
{
	struct window w = { .used = true, .id = 1, .first_ref = WINDOW_REF, .frames = 1 };

	up(0, 16);
	/* The ring's window can't go: device.c sees to it. Another one can. */
	w = g.w;
	w.id = 1;
	CHECK_EQ(g.be->ops->add_window(g.be, &w), 0);
	CHECK_EQ(b.nwindows, 3);
	CHECK_EQ(g.be->ops->remove_window(g.be, &w), 0);
	CHECK_EQ(b.nwindows, 2);
	good_chain(0);
	guest_kick();
	CHECK(backend_pop(&chain));
	fake_down();
}

static void area(void)
{
	static struct svq_area a;
	unsigned int i;

	CHECK_EQ(svq_area_get(&a, SVQ_AREA_FRAMES), 0);
	CHECK(svq_area_get(&a, 1) < 0);
	svq_area_put(&a, 0, SVQ_AREA_FRAMES);
	CHECK(svq_area_get(&a, SVQ_AREA_FRAMES + 1) < 0);
	for (i = 0; i < SVQ_AREA_FRAMES; i++)
		CHECK_EQ(svq_area_get(&a, 1), i);
	CHECK(svq_area_get(&a, 1) < 0);
	svq_area_put(&a, 60, 10);		/* across two words */
	svq_area_put(&a, 200, 9);
	CHECK(svq_area_get(&a, 11) < 0);
	CHECK_EQ(svq_area_get(&a, 9), 60);
	CHECK_EQ(svq_area_get(&a, 9), 200);
	CHECK_EQ(svq_area_get(&a, 1), 69);
	svq_area_put(&a, SVQ_AREA_FRAMES - 3, 3);
	CHECK(svq_area_get(&a, 4) < 0);
	CHECK_EQ(svq_area_get(&a, 3), SVQ_AREA_FRAMES - 3);
}

static void split(void)
{
	struct grant_seg s[4];
	uint8_t local[3 * FRAME];

	CHECK_EQ(grant_split(s, 4, grant(10), 1, local, false), 1);
	CHECK(s[0].ref == GRANT_REF && s[0].offset == 10 && s[0].len == 1 && !s[0].to_guest);
	CHECK_EQ(grant_split(s, 4, grant(FRAME - 1), FRAME + 2, local, true), 3);
	CHECK(s[0].offset == FRAME - 1 && s[0].len == 1 && s[0].local == local);
	CHECK(s[1].ref == GRANT_REF + 1 && s[1].len == FRAME && s[1].local == local + 1);
	CHECK(s[2].ref == GRANT_REF + 2 && !s[2].offset && s[2].len == 1 && s[2].to_guest);
	CHECK_EQ(grant_split(s, 4, grant(0), 4 * FRAME, local, true), 4);
	CHECK_EQ(grant_split(s, 4, grant(1), 4 * FRAME, local, true), 0);
}

int main(void)
{
	RUN(area);
	RUN(split);
	RUN(not_agreed_is_passed_through);
	RUN(packed_is_not_offered);
	RUN(own_memory_takes_a_window);
	RUN(in_a_window);
	RUN(in_single_grants);
	RUN(indirect_tables);
	RUN(table_at_the_end);
	RUN(used_length_is_distributed);
	RUN(bounce_is_clean);
	RUN(largest_request);
	RUN(exhausted_area);
	RUN(many_chains_in_turns);
	RUN(chain_before_the_start);
	RUN(event_idx_towards_the_guest);
	RUN(flags_towards_the_guest);
	RUN(event_idx_towards_the_backend);
	RUN(nothing_after_stop);
	RUN(window_gone);
	return test_done();
}
