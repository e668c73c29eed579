// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk-test-wrong.c - protects vhost_xen_blk: what is wrong is refused, and changes
 * nothing
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk-test-driver.h"

#define SIZE		RIG_SIZE

void rig_open(struct rig *g)
{
	struct region *r;

	dev_open(&g->d, ALL_FEATURES);
	r = dev_add_region(&g->d, GPA, 8 * MIB);
	queue_init(&g->bad, &g->d, r, 0, SIZE);
	req_init(&g->bad_req, r, VHOST_XEN_BLK_MAX_DATA + PAGE);
	/* A gap of one page. */
	r = dev_add_region(&g->d, GPA + 8 * MIB + PAGE, MIB);
	queue_init(&g->good, &g->d, r, 1, SIZE);
	req_init(&g->good_req, r, 16 * PAGE);
	CHECK(queue_start(&g->bad, disk) == 0);
	CHECK(queue_start(&g->good, disk) == 0);
}

void rig_close(struct rig *g)
{
	CHECK(!readable(g->good.err, 0));
	CHECK(queue_stop(&g->bad) == 0);
	CHECK(queue_stop(&g->good) == 0);
	dev_close(&g->d);
	queue_end(&g->bad);
	queue_end(&g->good);
}

bool queue_works(struct queue *q, struct req *r)
{
	req_set(r, VIRTIO_BLK_T_IN, rnd(disk_sectors - 8), 8 * SECTOR);
	return req_do(q, r, CUT_PLAIN, rnd(2)) == VIRTIO_BLK_S_OK;
}

static int set_backend(const struct dev *d, unsigned int index, int fd)
{
	struct vhost_vring_file file = { .index = index, .fd = fd };

	return dev_ioctl(d, VHOST_XEN_BLK_SET_BACKEND, &file);
}

static int set_state(const struct dev *d, unsigned long request, unsigned int index,
		     unsigned int num)
{
	struct vhost_vring_state s = { .index = index, .num = num };

	return dev_ioctl(d, request, &s);
}

static int set_file(const struct dev *d, unsigned long request, unsigned int index, int fd)
{
	struct vhost_vring_file file = { .index = index, .fd = fd };

	return dev_ioctl(d, request, &file);
}

static int set_addr(const struct dev *d, unsigned int index, uint64_t desc, uint64_t avail,
		    uint64_t used)
{
	struct vhost_vring_addr a = {
		.index = index, .desc_user_addr = desc, .avail_user_addr = avail,
		.used_user_addr = used,
	};

	return dev_ioctl(d, VHOST_SET_VRING_ADDR, &a);
}

static int set_features(const struct dev *d, uint64_t features)
{
	return dev_ioctl(d, VHOST_SET_FEATURES, &features);
}

static void nobody_owns_it(void)
{
	struct dev d = { .fd = open(VHOST_XEN_BLK_DEVICE, O_RDWR | O_CLOEXEC) };
	int status;
	pid_t pid;

	CHECK(set_features(&d, ALL_FEATURES) == -EPERM);
	CHECK(dev_push_regions(&d) == -EPERM);
	CHECK(set_state(&d, VHOST_SET_VRING_NUM, 0, 16) == -EPERM);
	CHECK(set_addr(&d, 0, 0, 0, 0) == -EPERM);
	CHECK(set_file(&d, VHOST_SET_VRING_KICK, 0, -1) == -EPERM);
	CHECK(set_backend(&d, 0, disk) == -EPERM);
	CHECK(dev_ioctl(&d, VHOST_SET_OWNER, NULL) == 0);
	CHECK(dev_ioctl(&d, VHOST_SET_OWNER, NULL) == -EBUSY);
	fflush(stdout);
	pid = fork();
	if (!pid)
		/* The memory is another one here. */
		_exit(dev_push_regions(&d) && set_backend(&d, 0, disk) ? 0 : 1);
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
	close(d.fd);
}

static void features_that_are_not(struct rig *g)
{
	uint64_t f = 0;

	CHECK(dev_ioctl(&g->d, VHOST_GET_FEATURES, &f) == 0);
	CHECK(f == ALL_FEATURES);
	CHECK(set_features(&g->d, ALL_FEATURES) == -EBUSY);
	CHECK(queue_stop(&g->bad) == 0 && queue_stop(&g->good) == 0);
	CHECK(set_features(&g->d, ALL_FEATURES & ~V1) == -EINVAL);
	CHECK(set_features(&g->d, 0) == -EINVAL);
	CHECK(set_features(&g->d, V1 | BIT_ULL(VIRTIO_F_RING_PACKED)) == -EINVAL);
	CHECK(set_features(&g->d, V1 | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM)) == -EINVAL);
	CHECK(set_features(&g->d, V1 | BIT_ULL(VIRTIO_BLK_F_RO)) == -EINVAL);
	CHECK(set_features(&g->d, V1 | BIT_ULL(63)) == -EINVAL);
	CHECK(set_features(&g->d, ALL_FEATURES) == 0);
	CHECK(queue_start(&g->bad, disk) == 0 && queue_start(&g->good, disk) == 0);
}

/* A running queue is as it is. */
static void not_while_it_runs(struct rig *g)
{
	struct dev *d = &g->d;
	struct queue *q = &g->bad;

	CHECK(set_state(d, VHOST_SET_VRING_NUM, 0, SIZE) == -EBUSY);
	CHECK(set_state(d, VHOST_SET_VRING_BASE, 0, 7) == -EBUSY);
	CHECK(set_addr(d, 0, (uintptr_t)q->vr.desc, (uintptr_t)q->vr.avail,
		       (uintptr_t)q->vr.used) == -EBUSY);
	CHECK(set_file(d, VHOST_SET_VRING_KICK, 0, -1) == -EBUSY);
	CHECK(set_file(d, VHOST_SET_VRING_CALL, 0, -1) == -EBUSY);
	CHECK(set_file(d, VHOST_SET_VRING_ERR, 0, -1) == -EBUSY);
	CHECK(set_backend(d, 0, disk) == -EBUSY);
}

static void no_such_queue(const struct dev *d)
{
	static const unsigned int wrong[] = { VHOST_XEN_BLK_MAX_QUEUES, 1000, 0x80000000, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(set_state(d, VHOST_SET_VRING_NUM, wrong[i], 16) == -ENOBUFS);
		CHECK(set_state(d, VHOST_SET_VRING_BASE, wrong[i], 0) == -ENOBUFS);
		CHECK(set_state(d, VHOST_GET_VRING_BASE, wrong[i], 0) == -ENOBUFS);
		CHECK(set_addr(d, wrong[i], 0, 0, 0) == -ENOBUFS);
		CHECK(set_file(d, VHOST_SET_VRING_KICK, wrong[i], -1) == -ENOBUFS);
		CHECK(set_file(d, VHOST_SET_VRING_CALL, wrong[i], -1) == -ENOBUFS);
		CHECK(set_file(d, VHOST_SET_VRING_ERR, wrong[i], -1) == -ENOBUFS);
		CHECK(set_backend(d, wrong[i], disk) == -ENOBUFS);
		CHECK(set_backend(d, wrong[i], -1) == -ENOBUFS);
	}
}

static void rings_that_cannot_be(const struct dev *d)
{
	static const unsigned int sizes[] = {
		0, 3, 48, VHOST_XEN_BLK_MAX_SIZE + 1, 2 * VHOST_XEN_BLK_MAX_SIZE,
		0x10000, 0x80000000, ~0U,
	};
	uint64_t mem = (uintptr_t)d->r[0].mem;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		CHECK(set_state(d, VHOST_SET_VRING_NUM, 2, sizes[i]) == -EINVAL);
	CHECK(set_addr(d, 2, mem + 8, mem, mem) == -EINVAL);
	CHECK(set_addr(d, 2, mem, mem + 1, mem) == -EINVAL);
	CHECK(set_addr(d, 2, mem, mem, mem + 2) == -EINVAL);
	CHECK(set_file(d, VHOST_SET_VRING_KICK, 2, 9999) < 0);
	CHECK(set_file(d, VHOST_SET_VRING_CALL, 2, disk) < 0);
	CHECK(set_file(d, VHOST_SET_VRING_ERR, 2, 9999) < 0);
}

static void queues_that_cannot_start(struct rig *g)
{
	uint64_t mem = (uintptr_t)g->d.r[0].mem, end = mem + g->d.r[0].size;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct queue *q = &g->bad;
	unsigned int i;
	struct {
		uint64_t desc, avail, used;
	} wrong[] = {
		{ end - 16 * SIZE + 16, mem, mem }, { mem, end - 2 * SIZE, mem },
		{ mem, mem, end - 8 * SIZE }, { end, mem, mem }, { mem - PAGE, mem, mem },
		{ mem, 0, mem }, { mem, mem, 0 }, { -(uint64_t)16, mem, mem },
		{ mem, -(uint64_t)2, mem }, { mem, mem, -(uint64_t)4 }, { mem, mem, GPA },
	};

	CHECK(set_backend(&g->d, 3, disk) == -EINVAL);
	CHECK(set_state(&g->d, VHOST_SET_VRING_NUM, 3, SIZE) == 0);
	CHECK(set_backend(&g->d, 3, disk) == -EINVAL);
	CHECK(set_addr(&g->d, 4, mem, mem, mem) == 0);
	CHECK(set_backend(&g->d, 4, disk) == -EINVAL);

	CHECK(queue_stop(q) == 0);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		CHECK(queue_set(q, q->used_idx) == 0);
		CHECK(set_addr(&g->d, 0, wrong[i].desc, wrong[i].avail, wrong[i].used) == 0);
		if (!CHECK(set_backend(&g->d, 0, disk) == -EFAULT))
			queue_stop(q);
	}
	CHECK(queue_set(q, q->used_idx) == 0);
	CHECK(set_backend(&g->d, 0, null) == -ENOTBLK);
	CHECK(set_backend(&g->d, 0, g->d.fd) == -ENOTBLK);
	CHECK(set_backend(&g->d, 0, q->kick) == -ENOTBLK);
	CHECK(set_backend(&g->d, 0, 9999) == -EBADF);
	CHECK(queue_stop(q) == 0);
	CHECK(queue_start(q, disk) == 0);
	close(null);
}

void refused_ioctls(void)
{
	struct rig g;

	nobody_owns_it();
	rig_open(&g);
	CHECK(dev_ioctl(&g.d, _IO(VHOST_VIRTIO, 0x99), NULL) == -ENOTTY);
	CHECK(dev_ioctl(&g.d, _IO('x', 1), NULL) == -ENOTTY);
	CHECK(dev_ioctl(&g.d, VHOST_SET_MEM_TABLE, NULL) == -EFAULT);
	CHECK(dev_ioctl(&g.d, VHOST_XEN_BLK_SET_BACKEND, NULL) == -EFAULT);
	features_that_are_not(&g);
	not_while_it_runs(&g);
	no_such_queue(&g.d);
	rings_that_cannot_be(&g.d);
	queues_that_cannot_start(&g);
	CHECK(queue_works(&g.bad, &g.bad_req));
	CHECK(queue_works(&g.good, &g.good_req));
	CHECK(!readable(g.bad.err, 0));
	rig_close(&g);
}

/* With one more region than the device has. */
static int one_more_region(struct dev d, uint64_t gpa, uint64_t size, uint64_t mem)
{
	d.r[d.nr++] = (struct region){
		.gpa = gpa, .size = size, .mem = (void *)(uintptr_t)mem,
	};
	return dev_push_regions(&d);
}

static int many_regions(const struct dev *d, unsigned int n, uint64_t flags, uint8_t *mem)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[65];
	} t = { .head.nregions = n };
	unsigned int i;

	for (i = 0; i < n && i < ARRAY_SIZE(t.regions); i++)
		t.regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = GPA + i * PAGE, .memory_size = PAGE,
			.userspace_addr = (uintptr_t)mem + i * PAGE,
			.flags_padding = flags,
		};
	return dev_ioctl(d, VHOST_SET_MEM_TABLE, &t);
}

static void wrong_regions(const struct dev *d, uint8_t *spare)
{
	const uint64_t at = GPA + 0x10000000, mem = (uintptr_t)spare, big = 260ULL * MIB;
	void *huge, *hole, *fixed;

	CHECK(one_more_region(*d, at + 1, PAGE, mem) == -EINVAL);
	CHECK(one_more_region(*d, at, PAGE + 512, mem) == -EINVAL);
	CHECK(one_more_region(*d, at, PAGE, mem + 16) == -EINVAL);
	CHECK(one_more_region(*d, at, 0, mem) == -EINVAL);
	CHECK(one_more_region(*d, -(uint64_t)PAGE, 2 * PAGE, mem) == -EINVAL);
	CHECK(one_more_region(*d, at, -(uint64_t)PAGE, mem) < 0);
	CHECK(one_more_region(*d, at, 2 * PAGE, -(uint64_t)PAGE) < 0);
	/* Over the first: its page, its end, all of it. */
	CHECK(one_more_region(*d, GPA, PAGE, mem) == -EINVAL);
	CHECK(one_more_region(*d, GPA + 8 * MIB - PAGE, 2 * PAGE, mem) == -EINVAL);
	CHECK(one_more_region(*d, GPA - PAGE, 16 * MIB, mem) == -EINVAL);

	hole = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap((uint8_t *)hole + PAGE, PAGE);
	CHECK(one_more_region(*d, at, 2 * PAGE, (uintptr_t)hole) == -EFAULT);
	munmap(hole, PAGE);
	fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(one_more_region(*d, at, PAGE, (uintptr_t)fixed) < 0);
	munmap(fixed, PAGE);
	huge = mmap(NULL, big, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(huge != MAP_FAILED);
	CHECK(one_more_region(*d, at, big, (uintptr_t)huge) < 0);
	munmap(huge, big);
}

/* A table that is refused changes nothing. */
void refused_memory(void)
{
	uint8_t *spare = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct dev other;
	struct rig g;

	rig_open(&g);
	wrong_regions(&g.d, spare);
	CHECK(queue_works(&g.bad, &g.bad_req));
	CHECK(queue_works(&g.good, &g.good_req));
	CHECK(!readable(g.bad.err, 0));

	dev_open(&other, ALL_FEATURES);
	CHECK(many_regions(&other, 64, 0, spare) == 0);
	CHECK(many_regions(&other, 65, 0, spare) < 0);
	CHECK(many_regions(&other, ~0U >> 5, 0, spare) < 0);
	CHECK(many_regions(&other, 1, 1, spare) == -EINVAL);
	CHECK(many_regions(&other, 0, 0, spare) == 0);
	dev_close(&other);
	rig_close(&g);
	munmap(spare, 16 * MIB);
}

/* Return: whether a request got that answer, and its queue lives on */
static bool answers(struct rig *g, uint32_t type, uint64_t sector, uint32_t len, uint8_t status)
{
	req_set(&g->bad_req, type, sector, len);
	return req_do(&g->bad, &g->bad_req, CUT_PLAIN, false) == status &&
		!readable(g->bad.err, 0) && queue_works(&g->bad, &g->bad_req);
}

static int range(struct rig *g, uint32_t type, uint64_t sector, uint32_t sectors,
		 uint32_t flags, uint32_t len)
{
	struct virtio_blk_discard_write_zeroes z = {
		.sector = htole64(sector), .num_sectors = htole32(sectors),
		.flags = htole32(flags),
	};

	req_set(&g->bad_req, type, 0, len);
	memset(g->bad_req.data, 0, len);
	memcpy(g->bad_req.data, &z, len < sizeof(z) ? len : sizeof(z));
	return req_do(&g->bad, &g->bad_req, CUT_PLAIN, false);
}

static void ranges(struct rig *g)
{
	static const uint32_t types[] = { VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES };
	const uint32_t size = sizeof(struct virtio_blk_discard_write_zeroes);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		CHECK(range(g, types[i], 0, 8, 2, size) == VIRTIO_BLK_S_UNSUPP);
		CHECK(range(g, types[i], 0, 8, 1U << 31, size) == VIRTIO_BLK_S_UNSUPP);
		CHECK(range(g, types[i], disk_sectors, 8, 0, size) > VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], disk_sectors - 7, 8, 0, size) > VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], UINT64_MAX, 8, 0, size) > VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], UINT64_MAX - 6, 8, 0, size) > VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], 0, VHOST_XEN_BLK_MAX_RANGE + 1, 0, size) >
		      VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], 0, ~0U, 0, size) > VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], 0, 8, 0, size - 1) > VIRTIO_BLK_S_OK);
		CHECK(range(g, types[i], 0, 8, 0, 2 * size) > VIRTIO_BLK_S_OK);
	}
	CHECK(range(g, VIRTIO_BLK_T_DISCARD, 0, 8, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP, size) ==
	      VIRTIO_BLK_S_UNSUPP);
	CHECK(queue_works(&g->bad, &g->bad_req));
}

/* What is open for reading is not written. */
static void read_only(struct rig *g)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", disk);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	req_set(&g->bad_req, VIRTIO_BLK_T_OUT, 0, PAGE);
	fill(g->bad_req.data, PAGE, 1);
	CHECK(req_do(&g->bad, &g->bad_req, CUT_PLAIN, false) == VIRTIO_BLK_S_OK);
	CHECK(queue_stop(&g->bad) == 0);
	CHECK(queue_start(&g->bad, fd) == 0);
	/* The queue has its own hold on it. */
	close(fd);
	req_set(&g->bad_req, VIRTIO_BLK_T_OUT, 0, PAGE);
	fill(g->bad_req.data, PAGE, 2);
	CHECK(req_do(&g->bad, &g->bad_req, CUT_PLAIN, false) == VIRTIO_BLK_S_IOERR);
	CHECK(range(g, VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0, 16) > VIRTIO_BLK_S_OK);
	CHECK(range(g, VIRTIO_BLK_T_DISCARD, 0, 8, 0, 16) > VIRTIO_BLK_S_OK);
	req_set(&g->bad_req, VIRTIO_BLK_T_IN, 0, PAGE);
	CHECK(req_do(&g->bad, &g->bad_req, CUT_PLAIN, false) == VIRTIO_BLK_S_OK);
	CHECK(same(g->bad_req.data, PAGE, 1));
}

/* A good ring with a request that cannot be. */
void refused_requests(void)
{
	static const uint32_t unknown[] = {
		VIRTIO_BLK_T_SCSI_CMD, 3, 5, 10, 12, VIRTIO_BLK_T_SECURE_ERASE, 15, 1000,
		VIRTIO_BLK_T_BARRIER, VIRTIO_BLK_T_BARRIER | VIRTIO_BLK_T_OUT, ~0U,
	};
	static const uint32_t types[] = { VIRTIO_BLK_T_IN, VIRTIO_BLK_T_OUT };
	const uint8_t bad = VIRTIO_BLK_S_IOERR;
	uint32_t type;
	struct rig g;
	unsigned int i;

	rig_open(&g);
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		CHECK(answers(&g, unknown[i], 0, SECTOR, VIRTIO_BLK_S_UNSUPP));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		type = types[i];
		CHECK(answers(&g, type, disk_sectors - 1, SECTOR, VIRTIO_BLK_S_OK));
		CHECK(answers(&g, type, disk_sectors, SECTOR, bad));
		CHECK(answers(&g, type, disk_sectors - 1, 2 * SECTOR, bad));
		CHECK(answers(&g, type, UINT64_MAX, SECTOR, bad));
		CHECK(answers(&g, type, UINT64_MAX - 1, 4 * SECTOR, bad));
		CHECK(answers(&g, type, 1ULL << 55, SECTOR, bad));
		CHECK(answers(&g, type, 0, SECTOR + 1, bad));
		CHECK(answers(&g, type, 0, 100, bad));
		CHECK(answers(&g, type, 0, VHOST_XEN_BLK_MAX_DATA + SECTOR, bad));
	}
	ranges(&g);
	read_only(&g);
	rig_close(&g);
}
