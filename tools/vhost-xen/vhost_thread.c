// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_thread.c - the kernel's threads that serve this process's vhost devices
 *
 * Theory of operation
 *
 * Each packet wakes vhost-net's thread. A thread that wakes takes the processor
 * from who runs there if that one has had more of it, so a program that sends and
 * the thread that passes it on take turns with every packet, where there is no
 * other processor: two changes, of address spaces too, for each. With SCHED_BATCH
 * the thread waits until the processor is given up, or the other one has had its
 * share, and then finds many packets. Where a processor is idle it wakes as soon
 * as ever.
 *
 * The thread is called "vhost-" and the number of the process that has made the
 * device its own (VHOST_SET_OWNER). Before Linux 6.4 it is one of the kernel's
 * own, since then a thread of that process. Nothing but its name tells it from
 * others.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vhost_thread.h"

#define NAME_LEN	32	/* more than the kernel keeps of a name */
#define PATH_LEN	64
#define KTHREADD	2	/* the parent of all of the kernel's own */

/* The beginning of a file of a task; false if the task is gone. */
static bool read_file(const char *task, const char *name, char *buf, size_t size)
{
	char path[PATH_LEN];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", task, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	return true;
}

static bool is_called(const char *task, const char *name)
{
	char comm[NAME_LEN];

	if (!read_file(task, "comm", comm, sizeof(comm)))
		return false;
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

/* Any process can call itself as it likes. */
static bool is_kernels(const char *task)
{
	char stat[256], *p;
	int parent;

	if (!read_file(task, "stat", stat, sizeof(stat)))
		return false;
	/* NUMBER (NAME) STATE PARENT, and the name may have brackets in it. */
	p = strrchr(stat, ')');
	return p && sscanf(p, ") %*c %d", &parent) == 1 && parent == KTHREADD;
}

static int batch(const char *task)
{
	struct sched_param param = { 0 };

	return sched_setscheduler(atoi(strrchr(task, '/') + 1), SCHED_BATCH, &param) < 0 ?
		-errno : 0;
}

/* Those among some directories of tasks; how many there are, or a negative errno. */
static int batch_all(const char *tasks, bool ours, const char *name)
{
	int n = 0, err = 0;
	glob_t found;
	size_t i;

	if (glob(tasks, 0, NULL, &found))
		return 0;
	for (i = 0; i < found.gl_pathc && !err; i++) {
		const char *task = found.gl_pathv[i];

		if (!is_called(task, name) || (!ours && !is_kernels(task)))
			continue;
		err = batch(task);
		n++;
	}
	globfree(&found);
	return err ? err : n;
}

/**
 * vhost_thread_batch() - Keep vhost's threads from interrupting who sends
 *
 * Call it when the device has its owner, which is this process, and before this
 * process has given up being root.
 *
 * Return: 0, -ESRCH if there is no such thread to be seen, or a negative errno
 */
int vhost_thread_batch(void)
{
	char name[NAME_LEN];
	int n;

	snprintf(name, sizeof(name), "vhost-%d", (int)getpid());
	n = batch_all("/proc/self/task/*", true, name);
	if (!n)
		n = batch_all("/proc/[0-9]*", false, name);
	if (!n)
		return -ESRCH;
	return n < 0 ? n : 0;
}
