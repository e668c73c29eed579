// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_qsd.c - the vhost-user code against a real qemu-storage-daemon
 *
 * No Xen is needed: the window is a memfd where the bridge would have a
 * gntdev file. All else is as in a worker, DMA addresses with bit 63 and all.
 *
 * Every case runs three times: with the guest's ring at the daemon, through a
 * shadow virtqueue with buffers in the window, and with buffers in single
 * grants. The hypervisor's copy is a fake.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend.h"
#include "grant_copy.h"
#include "harness.h"
#include "svq.h"
#include "util.h"
#include "virtio_msg_xen.h"

#define SECTOR		512
#define DISK_SECTORS	2048
#define FIRST_REF	100
#define FRAMES		64
#define RING_SIZE	16
#define USED_WAIT	10000	/* ms */
#define GRANT_REF	9000	/* other references to the frames of the window */

/* Where things lie in the window */
#define AT_DESC		0
#define AT_AVAIL	1024
#define AT_USED		2048
#define AT_HEADER	4096
#define AT_STATUS	5120
#define AT_DATA		8192

static enum { PLAIN, SHADOW, SHADOW_GRANTS } mode;

struct fixture {
	struct loop loop;
	struct backend_host host;
	struct backend *be;
	int memfd[2];
	uint8_t *mem;
	struct window window;
	int kick;
	int call;
	uint16_t avail;
	uint16_t used;
	unsigned int opened;	/* region files handed out */
	unsigned int copied;	/* segments */
	bool broken;
	bool invalid;
	char dir[32];
	char disk[64];
};

static struct fixture f;

static int fake_region_fd(struct backend_host *host, const struct window *w)
{
	char path[32];

	(void)host;
	/* A fresh open file each time, as with gntdev. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f.memfd[w->id]);
	f.opened++;
	return open(path, O_RDWR | O_CLOEXEC);
}

static void fake_config_changed(struct backend_host *host)
{
	(void)host;
}

static void fake_broken(struct backend_host *host, const char *why)
{
	(void)host;
	fprintf(stderr, "broken: %s\n", why);
	f.broken = true;
}

static int fake_grant_copy(struct backend_host *host, const struct grant_seg *segs,
			   unsigned int n)
{
	unsigned int i;

	(void)host;
	for (i = 0; i < n; i++) {
		const struct grant_seg *s = &segs[i];
		uint8_t *p = f.mem + (s->ref - GRANT_REF) * VMSG_XEN_FRAME_SIZE + s->offset;

		if (s->ref < GRANT_REF || s->ref >= GRANT_REF + FRAMES)
			return -EFAULT;
		REQUIRE(s->len && s->offset + s->len <= VMSG_XEN_FRAME_SIZE);
		memcpy(s->to_guest ? p : s->local, s->to_guest ? s->local : p, s->len);
	}
	f.copied += n;
	return 0;
}

static void fake_used(struct backend_host *host, unsigned int index)
{
	(void)host;
	(void)index;
}

static void fake_invalid(struct backend_host *host, const char *what)
{
	(void)host;
	(void)what;
	f.invalid = true;
}

static void fill_sector(uint8_t *buf, unsigned int sector)
{
	unsigned int i;

	for (i = 0; i < SECTOR; i++)
		buf[i] = sector * 7 + i;
}

static void make_disk(void)
{
	uint8_t buf[SECTOR];
	unsigned int i;
	int fd = open(f.disk, O_RDWR | O_CREAT | O_TRUNC, 0600);

	REQUIRE(fd >= 0);
	for (i = 0; i < DISK_SECTORS; i++) {
		fill_sector(buf, i);
		REQUIRE(write(fd, buf, SECTOR) == SECTOR);
	}
	close(fd);
}

static void set_up(const char *format)
{
	struct dev_config cfg = {
		.type = DEV_BLK, .device_id = 2, .queue_size = 128, .queues = 2,
	};
	struct backend_host *host;
	char why[256] = "";

	memset(&f, 0, sizeof(f));
	strcpy(f.dir, "/tmp/vhost-xen.XXXXXX");
	REQUIRE(mkdtemp(f.dir));
	setenv("VHOST_XEN_RUN_DIR", f.dir, 1);
	/* The name holds what would break a command line. */
	snprintf(f.disk, sizeof(f.disk), "%s/a,b \"c\".img", f.dir);
	make_disk();
	strcpy(cfg.target, f.disk);
	strcpy(cfg.format, format);

	f.memfd[0] = memfd_create("window", MFD_CLOEXEC);
	f.memfd[1] = memfd_create("window", MFD_CLOEXEC);
	REQUIRE(!ftruncate(f.memfd[0], FRAMES * VMSG_XEN_FRAME_SIZE));
	REQUIRE(!ftruncate(f.memfd[1], FRAMES * VMSG_XEN_FRAME_SIZE));
	f.mem = mmap(NULL, FRAMES * VMSG_XEN_FRAME_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		     f.memfd[0], 0);
	REQUIRE(f.mem != MAP_FAILED);
	f.window = (struct window){ .used = true, .first_ref = FIRST_REF, .frames = FRAMES };
	f.kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	f.call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	REQUIRE(!loop_open(&f.loop));
	f.host = (struct backend_host){
		.loop = &f.loop, .name = "0.0", .region_fd = fake_region_fd,
		.config_changed = fake_config_changed, .broken = fake_broken,
		.grant_copy = fake_grant_copy, .used = fake_used, .invalid = fake_invalid,
	};
	host = mode == PLAIN ? &f.host : svq_prepare(&f.host);
	if (qsd_open(&f.be, host, &cfg, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
	if (mode == PLAIN)
		return;
	f.be = svq_wrap(host, f.be);
	f.be->ops->set_single_grants(f.be, true);
}

static void tear_down(void)
{
	f.be->ops->close(f.be);
	loop_close(&f.loop);
	munmap(f.mem, FRAMES * VMSG_XEN_FRAME_SIZE);
	close(f.memfd[0]);
	close(f.memfd[1]);
	close(f.kick);
	close(f.call);
	unlink(f.disk);
	/* The socket must be gone already. */
	CHECK_EQ(rmdir(f.dir), 0);
}

static uint64_t dma(uint32_t at)
{
	return window_base(&f.window) + at;
}

/* The address of a buffer */
static uint64_t buf_dma(uint32_t at)
{
	if (mode != SHADOW_GRANTS)
		return dma(at);
	return (VMSG_XEN_DMA_FLAG | (uint64_t)GRANT_REF << VMSG_XEN_FRAME_SHIFT) + at;
}

static int start(void)
{
	struct vring_areas a = {
		.size = RING_SIZE, .desc = dma(AT_DESC), .driver = dma(AT_AVAIL),
		.device = dma(AT_USED),
	};

	memset(f.mem, 0, AT_HEADER);
	f.avail = f.used = 0;
	return f.be->ops->start_queue(f.be, 0, &a, f.kick, f.call);
}

static void put_desc(unsigned int i, uint64_t addr, uint32_t len, uint16_t flags)
{
	struct vring_desc *d = (void *)(f.mem + AT_DESC);

	d[i] = (struct vring_desc){
		.addr = htole64(addr), .len = htole32(len), .flags = htole16(flags),
		.next = htole16(i + 1),
	};
}

static void kick(void)
{
	uint64_t one = 1;

	if (!f.be->ops->kick || !f.be->ops->kick(f.be, 0))
		REQUIRE(write(f.kick, &one, sizeof(one)) == sizeof(one));
}

static void submit_to(uint32_t type, unsigned int sector, uint64_t addr)
{
	struct vring_avail *avail = (void *)(f.mem + AT_AVAIL);
	struct virtio_blk_outhdr h = { .type = htole32(type), .sector = htole64(sector) };
	uint16_t data = type == VIRTIO_BLK_T_IN ? VRING_DESC_F_WRITE : 0;

	memcpy(f.mem + AT_HEADER, &h, sizeof(h));
	f.mem[AT_STATUS] = 0xff;
	put_desc(0, buf_dma(AT_HEADER), sizeof(h), VRING_DESC_F_NEXT);
	put_desc(1, addr, SECTOR, data | VRING_DESC_F_NEXT);
	put_desc(2, buf_dma(AT_STATUS), 1, VRING_DESC_F_WRITE);
	avail->ring[f.avail % RING_SIZE] = 0;
	__atomic_store_n(&avail->idx, htole16(++f.avail), __ATOMIC_RELEASE);
	kick();
}

static void submit(uint32_t type, unsigned int sector)
{
	submit_to(type, sector, buf_dma(AT_DATA));
}

/* Returns true once the request has been used. */
static bool wait_used(void)
{
	struct vring_used *used = (void *)(f.mem + AT_USED);
	struct pollfd pfd = { .fd = f.call, .events = POLLIN };
	unsigned int turns = 0;

	while (le16toh(__atomic_load_n(&used->idx, __ATOMIC_ACQUIRE)) != f.avail) {
		uint64_t n;

		if (mode != PLAIN) {
			REQUIRE(!loop_run_once(&f.loop, USED_WAIT / 1000));
			if (++turns > 1000)
				return false;
			continue;
		}
		if (poll(&pfd, 1, USED_WAIT) <= 0)
			return false;
		REQUIRE(read(f.call, &n, sizeof(n)) == sizeof(n));
	}
	return true;
}

static void check_read(unsigned int sector)
{
	uint8_t want[SECTOR];

	memset(f.mem + AT_DATA, 0, SECTOR);
	submit(VIRTIO_BLK_T_IN, sector);
	CHECK(wait_used());
	fill_sector(want, sector);
	CHECK_EQ(f.mem[AT_STATUS], VIRTIO_BLK_S_OK);
	CHECK(!memcmp(f.mem + AT_DATA, want, SECTOR));
}

static void negotiate(void)
{
	CHECK(f.be->features & BIT_ULL(VIRTIO_F_VERSION_1));
	CHECK_EQ(f.be->ops->set_features(f.be, BIT_ULL(VIRTIO_F_VERSION_1)), 0);
}

static void read_and_write(void)
{
	struct virtio_blk_config c;
	uint8_t buf[SECTOR], want[SECTOR];
	unsigned int i;
	int fd;

	set_up("raw");
	CHECK_EQ(f.be->nqueues, 2);
	memcpy(&c, f.be->config, sizeof(c) < 60 ? sizeof(c) : 60);
	CHECK_EQ(le64toh(c.capacity), DISK_SECTORS);
	CHECK_EQ(f.be->ops->add_window(f.be, &f.window), 0);
	negotiate();
	REQUIRE(!start());
	for (i = 0; i < 200; i++)
		check_read(i * 7 % DISK_SECTORS);

	fill_sector(f.mem + AT_DATA, 4711);
	submit(VIRTIO_BLK_T_OUT, 5);
	CHECK(wait_used());
	CHECK_EQ(f.mem[AT_STATUS], VIRTIO_BLK_S_OK);
	fd = open(f.disk, O_RDONLY);
	REQUIRE(fd >= 0 && pread(fd, buf, SECTOR, 5 * SECTOR) == SECTOR);
	close(fd);
	fill_sector(want, 4711);
	CHECK(!memcmp(buf, want, SECTOR));
	/* Header in, data in or out, status out: a segment each */
	CHECK_EQ(f.copied, mode == SHADOW_GRANTS ? 3 * 201 : 0);
	CHECK(!f.broken && !f.invalid);
	tear_down();
}

static void reset_and_start_again(void)
{
	unsigned int i;

	set_up("raw");
	CHECK_EQ(f.be->ops->add_window(f.be, &f.window), 0);
	for (i = 0; i < 3; i++) {
		negotiate();
		REQUIRE(!start());
		check_read(i);
		CHECK_EQ(f.be->ops->stop_all(f.be), 0);
		loop_run_once(&f.loop, 0);
		/* Nobody serves the queue now. */
		submit(VIRTIO_BLK_T_IN, 1);
		usleep(50000);
		loop_run_once(&f.loop, 0);
		CHECK_EQ(f.mem[AT_STATUS], 0xff);
	}
	CHECK(!f.broken);
	tear_down();
}

/* One queue stops, the other goes on where it was, in another session. */
static void stop_one_queue(void)
{
	struct vring_areas other;
	int kick, call;

	set_up("raw");
	other = (struct vring_areas){
		.size = RING_SIZE, .desc = dma(0x10000), .driver = dma(0x11000),
		.device = dma(0x12000),
	};
	kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK_EQ(f.be->ops->add_window(f.be, &f.window), 0);
	negotiate();
	REQUIRE(!start());
	CHECK_EQ(f.be->ops->start_queue(f.be, 1, &other, kick, call), 0);
	check_read(3);
	CHECK_EQ(f.be->ops->stop_queue(f.be, 1), 0);
	check_read(4);
	check_read(5);
	CHECK_EQ(f.be->ops->start_queue(f.be, 1, &other, kick, call), 0);
	check_read(6);
	CHECK(!f.broken);
	close(kick);
	close(call);
	tear_down();
}

static bool daemon_maps_window(void)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd),
		 "grep -q 'memfd:window' /proc/$(pgrep -P %d qemu-storage)/maps", getpid());
	return !system(cmd);
}

/* A second window comes and goes while the queue runs. */
static void windows_come_and_go(void)
{
	struct window second = { .used = true, .id = 1, .first_ref = 5000, .frames = FRAMES };

	set_up("raw");
	CHECK(!daemon_maps_window());
	CHECK_EQ(f.be->ops->add_window(f.be, &f.window), 0);
	CHECK(daemon_maps_window());
	negotiate();
	REQUIRE(!start());
	check_read(1);
	CHECK_EQ(f.be->ops->add_window(f.be, &second), 0);
	check_read(2);
	CHECK_EQ(f.be->ops->remove_window(f.be, &second), 0);
	check_read(3);
	CHECK_EQ(f.be->ops->stop_all(f.be), 0);
	CHECK_EQ(f.be->ops->remove_window(f.be, &f.window), 0);
	CHECK(!daemon_maps_window());
	CHECK(!f.broken);
	tear_down();
}

/* What a guest can put into a ring must not hurt anybody but its own device. */
static void address_outside(void)
{
	set_up("raw");
	CHECK_EQ(f.be->ops->add_window(f.be, &f.window), 0);
	negotiate();
	REQUIRE(!start());
	submit_to(VIRTIO_BLK_T_IN, 0, 0x1000);
	submit_to(VIRTIO_BLK_T_IN, 0, dma(FRAMES * VMSG_XEN_FRAME_SIZE - SECTOR / 2));
	usleep(100000);
	loop_run_once(&f.loop, 0);
	/* A daemon is on its own with it; a shadow knows. */
	CHECK_EQ(f.invalid, mode != PLAIN);
	tear_down();
}

static void killed_daemon_is_noticed(void)
{
	char cmd[64];
	int i;

	set_up("raw");
	CHECK_EQ(f.be->ops->add_window(f.be, &f.window), 0);
	snprintf(cmd, sizeof(cmd), "pkill -KILL -P %d qemu-storage", getpid());
	CHECK_EQ(system(cmd), 0);
	for (i = 0; i < 10 && !f.broken; i++)
		loop_run_once(&f.loop, 500);
	CHECK(f.broken);
	CHECK(f.be->ops->add_window(f.be, &f.window) < 0);
	CHECK(f.be->ops->stop_all(f.be) < 0);
	tear_down();
}

static void run_all(void)
{
	RUN(read_and_write);
	RUN(reset_and_start_again);
	RUN(stop_one_queue);
	RUN(windows_come_and_go);
	RUN(address_outside);
	RUN(killed_daemon_is_noticed);
}

int main(void)
{
	run_all();
	mode = SHADOW;
	puts("# through a shadow virtqueue");
	run_all();
	mode = SHADOW_GRANTS;
	puts("# buffers in single grants");
	run_all();
	return test_done();
}
