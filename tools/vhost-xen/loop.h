/* SPDX-License-Identifier: GPL-2.0-only */
/* loop.h - the event loop of a process */
#ifndef VX_LOOP_H
#define VX_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

#define LOOP_BATCH	32

/**
 * struct io - a file descriptor and who cares for it
 * @fd: -1 while it is not in a loop
 * @ready: called when one of the events asked for is there
 */
struct io {
	int fd;
	void (*ready)(struct io *io, uint32_t events);
};

struct loop {
	int epfd;
	int n;				/* events in the batch at hand */
	struct epoll_event ev[LOOP_BATCH];
};

int loop_open(struct loop *loop);
void loop_close(struct loop *loop);
int loop_add(struct loop *loop, struct io *io, int fd, uint32_t events);
void loop_del(struct loop *loop, struct io *io);
int loop_run_once(struct loop *loop, int timeout_ms);

#endif /* VX_LOOP_H */
