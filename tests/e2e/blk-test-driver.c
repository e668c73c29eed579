// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk-test-driver.c - a small driver of virtio disks, for blk-test
 *
 * As a real driver it sleeps until the device calls, and kicks only when the
 * device wants it: a notification that is lost on the way is a failure here.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "blk-test-driver.h"

int disk = -1;
uint64_t disk_sectors;

int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	return x ^ x >> 27;
}

void fill(uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = mix(seed + i / 8 + 1) >> (i % 8 * 8);
}

bool same(const uint8_t *p, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != (uint8_t)(mix(seed + i / 8 + 1) >> (i % 8 * 8)))
			return false;
	return true;
}

int dev_ioctl(const struct dev *d, unsigned long request, const void *arg)
{
	return vhost_ioctl(d->fd, request, arg);
}

void dev_open(struct dev *d, uint64_t features)
{
	*d = (struct dev){
		.fd = open(VHOST_XEN_BLK_DEVICE, O_RDWR | O_CLOEXEC),
		.features = features,
	};
	if (d->fd < 0) {
		perror(VHOST_XEN_BLK_DEVICE);
		exit(1);
	}
	CHECK(dev_ioctl(d, VHOST_SET_OWNER, NULL) == 0);
	CHECK(dev_ioctl(d, VHOST_SET_FEATURES, &features) == 0);
}

void region_unmap(const struct region *r)
{
	munmap(r->mem - PAGE, r->size + 2 * PAGE);
}

/* The memory goes at once: whatever the device still does must not need it. */
void dev_close(struct dev *d)
{
	unsigned int i;

	close(d->fd);
	for (i = 0; i < d->nr; i++)
		region_unmap(&d->r[i]);
}

int dev_push_regions(const struct dev *d)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[MAX_REGIONS];
	} table = { .head.nregions = d->nr };
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		table.regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = d->r[i].gpa,
			.memory_size = d->r[i].size,
			.userspace_addr = (uintptr_t)d->r[i].mem,
		};
	return dev_ioctl(d, VHOST_SET_MEM_TABLE, &table);
}

struct region *dev_add_region(struct dev *d, uint64_t gpa, size_t size)
{
	struct region *r = &d->r[d->nr++];

	/* Shared, so that another process can be the hostile driver. */
	uint8_t *p = mmap(NULL, size + 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	/* A page on each side is not part of it. */
	if (p == MAP_FAILED || mprotect(p, PAGE, PROT_NONE) < 0 ||
	    mprotect(p + PAGE + size, PAGE, PROT_NONE) < 0) {
		perror("mmap");
		exit(1);
	}
	*r = (struct region){ .gpa = gpa, .size = size, .mem = p + PAGE };
	CHECK(dev_push_regions(d) == 0);
	return r;
}

void *region_alloc(struct region *r, size_t size, size_t align)
{
	size_t at = (r->used + align - 1) & ~(align - 1);

	if (at + size > r->size) {
		fprintf(stderr, "blk-test: a region is too small\n");
		exit(1);
	}
	r->used = at + size;
	return r->mem + at;
}

uint64_t dev_address(const struct dev *d, const void *p)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++) {
		size_t off = (uintptr_t)p - (uintptr_t)d->r[i].mem;

		if (off < d->r[i].size)
			return d->r[i].gpa + off;
	}
	return 0;
}

/* The three parts are aligned as they must be, and no better. */
void queue_init(struct queue *q, struct dev *d, struct region *r, unsigned int index,
		unsigned int size)
{
	size_t avail = 16 + size * sizeof(struct vring_desc) + 2;
	size_t used = (avail + (3 + size) * 2 + 3) / 4 * 4;

	if (used % 8 == 0)
		used += 4;
	*q = (struct queue){
		.d = d, .index = index,
		.mem_size = used + 6 + size * sizeof(struct vring_used_elem),
		.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.err = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	q->mem = region_alloc(r, q->mem_size, PAGE);
	q->vr.num = size;
	q->vr.desc = (void *)(q->mem + 16);
	q->vr.avail = (void *)(q->mem + avail);
	q->vr.used = (void *)(q->mem + used);
	queue_reset(q, 0);
}

void queue_end(struct queue *q)
{
	if (q->kick >= 0)
		close(q->kick);
	if (q->call >= 0)
		close(q->call);
	if (q->err >= 0)
		close(q->err);
}

/* An empty ring that begins with entry @base; what was in it is forgotten. */
void queue_reset(struct queue *q, uint16_t base)
{
	unsigned int i;

	memset(q->mem, 0, q->mem_size);
	q->avail_idx = base;
	q->shown = base;
	q->used_idx = base;
	q->vr.avail->idx = htole16(base);
	q->vr.used->idx = htole16(base);
	q->nfree = q->vr.num;
	for (i = 0; i < q->nfree; i++) {
		q->free[i] = i;
		if (q->req[i])
			q->req[i]->pending = false;
		q->req[i] = NULL;
	}
	take(q->kick);
	take(q->call);
	take(q->err);
}

/* All that the device must know of the queue, but for the disk. */
int queue_set(const struct queue *q, uint16_t base)
{
	struct vhost_vring_state num = { .index = q->index, .num = q->vr.num };
	struct vhost_vring_state from = { .index = q->index, .num = base };
	struct vhost_vring_state poll = { .index = q->index, .num = q->poll_us };
	struct vhost_vring_file kick = { .index = q->index, .fd = q->kick };
	struct vhost_vring_file call = { .index = q->index, .fd = q->call };
	struct vhost_vring_file err = { .index = q->index, .fd = q->err };
	struct vhost_vring_addr addr = {
		.index = q->index,
		.desc_user_addr = (uintptr_t)q->vr.desc,
		.avail_user_addr = (uintptr_t)q->vr.avail,
		.used_user_addr = (uintptr_t)q->vr.used,
	};
	int ret = dev_ioctl(q->d, VHOST_SET_VRING_NUM, &num);

	if (!ret)
		ret = dev_ioctl(q->d, VHOST_SET_VRING_BASE, &from);
	if (!ret)
		ret = dev_ioctl(q->d, VHOST_SET_VRING_ADDR, &addr);
	if (!ret)
		ret = dev_ioctl(q->d, VHOST_SET_VRING_KICK, &kick);
	if (!ret)
		ret = dev_ioctl(q->d, VHOST_SET_VRING_CALL, &call);
	if (!ret)
		ret = dev_ioctl(q->d, VHOST_SET_VRING_ERR, &err);
	if (!ret)
		ret = dev_ioctl(q->d, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, &poll);
	return ret;
}

static int set_backend(const struct queue *q, int fd)
{
	struct vhost_vring_file file = { .index = q->index, .fd = fd };

	return dev_ioctl(q->d, VHOST_XEN_BLK_SET_BACKEND, &file);
}

/* From the first request that has no answer. */
int queue_start(struct queue *q, int fd)
{
	int ret = queue_set(q, q->used_idx);

	if (!ret)
		ret = set_backend(q, fd);
	q->fresh = true;
	return ret;
}

int queue_stop(const struct queue *q)
{
	return set_backend(q, -1);
}

/* The next entry of the ring that the device would take. */
int queue_base(const struct queue *q)
{
	struct vhost_vring_state s = { .index = q->index, .num = ~0U };
	int ret = dev_ioctl(q->d, VHOST_GET_VRING_BASE, &s);

	return ret ? ret : (int)s.num;
}

/* Stop, and start with an empty ring: what cures a broken queue. */
void queue_renew(struct queue *q, int fd)
{
	CHECK(queue_stop(q) == 0);
	queue_reset(q, 0);
	CHECK(queue_start(q, fd) == 0);
}

static uint16_t take_free(struct queue *q)
{
	unsigned int i = rnd(q->nfree);
	uint16_t d = q->free[i];

	q->free[i] = q->free[--q->nfree];
	return d;
}

static struct vring_desc describe(const struct queue *q, const struct buf *b)
{
	return (struct vring_desc){
		.addr = htole64(dev_address(q->d, b->p)),
		.len = htole32(b->len),
		.flags = htole16(b->in ? VRING_DESC_F_WRITE : 0),
	};
}

static void fill_table(const struct queue *q, const struct buf *b, unsigned int n,
		       struct vring_desc *table)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		table[i] = describe(q, &b[i]);
		if (i + 1 == n)
			break;
		table[i].flags |= htole16(VRING_DESC_F_NEXT);
		table[i].next = htole16(i + 1);
	}
}

/* Not seen by the device before queue_show(). No: there is no room. */
bool queue_add(struct queue *q, const struct buf *b, unsigned int n, bool indirect,
	       struct req *r)
{
	unsigned int count = indirect ? 1 : n, i;
	struct vring_desc *d;
	uint16_t head, at;

	if (count > q->nfree)
		return false;
	head = take_free(q);
	at = head;
	if (indirect) {
		struct buf t = { .p = (void *)r->table, .len = n * sizeof(*r->table) };

		fill_table(q, b, n, r->table);
		q->vr.desc[head] = describe(q, &t);
		q->vr.desc[head].flags = htole16(VRING_DESC_F_INDIRECT);
	}
	for (i = 0; !indirect && i < n; i++) {
		d = &q->vr.desc[at];
		*d = describe(q, &b[i]);
		if (i + 1 == n)
			break;
		q->next[at] = take_free(q);
		at = q->next[at];
		d->next = htole16(at);
		d->flags |= htole16(VRING_DESC_F_NEXT);
	}
	q->count[head] = count;
	q->req[head] = r;
	r->pending = true;
	q->vr.avail->ring[q->avail_idx++ % q->vr.num] = htole16(head);
	return true;
}

/* Show the device what was added; it is kicked if it wants to be. */
void queue_show(struct queue *q)
{
	uint16_t old = q->shown, event;
	bool wanted;

	q->shown = q->avail_idx;
	__atomic_store_n(&q->vr.avail->idx, htole16(q->shown), __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (q->d->features & EVENT_IDX) {
		event = __atomic_load_n(&vring_avail_event(&q->vr), __ATOMIC_RELAXED);
		wanted = vring_need_event(le16toh(event), q->shown, old);
	} else {
		wanted = !(__atomic_load_n(&q->vr.used->flags, __ATOMIC_RELAXED) &
			   htole16(VRING_USED_F_NO_NOTIFY));
	}
	/* What it wants it cannot say before it has seen the ring. */
	if (wanted || q->fresh)
		signal_it(q->kick);
	q->fresh = false;
}

bool queue_answered(const struct queue *q)
{
	return le16toh(__atomic_load_n(&q->vr.used->idx, __ATOMIC_ACQUIRE)) != q->used_idx;
}

/* Sleep until there is an answer, as the device's call says. */
bool queue_wait(struct queue *q)
{
	int64_t end = now_ms() + WAIT_MS;

	while (!queue_answered(q)) {
		int left = end - now_ms();

		if (left <= 0)
			return CHECK(!"no answer");
		if (q->call < 0) {
			usleep(100);
			continue;
		}
		if (q->d->features & EVENT_IDX)
			__atomic_store_n(&vring_used_event(&q->vr), htole16(q->used_idx),
					 __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (queue_answered(q))
			break;
		if (!readable(q->call, left))
			return CHECK(!queue_answered(q) && !"no answer");
		take(q->call);
	}
	return true;
}

/* The next answer, or NULL. One to no request, or a second one, is a failure. */
struct req *queue_get(struct queue *q)
{
	struct vring_used_elem e;
	struct req *r;
	unsigned int n;
	uint32_t head;

	if (!queue_answered(q))
		return NULL;
	e = q->vr.used->ring[q->used_idx++ % q->vr.num];
	head = le32toh(e.id);
	if (!CHECK(head < q->vr.num) || !CHECK(q->req[head]))
		return NULL;
	r = q->req[head];
	q->req[head] = NULL;
	r->used_len = le32toh(e.len);
	r->pending = false;
	for (n = q->count[head]; n; n--) {
		q->free[q->nfree++] = head;
		head = q->next[head];
	}
	return r;
}

/* Room for up to @room bytes of data, and for shifting them within a page. */
void req_init(struct req *r, struct region *region, uint32_t room)
{
	*r = (struct req){
		.mem = region_alloc(region, room + 3 * PAGE, PAGE),
		.table = region_alloc(region, MAX_SIZE * sizeof(*r->table), 16),
	};
	r->data = r->mem + PAGE;
}

/* Where in a page the data begin. */
void req_shift(struct req *r, unsigned int shift)
{
	r->data = r->mem + PAGE + shift % PAGE;
}

void req_set(struct req *r, uint32_t type, uint64_t sector, uint32_t len)
{
	r->type = type;
	r->sector = sector;
	r->len = len;
	r->out = type != VIRTIO_BLK_T_IN && type != VIRTIO_BLK_T_GET_ID;
}

uint8_t req_status(const struct req *r)
{
	return r->data[r->len];
}

/* How much of what begins at @at and has @left bytes goes into one descriptor. */
static uint32_t piece(const struct req *r, const uint8_t *at, uint32_t left, enum cut how)
{
	uint32_t data = r->data + r->len - at, n;

	if (how == CUT_JOINED)
		return left;
	if (how == CUT_BYTES || (how == CUT_ODD && at < r->data)) {
		n = 1 + rnd(rnd(2) ? HEADER : 3000);
		/* From here on it is aligned, or this was all of the header. */
		if (how == CUT_ODD && n > r->data - at)
			n = r->data - at;
		return n < left ? n : left;
	}
	if (at < r->data)
		return r->data - at;
	if (at == r->data + r->len)
		return left;
	n = data;
	if (how == CUT_PAGES)
		n = PAGE - (uintptr_t)at % PAGE;
	else if (how == CUT_SECTORS || how == CUT_ODD)
		n = (1 + rnd(8)) * SECTOR;
	return n < data ? n : data;
}

static unsigned int cut_up(const struct req *r, uint8_t *at, uint32_t left, bool in,
			   enum cut how, struct buf *b, unsigned int max)
{
	unsigned int n;

	for (n = 0; left; n++) {
		b[n] = (struct buf){ .p = at, .len = piece(r, at, left, how), .in = in };
		if (n + 1 == max)
			b[n].len = left;
		at += b[n].len;
		left -= b[n].len;
	}
	return n;
}

/*
 * Of the two parts, what the device reads and what it writes, the one with the
 * data gets most of the descriptors. No: there is no room.
 */
bool req_add(struct queue *q, struct req *r, enum cut how, bool indirect)
{
	unsigned int max = indirect ? q->vr.num : q->nfree, small, n;
	struct virtio_blk_outhdr h = {
		.type = htole32(r->type), .sector = htole64(r->sector),
	};
	static struct buf b[MAX_SIZE];

	if (max < 2)
		return false;
	memcpy(r->data - HEADER, &h, HEADER);
	r->data[r->len] = 0xff;
	small = max / 2 < HEADER ? max / 2 : HEADER;
	n = cut_up(r, r->data - HEADER, HEADER + (r->out ? r->len : 0), false, how, b,
		   r->out ? max - 1 : small);
	n += cut_up(r, r->out ? r->data + r->len : r->data, 1 + (r->out ? 0 : r->len), true,
		    how, b + n, max - n);
	return queue_add(q, b, n, indirect, r);
}

/* One request, alone in its queue. Return: the status, or -1 without an answer */
int req_do(struct queue *q, struct req *r, enum cut how, bool indirect)
{
	if (!CHECK(req_add(q, r, how, indirect)))
		return -1;
	queue_show(q);
	if (!queue_wait(q) || !CHECK(queue_get(q) == r))
		return -1;
	return req_status(r);
}
