/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blk-test-driver.h - a small driver of virtio disks, for blk-test
 *
 * It drives /dev/vhost-xen-blk from this process's memory. Nothing in it trusts
 * the device: what it answers is checked here, whatever the test is.
 */
#ifndef BLK_TEST_DRIVER_H
#define BLK_TEST_DRIVER_H

#include <linux/virtio_blk.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vhost-test.h"
#include "vhost_xen_blk.h"

#define QUIET_MS	100
#define SECTOR		512
#define MIB		(1 << 20)

#define INDIRECT	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)
#define DISK_FEATURES	(BIT_ULL(VIRTIO_BLK_F_FLUSH) | BIT_ULL(VIRTIO_BLK_F_DISCARD) | \
			 BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES))
#define ALL_FEATURES	(V1 | EVENT_IDX | INDIRECT | DISK_FEATURES)

#define MAX_REGIONS	4
#define MAX_SIZE	VHOST_XEN_BLK_MAX_SIZE
#define HEADER		((uint32_t)sizeof(struct virtio_blk_outhdr))

/**
 * struct region - memory that the device may use
 * @gpa: its address to the device
 * @size: bytes
 * @mem: where we have it
 * @used: how much of it has been given out by region_alloc()
 */
struct region {
	uint64_t gpa;
	size_t size;
	uint8_t *mem;
	size_t used;
};

/**
 * struct dev - one device
 * @fd: the open file
 * @features: that it was told
 * @r: its memory
 * @nr: number of regions
 */
struct dev {
	int fd;
	uint64_t features;
	struct region r[MAX_REGIONS];
	unsigned int nr;
};

/* A piece of a request; @in: the device writes it. */
struct buf {
	uint8_t *p;
	uint32_t len;
	bool in;
};

/**
 * struct req - a request
 * @mem: what region_alloc() gave
 * @data: in @mem; the header is before it, the status behind
 * @table: for indirect descriptors
 * @type: VIRTIO_BLK_T_*
 * @sector: of the disk
 * @len: bytes of data
 * @out: the data are for the device
 * @seed: the test's, see fill()
 * @serial: the test's
 * @used_len: from the used ring
 * @pending: the device has not answered
 */
struct req {
	uint8_t *mem;
	uint8_t *data;
	struct vring_desc *table;
	uint32_t type;
	uint64_t sector;
	uint32_t len;
	bool out;
	uint64_t seed;
	unsigned int serial;
	uint32_t used_len;
	bool pending;
};

/**
 * struct queue - a virtqueue
 * @d: the device
 * @index: of the queue
 * @vr: the ring
 * @mem: the memory of the ring, for who wants to spoil it
 * @mem_size: bytes of it
 * @avail_idx: next entry to fill
 * @shown: what the device has been told of
 * @used_idx: next answer to look at
 * @fresh: it has just been started
 * @poll_us: how long the device is to look at the ring before it sleeps
 * @kick: to the device
 * @call: from the device
 * @err: from the device
 * @free: descriptors not in use
 * @nfree: how many
 * @next: our copy of the chains
 * @count: by head, descriptors in the chain
 * @req: by head
 */
struct queue {
	struct dev *d;
	unsigned int index;
	struct vring vr;
	uint8_t *mem;
	size_t mem_size;
	uint16_t avail_idx;
	uint16_t shown;
	uint16_t used_idx;
	bool fresh;
	unsigned int poll_us;
	int kick;
	int call;
	int err;
	uint16_t free[MAX_SIZE];
	unsigned int nfree;
	uint16_t next[MAX_SIZE];
	uint16_t count[MAX_SIZE];
	struct req *req[MAX_SIZE];
};

/* How a request is cut into descriptors. */
enum cut {
	CUT_PLAIN,	/* header, data, status */
	CUT_PAGES,	/* the data at the ends of pages */
	CUT_SECTORS,	/* the data into some sectors each */
	CUT_JOINED,	/* all that is read, all that is written */
	CUT_ODD,	/* the same, and the header anywhere */
	NCUTS,
	CUT_BYTES = NCUTS,	/* anywhere, also within a sector */
};

extern int disk;
extern uint64_t disk_sectors;

int64_t now_ms(void);
void fill(uint8_t *p, size_t len, uint64_t seed);
bool same(const uint8_t *p, size_t len, uint64_t seed);

int dev_ioctl(const struct dev *d, unsigned long request, const void *arg);
void dev_open(struct dev *d, uint64_t features);
void dev_close(struct dev *d);
struct region *dev_add_region(struct dev *d, uint64_t gpa, size_t size);
int dev_push_regions(const struct dev *d);
void region_unmap(const struct region *r);
void *region_alloc(struct region *r, size_t size, size_t align);
uint64_t dev_address(const struct dev *d, const void *p);

void queue_init(struct queue *q, struct dev *d, struct region *r, unsigned int index,
		unsigned int size);
void queue_end(struct queue *q);
void queue_reset(struct queue *q, uint16_t base);
int queue_set(const struct queue *q, uint16_t base);
int queue_start(struct queue *q, int fd);
int queue_stop(const struct queue *q);
int queue_base(const struct queue *q);
void queue_renew(struct queue *q, int fd);
bool queue_add(struct queue *q, const struct buf *b, unsigned int n, bool indirect,
	       struct req *r);
void queue_show(struct queue *q);
bool queue_answered(const struct queue *q);
bool queue_wait(struct queue *q);
struct req *queue_get(struct queue *q);

void req_init(struct req *r, struct region *region, uint32_t room);
void req_set(struct req *r, uint32_t type, uint64_t sector, uint32_t len);
void req_shift(struct req *r, unsigned int shift);
uint8_t req_status(const struct req *r);
bool req_add(struct queue *q, struct req *r, enum cut how, bool indirect);
int req_do(struct queue *q, struct req *r, enum cut how, bool indirect);

/* Of the rings of a struct rig. */
#define RIG_SIZE	64

/**
 * struct rig - a device with a queue to spoil and one that must not notice
 * @d: the device
 * @bad: the queue to spoil, in the first region
 * @good: the other, in the second
 * @bad_req: for @bad
 * @good_req: for @good
 */
struct rig {
	struct dev d;
	struct queue bad;
	struct queue good;
	struct req bad_req;
	struct req good_req;
};

/* blk-test-wrong.c */
void rig_open(struct rig *g);
void rig_close(struct rig *g);
bool queue_works(struct queue *q, struct req *r);
void refused_ioctls(void);
void refused_memory(void);
void refused_requests(void);

/* blk-test-rings.c */
void broken_rings(void);
void hostile_driver(void);

#endif /* BLK_TEST_DRIVER_H */
