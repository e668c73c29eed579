/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vhost-test.h - what tests of vhost devices have in common
 *
 * A check that fails is told of, and the test goes on. What happens by chance is the
 * same in each run, so that a failure comes again.
 */
#ifndef VHOST_TEST_H
#define VHOST_TEST_H

#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An answer that takes longer is none. */
#define WAIT_MS		5000
#define PAGE		4096
#define BIT_ULL(n)	(1ULL << (n))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define V1		BIT_ULL(VIRTIO_F_VERSION_1)
#define EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)

/* The device's addresses are nothing like ours. */
#define GPA		0x7000000000ULL

/* Checks that failed */
extern int failures;

#define CHECK(cond) check(cond, #cond, __FILE__, __LINE__)
bool check(bool good, const char *what, const char *file, int line);

/* Of repetitions only that fraction is made: under a checker one takes long. */
extern unsigned int share;
unsigned int some(unsigned int all);

uint64_t rnd64(void);
uint32_t rnd(uint32_t below);

bool readable(int fd, int ms);
uint64_t take(int eventfd);
void signal_it(int eventfd);
int vhost_ioctl(int fd, unsigned long request, const void *arg);

#endif /* VHOST_TEST_H */
