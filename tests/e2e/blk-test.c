// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk-test.c - protects vhost_xen_blk: what it answers, and that it withstands
 *
 * Usage: blk-test DISK [SHARE]
 *
 * With SHARE, a fraction's denominator, that part of all repetitions: for a kernel
 * with checkers, under which one takes as long as many.
 *
 * The module knows nothing of Xen, so this process is the driver, with its own
 * memory. DISK is overwritten. Nothing else may use it meanwhile.
 *
 * Here is what a good driver gets; blk-test-wrong.c and blk-test-rings.c have the bad ones.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk-test-driver.h"

#define MIN_DISK	(8 * MIB)
#define MAX_DATA	VHOST_XEN_BLK_MAX_DATA
#define IN_FLIGHT	80
#define IN_FLIGHT_LEN	(16 * PAGE)

/* The disk, without the cache that other openers have. */
static int direct;
static const char *disk_path;

/* A device with one region of @mem bytes and one queue, not yet started. */
static void rig_up(struct dev *d, struct queue *q, uint64_t features, unsigned int size,
		   size_t mem)
{
	dev_open(d, features);
	dev_add_region(d, GPA, mem);
	queue_init(q, d, &d->r[0], 0, size);
}

static void rig_down(struct dev *d, struct queue *q)
{
	CHECK(!readable(q->err, 0));
	CHECK(queue_stop(q) == 0);
	dev_close(d);
	queue_end(q);
}

static bool on_disk(uint64_t sector, uint32_t len, uint64_t seed)
{
	static uint8_t buf[MAX_DATA] __attribute__((aligned(PAGE)));

	return pread(direct, buf, len, sector * SECTOR) == (ssize_t)len && same(buf, len, seed);
}

/* Written by the device, read by others; read by the device; and not a byte more. */
static void there_and_back(struct queue *q, struct req *r, uint32_t len, enum cut how,
			   bool indirect)
{
	uint64_t sector = rnd(disk_sectors - len / SECTOR + 1), seed = rnd64();

	req_set(r, VIRTIO_BLK_T_OUT, sector, len);
	fill(r->data, len, seed);
	r->data[len + 1] = 0x5a;
	CHECK(req_do(q, r, how, indirect) == VIRTIO_BLK_S_OK);
	CHECK(r->used_len == 1);
	CHECK(same(r->data, len, seed));
	CHECK(on_disk(sector, len, seed));

	req_set(r, VIRTIO_BLK_T_IN, sector, len);
	memset(r->data, 0, len);
	CHECK(req_do(q, r, how, indirect) == VIRTIO_BLK_S_OK);
	CHECK(r->used_len == len + 1);
	CHECK(same(r->data, len, seed));
	CHECK(r->data[len + 1] == 0x5a);
}

/* Without and with each of the two features of the ring. */
static uint64_t ring_features(unsigned int i)
{
	return V1 | DISK_FEATURES | (i & 1 ? EVENT_IDX : 0) | (i & 2 ? INDIRECT : 0);
}

static void data_of_any_size_and_shape(void)
{
	static const uint32_t sizes[] = { 512, 1024, 4096, 4608, 65536, 66048, MIB };
	static const unsigned int shifts[] = { 0, SECTOR, PAGE - SECTOR };
	unsigned int f, how, size, shift, n = 0;
	struct queue q;
	struct dev d;
	struct req r;

	for (f = 0; f < 4; f++) {
		rig_up(&d, &q, ring_features(f), f & 1 ? 128 : MAX_SIZE, 2 * MIB);
		req_init(&r, &d.r[0], MIB);
		CHECK(queue_start(&q, disk) == 0);
		for (shift = 0; shift < ARRAY_SIZE(shifts); shift++)
			for (how = 0; how < NCUTS; how++)
				for (size = 0; size < ARRAY_SIZE(sizes); size++) {
					if (n++ % share)
						continue;
					req_shift(&r, shifts[shift]);
					there_and_back(&q, &r, sizes[size], how, false);
					if (f & 2)
						there_and_back(&q, &r, sizes[size], how, true);
				}
		rig_down(&d, &q);
	}
}

/*
 * Data goes to the disk from where it is, so what lies in a page is whole sectors.
 * Otherwise the request fails, and the disk is as it was.
 */
static void data_not_aligned(void)
{
	static const unsigned int shifts[] = { 4, PAGE - 4 };
	unsigned int i, type;
	struct queue q;
	struct dev d;
	struct req r;

	rig_up(&d, &q, ALL_FEATURES, MAX_SIZE, 2 * MIB);
	req_init(&r, &d.r[0], MIB);
	CHECK(queue_start(&q, disk) == 0);
	req_shift(&r, 0);
	there_and_back(&q, &r, 65536, CUT_PLAIN, false);
	for (i = 0; i < 2 * ARRAY_SIZE(shifts); i++) {
		type = i & 1 ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN;
		req_shift(&r, shifts[i / 2]);
		req_set(&r, type, 0, 65536);
		fill(r.data, 65536, i);
		CHECK(req_do(&q, &r, CUT_PLAIN, false) == VIRTIO_BLK_S_IOERR);
		CHECK(!on_disk(0, 65536, i));
	}
	req_shift(&r, 0);
	req_set(&r, VIRTIO_BLK_T_OUT, 0, 65536);
	CHECK(req_do(&q, &r, CUT_BYTES, true) == VIRTIO_BLK_S_IOERR);
	there_and_back(&q, &r, 65536, CUT_PLAIN, true);
	rig_down(&d, &q);
}

static void as_much_data_as_allowed(void)
{
	struct queue q;
	struct dev d;
	struct req r;

	rig_up(&d, &q, ALL_FEATURES, MAX_SIZE, 2 * MAX_DATA);
	req_init(&r, &d.r[0], MAX_DATA);
	CHECK(queue_start(&q, disk) == 0);
	there_and_back(&q, &r, MAX_DATA, CUT_PLAIN, false);
	there_and_back(&q, &r, MAX_DATA, CUT_SECTORS, true);
	/* One descriptor for each page would be too many: all are used. */
	there_and_back(&q, &r, MAX_DATA, CUT_PAGES, false);
	rig_down(&d, &q);
}

/* The next step of a request's life: write something, read it, write ... */
static bool step(struct queue *q, struct req *r, enum cut how, bool indirect)
{
	uint32_t len = r->len;
	bool write = !(r->serial & 1);

	if (write) {
		len = (1 + rnd(8)) * SECTOR;
		r->seed = rnd64();
		req_shift(r, rnd(8) * SECTOR);
	}
	req_set(r, write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, r->sector, len);
	if (write)
		fill(r->data, len, r->seed);
	else
		memset(r->data, 0, len);
	if (!req_add(q, r, how, indirect))
		return false;
	r->serial++;
	return true;
}

static void answered(const struct req *r)
{
	CHECK(req_status(r) == VIRTIO_BLK_S_OK);
	CHECK(r->used_len == 1 + (r->out ? 0 : r->len));
	CHECK(same(r->data, r->len, r->seed));
}

/* @slots requests over and over, at random in flight, until @total are answered. */
static void many(struct queue *q, struct req *r, unsigned int slots, unsigned int total)
{
	bool indirect = q->d->features & INDIRECT;
	unsigned int asked = 0, got = 0, i;
	struct req *done;

	while (got < total) {
		for (i = rnd(slots + 1); i && asked < total; i--) {
			struct req *next = &r[rnd(slots)];

			if (next->pending)
				continue;
			if (!step(q, next, rnd(NCUTS), indirect && rnd(2)))
				break;
			asked++;
		}
		if (q->shown != q->avail_idx)
			queue_show(q);
		if (asked == got)
			continue;
		if (!queue_wait(q))
			return;
		while ((done = queue_get(q))) {
			answered(done);
			got++;
			if (!rnd(8))
				break;
		}
	}
	CHECK(asked == got);
}

static void a_ring_around_and_around(unsigned int size, uint64_t features)
{
	unsigned int slots = size / 2, i;
	struct req *r = calloc(slots, sizeof(*r));
	struct queue q;
	struct dev d;

	rig_up(&d, &q, features, size, MIB + slots * 9 * PAGE);
	for (i = 0; i < slots; i++) {
		req_init(&r[i], &d.r[0], PAGE);
		r[i].sector = 8 * i;
	}
	/* The indices wrap at 65536. */
	queue_reset(&q, 65500);
	q.poll_us = rnd(2) * 50;
	CHECK(queue_start(&q, disk) == 0);
	many(&q, r, slots, some(2000 + 2 * size));
	usleep(QUIET_MS * 1000);
	CHECK(!queue_answered(&q));
	CHECK(q.used_idx == q.avail_idx);
	CHECK(q.nfree == size);
	rig_down(&d, &q);
	free(r);
}

static void rings_wrap(void)
{
	static const unsigned int sizes[] = { 2, 4, 16, 256, MAX_SIZE };
	unsigned int f, i;

	for (f = 0; f < 4; f++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			a_ring_around_and_around(sizes[i], ring_features(f));
}

/* Without looking at the call. */
static bool answers_come(const struct queue *q, unsigned int n)
{
	int64_t end = now_ms() + WAIT_MS;

	while ((uint16_t)(le16toh(__atomic_load_n(&q->vr.used->idx, __ATOMIC_ACQUIRE)) -
			  q->used_idx) < n) {
		if (now_ms() > end)
			return false;
		usleep(100);
	}
	return true;
}

static void ask(struct queue *q, struct req *r, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		req_set(&r[i], VIRTIO_BLK_T_IN, 0, SECTOR);
		CHECK(req_add(q, &r[i], CUT_PLAIN, false));
		queue_show(q);
		CHECK(answers_come(q, i + 1));
	}
	/* A call comes after its answer, even if not for it. */
	usleep(QUIET_MS * 1000);
}

static void calls_come_as_asked_for(void)
{
	struct req r[4];
	struct queue q;
	struct dev d;
	int i;

	rig_up(&d, &q, ALL_FEATURES, 64, MIB);
	for (i = 0; i < 4; i++)
		req_init(&r[i], &d.r[0], PAGE);
	queue_reset(&q, 65534);
	CHECK(queue_start(&q, disk) == 0);
	/* After the start there may be a call without need. */
	ask(&q, r, 1);
	CHECK(queue_get(&q) == r);
	take(q.call);
	/* For the fourth answer, not before. */
	vring_used_event(&q.vr) = htole16((uint16_t)(q.used_idx + 3));
	ask(&q, r, 3);
	CHECK(!readable(q.call, 0));
	req_set(&r[3], VIRTIO_BLK_T_IN, 0, SECTOR);
	CHECK(req_add(&q, &r[3], CUT_PLAIN, false));
	queue_show(&q);
	CHECK(readable(q.call, WAIT_MS));
	CHECK(answers_come(&q, 4));
	rig_down(&d, &q);
}

static void calls_can_be_turned_off(void)
{
	struct queue q;
	struct req r;
	struct dev d;

	rig_up(&d, &q, V1, 64, MIB);
	req_init(&r, &d.r[0], PAGE);
	CHECK(queue_start(&q, disk) == 0);
	take(q.call);
	q.vr.avail->flags = htole16(VRING_AVAIL_F_NO_INTERRUPT);
	ask(&q, &r, 1);
	CHECK(!readable(q.call, 0));
	CHECK(queue_get(&q) == &r);
	q.vr.avail->flags = 0;
	ask(&q, &r, 1);
	CHECK(readable(q.call, WAIT_MS));
	CHECK(queue_get(&q) == &r);

	/* Or there is none to call. */
	CHECK(queue_stop(&q) == 0);
	close(q.call);
	q.call = -1;
	CHECK(queue_start(&q, disk) == 0);
	ask(&q, &r, 1);
	CHECK(queue_get(&q) == &r);
	rig_down(&d, &q);
}

static void start_of_life(struct req *r, struct region *region, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		req_init(&r[i], region, IN_FLIGHT_LEN);
		req_set(&r[i], VIRTIO_BLK_T_OUT, i * (IN_FLIGHT_LEN / SECTOR), IN_FLIGHT_LEN);
	}
}

/* All of them at once; @serial is the order. */
static void ask_all(struct queue *q, struct req *r, unsigned int n, bool write)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		req_set(&r[i], write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, r[i].sector,
			IN_FLIGHT_LEN);
		if (write) {
			r[i].seed = rnd64();
			fill(r[i].data, IN_FLIGHT_LEN, r[i].seed);
		} else {
			memset(r[i].data, 0, IN_FLIGHT_LEN);
		}
		r[i].serial = i;
		CHECK(req_add(q, &r[i], CUT_PLAIN, rnd(2)));
	}
	queue_show(q);
}

/* Return: how many of @r had been taken, as all the ways to see that say */
static unsigned int stop_and_count(struct queue *q)
{
	uint16_t base = q->used_idx, taken;
	unsigned int got = 0;
	struct req *r;
	uint8_t *copy;

	CHECK(queue_stop(q) == 0);
	taken = le16toh(q->vr.used->idx);
	CHECK(queue_base(q) == taken);
	taken -= base;
	CHECK(taken <= IN_FLIGHT);
	/* From now on nothing touches it. */
	copy = malloc(q->mem_size);
	memcpy(copy, q->mem, q->mem_size);
	signal_it(q->kick);
	while ((r = queue_get(q))) {
		CHECK(r->serial < taken);
		answered(r);
		got++;
	}
	CHECK(got == taken);
	usleep(rnd(2000));
	CHECK(!memcmp(copy, q->mem, q->mem_size));
	free(copy);
	return got;
}

static void stop_with_requests_in_flight(void)
{
	static struct req r[IN_FLIGHT];
	unsigned int round, got, stops = 0;
	struct req *done;
	struct queue q;
	struct dev d;

	rig_up(&d, &q, ALL_FEATURES, 256, 12 * MIB);
	start_of_life(r, &d.r[0], IN_FLIGHT);
	queue_reset(&q, 65000);
	CHECK(queue_start(&q, disk) == 0);
	for (round = 0; round < some(60); round++) {
		ask_all(&q, r, IN_FLIGHT, !(round & 1));
		usleep(round % 4 ? rnd(200 * (round % 4)) : 0);
		got = stop_and_count(&q);
		stops += got && got < IN_FLIGHT;
		CHECK(queue_start(&q, disk) == 0);
		signal_it(q.kick);
		while (got < IN_FLIGHT && queue_wait(&q))
			while ((done = queue_get(&q))) {
				answered(done);
				got++;
			}
		CHECK(got == IN_FLIGHT);
	}
	printf("blk-test: %u of %u stops came in the middle\n", stops, round);
	rig_down(&d, &q);
}

static void begin_and_leave(struct dev *d, struct queue *q)
{
	static struct req r[IN_FLIGHT];

	rig_up(d, q, ALL_FEATURES, 256, 12 * MIB);
	start_of_life(r, &d->r[0], IN_FLIGHT);
	CHECK(queue_start(q, disk) == 0);
	ask_all(q, r, IN_FLIGHT, rnd(2));
	usleep(rnd(3) * 100);
}

static void one_more_works(void)
{
	struct queue q;
	struct dev d;
	struct req r;

	rig_up(&d, &q, ALL_FEATURES, 16, MIB);
	req_init(&r, &d.r[0], PAGE);
	CHECK(queue_start(&q, disk) == 0);
	there_and_back(&q, &r, PAGE, CUT_PLAIN, false);
	rig_down(&d, &q);
}

/* The kernel survives it, and lets the next one work. */
static void end_with_requests_in_flight(void)
{
	int status, before = failures;
	unsigned int i;
	struct queue q;
	struct dev d;
	pid_t pid;

	for (i = 0; i < some(20); i++) {
		begin_and_leave(&d, &q);
		dev_close(&d);
		queue_end(&q);
	}
	one_more_works();
	for (i = 0; i < some(20); i++) {
		fflush(stdout);
		pid = fork();
		if (!pid) {
			begin_and_leave(&d, &q);
			_exit(failures == before ? 0 : 1);
		}
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	}
	one_more_works();
}

/* Two queues, each with its own region for the data; the rings are in the first. */
struct pair {
	struct dev d;
	struct queue q[2];
	struct req a[16];
	struct req b[16];
};

static void pair_up(struct pair *p)
{
	unsigned int i;

	rig_up(&p->d, &p->q[0], ALL_FEATURES, 64, 8 * MIB);
	queue_init(&p->q[1], &p->d, &p->d.r[0], 1, 64);
	start_of_life(p->a, &p->d.r[0], 16);
	/* Right behind the first, which a descriptor may not rely on. */
	start_of_life(p->b, dev_add_region(&p->d, GPA + 8 * MIB, 4 * MIB), 16);
	for (i = 0; i < 16; i++)
		p->b[i].sector += 16 * (IN_FLIGHT_LEN / SECTOR);
	for (i = 0; i < 2; i++)
		CHECK(queue_start(&p->q[i], disk) == 0);
}

/* Ends when all answers are there. */
static void collect(struct queue *q, unsigned int n)
{
	struct req *r;

	while (n && queue_wait(q))
		while ((r = queue_get(q))) {
			answered(r);
			n--;
		}
	CHECK(!n);
}

/* Asked with a header there, which is no longer, or all, in a region. */
static void breaks_with_header_at(struct pair *p, uint64_t gpa)
{
	struct queue *q = &p->q[1];
	struct buf b[2] = {
		{ .p = p->a[0].data - HEADER, .len = HEADER },
		{ .p = p->a[0].data, .len = SECTOR + 1, .in = true },
	};
	uint16_t head;

	CHECK(!readable(q->err, 0));
	CHECK(queue_add(q, b, 2, false, &p->b[0]));
	head = le16toh(q->vr.avail->ring[(uint16_t)(q->avail_idx - 1) % q->vr.num]);
	q->vr.desc[head].addr = htole64(gpa);
	queue_show(q);
	CHECK(readable(q->err, WAIT_MS));
	CHECK(!queue_answered(q));
}

/* Of the second queue: what it answered is right, the rest broke it, or it is idle. */
static void region_leaves(struct pair *p, bool idle)
{
	struct queue *q = &p->q[1];
	struct region gone = p->d.r[1];

	ask_all(&p->q[0], p->a, 16, true);
	ask_all(q, p->b, 16, true);
	if (idle)
		collect(q, 16);
	p->d.nr = 1;
	CHECK(dev_push_regions(&p->d) == 0);
	region_unmap(&gone);
	collect(&p->q[0], 16);
	ask_all(&p->q[0], p->a, 16, false);
	collect(&p->q[0], 16);
	if (idle) {
		breaks_with_header_at(p, gone.gpa);
		return;
	}
	usleep(QUIET_MS * 1000);
	while (queue_get(q))
		;
	CHECK(q->used_idx == q->avail_idx || readable(q->err, 0));
}

static void regions_come_and_go(void)
{
	static struct pair p;
	unsigned int i;

	for (i = 0; i < some(20); i++) {
		pair_up(&p);
		region_leaves(&p, i & 1);
		/* It comes back elsewhere in our memory. */
		start_of_life(p.b, dev_add_region(&p.d, GPA + 8 * MIB, 4 * MIB), 16);
		queue_renew(&p.q[1], disk);
		ask_all(&p.q[1], p.b, 16, true);
		/* The same table, told again, hurts nothing that runs. */
		CHECK(dev_push_regions(&p.d) == 0);
		collect(&p.q[1], 16);
		ask_all(&p.q[1], p.b, 16, false);
		collect(&p.q[1], 16);
		breaks_with_header_at(&p, GPA + 8 * MIB - HEADER / 2);
		queue_end(&p.q[1]);
		rig_down(&p.d, &p.q[0]);
	}
}

/* As the kernel calls it. */
static void name_of_disk(char *name, size_t size)
{
	char link[64], *path;
	struct stat st;

	CHECK(fstat(disk, &st) == 0);
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	path = realpath(link, NULL);
	memset(name, 0, size);
	if (CHECK(path))
		strncpy(name, strrchr(path, '/') + 1, size - 1);
	free(path);
}

static void zeroes(struct queue *q, struct req *r, uint32_t flags)
{
	struct virtio_blk_discard_write_zeroes z = {
		.sector = htole64(8), .num_sectors = htole32(24), .flags = htole32(flags),
	};
	uint64_t seed = rnd64();
	unsigned int i;

	req_set(r, VIRTIO_BLK_T_OUT, 0, 40 * SECTOR);
	fill(r->data, r->len, seed);
	CHECK(req_do(q, r, CUT_PLAIN, false) == VIRTIO_BLK_S_OK);
	req_set(r, VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(z));
	memcpy(r->data, &z, sizeof(z));
	CHECK(req_do(q, r, CUT_BYTES, flags) == VIRTIO_BLK_S_OK);
	req_set(r, VIRTIO_BLK_T_IN, 0, 40 * SECTOR);
	memset(r->data, 1, r->len);
	CHECK(req_do(q, r, CUT_PLAIN, false) == VIRTIO_BLK_S_OK);
	for (i = 8 * SECTOR; i < 32 * SECTOR && !r->data[i]; i++)
		;
	CHECK(i == 32 * SECTOR);
	CHECK(same(r->data, 8 * SECTOR, seed));
	CHECK(same(r->data + 32 * SECTOR, 8 * SECTOR, seed + 32 * SECTOR / 8));
}

static void all_kinds_of_requests(void)
{
	struct virtio_blk_discard_write_zeroes z = { .num_sectors = htole32(64) };
	char name[VIRTIO_BLK_ID_BYTES + 1];
	struct queue q;
	struct dev d;
	struct req r;
	int status;

	rig_up(&d, &q, ALL_FEATURES, 64, MIB);
	req_init(&r, &d.r[0], 16 * PAGE);
	CHECK(queue_start(&q, disk) == 0);
	req_set(&r, VIRTIO_BLK_T_FLUSH, 0, 0);
	CHECK(req_do(&q, &r, CUT_PLAIN, false) == VIRTIO_BLK_S_OK && r.used_len == 1);
	CHECK(req_do(&q, &r, CUT_ODD, true) == VIRTIO_BLK_S_OK);

	name_of_disk(name, sizeof(name));
	req_set(&r, VIRTIO_BLK_T_GET_ID, 0, VIRTIO_BLK_ID_BYTES);
	memset(r.data, 1, r.len);
	CHECK(req_do(&q, &r, CUT_BYTES, false) == VIRTIO_BLK_S_OK);
	CHECK(r.used_len == VIRTIO_BLK_ID_BYTES + 1);
	CHECK(*name && !memcmp(r.data, name, VIRTIO_BLK_ID_BYTES));

	zeroes(&q, &r, 0);
	zeroes(&q, &r, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP);
	/* Not every disk can, and none need do anything. */
	req_set(&r, VIRTIO_BLK_T_DISCARD, 0, sizeof(z));
	memcpy(r.data, &z, sizeof(z));
	status = req_do(&q, &r, CUT_PLAIN, false);
	CHECK(status == VIRTIO_BLK_S_OK || status == VIRTIO_BLK_S_UNSUPP);
	rig_down(&d, &q);
}

static void as_many_queues_as_allowed(void)
{
	static struct queue q[VHOST_XEN_BLK_MAX_QUEUES + 1];
	static struct req r[VHOST_XEN_BLK_MAX_QUEUES];
	unsigned int n = VHOST_XEN_BLK_MAX_QUEUES, i, round;
	struct dev d;

	dev_open(&d, ALL_FEATURES);
	dev_add_region(&d, GPA, 8 * MIB);
	for (i = 0; i < n; i++) {
		queue_init(&q[i], &d, &d.r[0], i, 16);
		req_init(&r[i], &d.r[0], PAGE);
		r[i].sector = 8 * i;
		CHECK(queue_start(&q[i], disk) == 0);
	}
	queue_init(&q[i], &d, &d.r[0], i, 16);
	CHECK(queue_start(&q[i], disk) == -ENOBUFS);
	queue_end(&q[i]);
	/* All at the same time. */
	for (round = 0; round < 10; round++) {
		for (i = 0; i < n; i++) {
			CHECK(step(&q[i], &r[i], rnd(NCUTS), rnd(2)));
			queue_show(&q[i]);
		}
		for (i = 0; i < n; i++)
			collect(&q[i], 1);
	}
	for (i = 0; i < n; i++)
		CHECK(queue_stop(&q[i]) == 0);
	dev_close(&d);
	for (i = 0; i < n; i++)
		queue_end(&q[i]);
}

static const struct test {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "data of any size and shape", data_of_any_size_and_shape },
	{ "data not aligned", data_not_aligned },
	{ "as much data as allowed", as_much_data_as_allowed },
	{ "all kinds of requests", all_kinds_of_requests },
	{ "rings wrap", rings_wrap },
	{ "calls come as asked for", calls_come_as_asked_for },
	{ "calls can be turned off", calls_can_be_turned_off },
	{ "as many queues as allowed", as_many_queues_as_allowed },
	{ "refused ioctls", refused_ioctls },
	{ "refused memory", refused_memory },
	{ "refused requests", refused_requests },
	{ "broken rings", broken_rings },
	{ "stop with requests in flight", stop_with_requests_in_flight },
	{ "end with requests in flight", end_with_requests_in_flight },
	{ "regions come and go", regions_come_and_go },
	{ "hostile driver", hostile_driver },
};

static bool open_disk(void)
{
	uint64_t bytes = 0;
	int sector = 0;

	disk = open(disk_path, O_RDWR | O_CLOEXEC);
	direct = open(disk_path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (disk < 0 || direct < 0 || ioctl(disk, BLKGETSIZE64, &bytes) < 0 ||
	    ioctl(disk, BLKSSZGET, &sector) < 0) {
		perror(disk_path);
		return false;
	}
	if (bytes < MIN_DISK || sector != SECTOR) {
		fprintf(stderr, "blk-test: %s: needs 8 MiB and sectors of 512 bytes\n",
			disk_path);
		return false;
	}
	disk_sectors = bytes / SECTOR;
	return true;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc == 3)
		share = strtoul(argv[2], NULL, 10);
	if (argc < 2 || argc > 3 || !share) {
		fprintf(stderr, "Usage: blk-test DISK [SHARE]\n");
		return 2;
	}
	disk_path = argv[1];
	if (!open_disk())
		return 1;
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		/* Who hangs in the kernel is known by this. */
		printf("blk-test: %s\n", tests[i].name);
		fflush(stdout);
		tests[i].run();
	}
	printf("blk-test: %d failures\n", failures);
	return failures ? 1 : 0;
}
