// SPDX-License-Identifier: GPL-2.0-only
/*
 * tie-test.c - protects vhost_xen: events become signals, and signals events
 *
 * The other end of each event channel is this process's own, by /dev/xen/evtchn:
 * the domain talks to itself. Nothing else may use the module meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <xenevtchn.h>

#include "vhost_xen.h"

#define WAIT_MS		5000
#define QUIET_MS	200
/* More than fit into a few ticks of what the module lets through. */
#define STORM		20000

static xenevtchn_handle *xce;
static int failures;

#define CHECK(cond) check(cond, #cond, __LINE__)

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "tie-test.c:%d: not so: %s\n", line, what);
	failures++;
}

static int open_device(void)
{
	int fd = open(VHOST_XEN_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		perror(VHOST_XEN_DEVICE);
		exit(1);
	}
	return fd;
}

static struct vhost_xen_tie new_tie(void)
{
	struct vhost_xen_tie tie = {
		.remote_port = xenevtchn_bind_unbound_port(xce, 0),
		.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};

	return tie;
}

static void end_tie(const struct vhost_xen_tie *tie)
{
	close(tie->kick);
	close(tie->call);
	xenevtchn_unbind(xce, tie->remote_port);
}

static int do_tie(int fd, struct vhost_xen_tie *tie)
{
	return ioctl(fd, VHOST_XEN_TIE, tie) < 0 ? -errno : 0;
}

static int do_untie(int fd, uint32_t port)
{
	return ioctl(fd, VHOST_XEN_UNTIE, &port) < 0 ? -errno : 0;
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* The number of signals so far, and none any more. */
static uint64_t take(int eventfd)
{
	uint64_t n = 0;

	return read(eventfd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static void signal_it(int eventfd)
{
	uint64_t one = 1;

	CHECK(write(eventfd, &one, sizeof(one)) == sizeof(one));
}

/* An event has come to our end, and it is the one. */
static bool event_comes(uint32_t port, int ms)
{
	xenevtchn_port_or_error_t got;

	if (!readable(xenevtchn_fd(xce), ms))
		return false;
	got = xenevtchn_pending(xce);
	if (got >= 0)
		xenevtchn_unmask(xce, got);
	return got == (xenevtchn_port_or_error_t)port;
}

static void settle(void)
{
	while (readable(xenevtchn_fd(xce), QUIET_MS)) {
		int port = xenevtchn_pending(xce);

		xenevtchn_unmask(xce, port);
	}
}

static void both_ways(void)
{
	struct vhost_xen_tie a = new_tie(), b = new_tie();
	int fd = open_device(), i;

	CHECK(do_tie(fd, &a) == 0);
	CHECK(do_tie(fd, &b) == 0);
	settle();
	take(a.kick);
	take(b.kick);
	for (i = 0; i < 10; i++) {
		xenevtchn_notify(xce, a.remote_port);
		CHECK(readable(a.kick, WAIT_MS) && take(a.kick) == 1);
		signal_it(a.call);
		CHECK(event_comes(a.remote_port, WAIT_MS));
	}
	CHECK(!readable(b.kick, 0));

	CHECK(do_untie(fd, a.port) == 0);
	CHECK(do_untie(fd, a.port) == -ENOENT);
	signal_it(a.call);
	CHECK(!event_comes(a.remote_port, QUIET_MS));
	signal_it(b.call);
	CHECK(event_comes(b.remote_port, WAIT_MS));
	/* The other tie goes with its file. */
	close(fd);
	signal_it(b.call);
	CHECK(!event_comes(b.remote_port, QUIET_MS));
	end_tie(&a);
	end_tie(&b);
}

static void what_was_signalled_before_is_told(void)
{
	struct vhost_xen_tie tie = new_tie();
	int fd = open_device();

	signal_it(tie.call);
	CHECK(do_tie(fd, &tie) == 0);
	CHECK(event_comes(tie.remote_port, WAIT_MS));
	close(fd);
	end_tie(&tie);
}

/* However fast they come, the last event is not lost, and all ends. */
static void a_storm_ends(void)
{
	struct vhost_xen_tie tie = new_tie();
	int fd = open_device(), i;
	uint64_t n;

	CHECK(do_tie(fd, &tie) == 0);
	for (i = 0; i < STORM; i++)
		xenevtchn_notify(xce, tie.remote_port);
	CHECK(readable(tie.kick, WAIT_MS));
	usleep(QUIET_MS * 1000);
	n = take(tie.kick);
	CHECK(n >= 1 && n <= STORM + 1);
	printf("%d events sent, %llu signals\n", STORM, (unsigned long long)n);
	xenevtchn_notify(xce, tie.remote_port);
	CHECK(readable(tie.kick, WAIT_MS) && take(tie.kick) == 1);
	/* Untied in the middle of one. */
	for (i = 0; i < STORM; i++)
		xenevtchn_notify(xce, tie.remote_port);
	CHECK(do_untie(fd, tie.port) == 0);
	close(fd);
	end_tie(&tie);
}

static void what_is_wrong_is_refused(void)
{
	struct vhost_xen_tie tie = new_tie(), bad;
	int fd = open_device(), null = open("/dev/null", O_RDWR), i;

	bad = tie;
	bad.pad = 1;
	CHECK(do_tie(fd, &bad) == -EINVAL);
	bad = tie;
	bad.domid = 0x7ff0;	/* DOMID_SELF */
	CHECK(do_tie(fd, &bad) == -EINVAL);
	bad = tie;
	bad.kick = null;
	CHECK(do_tie(fd, &bad) == -EINVAL);
	bad = tie;
	bad.call = null;
	CHECK(do_tie(fd, &bad) == -EINVAL);
	bad = tie;
	bad.call = -1;
	CHECK(do_tie(fd, &bad) == -EBADF);
	bad = tie;
	bad.remote_port = 1 << 20;
	CHECK(do_tie(fd, &bad) < 0);
	CHECK(ioctl(fd, VHOST_XEN_TIE, NULL) < 0 && errno == EFAULT);
	CHECK(ioctl(fd, 0) < 0 && errno == ENOTTY);

	/* None of it has cost anything: as many go as may. */
	for (i = 0; i < 2 * VHOST_XEN_MAX_TIES; i++) {
		CHECK(do_tie(fd, &tie) == 0);
		bad = tie;
		CHECK(do_tie(fd, &bad) < 0);	/* it is bound */
		CHECK(do_untie(fd, tie.port) == 0);
		xenevtchn_unbind(xce, tie.remote_port);
		tie.remote_port = xenevtchn_bind_unbound_port(xce, 0);
	}
	close(fd);
	close(null);
	end_tie(&tie);
}

static void there_is_a_limit(void)
{
	struct vhost_xen_tie tie[VHOST_XEN_MAX_TIES + 1];
	int fd = open_device(), i;

	for (i = 0; i < VHOST_XEN_MAX_TIES; i++) {
		tie[i] = new_tie();
		CHECK(do_tie(fd, &tie[i]) == 0);
	}
	tie[i] = new_tie();
	CHECK(do_tie(fd, &tie[i]) == -ENOSPC);
	CHECK(do_untie(fd, tie[3].port) == 0);
	CHECK(do_tie(fd, &tie[i]) == 0);
	close(fd);
	for (i = 0; i <= VHOST_XEN_MAX_TIES; i++)
		end_tie(&tie[i]);
}

int main(void)
{
	xce = xenevtchn_open(NULL, 0);
	if (!xce) {
		perror("/dev/xen/evtchn");
		return 1;
	}
	both_ways();
	settle();
	what_was_signalled_before_is_told();
	settle();
	a_storm_ends();
	settle();
	what_is_wrong_is_refused();
	settle();
	there_is_a_limit();
	xenevtchn_close(xce);
	printf("tie-test: %d failures\n", failures);
	return failures ? 1 : 0;
}
