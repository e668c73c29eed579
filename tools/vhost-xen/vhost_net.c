// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_net.c - the kernel's vhost-net and a tap as the backend of a network
 * device
 *
 * Theory of operation
 *
 * vhost-net works in our address space, so here we map the windows ourselves.
 * The memory table tells it where each window's DMA addresses lie in our
 * memory; it checks every address of the guest against that. The addresses of
 * the rings are given in our address space at once.
 *
 * When there is nothing to send, or no buffer to receive into, vhost-net asks for a
 * notification and sleeps. Each costs the guest a hypercall, and the domain that we
 * are in an interrupt and a task switch, which takes longer than a few packets. So it
 * is told to look at the queues for some time before that (config/poll-us). It
 * stops at once when something else wants the CPU.
 *
 * A queue is served while its backend is set to the tap. Taking that away
 * (fd -1) waits for the packets in flight, so a stopped queue is not touched,
 * and a window that no queue can reach may be unmapped.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "backend.h"
#include "log.h"
#include "tap.h"
#include "util.h"
#include "virtio_msg_xen.h"

#define NQUEUES		2	/* one pair */
#define VNET_HDR_SIZE	sizeof(struct virtio_net_hdr_mrg_rxbuf)

#define TAP_FEATURES	(BIT_ULL(VIRTIO_NET_F_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_ECN) | BIT_ULL(VIRTIO_NET_F_HOST_TSO4) | \
			 BIT_ULL(VIRTIO_NET_F_HOST_TSO6) | BIT_ULL(VIRTIO_NET_F_HOST_ECN))

#define OWN_FEATURES	(BIT_ULL(VIRTIO_NET_F_MAC) | BIT_ULL(VIRTIO_NET_F_STATUS) | \
			 BIT_ULL(VIRTIO_NET_F_MTU))

/**
 * struct net_window - a window and where we have it mapped
 * @w: the window
 * @mem: our mapping
 */
struct net_window {
	struct window w;
	void *mem;
};

/**
 * struct vhost_net - one network device
 * @be: what all backends have
 * @tap: the tap
 * @vhost: /dev/vhost-net
 * @vhost_features: what vhost can do
 * @poll_us: how long vhost looks at a queue before it asks for a notification
 * @windows: what we have mapped
 * @nwindows: how many
 * @running: by queue
 */
struct vhost_net {
	struct backend be;
	int tap;
	int vhost;
	uint64_t vhost_features;
	unsigned int poll_us;
	struct net_window windows[MAX_WINDOWS];
	unsigned int nwindows;
	bool running[NQUEUES];
};

static struct vhost_net *to_net(struct backend *be)
{
	return container_of(be, struct vhost_net, be);
}

static int vhost_call(struct vhost_net *n, unsigned long req, const void *arg)
{
	return ioctl(n->vhost, req, arg) < 0 ? -errno : 0;
}

static int fail(struct vhost_net *n, const char *what, int err)
{
	char why[64];

	snprintf(why, sizeof(why), "vhost-net, %s: %s", what, strerror(-err));
	n->be.host->broken(n->be.host, why);
	return err;
}

static int set_features(struct backend *be, uint64_t features)
{
	struct vhost_net *n = to_net(be);
	uint64_t f = features & n->vhost_features;
	int err;

	err = tap_set_offload(n->tap, features);
	if (!err)
		err = vhost_call(n, VHOST_SET_FEATURES, &f);
	return err ? fail(n, "features", err) : 0;
}

static int push_table(struct vhost_net *n)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[MAX_WINDOWS];
	} table = { .head.nregions = n->nwindows };
	unsigned int i;

	for (i = 0; i < n->nwindows; i++)
		table.regions[i] = (struct vhost_memory_region){
			.guest_phys_addr = window_base(&n->windows[i].w),
			.memory_size = window_size(&n->windows[i].w),
			.userspace_addr = (uintptr_t)n->windows[i].mem,
		};
	return vhost_call(n, VHOST_SET_MEM_TABLE, &table);
}

static int add_window(struct backend *be, const struct window *w)
{
	struct vhost_net *n = to_net(be);
	struct net_window *nw = &n->windows[n->nwindows];
	int fd, err;

	fd = be->host->region_fd(be->host, w);
	if (fd < 0)
		return fd;
	nw->mem = mmap(NULL, window_size(w), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	err = nw->mem == MAP_FAILED ? -errno : 0;
	close(fd);
	if (err)
		return err;
	nw->w = *w;
	n->nwindows++;
	err = push_table(n);
	if (err) {
		n->nwindows--;
		munmap(nw->mem, window_size(w));
	}
	return err;
}

static int remove_window(struct backend *be, const struct window *w)
{
	struct vhost_net *n = to_net(be);
	struct net_window gone;
	unsigned int i;
	int err;

	for (i = 0; i < n->nwindows; i++)
		if (n->windows[i].w.id == w->id)
			break;
	if (i == n->nwindows)
		return -ENOENT;
	gone = n->windows[i];
	n->windows[i] = n->windows[n->nwindows - 1];
	n->nwindows--;
	err = push_table(n);
	if (err) {
		n->windows[n->nwindows++] = gone;
		return fail(n, "window", err);
	}
	munmap(gone.mem, window_size(w));
	return 0;
}

/* vring_check() has made sure that the address lies in a window. */
static uint64_t translate(const struct vhost_net *n, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < n->nwindows; i++) {
		uint64_t off = addr - window_base(&n->windows[i].w);

		if (off < window_size(&n->windows[i].w))
			return (uintptr_t)n->windows[i].mem + off;
	}
	return 0;
}

static int set_backend(struct vhost_net *n, unsigned int index, int fd)
{
	struct vhost_vring_file file = { .index = index, .fd = fd };

	return vhost_call(n, VHOST_NET_SET_BACKEND, &file);
}

static int start_queue(struct backend *be, unsigned int index, const struct vring_areas *a,
		       int kick, int call)
{
	struct vhost_net *n = to_net(be);
	struct vhost_vring_state num = { .index = index, .num = a->size };
	struct vhost_vring_state base = { .index = index };
	struct vhost_vring_state poll = { .index = index, .num = n->poll_us };
	struct vhost_vring_file kick_file = { .index = index, .fd = kick };
	struct vhost_vring_file call_file = { .index = index, .fd = call };
	struct vhost_vring_addr addr = {
		.index = index,
		.desc_user_addr = translate(n, a->desc),
		.avail_user_addr = translate(n, a->driver),
		.used_user_addr = translate(n, a->device),
	};
	int err;

	err = vhost_call(n, VHOST_SET_VRING_NUM, &num);
	if (!err)
		err = vhost_call(n, VHOST_SET_VRING_BASE, &base);
	if (!err)
		err = vhost_call(n, VHOST_SET_VRING_ADDR, &addr);
	if (!err)
		err = vhost_call(n, VHOST_SET_VRING_KICK, &kick_file);
	if (!err)
		err = vhost_call(n, VHOST_SET_VRING_CALL, &call_file);
	if (!err)
		err = vhost_call(n, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, &poll);
	if (!err)
		err = set_backend(n, index, n->tap);
	if (err)
		return fail(n, "queue start", err);
	n->running[index] = true;
	return 0;
}

static int stop_queue(struct backend *be, unsigned int index)
{
	struct vhost_net *n = to_net(be);
	int err;

	if (!n->running[index])
		return 0;
	n->running[index] = false;
	err = set_backend(n, index, -1);
	return err ? fail(n, "queue stop", err) : 0;
}

static int stop_all(struct backend *be)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < NQUEUES; i++) {
		int e = stop_queue(be, i);

		if (e)
			err = e;
	}
	return err;
}

static void close_backend(struct backend *be)
{
	struct vhost_net *n = to_net(be);
	unsigned int i;

	stop_all(be);
	close_fd(&n->vhost);	/* waits for what vhost is doing */
	close_fd(&n->tap);
	for (i = 0; i < n->nwindows; i++)
		munmap(n->windows[i].mem, window_size(&n->windows[i].w));
	free(n);
}

static const struct backend_ops vhost_net_ops = {
	.name = "vhost-net",
	.set_features = set_features,
	.add_window = add_window,
	.remove_window = remove_window,
	.start_queue = start_queue,
	.stop_queue = stop_queue,
	.stop_all = stop_all,
	.close = close_backend,
};

static int open_vhost(struct vhost_net *n, char *why, size_t len)
{
	int err;

	n->vhost = open("/dev/vhost-net", O_RDWR | O_CLOEXEC);
	err = n->vhost < 0 ? -errno : 0;
	if (!err)
		err = vhost_call(n, VHOST_SET_OWNER, NULL);
	if (!err)
		err = vhost_call(n, VHOST_GET_FEATURES, &n->vhost_features);
	if (err)
		snprintf(why, len, "/dev/vhost-net: %s", strerror(-err));
	return err;
}

static void fill_config(struct vhost_net *n, const struct dev_config *cfg)
{
	struct virtio_net_config *c = (void *)n->be.config;

	memcpy(c->mac, cfg->mac, sizeof(c->mac));
	if (!cfg->has_mac) {
		/* Better than none: locally administered, not a group's. */
		if (getrandom(c->mac, sizeof(c->mac), 0) != sizeof(c->mac))
			log_err("no random numbers");
		c->mac[0] = (c->mac[0] & ~1) | 2;
	}
	c->status = htole16(VIRTIO_NET_S_LINK_UP);
	c->max_virtqueue_pairs = htole16(1);
	c->mtu = htole16(cfg->mtu);
	n->be.config_size = offsetof(struct virtio_net_config, mtu) + sizeof(c->mtu);
}

/**
 * vhost_net_open() - Make a network device of a tap
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vhost_net_open(struct backend **be, struct backend_host *host,
		   const struct dev_config *cfg, char *why, size_t len)
{
	struct vhost_net *n = calloc(1, sizeof(*n));
	char name[IFNAMSIZ];
	int err;

	if (!n || cfg->queues > 1) {
		/* More pairs need a control queue, which vhost-net does not have. */
		snprintf(why, len, n ? "vhost-net serves one pair of queues" : "out of memory");
		free(n);
		return -EINVAL;
	}
	n->be = (struct backend){
		.ops = &vhost_net_ops, .host = host, .device_id = cfg->device_id,
		.nqueues = NQUEUES, .queue_size = cfg->queue_size,
	};
	n->tap = n->vhost = -1;
	n->poll_us = cfg->poll_us;
	if (cfg->ifname[0])
		strcpy(name, cfg->ifname);
	else if (snprintf(name, sizeof(name), "vx%s", host->name) >= (int)sizeof(name))
		strcpy(name, "vx%d");
	err = open_vhost(n, why, len);
	if (err)
		goto free;
	n->tap = tap_open(name, cfg->bridge, cfg->mtu, VNET_HDR_SIZE, why, len);
	if (n->tap < 0) {
		err = n->tap;
		goto free;
	}
	n->be.features = n->vhost_features | TAP_FEATURES | OWN_FEATURES;
	if (!cfg->mtu)
		n->be.features &= ~BIT_ULL(VIRTIO_NET_F_MTU);
	fill_config(n, cfg);
	log_info("tap %s%s%s", name, cfg->bridge[0] ? " on bridge " : "", cfg->bridge);
	*be = &n->be;
	return 0;
free:
	close_fd(&n->vhost);
	free(n);
	return err;
}
