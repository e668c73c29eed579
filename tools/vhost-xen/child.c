// SPDX-License-Identifier: GPL-2.0-only
/*
 * child.c - a process that we run and whose words we log
 *
 * The process dies with us (PR_SET_PDEATHSIG), holds no descriptor of ours
 * but the one that it is given, and its stderr comes out of our log line by
 * line.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "privs.h"
#include "util.h"

#define STOP_TIMEOUT	5000	/* ms, from SIGTERM to SIGKILL */

static void log_output(struct child *c, const char *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (buf[i] != '\n' && c->fill < CHILD_LINE - 1) {
			c->line[c->fill++] = buf[i];
			continue;
		}
		c->line[c->fill] = '\0';
		if (c->fill)
			log_info("%s: %s", c->name, c->line);
		c->fill = 0;
	}
}

static void err_ready(struct io *io, uint32_t events)
{
	struct child *c = container_of(io, struct child, err_io);
	char buf[512];
	ssize_t n;
	int fd = io->fd;

	(void)events;
	n = read(fd, buf, sizeof(buf));
	if (n > 0) {
		log_output(c, buf, n);
	} else if (!n || (errno != EAGAIN && errno != EINTR)) {
		loop_del(c->loop, io);
		close(fd);
	}
}

/* Forget a process that has been waited for. */
static void child_gone(struct child *c)
{
	int fd = c->exit_io.fd;
	unsigned int i;

	c->pid = 0;
	loop_del(c->loop, &c->exit_io);
	close_fd(&fd);
	/* Its last words; a bounded number of them. */
	for (i = 0; i < 16 && c->err_io.fd >= 0; i++)
		err_ready(&c->err_io, 0);
	fd = c->err_io.fd;
	loop_del(c->loop, &c->err_io);
	close_fd(&fd);
}

static void exit_ready(struct io *io, uint32_t events)
{
	struct child *c = container_of(io, struct child, exit_io);
	int status;

	(void)events;
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	child_gone(c);
	c->exited(c, status);
}

/* Between fork and exec; the worker has no other thread yet. */
static _Noreturn void child_exec(char *const argv[], int pass_fd, int err_fd, pid_t parent)
{
	sigset_t none;
	int fd;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	fd = open("/dev/null", O_RDWR);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(err_fd, STDERR_FILENO);
	if (pass_fd == CHILD_FD)
		fcntl(pass_fd, F_SETFD, 0);
	else
		dup2(pass_fd, CHILD_FD);
	close_range(CHILD_FD + 1, ~0U, 0);
	if (privs_drop_child()) {
		dprintf(STDERR_FILENO, "capabilities can't be dropped\n");
		_exit(127);
	}
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/**
 * child_start() - Run a program
 * @c: @name and @exited are set
 * @loop: to watch it
 * @argv: its arguments, the first being its path
 * @pass_fd: becomes its descriptor CHILD_FD
 *
 * Return: 0 or a negative errno
 */
int child_start(struct child *c, struct loop *loop, char *const argv[], int pass_fd)
{
	pid_t parent = getpid();
	int err_pipe[2], pidfd, err;

	c->loop = loop;
	c->fill = 0;
	c->exit_io = (struct io){ .fd = -1, .ready = exit_ready };
	c->err_io = (struct io){ .fd = -1, .ready = err_ready };
	if (pipe2(err_pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	c->pid = fork();
	if (!c->pid)
		child_exec(argv, pass_fd, err_pipe[1], parent);
	err = c->pid < 0 ? -errno : 0;
	close(err_pipe[1]);
	if (err) {
		close(err_pipe[0]);
		return err;
	}
	pidfd = pidfd_open(c->pid, 0);
	err = pidfd < 0 ? -errno : loop_add(loop, &c->exit_io, pidfd, EPOLLIN);
	if (!err)
		err = loop_add(loop, &c->err_io, err_pipe[0], EPOLLIN);
	if (err) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, NULL, 0);
		loop_del(loop, &c->exit_io);
		close_fd(&pidfd);
		close(err_pipe[0]);
		c->pid = 0;
	}
	return err;
}

/**
 * child_stop() - End a process and wait until it is gone
 * @c: nothing happens if it is gone already
 */
void child_stop(struct child *c)
{
	struct pollfd pfd = { .fd = c->exit_io.fd, .events = POLLIN };

	if (!c->pid)
		return;
	kill(c->pid, SIGTERM);
	if (poll(&pfd, 1, STOP_TIMEOUT) <= 0) {
		log_err("%s does not end, killing it", c->name);
		kill(c->pid, SIGKILL);
	}
	waitpid(c->pid, NULL, 0);
	child_gone(c);
}
