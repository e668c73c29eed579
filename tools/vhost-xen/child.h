/* SPDX-License-Identifier: GPL-2.0-only */
/* child.h - a process that we run and whose words we log */
#ifndef VX_CHILD_H
#define VX_CHILD_H

#include <sys/types.h>

#include "loop.h"

#define CHILD_LINE	256

/**
 * struct child - a running process
 * @loop: watches it
 * @pid: 0 when it is gone
 * @name: before each line of its stderr in our log
 * @exit_io: its pidfd
 * @err_io: its stderr
 * @line: of its stderr, as far as it has come
 * @fill: bytes in @line
 * @exited: called when it ends by itself
 */
struct child {
	struct loop *loop;
	pid_t pid;
	const char *name;
	struct io exit_io;
	struct io err_io;
	char line[CHILD_LINE];
	unsigned int fill;
	void (*exited)(struct child *c, int status);
};

/* In the child the descriptor given to child_start() has this number. */
#define CHILD_FD	3

int child_start(struct child *c, struct loop *loop, char *const argv[], int pass_fd);
void child_stop(struct child *c);

#endif /* VX_CHILD_H */
