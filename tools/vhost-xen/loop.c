// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop.c - the event loop of a process
 *
 * epoll with a callback per descriptor. A callback may remove any descriptor,
 * also one whose event waits in the same batch: loop_del() strikes it out.
 */
#include <errno.h>
#include <stddef.h>

#include "loop.h"
#include "util.h"

/**
 * loop_open() - Make an empty loop
 * @loop: to be filled in
 *
 * Return: 0 or a negative errno
 */
int loop_open(struct loop *loop)
{
	loop->n = 0;
	loop->epfd = epoll_create1(EPOLL_CLOEXEC);
	return loop->epfd < 0 ? -errno : 0;
}

/**
 * loop_close() - Undo loop_open()
 * @loop: the loop; descriptors in it stay open
 */
void loop_close(struct loop *loop)
{
	close_fd(&loop->epfd);
}

/**
 * loop_add() - Watch a descriptor
 * @loop: the loop
 * @io: filled in here, but for @ready which the caller has set
 * @fd: the descriptor; the caller goes on owning it
 * @events: EPOLL*
 *
 * Return: 0 or a negative errno
 */
int loop_add(struct loop *loop, struct io *io, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = io };

	if (epoll_ctl(loop->epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		io->fd = -1;
		return -errno;
	}
	io->fd = fd;
	return 0;
}

/**
 * loop_del() - Watch a descriptor no longer
 * @loop: the loop
 * @io: nothing happens if it is in no loop; the descriptor stays open
 */
void loop_del(struct loop *loop, struct io *io)
{
	int i;

	if (io->fd < 0)
		return;
	epoll_ctl(loop->epfd, EPOLL_CTL_DEL, io->fd, NULL);
	io->fd = -1;
	for (i = 0; i < loop->n; i++)
		if (loop->ev[i].data.ptr == io)
			loop->ev[i].data.ptr = NULL;
}

/**
 * loop_run_once() - Wait for events and handle one batch of them
 * @loop: the loop
 * @timeout_ms: longest wait, -1 for ever
 *
 * Return: 0 or a negative errno
 */
int loop_run_once(struct loop *loop, int timeout_ms)
{
	int i, n;

	n = epoll_wait(loop->epfd, loop->ev, LOOP_BATCH, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	loop->n = n;
	for (i = 0; i < n; i++) {
		struct io *io = loop->ev[i].data.ptr;

		if (io)
			io->ready(io, loop->ev[i].events);
	}
	loop->n = 0;
	return 0;
}
