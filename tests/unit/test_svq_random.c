// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_svq_random.c - shadow virtqueues, random but repeatable
 *
 * A guest submits chains of random shape, a backend answers them in random
 * order and to a random length, and each acts only when it is notified. For
 * every chain it must hold that
 *
 *  - the backend reads what the guest wrote,
 *  - the guest reads what the backend wrote, up to the length it said, and
 *    finds all else as it was,
 *  - no grant is touched before the chain is available or after it is used,
 *  - in the end nothing is left over: no notification was lost.
 *
 * SVQ_SEED=N repeats a run.
 */
#include <endian.h>
#include <string.h>
#include <time.h>

#include "harness.h"
#include "svq_fake.h"
#include "util.h"

#define STEPS		4000
#define MAX_BUFS	6
#define SLOTS		16
#define WINDOW_SLOT	((WINDOW_FRAMES - AT_FREE) / SLOTS * FRAME)
#define GRANT_SLOT	(GRANT_FRAMES / SLOTS * FRAME)
#define UNTOUCHED	0x55

/**
 * struct buf - one buffer of a chain
 * @p: the guest's memory
 * @addr: its DMA address
 * @len: its length
 * @write: the device may write
 */
struct buf {
	uint8_t *p;
	uint64_t addr;
	uint32_t len;
	bool write;
};

/**
 * struct slot - a chain in flight, and memory for it
 * @busy: it is
 * @head: its id
 * @ndesc: descriptors in the ring
 * @ids: of these
 * @n: buffers
 * @bufs: the buffers
 */
struct slot {
	bool busy;
	unsigned int ndesc;
	uint16_t ids[MAX_BUFS];
	unsigned int n;
	struct buf bufs[MAX_BUFS];
};

static struct slot slots[SLOTS];
static uint16_t free_ids[FAKE_MAX_SIZE];
static unsigned int nfree, inflight, submitted, completed;
static struct fake_chain held[SLOTS];
static unsigned int nheld;
static unsigned int interrupts_seen;
static bool backend_awake;
static uint64_t state;

static uint32_t rnd(uint32_t n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % n;
}

static uint32_t hash(uint32_t h, const uint8_t *p, uint32_t len)
{
	while (len--)
		h = (h ^ *p++) * 16777619;
	return h;
}

static uint8_t answer(uint32_t h, uint32_t i)
{
	return (h >> (i % 4 * 8)) + i * 13;
}

/* Takes memory for a buffer, in the window or in grants, in frames of its own. */
static void *take_memory(unsigned int slot, uint32_t *win_at, uint32_t *grant_at, uint32_t len,
			 enum right right, uint64_t *addr)
{
	uint32_t offset = rnd(3) ? rnd(FRAME) : 0;
	uint32_t frames = (offset + len + FRAME - 1) / FRAME, at, i;

	if (rnd(2) && *win_at + frames * FRAME <= WINDOW_SLOT) {
		at = AT_FREE * FRAME + slot * WINDOW_SLOT + *win_at + offset;
		*win_at += frames * FRAME;
		*addr = win(at);
		return g.window + at;
	}
	REQUIRE(*grant_at + frames * FRAME <= GRANT_SLOT);
	at = slot * GRANT_SLOT + *grant_at + offset;
	*grant_at += frames * FRAME;
	*addr = grant(at);
	for (i = 0; i < frames; i++)
		g.right[at / FRAME + i] = right;
	return g.grants + at;
}

static uint16_t put_chain(struct slot *s, unsigned int slot, bool indirect, uint32_t *win_at,
			  uint32_t *grant_at)
{
	struct vring_desc *t, whole[MAX_BUFS];
	uint64_t addr;
	unsigned int i;

	s->ndesc = indirect ? 1 : s->n;
	for (i = 0; i < s->ndesc; i++)
		s->ids[i] = free_ids[--nfree];
	for (i = 0; i < s->n; i++)
		whole[i] = (struct vring_desc){
			.addr = s->bufs[i].addr, .len = s->bufs[i].len,
			.flags = (s->bufs[i].write ? VRING_DESC_F_WRITE : 0) |
				 (i + 1 < s->n ? VRING_DESC_F_NEXT : 0),
			.next = indirect ? i + 1 : i + 1 < s->n ? s->ids[i + 1] : 0,
		};
	if (!indirect) {
		for (i = 0; i < s->n; i++)
			put_desc(s->ids[i], whole[i].addr, whole[i].len, whole[i].flags,
				 whole[i].next);
		return s->ids[0];
	}
	t = take_memory(slot, win_at, grant_at, s->n * sizeof(*t), READ_ONLY, &addr);
	memcpy(t, whole, s->n * sizeof(*t));	/* little-endian hosts only, as the fake is */
	put_desc(s->ids[0], addr, s->n * sizeof(*t), VRING_DESC_F_INDIRECT, 0);
	return s->ids[0];
}

static void submit(void)
{
	bool indirect = (b.features & F_INDIRECT) && rnd(2);
	uint32_t win_at = 0, grant_at = 0, i;
	unsigned int slot, n = 1 + rnd(MAX_BUFS), readable;
	struct slot *s;

	for (slot = 0; slot < SLOTS && slots[slot].busy; slot++)
		;
	if (n > g.size)
		n = g.size;
	if (slot == SLOTS || nfree < (indirect ? 1 : n))
		return;
	s = &slots[slot];
	s->n = n;
	readable = rnd(n + 1);
	for (i = 0; i < n; i++) {
		struct buf *x = &s->bufs[i];
		uint32_t k;

		x->len = 1 + (rnd(4) ? rnd(600) : rnd(20 * FRAME));
		x->write = i >= readable;
		x->p = take_memory(slot, &win_at, &grant_at, x->len,
				   x->write ? READ_WRITE : READ_ONLY, &x->addr);
		for (k = 0; k < x->len; k++)
			x->p[k] = x->write ? UNTOUCHED : rnd(256);
	}
	s->busy = true;
	make_avail(put_chain(s, slot, indirect, &win_at, &grant_at));
	inflight++;
	submitted++;
}

static void check_answer(const struct slot *s, uint32_t len)
{
	uint32_t h = 0, at = 0, k;
	unsigned int i, wrong = 0;

	for (i = 0; i < s->n; i++) {
		const struct buf *x = &s->bufs[i];

		if (!x->write) {
			h = hash(h, x->p, x->len);
			continue;
		}
		for (k = 0; k < x->len; k++, at++)
			wrong += x->p[k] != (at < len ? answer(h, at) : UNTOUCHED);
	}
	CHECK_EQ(wrong, 0);
	CHECK(len <= at);
}

static void guest_reap(void)
{
	unsigned int slot, i;
	uint16_t head;
	uint32_t len;

	while (guest_take_used(&head, &len)) {
		struct slot *s = NULL;

		for (slot = 0; slot < SLOTS; slot++)
			if (slots[slot].busy && slots[slot].ids[0] == head)
				s = &slots[slot];
		REQUIRE(s);
		check_answer(s, len);
		slot = s - slots;
		for (i = 0; i < GRANT_SLOT / FRAME; i++)
			g.right[slot * GRANT_SLOT / FRAME + i] = NO_GRANT;
		for (i = 0; i < s->ndesc; i++)
			free_ids[nfree++] = s->ids[i];
		s->busy = false;
		inflight--;
		completed++;
	}
}

/* The guest looks when it is interrupted, and now and then without. */
static void guest_turn(bool poll)
{
	if (g.interrupts == interrupts_seen && !poll)
		return;
	interrupts_seen = g.interrupts;
	guest_quiet();
	do {
		guest_reap();
	} while (guest_listen());
}

static void backend_turn(unsigned int max)
{
	if (backend_kicked())
		backend_awake = true;
	if (!backend_awake)
		return;
	backend_quiet();
	while (max-- && nheld < SLOTS) {
		if (backend_pop(&held[nheld])) {
			nheld++;
		} else if (!backend_listen()) {
			backend_awake = false;
			return;
		}
	}
}

static void backend_answer(struct fake_chain *c)
{
	uint32_t h = 0, at = 0, total = 0, len, k;
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		if (c->write[i])
			total += c->len[i];
		else
			h = hash(h, c->p[i], c->len[i]);
	}
	len = rnd(3) ? total : rnd(total + 1);
	for (i = 0; i < c->n; i++) {
		if (!c->write[i])
			continue;
		for (k = 0; k < c->len[i] && at < len; k++, at++)
			c->p[i][k] = answer(h, at);
	}
	backend_use(c->head, len);
}

static void backend_finish(unsigned int n)
{
	while (n-- && nheld) {
		unsigned int i = rnd(nheld);

		backend_answer(&held[i]);
		held[i] = held[--nheld];
	}
	backend_call_if_wanted();
}

static void one_run(uint64_t features, unsigned int size)
{
	unsigned int i, n;

	fake_up(features, size);
	REQUIRE(!fake_start());
	memset(slots, 0, sizeof(slots));
	for (nfree = 0; nfree < size; nfree++)
		free_ids[nfree] = nfree;
	inflight = submitted = completed = nheld = interrupts_seen = 0;
	backend_awake = true;
	guest_listen();
	for (i = 0; i < STEPS && !test_failures; i++) {
		switch (rnd(6)) {
		case 0:
			for (n = rnd(4); n; n--)
				submit();
			guest_kick_if_wanted();
			break;
		case 1:
			backend_turn(rnd(8));
			break;
		case 2:
			backend_finish(rnd(4));
			break;
		case 3:
			guest_turn(!rnd(8));
			break;
		default:
			REQUIRE(!loop_run_once(&g.loop, 0));
		}
	}
	for (i = 0; i < 200 && inflight; i++) {
		run_loop();
		backend_turn(SLOTS + 2);
		backend_finish(SLOTS);
		run_loop();
		guest_turn(false);
	}
	if (inflight)
		fprintf(stderr, "features %#llx, size %u: %u of %u chains are stuck\n",
			(unsigned long long)features, size, inflight, submitted);
	CHECK_EQ(inflight, 0);
	CHECK_EQ(completed, submitted);
	CHECK(submitted > STEPS / 50);
	CHECK(g.copies > 0 && !g.invalid && !g.broken);
	fake_down();
}

static void any_order_any_shape(void)
{
	static const uint64_t features[] = {
		0, F_INDIRECT, F_EVENT_IDX, F_INDIRECT | F_EVENT_IDX,
	};
	static const unsigned int sizes[] = { 2, 8, 16, 256 };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		for (k = 0; k < ARRAY_SIZE(sizes); k++)
			one_run(features[i], sizes[k]);
}

int main(void)
{
	const char *seed = getenv("SVQ_SEED");

	state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
	printf("# SVQ_SEED=%llu\n", (unsigned long long)state);
	RUN(any_order_any_shape);
	return test_done();
}
