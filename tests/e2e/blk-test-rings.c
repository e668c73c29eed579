// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk-test-rings.c - protects vhost_xen_blk: a ring that makes no sense stops its
 * queue, and hurts nobody else
 */
#include <endian.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk-test-driver.h"

#define SIZE		RIG_SIZE
#define HOSTILE_MS	3000

/* A good request in descriptors 0 to 2: what the ones below spoil. */
static void plain(struct rig *g)
{
	struct vring_desc *d = g->bad.vr.desc;
	struct req *r = &g->bad_req;
	struct virtio_blk_outhdr h = { .type = htole32(VIRTIO_BLK_T_IN) };

	req_set(r, VIRTIO_BLK_T_IN, 0, SECTOR);
	memcpy(r->data - HEADER, &h, HEADER);
	d[0] = (struct vring_desc){
		.addr = htole64(dev_address(&g->d, r->data - HEADER)), .len = htole32(HEADER),
		.flags = htole16(VRING_DESC_F_NEXT), .next = htole16(1),
	};
	d[1] = (struct vring_desc){
		.addr = htole64(dev_address(&g->d, r->data)), .len = htole32(SECTOR),
		.flags = htole16(VRING_DESC_F_NEXT | VRING_DESC_F_WRITE), .next = htole16(2),
	};
	d[2] = (struct vring_desc){
		.addr = htole64(dev_address(&g->d, r->data + SECTOR)), .len = htole32(1),
		.flags = htole16(VRING_DESC_F_WRITE),
	};
	g->bad.vr.avail->ring[0] = 0;
	g->bad.avail_idx = 1;
}

/* The same, in a table of which descriptor 0 tells. */
static struct vring_desc *plain_table(struct rig *g)
{
	struct vring_desc *d = g->bad.vr.desc, *t = g->bad_req.table;

	plain(g);
	memcpy(t, d, 3 * sizeof(*t));
	d[0] = (struct vring_desc){
		.addr = htole64(dev_address(&g->d, t)), .len = htole32(3 * sizeof(*t)),
		.flags = htole16(VRING_DESC_F_INDIRECT),
	};
	return t;
}

static void good_table(struct rig *g)
{
	plain_table(g);
}

static void head_of_no_descriptor(struct rig *g)
{
	g->bad.vr.avail->ring[0] = htole16(SIZE);
}

static void head_far_away(struct rig *g)
{
	g->bad.vr.avail->ring[0] = htole16(0xffff);
}

static void next_of_no_descriptor(struct rig *g)
{
	g->bad.vr.desc[1].next = htole16(SIZE);
}

static void loop_of_readable(struct rig *g)
{
	g->bad.vr.desc[0].next = 0;
}

static void loop_of_writable(struct rig *g)
{
	g->bad.vr.desc[2].flags |= htole16(VRING_DESC_F_NEXT);
	g->bad.vr.desc[2].next = htole16(1);
}

static void at_zero(struct rig *g)
{
	g->bad.vr.desc[1].addr = 0;
}

static void at_our_own_address(struct rig *g)
{
	g->bad.vr.desc[1].addr = htole64((uintptr_t)g->bad_req.data);
}

static void in_the_gap(struct rig *g)
{
	g->bad.vr.desc[1].addr = htole64(GPA + 8 * MIB);
}

static void over_the_end(struct rig *g)
{
	g->bad.vr.desc[1].addr = htole64(GPA + 8 * MIB - SECTOR + 1);
}

static void before_the_beginning(struct rig *g)
{
	g->bad.vr.desc[1].addr = htole64(GPA - 1);
}

static void over_the_end_of_numbers(struct rig *g)
{
	g->bad.vr.desc[1].addr = htole64(-(uint64_t)256);
}

static void far_too_long(struct rig *g)
{
	g->bad.vr.desc[1].len = htole32(~0U);
}

static void header_outside(struct rig *g)
{
	g->bad.vr.desc[0].addr = htole64(8);
}

static void status_outside(struct rig *g)
{
	g->bad.vr.desc[2].addr = htole64(GPA + 8 * MIB);
}

static void writable_first(struct rig *g)
{
	g->bad.vr.desc[0].flags |= htole16(VRING_DESC_F_WRITE);
	g->bad.vr.desc[1].flags = htole16(VRING_DESC_F_NEXT);
}

static void nothing_writable(struct rig *g)
{
	g->bad.vr.desc[0].flags = 0;
}

static void jump(struct rig *g)
{
	g->bad.avail_idx = SIZE + 1;
}

static void jump_back(struct rig *g)
{
	g->bad.avail_idx = 0xffff;
}

static void table_within_table(struct rig *g)
{
	struct vring_desc *t = plain_table(g);

	t[0] = g->bad.vr.desc[0];
	t[0].addr = htole64(dev_address(&g->d, t) + 4 * sizeof(*t));
	memcpy(&t[4], &g->bad.vr.desc[0], 3 * sizeof(*t));
}

static void table_with_next(struct rig *g)
{
	plain_table(g);
	g->bad.vr.desc[0].flags |= htole16(VRING_DESC_F_NEXT);
	g->bad.vr.desc[0].next = htole16(1);
}

static void table_of_nothing(struct rig *g)
{
	plain_table(g);
	g->bad.vr.desc[0].len = 0;
}

static void table_of_a_half(struct rig *g)
{
	plain_table(g);
	g->bad.vr.desc[0].len = htole32(3 * sizeof(struct vring_desc) + 8);
}

static void table_too_long(struct rig *g)
{
	plain_table(g);
	g->bad.vr.desc[0].addr = htole64(GPA);
	g->bad.vr.desc[0].len = htole32(65536 * sizeof(struct vring_desc));
}

static void table_outside(struct rig *g)
{
	plain_table(g);
	g->bad.vr.desc[0].addr = htole64(GPA + 8 * MIB - 16);
}

static void loop_in_table(struct rig *g)
{
	plain_table(g)[1].next = htole16(1);
}

static void next_out_of_table(struct rig *g)
{
	plain_table(g)[1].next = htole16(3);
}

static void writable_first_in_table(struct rig *g)
{
	struct vring_desc *t = plain_table(g);

	t[0].flags |= htole16(VRING_DESC_F_WRITE);
	t[1].flags = htole16(VRING_DESC_F_NEXT);
}

static void outside_in_table(struct rig *g)
{
	plain_table(g)[1].addr = htole64(GPA + 8 * MIB);
}

/* The first may have been answered before the second is looked at. */
static void same_head_twice(struct rig *g)
{
	g->bad.vr.avail->ring[1] = g->bad.vr.avail->ring[0];
	g->bad.avail_idx = 2;
}

/* Broken, or just an error. */
static void short_header(struct rig *g)
{
	g->bad.vr.desc[0].len = htole32(HEADER - 1);
}

static void no_header(struct rig *g)
{
	g->bad.vr.avail->ring[0] = htole16(1);
}

static void empty_descriptor(struct rig *g)
{
	g->bad.vr.desc[1].len = 0;
}

static void empty_status(struct rig *g)
{
	g->bad.vr.desc[1].len = 0;
	g->bad.vr.desc[2].len = 0;
}

enum fate {
	LIVES,	/* answered, of course */
	EITHER,
	BREAKS,
};

static const struct spoiler {
	const char *name;
	void (*spoil)(struct rig *g);
	enum fate fate;
} spoilers[] = {
#define S(name, fate) { #name, name, fate }
	S(plain, LIVES), S(good_table, LIVES),
	S(head_of_no_descriptor, BREAKS), S(head_far_away, BREAKS),
	S(next_of_no_descriptor, BREAKS), S(loop_of_readable, BREAKS),
	S(loop_of_writable, BREAKS), S(at_zero, BREAKS), S(at_our_own_address, BREAKS),
	S(in_the_gap, BREAKS), S(over_the_end, BREAKS), S(before_the_beginning, BREAKS),
	S(over_the_end_of_numbers, BREAKS), S(far_too_long, BREAKS),
	S(header_outside, BREAKS), S(status_outside, BREAKS), S(writable_first, BREAKS),
	S(nothing_writable, BREAKS), S(jump, BREAKS), S(jump_back, BREAKS),
	S(table_within_table, BREAKS), S(table_with_next, BREAKS),
	S(table_of_nothing, BREAKS), S(table_of_a_half, BREAKS), S(table_too_long, BREAKS),
	S(table_outside, BREAKS), S(loop_in_table, BREAKS), S(next_out_of_table, BREAKS),
	S(writable_first_in_table, BREAKS), S(outside_in_table, BREAKS),
	S(same_head_twice, EITHER), S(short_header, EITHER), S(no_header, EITHER),
	S(empty_descriptor, EITHER), S(empty_status, EITHER),
#undef S
};

/* A broken queue stays so, whatever it is shown. */
static bool stays_broken(struct rig *g)
{
	uint16_t used;

	/* What was taken before ends. */
	usleep(QUIET_MS * 1000);
	used = g->bad.vr.used->idx;
	g->bad.vr.avail->ring[g->bad.avail_idx % SIZE] = 0;
	g->bad.avail_idx++;
	g->bad.vr.avail->idx = htole16(g->bad.avail_idx);
	signal_it(g->bad.kick);
	usleep(QUIET_MS * 1000);
	return g->bad.vr.used->idx == used;
}

static bool meets(struct rig *g, const struct spoiler *s)
{
	struct queue *q = &g->bad;
	int64_t end = now_ms() + WAIT_MS;
	bool broken, done;

	plain(g);
	s->spoil(g);
	q->vr.avail->idx = htole16(q->avail_idx);
	signal_it(q->kick);
	do {
		broken = readable(q->err, 1);
		done = __atomic_load_n(&q->vr.used->idx, __ATOMIC_ACQUIRE) ==
			htole16(q->avail_idx);
	} while (!broken && !done && now_ms() < end);
	if (!queue_works(&g->good, &g->good_req))
		return false;
	if (s->fate == LIVES)
		return done && !readable(q->err, QUIET_MS);
	if (s->fate == BREAKS && (!broken || q->vr.used->idx))
		return false;
	return broken ? stays_broken(g) : done;
}

void broken_rings(void)
{
	unsigned int i;
	struct rig g;

	rig_open(&g);
	for (i = 0; i < ARRAY_SIZE(spoilers); i++) {
		if (!check(meets(&g, &spoilers[i]), spoilers[i].name, __FILE__, __LINE__))
			continue;
		queue_renew(&g.bad, disk);
		CHECK(queue_works(&g.bad, &g.bad_req));
		queue_renew(&g.bad, disk);
	}
	/* Nobody needs to be told. */
	CHECK(queue_stop(&g.bad) == 0);
	close(g.bad.err);
	g.bad.err = -1;
	CHECK(queue_start(&g.bad, disk) == 0);
	plain(&g);
	head_far_away(&g);
	g.bad.vr.avail->idx = htole16(g.bad.avail_idx);
	signal_it(g.bad.kick);
	usleep(QUIET_MS * 1000);
	queue_renew(&g.bad, disk);
	CHECK(queue_works(&g.bad, &g.bad_req));
	rig_close(&g);
}

/* Where the hostile driver puts things. */
#define PLAYGROUND	(2 * MIB)

/* A descriptor that may well make sense. */
static struct vring_desc likely(const struct region *r)
{
	uint64_t at = rnd(64) ? rnd(PLAYGROUND) : rnd64();

	return (struct vring_desc){
		.addr = htole64(r->gpa + at),
		.len = htole32(rnd(4) ? 512U << rnd(6) : rnd(64)),
		.flags = htole16(rnd(8) ? rnd(4) : rnd(8)),
		.next = htole16(rnd(SIZE)),
	};
}

/* Return: its address */
static uint64_t likely_header(const struct region *r)
{
	static const uint32_t types[] = {
		VIRTIO_BLK_T_IN, VIRTIO_BLK_T_OUT, VIRTIO_BLK_T_FLUSH, VIRTIO_BLK_T_GET_ID,
		VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES, 99,
	};
	struct virtio_blk_outhdr h = {
		.type = htole32(types[rnd(ARRAY_SIZE(types))]),
		.sector = htole64(rnd(disk_sectors + 8)),
	};
	size_t at = rnd(PLAYGROUND / HEADER) * HEADER;

	memcpy(r->mem + at, &h, sizeof(h));
	return r->gpa + at;
}

/* A request that makes sense, unless it lies on another one. */
static void likely_request(struct vring *vr, const struct region *r)
{
	bool table = rnd(2);
	struct vring_desc *d = table ? (void *)(r->mem + rnd(PLAYGROUND / 16) * 16) : vr->desc;
	uint16_t base = table ? 0 : rnd(SIZE - 3), shown = le16toh(vr->avail->idx), head = base;
	unsigned int i;

	if ((uint16_t)(shown - le16toh(vr->used->idx)) >= SIZE / 2)
		return;
	for (i = 0; i < 3; i++) {
		d[base + i] = likely(r);
		d[base + i].next = htole16(base + i + 1);
		d[base + i].flags = htole16(i == 2 ? VRING_DESC_F_WRITE : VRING_DESC_F_NEXT);
	}
	d[base].addr = htole64(likely_header(r));
	d[base].len = htole32(HEADER);
	if (rnd(2))
		d[base + 1].flags |= htole16(VRING_DESC_F_WRITE);
	if (table) {
		head = rnd(SIZE);
		vr->desc[head] = (struct vring_desc){
			.addr = htole64(r->gpa + ((uint8_t *)d - r->mem)),
			.len = htole32(3 * sizeof(*d)),
			.flags = htole16(VRING_DESC_F_INDIRECT),
		};
	}
	vr->avail->ring[shown % SIZE] = htole16(head);
	__atomic_store_n(&vr->avail->idx, htole16(shown + 1), __ATOMIC_RELEASE);
}

/* All at once: the device must not look twice at what it has checked. */
static void scribble(struct queue *q, const struct region *r)
{
	struct vring *vr = &q->vr;
	uint64_t x = rnd64();

	switch (rnd(100)) {
	case 0:
		memcpy(q->mem + rnd(q->mem_size - 8), &x, 1 + rnd(8));
		break;
	case 1:
	case 2:
		vr->desc[rnd(SIZE)] = likely(r);
		break;
	case 3:
		vr->desc[rnd(SIZE)].flags ^= htole16(1 << rnd(3));
		break;
	case 4:
		likely_header(r);
		break;
	case 5:
		/* Tables are anywhere. */
		((struct vring_desc *)r->mem)[rnd(PLAYGROUND / 16)] = likely(r);
		break;
	case 6:
		vr->avail->ring[rnd(SIZE)] = htole16(rnd(SIZE));
		vr->avail->idx = htole16(le16toh(vr->avail->idx) + rnd(3));
		break;
	default:
		likely_request(vr, r);
	}
}

static void be_hostile(struct queue *q, const struct region *r)
{
	int64_t end = now_ms() + HOSTILE_MS;
	uint64_t one = 1;
	unsigned int i;

	while (now_ms() < end) {
		for (i = rnd(200); i; i--)
			scribble(q, r);
		if (write(q->kick, &one, sizeof(one)) != sizeof(one))
			break;
	}
}

/*
 * Another process has the memory as well. Each time that this one cures the queue,
 * that one spoils it again; the other queue and the kernel must not notice.
 */
void hostile_driver(void)
{
	int64_t end = now_ms() + HOSTILE_MS;
	unsigned int rounds = 0, broken = 0;
	struct rig g;
	pid_t pid;

	rig_open(&g);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		be_hostile(&g.bad, &g.d.r[0]);
		_exit(0);
	}
	CHECK(pid > 0);
	while (now_ms() < end) {
		usleep(rnd(3000));
		broken += readable(g.bad.err, 0);
		CHECK(queue_stop(&g.bad) == 0);
		take(g.bad.err);
		/* What it has shown so far is forgotten: nobody jumps at once. */
		g.bad.used_idx = le16toh(g.bad.vr.avail->idx);
		g.bad.vr.used->idx = htole16(g.bad.used_idx);
		CHECK(queue_start(&g.bad, disk) == 0);
		if (!(rounds++ % 8))
			CHECK(queue_works(&g.good, &g.good_req));
	}
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	printf("blk-test: %u of %u times broken\n", broken, rounds);
	queue_renew(&g.bad, disk);
	CHECK(queue_works(&g.bad, &g.bad_req));
	CHECK(queue_works(&g.good, &g.good_req));
	rig_close(&g);
}
