// SPDX-License-Identifier: GPL-2.0-only
/*
 * manager.c - finds devices and keeps a worker for each
 *
 * Theory of operation
 *
 * The manager watches backend/virtio-msg in xenstore, and runs one worker
 * process for each directory <domid>/<id> below it that has a state. It does
 * nothing else: it never touches a device, and takes nothing from a guest but
 * the exit status of that guest's worker.
 *
 * A worker that exits leaves its entry behind for as long as the directory
 * exists. One that failed, or that ran for a moment only, is started again
 * after a while, which doubles each time, so a guest can't make us spin.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "config.h"
#include "log.h"
#include "loop.h"
#include "manager.h"
#include "store.h"
#include "util.h"
#include "virtio_msg_xen.h"
#include "worker.h"

#define BACKEND_DIR	"backend/" VMSG_XEN_TYPE

#define BACKOFF_MIN	1		/* seconds */
#define BACKOFF_MAX	30
#define SETTLED		60		/* a worker that ran so long starts from BACKOFF_MIN */
#define STOP_TIMEOUT	20000		/* ms, from SIGTERM to SIGKILL */

#define MAX_ARGS	8

/**
 * struct slot - a device that was found
 * @next: in the list
 * @domid: the guest
 * @id: the device
 * @pid: its worker, 0 for none
 * @present: seen in the scan that is under way
 * @backoff: seconds to wait after the next failure
 * @started: when the worker was started
 * @due: not to be started before
 */
struct slot {
	struct slot *next;
	unsigned long domid;
	unsigned long id;
	pid_t pid;
	bool present;
	unsigned int backoff;
	int64_t started;
	int64_t due;
};

struct manager {
	struct loop loop;
	struct xs_handle *xs;
	struct io xs_io;
	struct io sig_io;
	char *const *argv;
	unsigned int nargs;
	struct slot *slots;
	bool stop;
	bool failed;
};

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static _Noreturn void exec_worker(const struct manager *m, const struct slot *s)
{
	char *argv[MAX_ARGS + 4], domid[24], id[24];
	unsigned int i;
	sigset_t none;

	for (i = 0; i < m->nargs; i++)
		argv[i] = m->argv[i];
	snprintf(domid, sizeof(domid), "%lu", s->domid);
	snprintf(id, sizeof(id), "%lu", s->id);
	argv[i++] = (char *)"--worker";
	argv[i++] = domid;
	argv[i++] = id;
	argv[i] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execv("/proc/self/exe", argv);
	_exit(WORKER_FAILED);
}

static void start_worker(struct manager *m, struct slot *s)
{
	pid_t pid = fork();

	if (!pid)
		exec_worker(m, s);
	s->started = now();
	if (pid < 0) {
		log_err("d%lu.%lu: fork: %s", s->domid, s->id, strerror(errno));
		s->due = s->started + s->backoff;
		return;
	}
	s->pid = pid;
	log_debug("d%lu.%lu: worker %d", s->domid, s->id, pid);
}

static struct slot *find_slot(struct manager *m, unsigned long domid, unsigned long id)
{
	struct slot *s;

	for (s = m->slots; s; s = s->next)
		if (s->domid == domid && s->id == id)
			return s;
	s = calloc(1, sizeof(*s));
	if (!s) {
		log_err("out of memory");
		return NULL;
	}
	s->domid = domid;
	s->id = id;
	s->backoff = BACKOFF_MIN;
	s->next = m->slots;
	m->slots = s;
	return s;
}

/* A device of type "external" is served by somebody else. */
static bool is_ours(struct manager *m, const char *dir)
{
	char *state = store_read(m->xs, dir, "state");
	char *type = store_read(m->xs, dir, "config/type");
	bool ours = state && (!type || strcmp(type, "external"));

	free(state);
	free(type);
	return ours;
}

static void scan_domain(struct manager *m, const char *name, unsigned long domid)
{
	char dir[STORE_PATH_LEN];
	unsigned int i, n;
	char **ids;

	snprintf(dir, sizeof(dir), BACKEND_DIR "/%s", name);
	ids = xs_directory(m->xs, XBT_NULL, dir, &n);
	for (i = 0; ids && i < n; i++) {
		unsigned long id;
		struct slot *s;

		if (config_parse_uint(ids[i], INT32_MAX, &id))
			continue;
		snprintf(dir, sizeof(dir), BACKEND_DIR "/%s/%s", name, ids[i]);
		if (!is_ours(m, dir))
			continue;
		s = find_slot(m, domid, id);
		if (s)
			s->present = true;
	}
	free(ids);
}

/* Entries without a directory and without a worker are of no use. */
static void drop_absent(struct manager *m)
{
	struct slot **p = &m->slots;

	while (*p) {
		struct slot *s = *p;

		if (s->present || s->pid) {
			p = &s->next;
			continue;
		}
		*p = s->next;
		free(s);
	}
}

static void scan(struct manager *m)
{
	unsigned int i, n;
	struct slot *s;
	char **names;

	for (s = m->slots; s; s = s->next)
		s->present = false;
	names = xs_directory(m->xs, XBT_NULL, BACKEND_DIR, &n);
	for (i = 0; names && i < n; i++) {
		unsigned long domid;

		if (!config_parse_uint(names[i], UINT16_MAX, &domid))
			scan_domain(m, names[i], domid);
	}
	free(names);
	drop_absent(m);
}

/* Start what is due; return the seconds until something else is, or -1. */
static int start_due(struct manager *m)
{
	int64_t t = now();
	struct slot *s;
	int wait = -1;

	for (s = m->slots; s && !m->stop; s = s->next) {
		if (s->pid || !s->present)
			continue;
		if (s->due <= t)
			start_worker(m, s);
		else if (wait < 0 || s->due - t < wait)
			wait = s->due - t;
	}
	return wait;
}

static void worker_exited(struct manager *m, struct slot *s, int status)
{
	int64_t t = now(), ran = t - s->started;

	s->pid = 0;
	if (m->stop)
		return;
	if (ran >= SETTLED)
		s->backoff = BACKOFF_MIN;
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_AGAIN && ran > BACKOFF_MIN) {
		s->due = t;
		return;
	}
	s->due = t + s->backoff;
	if (WIFEXITED(status) && WEXITSTATUS(status) != WORKER_FAILED)
		return;
	if (WIFSIGNALED(status))
		log_err("d%lu.%lu: worker killed by signal %d, again in %u s", s->domid, s->id,
			WTERMSIG(status), s->backoff);
	else
		log_err("d%lu.%lu: worker failed, again in %u s", s->domid, s->id, s->backoff);
	s->backoff = s->backoff * 2 < BACKOFF_MAX ? s->backoff * 2 : BACKOFF_MAX;
}

static void reap(struct manager *m)
{
	struct slot *s;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (s = m->slots; s; s = s->next)
			if (s->pid == pid)
				worker_exited(m, s, status);
	if (!m->stop)
		scan(m);
}

static void sig_ready(struct io *io, uint32_t events)
{
	struct manager *m = container_of(io, struct manager, sig_io);
	struct signalfd_siginfo si;

	(void)events;
	while (read(io->fd, &si, sizeof(si)) == sizeof(si))
		if (si.ssi_signo != SIGCHLD)
			m->stop = true;
	reap(m);
}

static void xs_ready(struct io *io, uint32_t events)
{
	struct manager *m = container_of(io, struct manager, xs_io);
	char **event;
	bool any = false;

	(void)events;
	while ((event = xs_check_watch(m->xs))) {
		free(event);
		any = true;
	}
	if (errno != EAGAIN) {
		log_err("xenstore is gone: %s", strerror(errno));
		loop_del(&m->loop, io);
		m->stop = m->failed = true;
		return;
	}
	if (any)
		scan(m);
}

/* Tell the service manager that we are up; sd_notify(3) without the library. */
static void notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof(sun.sun_path))
		return;
	strcpy(sun.sun_path, path);
	if (sun.sun_path[0] == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, "READY=1", 7, MSG_NOSIGNAL, (struct sockaddr *)&sun,
		   offsetof(struct sockaddr_un, sun_path) + strlen(path)) < 0)
		log_err("NOTIFY_SOCKET: %s", strerror(errno));
	close(fd);
	unsetenv("NOTIFY_SOCKET");
}

static int watch_signals(struct manager *m)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	m->sig_io.ready = sig_ready;
	return loop_add(&m->loop, &m->sig_io, fd, EPOLLIN);
}

static int open_store(struct manager *m)
{
	m->xs = xs_open(0);
	if (!m->xs || !xs_watch(m->xs, BACKEND_DIR, "be"))
		return -errno;
	if (!xs_watch(m->xs, "@releaseDomain", "dom"))
		log_debug("@releaseDomain can't be watched: %s", strerror(errno));
	m->xs_io.ready = xs_ready;
	return loop_add(&m->loop, &m->xs_io, xs_fileno(m->xs), EPOLLIN);
}

static bool any_worker(const struct manager *m)
{
	const struct slot *s;

	for (s = m->slots; s; s = s->next)
		if (s->pid)
			return true;
	return false;
}

static void signal_workers(const struct manager *m, int sig)
{
	const struct slot *s;

	for (s = m->slots; s; s = s->next)
		if (s->pid)
			kill(s->pid, sig);
}

static void stop_workers(struct manager *m)
{
	int64_t end = now() + STOP_TIMEOUT / 1000;

	m->stop = true;
	loop_del(&m->loop, &m->xs_io);
	signal_workers(m, SIGTERM);
	while (any_worker(m) && now() < end)
		if (loop_run_once(&m->loop, 1000))
			break;
	signal_workers(m, SIGKILL);
	while (m->slots) {
		struct slot *s = m->slots;

		m->slots = s->next;
		if (s->pid)
			waitpid(s->pid, NULL, 0);
		free(s);
	}
}

/**
 * manager_run() - Serve all devices until told to stop
 * @worker_argv: how to start a worker, but for which device
 * @nargs: entries in @worker_argv
 *
 * Return: exit status
 */
int manager_run(char *const worker_argv[], unsigned int nargs)
{
	struct manager m = {
		.argv = worker_argv, .nargs = nargs < MAX_ARGS ? nargs : MAX_ARGS,
		.xs_io.fd = -1, .sig_io.fd = -1,
	};
	int err;

	err = loop_open(&m.loop);
	if (!err)
		err = watch_signals(&m);
	if (!err)
		err = open_store(&m);
	if (err) {
		log_err("xenstore: %s", strerror(-err));
		return EXIT_FAILURE;
	}
	notify_ready();
	log_info("watching " BACKEND_DIR);
	scan(&m);
	while (!m.stop && !err) {
		int wait = start_due(&m);

		err = loop_run_once(&m.loop, wait < 0 ? -1 : wait * 1000);
	}
	stop_workers(&m);
	xs_close(m.xs);
	loop_close(&m.loop);
	log_info("stopped");
	return err || m.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
