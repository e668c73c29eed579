// SPDX-License-Identifier: GPL-2.0-only
/*
 * supervise.c - keeps one worker running, without a manager
 *
 * A worker serves one life of a device and gives up its privileges on the way,
 * so each life takes a process of its own. One that ends is followed by another,
 * after a second if it has done what it should, and after more and more if not,
 * so that neither a guest nor a missing file makes us spin.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "supervise.h"
#include "worker.h"

#define PAUSE_MIN	1	/* seconds */
#define PAUSE_MAX	30

/* Wait for a signal that is blocked; 0: none has come in time. */
static int await_signal(const sigset_t *set, const struct timespec *timeout)
{
	int sig;

	do
		sig = sigtimedwait(set, NULL, timeout);
	while (sig < 0 && errno == EINTR);
	return sig < 0 ? 0 : sig;
}

/* Wait until the child has ended; when told to stop, so is it. */
static int await_child(pid_t pid, const sigset_t *set, bool *stop)
{
	const struct timespec poll = { .tv_sec = 3600 };
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		int sig = await_signal(set, &poll);

		if (sig != SIGTERM && sig != SIGINT)
			continue;
		*stop = true;
		kill(pid, SIGTERM);
	}
	return status;
}

/**
 * supervise() - Run a worker, and another when it has ended
 * @run: what a worker does, in a process of its own; returns WORKER_*
 * @arg: for @run
 *
 * Return: exit status
 */
int supervise(int (*run)(void *arg), void *arg)
{
	struct timespec pause = { .tv_sec = PAUSE_MIN };
	bool stop = false;
	sigset_t set, told, old;
	int status;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	told = set;
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (;;) {
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			sigprocmask(SIG_SETMASK, &old, NULL);
			_exit(run(arg));
		}
		if (pid < 0) {
			log_err("fork: %s", strerror(errno));
			return EXIT_FAILURE;
		}
		status = await_child(pid, &set, &stop);
		if (stop)
			return EXIT_SUCCESS;
		if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_DONE)
			return EXIT_SUCCESS;
		if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_AGAIN)
			pause.tv_sec = PAUSE_MIN;
		else
			log_err("the worker has failed, again in %ld s", (long)pause.tv_sec);
		/* The child's signal may be there still: it ends no pause. */
		if (await_signal(&told, &pause))
			return EXIT_SUCCESS;
		pause.tv_sec = pause.tv_sec * 2 < PAUSE_MAX ? pause.tv_sec * 2 : PAUSE_MAX;
	}
}
