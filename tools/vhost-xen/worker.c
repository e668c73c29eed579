// SPDX-License-Identifier: GPL-2.0-only
/*
 * worker.c - the process of one device
 *
 * Theory of operation
 *
 * One process for each device keeps guests, and devices, apart: what a guest
 * can break is its own. The order of the beginning matters: the backend is
 * opened with root's capabilities, then they are dropped, and only then does
 * libxenstore's thread for watches start (capabilities belong to threads) and
 * the guest get a say.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "grant.h"
#include "grant_copy.h"
#include "log.h"
#include "network.h"
#include "privs.h"
#include "states.h"
#include "svq.h"
#include "util.h"
#include "worker.h"

#define LOCK_DIR	"/run/vhost-xen"

/* For a predecessor to release its device, when both are stopped; ms */
#define PREDECESSOR_TIMEOUT	10000

static char *get_config_node(void *ctx, const char *key)
{
	return states_config(ctx, key);
}

static int region_fd(struct backend_host *host, const struct window *w)
{
	struct worker *wk = container_of(host, struct worker, host);

	return grant_open(wk->domid, w->first_ref, w->frames);
}

static void config_changed(struct backend_host *host)
{
	device_config_changed(&container_of(host, struct worker, host)->dev);
}

static void backend_broken(struct backend_host *host, const char *why)
{
	struct worker *w = container_of(host, struct worker, host);

	log_err("%s", why);
	if (!w->be)
		return;		/* it was never open */
	states_error(w, why);
	device_broken(&w->dev);
	w->be_lost = true;
}

static int copy_grants(struct backend_host *host, const struct grant_seg *segs, unsigned int n)
{
	struct worker *w = container_of(host, struct worker, host);

	return grant_copy(w->copy_fd, w->domid, segs, n);
}

static void buffers_used(struct backend_host *host, unsigned int index)
{
	link_used(container_of(host, struct worker, host), index);
}

static void guest_invalid(struct backend_host *host, const char *what)
{
	device_invalid(&container_of(host, struct worker, host)->dev, what);
}

static int open_by_type(struct worker *w, struct backend **be, struct backend_host *host,
			char *why, size_t len)
{
	switch (w->cfg.type) {
	case DEV_BLK:
		return disk_open(be, host, &w->cfg, why, len);
	case DEV_NET:
		return network_open(be, host, &w->cfg, why, len);
	case DEV_VHOST_USER:
		return vhost_user_open(be, host, &w->cfg, why, len);
	}
	return -EINVAL;
}

static int open_shadowed(struct worker *w, char *why, size_t len)
{
	struct backend_host *host;
	struct backend *inner;
	int err;

	w->copy_fd = grant_copy_open();
	if (w->copy_fd < 0) {
		err = w->copy_fd;
		snprintf(why, len, "grants can't be copied: %s", strerror(-err));
		return err;
	}
	host = svq_prepare(&w->host);
	if (!host) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	err = open_by_type(w, &inner, host, why, len);
	if (err)
		svq_abandon(host);
	else
		w->be = svq_wrap(host, inner);
	return err;
}

/**
 * worker_open_backend() - Open what stands behind the device
 * @w: the worker
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int worker_open_backend(struct worker *w, char *why, size_t len)
{
	uint32_t bus_features = 0;
	int err;

	err = config_read(&w->cfg, get_config_node, w, why, len);
	if (err)
		return err;
	w->host = (struct backend_host){
		.loop = &w->loop, .name = w->name, .region_fd = region_fd,
		.config_changed = config_changed, .broken = backend_broken,
		.grant_copy = copy_grants, .used = buffers_used, .invalid = guest_invalid,
	};
	if (w->cfg.single_grants) {
		err = open_shadowed(w, why, len);
		bus_features |= 1U << VMSG_XEN_F_SINGLE_GRANTS;
	} else {
		err = open_by_type(w, &w->be, &w->host, why, len);
	}
	if (err)
		return err;
	if (!(w->be->features & BIT_ULL(32))) {
		snprintf(why, len, "the backend knows only legacy virtio");
		err = -EPROTO;
		goto close;
	}
	if (w->queue_ports && w->cfg.queue_ports)
		bus_features |= 1U << VMSG_XEN_F_QUEUE_PORTS;
	err = device_init(&w->dev, w->be, &xen_port_ops, bus_features);
	if (!err)
		return 0;
	snprintf(why, len, "event descriptors: %s", strerror(-err));
close:
	w->be->ops->close(w->be);
	w->be = NULL;
	return err;
}

/**
 * worker_release() - Stop the device and let go of all that is the guest's
 * @w: the worker; nothing happens if this has been done
 */
void worker_release(struct worker *w)
{
	struct backend *be = w->be;

	if (!be)
		return;
	w->be = NULL;
	be->ops->close(be);
	link_close(w);
	device_fini(&w->dev);
}

/* ---- without xenstore ---- */

static void map_fixed(struct worker *w)
{
	void *page;
	int err;

	err = grant_map(w->domid, w->fixed.ref, 1, &page);
	if (err) {
		log_debug("reference %u cannot be mapped yet: %s", w->fixed.ref, strerror(-err));
		return;
	}
	err = fixed_attach(&w->fixed, page);
	if (err) {
		log_guest("reference %u is no bus page of version 1", w->fixed.ref);
		grant_unmap(page, 1);
		return;
	}
	ports_notify(&w->ports, w->ports.bus_port);
}

static void fixed_ready(struct ports *p)
{
	struct worker *w = container_of(p, struct worker, ports);

	if (w->fixed.left) {
		log_info("the guest takes the device up again");
		w->done = true;
		w->exit_status = WORKER_AGAIN;
	} else if (!w->fixed.page) {
		map_fixed(w);
	} else {
		life_step(w);
		if (w->bus.page)
			link_take(w);
	}
}

/**
 * worker_leave() - The guest has given the device up
 * @w: the worker; there is no xenstore
 *
 * The guest waits for the event, and its next one begins another life. That is
 * another process's: this one may not open a backend any more.
 */
void worker_leave(struct worker *w)
{
	log_info("the guest has given the device up");
	worker_release(w);
	grant_unmap(w->fixed.page, 1);
	w->fixed.page = NULL;
	w->fixed.left = true;
	ports_notify(&w->ports, w->ports.bus_port);
}

static int open_fixed(struct worker *w)
{
	int err;

	w->ports.dev = &w->dev;
	w->ports.on_message = fixed_ready;
	err = ports_open(&w->ports, &w->loop, w->domid, w->cfg.kernel_notify);
	if (!err)
		err = ports_bind_static(&w->ports, w->fixed.port);
	if (err)
		log_err("event channel %u: %s", w->fixed.port,
			err == -ENOSYS ? "this takes Linux 6.6" : strerror(-err));
	return err;
}

/* The guest may be there already, or come whenever it likes. */
static int await_fixed(struct worker *w)
{
	int err = 0;

	map_fixed(w);
	if (!w->fixed.page)
		log_info("waiting for the guest");
	while (!w->done && !err && !w->fixed.page)
		err = loop_run_once(&w->loop, -1);
	w->fe_seen = true;
	return err;
}

static void close_fixed(struct worker *w)
{
	if (w->fixed.page) {
		/* A guest that has it in use learns that it is gone. */
		if (w->exit_status == WORKER_DONE && w->fixed.state != XS_CLOSED)
			states_set(w, XS_CLOSED);
		grant_unmap(w->fixed.page, 1);
		w->fixed.page = NULL;
	}
	ports_close(&w->ports, &w->loop);
}

static void xs_ready(struct io *io, uint32_t events)
{
	struct worker *w = container_of(io, struct worker, xs_io);
	char **event;
	bool any = false;

	(void)events;
	while ((event = xs_check_watch(w->xs))) {
		free(event);
		any = true;
	}
	if (errno != EAGAIN) {
		log_err("xenstore is gone: %s", strerror(errno));
		loop_del(&w->loop, io);
		w->done = true;
		w->exit_status = WORKER_FAILED;
		return;
	}
	if (any)
		life_step(w);
}

static void sig_ready(struct io *io, uint32_t events)
{
	struct worker *w = container_of(io, struct worker, sig_io);

	(void)events;
	log_info("told to stop");
	w->done = true;
	w->exit_status = WORKER_DONE;
}

static int watch_signals(struct worker *w)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	w->sig_io.ready = sig_ready;
	return loop_add(&w->loop, &w->sig_io, fd, EPOLLIN);
}

static int watch_store(struct worker *w)
{
	char path[STORE_PATH_LEN + 8];

	snprintf(path, sizeof(path), "%s/state", w->fe_dir);
	if (!xs_watch(w->xs, w->dir, "be") || !xs_watch(w->xs, path, "fe"))
		return -errno;
	/* Not every domain may watch this; the frontend's directory goes too. */
	if (!xs_watch(w->xs, "@releaseDomain", "dom"))
		log_debug("@releaseDomain can't be watched: %s", strerror(errno));
	w->xs_io.ready = xs_ready;
	return loop_add(&w->loop, &w->xs_io, xs_fileno(w->xs), EPOLLIN);
}

static void lock_path(const struct worker *w, char path[64])
{
	snprintf(path, 64, LOCK_DIR "/%s.lock", w->name);
}

/*
 * Wait until another worker has ended, or until we are told to end: then it is
 * told as well, for whoever stops us means the device.
 */
static int await_predecessor(struct worker *w, pid_t pid)
{
	struct pollfd fds[2] = { { .events = POLLIN },
				 { .fd = w->sig_io.fd, .events = POLLIN } };
	int err = 0;

	fds[0].fd = pidfd_open(pid, 0);
	if (fds[0].fd < 0)
		return errno == ESRCH ? 0 : -errno;
	log_info("process %d serves the device: standing by", pid);
	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	if (fds[1].revents) {
		pidfd_send_signal(fds[0].fd, SIGTERM, NULL, 0);
		poll(fds, 1, PREDECESSOR_TIMEOUT);
		err = -ECANCELED;
	}
	close(fds[0].fd);
	return err;
}

/*
 * Two workers for one device would fight over its ports. A worker outlives a
 * manager that dies; the one that the next manager starts waits here until it
 * is needed.
 */
static int lock_device(struct worker *w)
{
	struct flock lock;
	char path[64];
	int fd, err = 0;

	if (mkdir(LOCK_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;
	lock_path(w, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	/* Kept open, and so locked, until we exit. */
	while (!err) {
		lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
		if (!fcntl(fd, F_SETLK, &lock))
			return 0;
		if (fcntl(fd, F_GETLK, &lock) < 0)
			return -errno;
		if (lock.l_type != F_UNLCK)
			err = await_predecessor(w, lock.l_pid);
	}
	return err;
}

static int find_frontend(struct worker *w)
{
	char *s = store_read(w->xs, w->dir, "frontend");

	if (!s)
		return -errno;
	snprintf(w->fe_dir, sizeof(w->fe_dir), "%s", s);
	free(s);
	return 0;
}

static int prepare(struct worker *w)
{
	int err;

	err = loop_open(&w->loop);
	if (err)
		return err;
	err = watch_signals(w);
	if (err)
		return err;
	err = lock_device(w);
	if (err) {
		if (err != -ECANCELED)
			log_err("the device can't be locked: %s", strerror(-err));
		return err;
	}
	if (w->fixed.on)
		return open_fixed(w);
	w->xs = xs_open(0);
	if (!w->xs) {
		log_err("xenstore: %s", strerror(errno));
		return -errno;
	}
	err = find_frontend(w);
	if (err)
		log_err("node %s/frontend: %s", w->dir, strerror(-err));
	return err;
}

static int serve(struct worker *w)
{
	int err;

	if (w->fixed.on) {
		err = await_fixed(w);
		if (err || w->done)
			return err;
	}
	life_begin(w);
	err = privs_drop();
	if (err) {
		log_err("capabilities can't be dropped: %s", strerror(-err));
		return err;
	}
	err = w->fixed.on ? 0 : watch_store(w);
	if (err) {
		log_err("xenstore watches: %s", strerror(-err));
		return err;
	}
	while (!w->done && !err) {
		int timeout = life_timeout_ms(w);

		err = loop_run_once(&w->loop, timeout);
		if (timeout >= 0 || w->be_lost)
			life_step(w);
		/* Set at a place where nothing can be sent. */
		if (w->be && (w->flush || w->dev.config_pending)) {
			w->flush = false;
			link_flush(w);
		}
	}
	return err;
}

static struct worker *new_worker(uint16_t domid, bool queue_ports)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->domid = domid;
	w->queue_ports = queue_ports;
	w->sig_io.fd = w->xs_io.fd = w->ports.io.fd = w->loop.epfd = w->copy_fd = -1;
	return w;
}

/* Frees the worker. Returns its exit status. */
static int run(struct worker *w)
{
	char path[64];
	int status;

	/* After the exec of /proc/self/exe it is "exe". */
	prctl(PR_SET_NAME, "vhost-xen");

	w->exit_status = WORKER_FAILED;
	if (!prepare(w) && serve(w))
		w->exit_status = WORKER_FAILED;
	worker_release(w);
	if (w->fixed.on)
		close_fixed(w);
	if (w->xs)
		xs_close(w->xs);
	close_fd(&w->sig_io.fd);
	close_fd(&w->copy_fd);
	loop_close(&w->loop);
	status = w->exit_status;
	if (status == WORKER_DONE) {
		lock_path(w, path);
		unlink(path);	/* the lock itself is ours until we exit */
	}
	free(w);
	return status;
}

/**
 * worker_run() - Serve one device until it is gone
 * @domid: the guest
 * @id: the device among those of the guest
 * @queue_ports: event channels for queues may be offered
 *
 * Return: exit status, WORKER_*
 */
int worker_run(uint16_t domid, unsigned int id, bool queue_ports)
{
	struct worker *w = new_worker(domid, queue_ports);

	if (!w)
		return WORKER_FAILED;
	w->id = id;
	snprintf(w->name, sizeof(w->name), "%u.%u", domid, id);
	snprintf(w->dir, sizeof(w->dir), "backend/" VMSG_XEN_TYPE "/%u/%u", domid, id);
	return run(w);
}

/**
 * worker_run_fixed() - Serve one device that needs no xenstore
 * @fixed: where it is
 * @queue_ports: event channels for queues may be offered
 *
 * Return: exit status, WORKER_*
 */
int worker_run_fixed(const struct fixed *fixed, bool queue_ports)
{
	struct worker *w = new_worker(fixed->domid, queue_ports);

	if (!w)
		return WORKER_FAILED;
	w->fixed = *fixed;
	snprintf(w->name, sizeof(w->name), "%u.ref%u", fixed->domid, fixed->ref);
	return run(w);
}
