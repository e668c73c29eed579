// SPDX-License-Identifier: GPL-2.0-only
/*
 * svq.c - shadow virtqueues: buffers outside the windows, for any backend
 *
 * Theory of operation
 *
 * A guest that takes VMSG_XEN_F_SINGLE_GRANTS may let a descriptor point to
 * grants that belong to no window. No vhost-user daemon and no kernel vhost
 * can follow such an address. So a backend of any kind is put behind this one,
 * which is a backend itself and hands on what it is asked for, except that a
 * virtqueue which starts is not the guest's: it is one in memory of the
 * bridge's own, and svq_queue.c moves what is in the guest's to it and back.
 *
 *	guest's ring  -- svq_guest.c --+-- svq_ring.c --  backend's ring
 *	  (a window)                   |                  (own memory)
 *	                          bounce area
 *	                          (own memory)
 *
 * The backend is still given the guest's windows, so data that lies in one is
 * not touched here. What lies in none is copied by the hypervisor
 * (grant_copy.c) to or from the bounce area. Nothing is mapped for that: when
 * a buffer has been used, its grants are free.
 *
 * The backend takes the own memory for a window of its own, at an address that
 * no guest can name. That takes one of the windows that a device may have.
 * Each queue has 9 MiB of it, which are real memory only as far as they have
 * been written to since the queue started.
 *
 * Where the guest has not taken the feature everything is passed through. The
 * choice holds from FEATURES_OK to the next reset. Packed rings are not
 * shadowed and not offered; VIRTIO_F_IN_ORDER is not either, for a batch of it
 * has only one used entry.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log.h"
#include "svq.h"
#include "svq_queue.h"
#include "util.h"

#define UNSHADOWED	(BIT_ULL(VIRTIO_F_RING_PACKED) | BIT_ULL(VIRTIO_F_IN_ORDER))
#define F_INDIRECT	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)
#define F_EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)

/* A DMA address holds a reference of 32 bits and an offset. */
#define GRANT_SPACE	(1ULL << (32 + VMSG_XEN_FRAME_SHIFT))

static struct svq *to_svq(struct backend *be)
{
	return container_of(be, struct svq, be);
}

static struct svq *host_to_svq(struct backend_host *host)
{
	return container_of(host, struct svq, host);
}

/**
 * svq_is_grant() - May this be a buffer in single grants?
 * @addr: DMA address
 * @len: bytes
 *
 * Return: true if every byte has a reference and an offset
 */
bool svq_is_grant(uint64_t addr, uint32_t len)
{
	uint64_t at = addr ^ VMSG_XEN_DMA_FLAG;

	return at < GRANT_SPACE && len <= GRANT_SPACE - at;
}

/* What the inner backend asks of the bridge */

static int region_fd(struct backend_host *host, const struct window *w)
{
	struct svq *s = host_to_svq(host);
	int fd;

	if (!w->own)
		return s->outer->region_fd(s->outer, w);
	fd = fcntl(s->memfd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

static void copy_config(struct svq *s)
{
	s->be.config_size = s->inner->config_size;
	memcpy(s->be.config, s->inner->config, sizeof(s->be.config));
}

static void config_changed(struct backend_host *host)
{
	struct svq *s = host_to_svq(host);

	copy_config(s);
	s->outer->config_changed(s->outer);
}

static void broken(struct backend_host *host, const char *why)
{
	struct svq *s = host_to_svq(host);

	s->outer->broken(s->outer, why);
}

static void guest_invalid(struct backend_host *host, const char *what)
{
	struct svq *s = host_to_svq(host);

	s->outer->invalid(s->outer, what);
}

/* Memory */

static void *window_ptr(const struct svq *s, uint64_t addr, uint64_t len)
{
	const struct window *w = windows_lookup(&s->windows, addr, len);
	uint8_t *mem = w ? s->window_mem[w - s->windows.w] : NULL;

	return mem ? mem + (addr - window_base(w)) : NULL;
}

static int read_guest(struct svq_reader *r, uint64_t addr, uint32_t len, void *buf)
{
	struct svq *s = container_of(r, struct svq, reader);
	struct grant_seg segs[SVQ_MAX_CHAIN * sizeof(struct vring_desc) / VMSG_XEN_FRAME_SIZE + 1];
	const void *p = window_ptr(s, addr, len);
	unsigned int n;

	if (p) {
		memcpy(buf, p, len);
		return 0;
	}
	if (!svq_is_grant(addr, len))
		return -EINVAL;
	n = grant_split(segs, ARRAY_SIZE(segs), addr, len, buf, false);
	return n && !s->outer->grant_copy(s->outer, segs, n) ? 0 : -EFAULT;
}

static int map_window(struct svq *s, const struct window *w)
{
	void **mem = &s->window_mem[w - s->windows.w];
	void *p;
	int fd, err;

	if (*mem)
		return 0;
	fd = s->outer->region_fd(s->outer, w);
	if (fd < 0)
		return fd;
	p = mmap(NULL, window_size(w), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	err = p == MAP_FAILED ? -errno : 0;
	close(fd);	/* the mapping keeps the file */
	if (!err)
		*mem = p;
	return err;
}

static void unmap_window(struct svq *s, const struct window *w)
{
	void **mem = &s->window_mem[w - s->windows.w];

	if (*mem)
		munmap(*mem, window_size(w));
	*mem = NULL;
}

static int map_windows(struct svq *s)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < MAX_WINDOWS && !err; i++)
		if (s->windows.w[i].used)
			err = map_window(s, &s->windows.w[i]);
	return err;
}

/* The memory is passed to daemons: none may take it away under our feet. */
static int make_memory(struct svq *s)
{
	size_t size = window_size(&s->own);
	int fd = memfd_create("shadow", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *p;
	int err;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, size) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		goto fail;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (p == MAP_FAILED)
		goto fail;
	s->memfd = fd;
	s->mem = p;
	return 0;
fail:
	err = -errno;
	close(fd);
	return err;
}

static void free_memory(struct svq *s)
{
	if (s->mem)
		munmap(s->mem, window_size(&s->own));
	close_fd(&s->memfd);
	s->mem = NULL;
}

/* Once made, it stays, and with the backend, until the device is closed. */
static int show_memory(struct svq *s)
{
	int err;

	if (s->mem)
		return 0;
	err = make_memory(s);
	if (!err)
		err = s->inner->ops->add_window(s->inner, &s->own);
	if (err)
		free_memory(s);
	return err;
}

/* Queues */

static void call_ready(struct io *io, uint32_t events)
{
	(void)events;	/* edge-triggered: it need not be read */
	svq_queue_turn(container_of(io, struct svq_queue, io));
}

static void free_queue(struct svq *s, unsigned int index)
{
	struct svq_queue *q = s->queues[index];

	if (!q)
		return;
	s->queues[index] = NULL;
	loop_del(s->outer->loop, &q->io);
	close_fd(&q->kick);
	close_fd(&q->call);
	free(q);
	/* Gives the memory back, and the next start finds it zeroed. */
	fallocate(s->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, index * SVQ_QUEUE_BYTES,
		  SVQ_QUEUE_BYTES);
}

static int open_queue(struct svq *s, unsigned int index, const struct vring_areas *a)
{
	bool event_idx = s->features & F_EVENT_IDX;
	uint8_t *mem = s->mem + index * SVQ_QUEUE_BYTES;
	uint64_t dma = window_base(&s->own) + index * SVQ_QUEUE_BYTES;
	struct svq_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return -ENOMEM;
	s->queues[index] = q;
	q->svq = s;
	q->index = index;
	q->io = (struct io){ .fd = -1, .ready = call_ready };
	q->area_mem = mem + SVQ_RING_FRAMES * VMSG_XEN_FRAME_SIZE;
	q->area_dma = dma + SVQ_RING_FRAMES * VMSG_XEN_FRAME_SIZE;
	svq_ring_init(&q->ring, mem, a->size, event_idx);
	/* vring_check() has made sure that each area lies in one window. */
	q->guest = (struct svq_guest){
		.size = a->size, .event_idx = event_idx, .indirect = s->features & F_INDIRECT,
		.desc = window_ptr(s, a->desc, 1), .avail = window_ptr(s, a->driver, 1),
		.used = window_ptr(s, a->device, 1),
	};
	q->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	q->call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->kick < 0 || q->call < 0)
		return -errno;
	if (!q->guest.desc || !q->guest.avail || !q->guest.used || a->size > MAX_QUEUE_SIZE)
		return -EINVAL;
	return loop_add(s->outer->loop, &q->io, q->call, EPOLLIN | EPOLLET);
}

/* What the device asks for */

static int start_queue(struct backend *be, unsigned int index, const struct vring_areas *a,
		       int kick, int call)
{
	struct svq *s = to_svq(be);
	uint64_t dma = window_base(&s->own) + index * SVQ_QUEUE_BYTES;
	struct vring_areas shadow = {
		.size = a->size, .desc = dma + SVQ_RING_DESC, .driver = dma + SVQ_RING_AVAIL,
		.device = dma + SVQ_RING_USED,
	};
	struct svq_queue *q;
	int err;

	if (!s->active)
		return s->inner->ops->start_queue(s->inner, index, a, kick, call);
	err = open_queue(s, index, a);
	q = s->queues[index];
	if (!err)
		err = s->inner->ops->start_queue(s->inner, index, &shadow, q->kick, q->call);
	if (err) {
		free_queue(s, index);
		return err;
	}
	/* The guest may have made buffers available before there was a queue. */
	svq_queue_wake(q);
	return 0;
}

static int stop_queue(struct backend *be, unsigned int index)
{
	struct svq *s = to_svq(be);
	int err = s->inner->ops->stop_queue(s->inner, index);

	free_queue(s, index);
	return err;
}

static int stop_all(struct backend *be)
{
	struct svq *s = to_svq(be);
	int err = s->inner->ops->stop_all(s->inner);
	unsigned int i;

	for (i = 0; i < be->nqueues; i++)
		free_queue(s, i);
	s->active = false;
	return err;
}

static int set_features(struct backend *be, uint64_t features)
{
	struct svq *s = to_svq(be);
	int err = 0;

	if (s->wanted && (features & UNSHADOWED))
		return -EPROTO;
	if (s->wanted)
		err = map_windows(s);
	if (!err && s->wanted)
		err = show_memory(s);
	if (!err)
		err = s->inner->ops->set_features(s->inner, features);
	s->active = !err && s->wanted;
	s->features = features;
	if (s->active)
		log_debug("the guest may grant buffers in place: queues are shadowed");
	return err;
}

static int set_config(struct backend *be, uint32_t offset, const void *data, uint32_t len)
{
	struct svq *s = to_svq(be);
	int err = s->inner->ops->set_config(s->inner, offset, data, len);

	copy_config(s);
	return err;
}

static int add_window(struct backend *be, const struct window *w)
{
	struct svq *s = to_svq(be);
	struct window *mine;
	int err;

	err = s->inner->ops->add_window(s->inner, w);
	if (err)
		return err;
	mine = windows_insert(&s->windows, w->id, w->first_ref, w->frames);
	err = mine ? 0 : -ENOSPC;
	if (!err && s->wanted)
		err = map_window(s, mine);
	if (!err)
		return 0;
	s->inner->ops->remove_window(s->inner, w);
	if (mine)
		mine->used = false;
	return err;
}

static int remove_window(struct backend *be, const struct window *w)
{
	struct svq *s = to_svq(be);
	struct window *mine = windows_find(&s->windows, w->id);
	int err = s->inner->ops->remove_window(s->inner, w);

	if (err || !mine)
		return err;
	unmap_window(s, mine);
	mine->used = false;
	return 0;
}

static void set_single_grants(struct backend *be, bool on)
{
	struct svq *s = to_svq(be);

	s->wanted = on;
	be->features = s->inner->features & (on ? ~UNSHADOWED : ~0ULL);
}

static bool kick(struct backend *be, unsigned int index)
{
	struct svq_queue *q = to_svq(be)->queues[index];

	if (q)
		svq_queue_turn(q);
	return q;
}

static void close_backend(struct backend *be)
{
	struct svq *s = to_svq(be);
	unsigned int i;

	s->inner->ops->close(s->inner);
	for (i = 0; i < MAX_QUEUES; i++)
		free_queue(s, i);
	for (i = 0; i < MAX_WINDOWS; i++)
		unmap_window(s, &s->windows.w[i]);
	free_memory(s);
	free(s);
}

static const struct backend_ops svq_ops = {
	.set_features = set_features,
	.set_config = set_config,
	.add_window = add_window,
	.remove_window = remove_window,
	.start_queue = start_queue,
	.stop_queue = stop_queue,
	.stop_all = stop_all,
	.set_single_grants = set_single_grants,
	.kick = kick,
	.close = close_backend,
};

/**
 * svq_prepare() - Make the host for a backend that is to be wrapped
 * @outer: the bridge, with all of its functions set
 *
 * Return: what the backend is to be opened with, or NULL without memory
 */
struct backend_host *svq_prepare(struct backend_host *outer)
{
	struct svq *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->outer = outer;
	s->memfd = -1;
	s->reader.read = read_guest;
	s->host = (struct backend_host){
		.loop = outer->loop, .name = outer->name, .region_fd = region_fd,
		.config_changed = config_changed, .broken = broken, .invalid = guest_invalid,
	};
	return &s->host;
}

/**
 * svq_abandon() - Undo svq_prepare(), when the backend could not be opened
 * @host: from svq_prepare()
 */
void svq_abandon(struct backend_host *host)
{
	free(host_to_svq(host));
}

/**
 * svq_wrap() - Put a backend behind shadow virtqueues
 * @host: from svq_prepare()
 * @inner: opened with @host; owned by the result
 *
 * Return: the backend to use
 */
struct backend *svq_wrap(struct backend_host *host, struct backend *inner)
{
	struct svq *s = host_to_svq(host);

	s->inner = inner;
	s->ops = svq_ops;
	s->ops.name = inner->ops->name;
	if (!inner->ops->set_config)
		s->ops.set_config = NULL;
	s->be = (struct backend){
		.ops = &s->ops, .host = s->outer, .device_id = inner->device_id,
		.features = inner->features, .nqueues = inner->nqueues,
		.queue_size = inner->queue_size, .own_windows = inner->own_windows + 1,
	};
	copy_config(s);
	s->own = (struct window){
		.used = true, .own = true, .id = WINDOW_OWN_ID,
		.frames = inner->nqueues * SVQ_QUEUE_FRAMES,
	};
	return &s->be;
}
