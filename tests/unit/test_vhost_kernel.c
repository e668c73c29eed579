// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_vhost_kernel.c - what the kernel's vhost is asked for, and in which order
 *
 * There is no vhost: ioctl() is this file's, and writes down what it is given.
 * The window is a memfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "util.h"
#include "vhost_kernel.h"
#include "vhost_xen_blk.h"

#define VHOST_FEATURES	(BIT_ULL(32) | BIT_ULL(29))
#define MAX_CALLS	64
#define FRAMES		4
#define NQUEUES		2

static struct {
	struct loop loop;
	struct backend_host host;
	struct vhost_kernel *k;
	unsigned long calls[MAX_CALLS];
	unsigned int ncalls;
	unsigned long refused;		/* this one fails */
	uint64_t features;
	unsigned int regions;
	struct vhost_memory_region region;
	struct vhost_vring_addr addr;
	struct vhost_vring_state num, base, poll;
	struct vhost_vring_file kick, call, err, backend;
	unsigned int invalid, broken;
	char what[32];
	int target;
} f;

static void take(unsigned long req, const void *arg)
{
	const struct vhost_memory *table = arg;

	if (req == VHOST_SET_FEATURES) {
		memcpy(&f.features, arg, sizeof(f.features));
	} else if (req == VHOST_SET_MEM_TABLE) {
		f.regions = table->nregions;
		if (f.regions)
			f.region = table->regions[0];
	} else if (req == VHOST_SET_VRING_ADDR) {
		memcpy(&f.addr, arg, sizeof(f.addr));
	} else if (req == VHOST_SET_VRING_NUM) {
		memcpy(&f.num, arg, sizeof(f.num));
	} else if (req == VHOST_SET_VRING_BASE) {
		memcpy(&f.base, arg, sizeof(f.base));
	} else if (req == VHOST_SET_VRING_BUSYLOOP_TIMEOUT) {
		memcpy(&f.poll, arg, sizeof(f.poll));
	} else if (req == VHOST_SET_VRING_KICK) {
		memcpy(&f.kick, arg, sizeof(f.kick));
	} else if (req == VHOST_SET_VRING_CALL) {
		memcpy(&f.call, arg, sizeof(f.call));
	} else if (req == VHOST_SET_VRING_ERR) {
		memcpy(&f.err, arg, sizeof(f.err));
	} else if (req == VHOST_XEN_BLK_SET_BACKEND) {
		memcpy(&f.backend, arg, sizeof(f.backend));
	}
}

/* In the place of the C library's. */
int ioctl(int fd, unsigned long req, ...)
{
	va_list args;
	void *arg;

	va_start(args, req);
	arg = va_arg(args, void *);
	va_end(args);
	if (!f.k || fd != f.k->fd) {
		errno = ENOTTY;		/* stdio asks, too */
		return -1;
	}
	REQUIRE(f.ncalls < MAX_CALLS);
	f.calls[f.ncalls++] = req;
	if (req == f.refused) {
		errno = ENOMEM;
		return -1;
	}
	if (req == VHOST_GET_FEATURES)
		*(uint64_t *)arg = VHOST_FEATURES;
	else
		take(req, arg);
	return 0;
}

static int fake_region_fd(struct backend_host *host, const struct window *w)
{
	int fd = memfd_create("window", MFD_CLOEXEC);

	(void)host;
	REQUIRE(fd >= 0 && !ftruncate(fd, window_size(w)));
	return fd;
}

static void fake_broken(struct backend_host *host, const char *why)
{
	(void)host;
	(void)why;
	f.broken++;
}

static void fake_invalid(struct backend_host *host, const char *what)
{
	(void)host;
	f.invalid++;
	snprintf(f.what, sizeof(f.what), "%s", what);
}

static const struct backend_ops ops = { .name = "fake" };
static const struct window window = { .used = true, .first_ref = 100, .frames = FRAMES };

static void set_up(void)
{
	static const struct dev_config cfg = { .device_id = 2, .queue_size = 64, .poll_us = 7 };
	char why[64] = "";

	memset(&f, 0, sizeof(f));
	REQUIRE(!loop_open(&f.loop));
	f.host = (struct backend_host){
		.loop = &f.loop, .region_fd = fake_region_fd, .broken = fake_broken,
		.invalid = fake_invalid,
	};
	f.k = vhost_kernel_new(&ops, &f.host, &cfg);
	REQUIRE(f.k);
	f.k->be.nqueues = NQUEUES;
	f.k->set_backend = VHOST_XEN_BLK_SET_BACKEND;
	REQUIRE(!vhost_kernel_open(f.k, "/dev/null", why, sizeof(why)));
	f.k->target = f.target = open("/dev/null", O_RDWR | O_CLOEXEC);
	REQUIRE(!vhost_kernel_add_window(&f.k->be, &window));
}

static void tear_down(void)
{
	vhost_kernel_close(&f.k->be);
	loop_close(&f.loop);
}

static int start(unsigned int index)
{
	struct vring_areas a = {
		.size = 16, .desc = window_base(&window), .driver = window_base(&window) + 4096,
		.device = window_base(&window) + 8192,
	};

	return vhost_kernel_start_queue(&f.k->be, index, &a, 50, 51);
}

/* Vhost has found nonsense in the queue that was started last. */
static void signal_error(void)
{
	uint64_t one = 1;

	REQUIRE(write(f.err.fd, &one, sizeof(one)) == sizeof(one));
}

static void order(void)
{
	static const unsigned long want[] = {
		VHOST_SET_OWNER, VHOST_GET_FEATURES, VHOST_SET_MEM_TABLE, VHOST_SET_FEATURES,
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_BASE, VHOST_SET_VRING_ADDR,
		VHOST_SET_VRING_KICK, VHOST_SET_VRING_CALL, VHOST_SET_VRING_ERR,
		VHOST_SET_VRING_BUSYLOOP_TIMEOUT, VHOST_XEN_BLK_SET_BACKEND,
		VHOST_XEN_BLK_SET_BACKEND, VHOST_SET_MEM_TABLE,
	};
	unsigned int i;

	set_up();
	CHECK_EQ(vhost_kernel_set_features(&f.k->be, BIT_ULL(32) | BIT_ULL(9)), 0);
	CHECK_EQ(f.features, BIT_ULL(32));
	CHECK_EQ(start(1), 0);
	CHECK_EQ(f.region.guest_phys_addr, window_base(&window));
	CHECK_EQ(f.region.memory_size, FRAMES * 4096);
	CHECK(f.num.index == 1 && f.num.num == 16 && f.base.index == 1 && !f.base.num);
	CHECK_EQ(f.addr.desc_user_addr, f.region.userspace_addr);
	CHECK_EQ(f.addr.avail_user_addr, f.region.userspace_addr + 4096);
	CHECK_EQ(f.addr.used_user_addr, f.region.userspace_addr + 8192);
	CHECK(f.kick.fd == 50 && f.call.fd == 51 && f.poll.num == 7);
	CHECK(f.backend.index == 1 && f.backend.fd == f.target);
	CHECK_EQ(vhost_kernel_stop_all(&f.k->be), 0);
	CHECK(f.backend.index == 1 && f.backend.fd == -1);
	CHECK_EQ(vhost_kernel_remove_window(&f.k->be, &window), 0);
	CHECK_EQ(f.regions, 0);
	CHECK_EQ(f.ncalls, ARRAY_SIZE(want));
	for (i = 0; i < f.ncalls && i < ARRAY_SIZE(want); i++)
		CHECK_EQ(f.calls[i], want[i]);
	CHECK(!f.broken && !f.invalid);
	tear_down();
}

static void errors_are_told(void)
{
	set_up();
	REQUIRE(!start(0) && !start(1));
	signal_error();
	CHECK_EQ(loop_run_once(&f.loop, 1000), 0);
	CHECK_EQ(f.invalid, 1);
	CHECK(!strcmp(f.what, "queue 1"));
	/* Once for each start, and not the other queue's. */
	CHECK_EQ(loop_run_once(&f.loop, 0), 0);
	CHECK_EQ(f.invalid, 1);
	CHECK_EQ(vhost_kernel_stop_all(&f.k->be), 0);
	REQUIRE(!start(0));
	signal_error();
	/* What comes as the queue stops is of no interest any more. */
	CHECK_EQ(vhost_kernel_stop_queue(&f.k->be, 0), 0);
	CHECK_EQ(loop_run_once(&f.loop, 0), 0);
	CHECK_EQ(f.invalid, 1);
	REQUIRE(!start(0));
	signal_error();
	CHECK_EQ(loop_run_once(&f.loop, 1000), 0);
	CHECK_EQ(f.invalid, 2);
	CHECK(!f.broken);
	tear_down();
}

static void failures(void)
{
	static const unsigned long refused[] = {
		VHOST_SET_VRING_NUM, VHOST_SET_VRING_ADDR, VHOST_SET_VRING_ERR,
		VHOST_SET_VRING_BUSYLOOP_TIMEOUT, VHOST_XEN_BLK_SET_BACKEND,
	};
	struct window second = { .used = true, .id = 1, .first_ref = 200, .frames = FRAMES };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		set_up();
		f.refused = refused[i];
		CHECK_EQ(start(0), -ENOMEM);
		CHECK_EQ(f.broken, 1);
		CHECK_EQ(f.k->queues[0].io.fd, -1);
		tear_down();
	}
	set_up();
	f.refused = VHOST_SET_MEM_TABLE;
	CHECK_EQ(vhost_kernel_add_window(&f.k->be, &second), -ENOMEM);
	CHECK(f.k->nwindows == 1 && !f.broken);
	CHECK_EQ(vhost_kernel_remove_window(&f.k->be, &window), -ENOMEM);
	CHECK(f.k->nwindows == 1 && f.broken == 1);
	CHECK_EQ(vhost_kernel_remove_window(&f.k->be, &second), -ENOENT);
	tear_down();
}

int main(void)
{
	RUN(order);
	RUN(errors_are_told);
	RUN(failures);
	return test_done();
}
