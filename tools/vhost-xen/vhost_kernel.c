// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_kernel.c - what the kernel's vhost devices have in common
 *
 * Theory of operation
 *
 * vhost works in our address space, so here we map the windows ourselves. The
 * memory table tells it where each window's DMA addresses lie in our memory; it
 * checks every address of the guest against that. The addresses of the rings
 * are given in our address space at once.
 *
 * When a queue has nothing for it, vhost asks for a notification and sleeps. Each
 * costs the guest a hypercall, and the domain that we are in an interrupt and a
 * task switch. So it can be told to look at the queue for some time before that
 * (config/poll-us). It stops at once when something else wants the CPU.
 *
 * A queue is served while its backend is set to what is behind the device, a tap
 * or a disk. Taking that away (fd -1) waits for what is in flight, so a stopped
 * queue is not touched, and a window that no queue can reach may be unmapped.
 *
 * When what a guest has put into a ring makes no sense vhost signals an eventfd
 * that we gave it for that. There is no other way to learn of it, and the guest
 * would wait for ever: it is told that the device needs a reset.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "util.h"
#include "vhost_kernel.h"

/**
 * to_vhost_kernel() - The device that a backend is a part of
 * @be: of this kind
 *
 * Return: the device
 */
struct vhost_kernel *to_vhost_kernel(struct backend *be)
{
	return container_of(be, struct vhost_kernel, be);
}

/**
 * vhost_kernel_call() - Ask vhost for something
 * @k: the device
 * @req: VHOST_*
 * @arg: as @req has it
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_call(const struct vhost_kernel *k, unsigned long req, const void *arg)
{
	return ioctl(k->fd, req, arg) < 0 ? -errno : 0;
}

/**
 * vhost_kernel_fail() - Say that the device can't go on
 * @k: the device
 * @what: did not work
 * @err: negative errno
 *
 * Return: @err
 */
int vhost_kernel_fail(struct vhost_kernel *k, const char *what, int err)
{
	char why[80];

	snprintf(why, sizeof(why), "%s, %s: %s", k->be.ops->name, what, strerror(-err));
	k->be.host->broken(k->be.host, why);
	return err;
}

/* Once is enough: all that can follow before a reset is more of it. */
static void unwatch_errors(struct vhost_queue *q)
{
	int fd = q->io.fd;

	loop_del(q->vhost->be.host->loop, &q->io);
	close_fd(&fd);
}

static void error_ready(struct io *io, uint32_t events)
{
	struct vhost_queue *q = container_of(io, struct vhost_queue, io);
	struct backend_host *host = q->vhost->be.host;
	char what[16];

	(void)events;
	snprintf(what, sizeof(what), "queue %u", (unsigned int)(q - q->vhost->queues));
	unwatch_errors(q);
	host->invalid(host, what);
}

static int watch_errors(struct vhost_queue *q)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = loop_add(q->vhost->be.host->loop, &q->io, fd, EPOLLIN);
	if (err)
		close(fd);
	return err;
}

/**
 * vhost_kernel_set_features() - Tell vhost what concerns it
 * @be: the device
 * @features: what was negotiated
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_set_features(struct backend *be, uint64_t features)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	uint64_t f = features & k->features;
	int err = vhost_kernel_call(k, VHOST_SET_FEATURES, &f);

	return err ? vhost_kernel_fail(k, "features", err) : 0;
}

static int push_table(struct vhost_kernel *k)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[MAX_WINDOWS];
	} table = { .head.nregions = k->nwindows };
	unsigned int i;

	for (i = 0; i < k->nwindows; i++)
		table.regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = window_base(&k->windows[i].w),
			.memory_size = window_size(&k->windows[i].w),
			.userspace_addr = (uintptr_t)k->windows[i].mem,
		};
	return vhost_kernel_call(k, VHOST_SET_MEM_TABLE, &table);
}

/**
 * vhost_kernel_add_window() - Make a window reachable
 * @be: the device
 * @w: the window
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_add_window(struct backend *be, const struct window *w)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	struct vhost_window *vw = &k->windows[k->nwindows];
	int fd, err;

	fd = be->host->region_fd(be->host, w);
	if (fd < 0)
		return fd;
	vw->mem = mmap(NULL, window_size(w), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	err = vw->mem == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err)
		return err;
	vw->w = *w;
	k->nwindows++;
	err = push_table(k);
	if (err) {
		k->nwindows--;
		munmap(vw->mem, window_size(w));
	}
	return err;
}

/**
 * vhost_kernel_remove_window() - Unmap a window
 * @be: the device
 * @w: the window
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_remove_window(struct backend *be, const struct window *w)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	struct vhost_window gone;
	unsigned int i;
	int err;

	for (i = 0; i < k->nwindows; i++)
		if (k->windows[i].w.id == w->id)
			break;
	if (i == k->nwindows)
		return -ENOENT;
	gone = k->windows[i];
	k->windows[i] = k->windows[k->nwindows - 1];
	k->nwindows--;
	err = push_table(k);
	if (err) {
		k->windows[k->nwindows++] = gone;
		return vhost_kernel_fail(k, "window", err);
	}
	munmap(gone.mem, window_size(w));
	return 0;
}

/* vring_check() has made sure that the address lies in a window. */
static uint64_t translate(const struct vhost_kernel *k, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < k->nwindows; i++) {
		uint64_t off = addr - window_base(&k->windows[i].w);

		if (off < window_size(&k->windows[i].w))
			return (uintptr_t)k->windows[i].mem + off;
	}
	return 0;
}

static int set_state(const struct vhost_kernel *k, unsigned long req, unsigned int index,
		     unsigned int num)
{
	struct vhost_vring_state state = { .index = index, .num = num };

	return vhost_kernel_call(k, req, &state);
}

static int set_file(const struct vhost_kernel *k, unsigned long req, unsigned int index, int fd)
{
	struct vhost_vring_file file = { .index = index, .fd = fd };

	return vhost_kernel_call(k, req, &file);
}

static int set_up_queue(const struct vhost_kernel *k, unsigned int index,
			const struct vring_areas *a, int kick, int call)
{
	struct vhost_vring_addr addr = {
		.index = index,
		.desc_user_addr = translate(k, a->desc),
		.avail_user_addr = translate(k, a->driver),
		.used_user_addr = translate(k, a->device),
	};
	int err;

	err = set_state(k, VHOST_SET_VRING_NUM, index, a->size);
	if (!err)
		err = set_state(k, VHOST_SET_VRING_BASE, index, 0);
	if (!err)
		err = vhost_kernel_call(k, VHOST_SET_VRING_ADDR, &addr);
	if (!err)
		err = set_file(k, VHOST_SET_VRING_KICK, index, kick);
	if (!err)
		err = set_file(k, VHOST_SET_VRING_CALL, index, call);
	if (!err)
		err = set_file(k, VHOST_SET_VRING_ERR, index, k->queues[index].io.fd);
	if (!err)
		err = set_state(k, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, index, k->poll_us);
	return err;
}

/**
 * vhost_kernel_start_queue() - Have vhost serve a queue
 * @be: the device
 * @index: of the queue
 * @a: where it lies
 * @kick: is waited on
 * @call: is signalled
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_start_queue(struct backend *be, unsigned int index,
			     const struct vring_areas *a, int kick, int call)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	struct vhost_queue *q = &k->queues[index];
	int err;

	err = watch_errors(q);
	if (!err)
		err = set_up_queue(k, index, a, kick, call);
	if (!err)
		err = set_file(k, k->set_backend, index, k->target);
	if (err) {
		unwatch_errors(q);
		return vhost_kernel_fail(k, "queue start", err);
	}
	q->running = true;
	return 0;
}

/**
 * vhost_kernel_stop_queue() - Have vhost leave a queue alone
 * @be: the device
 * @index: of the queue
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_stop_queue(struct backend *be, unsigned int index)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	struct vhost_queue *q = &k->queues[index];
	int err;

	if (!q->running)
		return 0;
	q->running = false;
	err = set_file(k, k->set_backend, index, -1);
	unwatch_errors(q);
	return err ? vhost_kernel_fail(k, "queue stop", err) : 0;
}

/**
 * vhost_kernel_stop_all() - Have vhost leave all queues alone
 * @be: the device
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_stop_all(struct backend *be)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < be->nqueues; i++) {
		int e = vhost_kernel_stop_queue(be, i);

		if (e)
			err = e;
	}
	return err;
}

/**
 * vhost_kernel_close() - Undo vhost_kernel_new() and vhost_kernel_open()
 * @be: the device; freed, and its target closed
 */
void vhost_kernel_close(struct backend *be)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	unsigned int i;

	vhost_kernel_stop_all(be);
	close_fd(&k->fd);	/* waits for what vhost is doing */
	close_fd(&k->target);
	for (i = 0; i < k->nwindows; i++)
		munmap(k->windows[i].mem, window_size(&k->windows[i].w));
	free(k);
}

/**
 * vhost_kernel_new() - Make a device, with nothing open
 * @ops: its kind; @close has to be vhost_kernel_close()
 * @host: who uses it
 * @cfg: what the device is to be
 *
 * Return: the device or NULL
 */
struct vhost_kernel *vhost_kernel_new(const struct backend_ops *ops, struct backend_host *host,
				      const struct dev_config *cfg)
{
	struct vhost_kernel *k = calloc(1, sizeof(*k));
	unsigned int i;

	if (!k)
		return NULL;
	k->be = (struct backend){
		.ops = ops, .host = host, .device_id = cfg->device_id,
		.queue_size = cfg->queue_size,
	};
	k->fd = k->target = -1;
	k->poll_us = cfg->poll_us;
	for (i = 0; i < MAX_QUEUES; i++)
		k->queues[i] = (struct vhost_queue){
			.vhost = k, .io = { .fd = -1, .ready = error_ready },
		};
	return k;
}

/**
 * vhost_kernel_open() - Open a vhost device
 * @k: from vhost_kernel_new(); its @features are set
 * @path: of the device
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vhost_kernel_open(struct vhost_kernel *k, const char *path, char *why, size_t len)
{
	int err;

	k->fd = open(path, O_RDWR | O_CLOEXEC);
	err = k->fd < 0 ? -errno : 0;
	if (!err)
		err = vhost_kernel_call(k, VHOST_SET_OWNER, NULL);
	if (!err)
		err = vhost_kernel_call(k, VHOST_GET_FEATURES, &k->features);
	if (err)
		snprintf(why, len, "%s: %s", path, strerror(-err));
	return err;
}
