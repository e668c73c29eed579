// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_svq.c - shadow virtqueues between a hostile guest and a hostile
 * backend: svq*.c, grant_split()
 *
 * Guest, hypervisor and backend are those of tests/unit/svq_fake.c, which
 * check what they see: no copy crosses a frame, and a backend that keeps to
 * the rules sees a ring that does, whatever the guest's looks like.
 */
#include <endian.h>
#include <string.h>

#include "fuzz.h"
#include "harness.h"
#include "svq_area.h"
#include "svq_fake.h"
#include "svq_ring.h"

#define MAX_STEPS	120
#define LOOPS		4
/* Segments that one turn of a queue may copy: see struct svq */
#define MAX_COPIES	(2 * SVQ_AREA_FRAMES)

/* The backend has written to its ring what is not right. */
static bool backend_is_hostile;
static bool scribbled;		/* anywhere in it */
static uint8_t *own;		/* the backend's ring */

static uint64_t in_addr(struct fuzz_in *in)
{
	uint8_t how = in_u8(in);
	uint32_t at = in_word(in);

	if (how < 0x50)
		return win(AT_FREE * FRAME + at * 16);
	if (how < 0xb0)
		return grant(at * 64 + how % 4 * 1000);
	if (how < 0xc0)
		return win(WINDOW_FRAMES * FRAME - at);
	if (how < 0xd0)
		return grant(GRANT_FRAMES * FRAME - at);
	if (how < 0xd8)
		return win(at);		/* the ring itself */
	if (how < 0xe0)
		return b.areas.desc + at;	/* the bridge's memory */
	if (how < 0xe8)
		return VMSG_XEN_DMA_FLAG | ((uint64_t)UINT32_MAX << 12) | at;
	return in_u64(in);
}

static uint32_t in_len(struct fuzz_in *in)
{
	uint8_t how = in_u8(in);

	return how < 0xc0 ? in_word(in) : how < 0xf0 ? in_word(in) * 64 : in_u32(in);
}

/* One descriptor of the ring, or of a table in the window or in a grant */
static void put_one(struct fuzz_in *in)
{
	uint8_t where = in_u8(in), i = in_u8(in);
	uint64_t addr = in_addr(in);
	uint32_t len = in_len(in);
	uint16_t flags = in_u8(in), next = in_u8(in);

	if (flags & 0x80)
		next |= in_u8(in) << 8;
	if (where < 0x90)
		put_desc(i % g.size, addr, len, flags & 7, next);
	else if (where < 0xc8)
		put_table((void *)(g.window + AT_DATA), i, addr, len, flags & 7, next);
	else
		put_table((void *)g.grants, i, addr, len, flags & 7, next);
}

/* The ring, or any of the window */
static void scribble(struct fuzz_in *in)
{
	uint32_t at = in_u8(in) % 8 * (FRAME / 2) + in_u16(in) % 2100, n = in_u8(in);
	uint8_t *start = g.window + AT_DESC * FRAME;

	if (in_u8(in) % 2)
		start = g.window + AT_AVAIL * FRAME;
	in_bytes(in, start + at, n);
}

/*
 * An indirect table of some entries, each linked to the next one, in the window
 * or in grants. One of its links, and its length, may be anything.
 */
static void indirect(struct fuzz_in *in)
{
	uint8_t n = 1 + in_u8(in) % 32, how = in_u8(in), odd = in_u8(in), i;
	uint32_t len = n * sizeof(struct vring_desc);
	struct vring_desc *t = (void *)(how & 1 ? g.grants : g.window + AT_DATA);

	allow(0, 1, READ_ONLY);
	for (i = 0; i < n; i++)
		put_table(t, i, how & 2 ? grant(FRAME + i * 64) : win(AT_DATA + FRAME + i), 8,
			  (i + 1 < n ? NEXT : 0) | (how & 4 ? WRITE : 0), i + 1);
	if (how & 8)
		put_table(t, odd % n, win(AT_DATA), 8, in_u8(in) % 8, in_u16(in));
	if (how & 16)
		len = in_len(in);
	allow(1, 2, READ_WRITE);
	put_desc(odd % g.size, how & 1 ? grant(0) : win(AT_DATA), len, INDIRECT, 0);
	make_avail(odd % g.size);
	guest_kick();
}

/* A chain that is right, of which the next step may break a part */
static void good(struct fuzz_in *in)
{
	unsigned int n = 1 + in_u8(in) % 3, i;
	uint8_t at = in_u8(in), kind = in_u8(in);

	if (n > g.size)
		n = g.size;
	allow(at, 8, READ_WRITE);
	for (i = 0; i < n; i++)
		put_desc((at + i) % g.size,
			 kind >> i & 1 ? grant(at * FRAME + i * 5000) : win(AT_DATA + i * 700),
			 1 + in_word(in),
			 (i + 1 < n ? NEXT : 0) | (kind >> (i + 4) & 1 ? WRITE : 0),
			 (at + i + 1) % g.size);
	make_avail(at % g.size);
	guest_kick();
}

/* Turns of the queue. What one of them does is bounded. */
static void turns(void)
{
	unsigned int i, before;

	for (i = 0; i < LOOPS; i++) {
		before = g.copies;
		FUZZ_CHECK(!loop_run_once(&g.loop, 0));
		FUZZ_CHECK(g.copies - before <= MAX_COPIES);
	}
	/* Once for a queue: then it stands still. */
	FUZZ_CHECK(g.invalid + g.broken <= 1);
	FUZZ_CHECK(!g.broken || backend_is_hostile);
}

static void backend_scribbles(struct fuzz_in *in)
{
	uint32_t at = in_u16(in) % (SVQ_RING_FRAMES * FRAME - 256);

	if (!b.running || !own)
		return;
	backend_is_hostile = scribbled = true;
	in_bytes(in, own + at, in_u8(in));
}

static void backend_works(struct fuzz_in *in)
{
	unsigned int i;
	uint32_t len;

	if (!b.running || backend_is_hostile)
		return;
	while (backend_pop(&chain)) {
		FUZZ_CHECK(chain.head < g.size && chain.n);
		for (i = 0; i < chain.n; i++)
			if (chain.write[i])
				memset(chain.p[i], 0x5a, chain.len[i] < 64 ? chain.len[i] : 64);
		len = in_len(in);
		backend_use(chain.head, len);
	}
	backend_call();
}

/* More used chains than it was given can't be taken for used. */
static void backend_lies(struct fuzz_in *in)
{
	const struct vring_avail *given = backend_ptr(b.areas.driver, 4, NULL);

	if (!b.running)
		return;
	backend_is_hostile = true;
	backend_use(in_word(in), in_len(in));
	backend_call();
	turns();
	if (!scribbled && (int16_t)(b.used_idx - le16toh(given->idx)) > 0)
		FUZZ_CHECK(g.broken || g.invalid);
}

static void start(void)
{
	g.be->ops->stop_queue(g.be, 0);
	g.invalid = g.broken = 0;
	backend_is_hostile = scribbled = false;
	FUZZ_CHECK(!fake_start());
	own = backend_ptr(b.areas.desc, SVQ_RING_FRAMES * FRAME, NULL);
	FUZZ_CHECK(own);
}

static void step(struct fuzz_in *in)
{
	uint8_t at, n;

	switch (in_u8(in) % 16) {
	case 0:
	case 1:
		put_one(in);
		break;
	case 2:
		indirect(in);
		break;
	case 3:
		make_avail(in_u8(in));
		guest_kick();
		break;
	case 4:
		at = in_u8(in);
		n = in_u8(in) % 64;
		allow(at, n, in_u8(in) % 3);
		break;
	case 5:
		scribble(in);
		guest_kick();
		break;
	case 6:
		g.avail_idx = in_u16(in);
		guest_kick();
		break;
	case 7:
		start();
		break;
	case 8:
		backend_scribbles(in);
		break;
	case 9:
		backend_lies(in);
		break;
	case 10:
	case 11:
		backend_works(in);
		break;
	case 12:
	case 13:
		good(in);
		break;
	case 14:
		/* A burst, more than a turn takes */
		at = in_u8(in);
		for (n = in_u8(in); n; n--)
			make_avail(at++ % g.size);
		guest_kick();
		break;
	default:
		scribble(in);
	}
	turns();
}

void fuzz_one(struct fuzz_in *in)
{
	uint8_t how = in_u8(in);
	unsigned int i;

	fake_up((how & 1 ? F_INDIRECT : 0) | (how & 2 ? F_EVENT_IDX : 0), 1U << (how / 4 % 11));
	start();
	turns();
	for (i = 0; i < MAX_STEPS && in->left; i++)
		step(in);
	fake_down();
	FUZZ_CHECK(!test_failures);
}
