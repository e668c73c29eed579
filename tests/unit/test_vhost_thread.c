// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_vhost_thread.c - which threads are told to wait for their turn
 *
 * There is no vhost: a thread of this process has the name that vhost's has, as
 * those of Linux 6.4 and later. The kernel's own are looked at under Xen.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "vhost_thread.h"

struct thread {
	pthread_t id;
	pid_t tid;
	char name[16];
	int ready[2], end[2];
};

static void *sleeper(void *arg)
{
	struct thread *t = arg;
	char c;

	prctl(PR_SET_NAME, t->name);
	t->tid = (pid_t)syscall(SYS_gettid);
	if (write(t->ready[1], "r", 1) != 1 || read(t->end[0], &c, 1) < 0)
		return t;
	return NULL;
}

/* @more: what comes after the name that it should have */
static void start(struct thread *t, const char *more)
{
	char c;

	snprintf(t->name, sizeof(t->name), "vhost-%d%s", (int)getpid(), more);
	REQUIRE(!pipe(t->ready) && !pipe(t->end));
	REQUIRE(!pthread_create(&t->id, NULL, sleeper, t));
	REQUIRE(read(t->ready[0], &c, 1) == 1);
}

static void stop(struct thread *t)
{
	unsigned int i;
	void *failed;

	close(t->end[1]);
	REQUIRE(!pthread_join(t->id, &failed));
	CHECK(!failed);
	close(t->end[0]);
	for (i = 0; i < 2; i++)
		close(t->ready[i]);
}

static void vhosts_thread_waits_for_its_turn(void)
{
	struct thread t;

	start(&t, "");
	CHECK_EQ(vhost_thread_batch(), 0);
	CHECK_EQ(sched_getscheduler(t.tid), SCHED_BATCH);
	/* This one has the guest to listen to. */
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER);
	stop(&t);
}

static void no_other_thread_does(void)
{
	struct thread t;

	start(&t, "0");
	CHECK_EQ(vhost_thread_batch(), -ESRCH);
	CHECK_EQ(sched_getscheduler(t.tid), SCHED_OTHER);
	stop(&t);
}

/* Another user's, for example. */
static void no_other_process_does(void)
{
	char name[16], c;
	int ready[2];
	pid_t pid;

	snprintf(name, sizeof(name), "vhost-%d", (int)getpid());
	REQUIRE(!pipe(ready));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	REQUIRE(read(ready[0], &c, 1) == 1);
	CHECK_EQ(vhost_thread_batch(), -ESRCH);
	CHECK_EQ(sched_getscheduler(pid), SCHED_OTHER);
	kill(pid, SIGKILL);
	REQUIRE(waitpid(pid, NULL, 0) == pid);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	RUN(vhosts_thread_waits_for_its_turn);
	RUN(no_other_thread_does);
	RUN(no_other_process_does);
	return test_done();
}
