// SPDX-License-Identifier: GPL-2.0-only
/* vhost-test.c - what tests of vhost devices have in common */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vhost-test.h"

/* With so many there is no use in going on: each may take WAIT_MS. */
#define MAX_FAILURES	30

int failures;
unsigned int share = 1;

bool check(bool good, const char *what, const char *file, int line)
{
	if (good)
		return true;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	if (++failures < MAX_FAILURES)
		return false;
	printf("%s: %d failures, given up\n", program_invocation_short_name, failures);
	exit(1);
}

/* How many of @all repetitions this run makes. */
unsigned int some(unsigned int all)
{
	return (all + share - 1) / share;
}

/* The same in each run, so that a failure comes again. */
uint64_t rnd64(void)
{
	static uint64_t x = 0x9e3779b97f4a7c15ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * 0x2545f4914f6cdd1dULL;
}

uint32_t rnd(uint32_t below)
{
	return (rnd64() >> 32) % below;
}

bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* The number of signals so far, and none any more. */
uint64_t take(int eventfd)
{
	uint64_t n = 0;

	return read(eventfd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

void signal_it(int eventfd)
{
	uint64_t one = 1;

	CHECK(write(eventfd, &one, sizeof(one)) == sizeof(one));
}

/* Return: 0 or a negative errno */
int vhost_ioctl(int fd, unsigned long request, const void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}
