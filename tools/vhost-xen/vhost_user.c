// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_user.c - a vhost-user daemon as the backend of a device
 *
 * Theory of operation
 *
 * The bridge plays the part that QEMU plays for a virtual machine: it hands
 * the daemon memory regions (vu_memory.c), virtqueues and a pair of eventfds
 * for each, and keeps out of the way.
 *
 * What the guest's driver must be able to rely on is that a stopped queue is
 * not touched any more. GET_VRING_BASE promises that, but qemu-storage-daemon
 * up to 7.2 answers it while requests are still in flight. A daemon marked
 * drain_by_reconnect is therefore stopped by ending the session, which it
 * completes only after its last request; queues that are to go on are started
 * again in a new session where they were. Stopping is rare (a driver is bound
 * or unbound), so its cost does not matter.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "vu_backend.h"

/* Position before the first entry: packed queues begin with wrap counters set. */
#define SPLIT_BASE	0
#define PACKED_BASE	0x80008000U

/* Config space that a daemon with PF_CONFIG is asked for. */
static const struct {
	uint32_t device_id;
	uint32_t size;
} config_sizes[] = {
	{ VIRTIO_ID_NET, 12 },		/* up to mtu */
	{ VIRTIO_ID_BLOCK, 60 },	/* up to write_zeroes_may_unmap */
	{ VIRTIO_ID_CONSOLE, 12 },
	{ VIRTIO_ID_SCSI, 36 },
	{ VIRTIO_ID_GPU, 16 },
	{ VIRTIO_ID_INPUT, 136 },
	{ VIRTIO_ID_VSOCK, 8 },
	{ VIRTIO_ID_SOUND, 12 },
	{ VIRTIO_ID_FS, FS_TAG_LEN + 4 },
	{ VIRTIO_ID_GPIO, 8 },
};

/**
 * vu_push_features() - Tell the daemon what was negotiated
 * @vu: the backend
 *
 * Return: 0 or a negative errno
 */
int vu_push_features(struct vu_backend *vu)
{
	uint64_t proto = vu->virtio_features & BIT_ULL(VU_F_PROTOCOL_FEATURES);

	return vu_set_u64(&vu->conn, VU_SET_FEATURES, vu->features | proto);
}

static int set_features(struct backend *be, uint64_t features)
{
	struct vu_backend *vu = to_vu(be);
	int err;

	if (vu->broken)
		return -EIO;
	vu->features = features;
	err = vu_push_features(vu);
	if (err)
		return vu_fail(vu, "features", err);
	vu->has_features = true;
	return 0;
}

static int set_config(struct backend *be, uint32_t offset, const void *data, uint32_t len)
{
	struct vu_backend *vu = to_vu(be);
	struct vu_config msg = { .offset = offset, .size = len };
	int err;

	if (vu->broken || !vu_has_protocol(vu, VU_PF_CONFIG))
		return -EOPNOTSUPP;
	memcpy(msg.data, data, len);
	err = vu_set(&vu->conn, VU_SET_CONFIG, &msg, VU_CONFIG_HEADER + len, NULL, 0);
	if (err == -EREMOTEIO)
		return err;
	if (!err)
		err = vu_read_config(vu);
	return err ? vu_fail(vu, "config", err) : 0;
}

static int send_fd(struct vu_backend *vu, uint32_t req, uint64_t index, int fd)
{
	return vu_set(&vu->conn, req, &index, sizeof(index), &fd, 1);
}

static int push_queue(struct vu_backend *vu, unsigned int index)
{
	const struct vu_queue *q = &vu->queues[index];
	struct vu_vring_state num = { index, q->areas.size };
	struct vu_vring_state base = { index, q->base };
	struct vu_vring_state on = { index, 1 };
	struct vu_vring_addr addr = {
		.index = index,
		.desc = q->areas.desc,
		.avail = q->areas.driver,
		.used = q->areas.device,
	};
	int err;

	err = vu_set(&vu->conn, VU_SET_VRING_NUM, &num, sizeof(num), NULL, 0);
	if (!err)
		err = vu_set(&vu->conn, VU_SET_VRING_BASE, &base, sizeof(base), NULL, 0);
	if (!err)
		err = vu_set(&vu->conn, VU_SET_VRING_ADDR, &addr, sizeof(addr), NULL, 0);
	if (!err)
		err = send_fd(vu, VU_SET_VRING_CALL, index, q->call);
	if (!err)
		err = send_fd(vu, VU_SET_VRING_KICK, index, q->kick);
	if (!err && (vu->virtio_features & BIT_ULL(VU_F_PROTOCOL_FEATURES)))
		err = vu_set(&vu->conn, VU_SET_VRING_ENABLE, &on, sizeof(on), NULL, 0);
	return err;
}

static int pull_queue(struct vu_backend *vu, unsigned int index)
{
	struct vu_vring_state req = { .index = index }, reply;
	int err;

	err = vu_get(&vu->conn, VU_GET_VRING_BASE, &req, sizeof(req), &reply, sizeof(reply));
	if (err)
		return err;
	if (reply.index != index)
		return -EPROTO;
	vu->queues[index].base = reply.num;
	return 0;
}

static int pull_all(struct vu_backend *vu)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < vu->be.nqueues && !err; i++)
		if (vu->queues[i].running)
			err = pull_queue(vu, i);
	return err;
}

static int push_all(struct vu_backend *vu)
{
	unsigned int i;
	int err = vu->has_features ? vu_push_features(vu) : 0;

	for (i = 0; i < vu->be.nqueues && !err; i++)
		if (vu->queues[i].running)
			err = push_queue(vu, i);
	return err;
}

static bool any_running(const struct vu_backend *vu)
{
	unsigned int i;

	for (i = 0; i < vu->be.nqueues; i++)
		if (vu->queues[i].running)
			return true;
	return false;
}

static bool drains_by_reconnect(const struct vu_backend *vu)
{
	return vu->daemon && vu->daemon->drain_by_reconnect;
}

static int start_queue(struct backend *be, unsigned int index, const struct vring_areas *a,
		       int kick, int call)
{
	struct vu_backend *vu = to_vu(be);
	bool packed = vu->features & BIT_ULL(VIRTIO_F_RING_PACKED);
	struct vu_queue *q = &vu->queues[index];
	int err;

	if (vu->broken)
		return -EIO;
	*q = (struct vu_queue){
		.running = true, .areas = *a, .kick = kick, .call = call,
		.base = packed ? PACKED_BASE : SPLIT_BASE,
	};
	err = push_queue(vu, index);
	return err ? vu_fail(vu, "queue start", err) : 0;
}

/* The last resort: no process, no mapping. */
static void kill_daemon(struct vu_backend *vu)
{
	if (!vu->daemon)
		return;
	vu->daemon->stop(vu->daemon);
	vu->daemon = NULL;
}

static int stop_queue(struct backend *be, unsigned int index)
{
	struct vu_backend *vu = to_vu(be);
	bool reconnect = drains_by_reconnect(vu);
	int err;

	if (!vu->queues[index].running)
		return 0;
	if (vu->broken) {
		vu->queues[index].running = false;
		return -EIO;
	}
	err = reconnect ? pull_all(vu) : pull_queue(vu, index);
	vu->queues[index].running = false;
	if (!err && reconnect) {
		err = vu_session_reopen(vu);
		if (!err)
			err = push_all(vu);
	}
	if (err) {
		vu_fail(vu, "queue stop", err);
		kill_daemon(vu);
	}
	return err;
}

static int stop_all(struct backend *be)
{
	struct vu_backend *vu = to_vu(be);
	bool running = any_running(vu);
	unsigned int i;
	int err = 0;

	if (!vu->broken && running)
		err = drains_by_reconnect(vu) ? 0 : pull_all(vu);
	for (i = 0; i < be->nqueues; i++)
		vu->queues[i].running = false;
	vu->has_features = false;
	if (vu->broken)
		return -EIO;
	if (!err && running && drains_by_reconnect(vu))
		err = vu_session_reopen(vu);
	if (err) {
		vu_fail(vu, "reset", err);
		kill_daemon(vu);
	}
	return err;
}

/* A daemon without memory slots takes a new table only between two runs. */
static int change_windows(struct vu_backend *vu, const struct window *w,
			  int (*change)(struct vu_backend *vu, const struct window *w))
{
	bool pause = any_running(vu) && !vu_has_protocol(vu, VU_PF_MEM_SLOTS);
	int err;

	if (vu->broken)
		return -EIO;
	err = pause ? pull_all(vu) : 0;
	if (!err)
		err = change(vu, w);
	if (!err && pause)
		err = push_all(vu);
	return err ? vu_fail(vu, "window", err) : 0;
}

static int add_window(struct backend *be, const struct window *w)
{
	return change_windows(to_vu(be), w, vu_map_window);
}

static int remove_window(struct backend *be, const struct window *w)
{
	struct vu_backend *vu = to_vu(be);
	bool was_broken = vu->broken;
	int err = change_windows(vu, w, vu_unmap_window);

	/* It may have the window mapped still. */
	if (err && !was_broken)
		kill_daemon(vu);
	return err;
}

static void close_backend(struct backend *be)
{
	struct vu_backend *vu = to_vu(be);

	if (vu_session_close(vu) && !vu->daemon)
		log_err("%s does not close its connection: windows may stay mapped", vu->path);
	kill_daemon(vu);
	free(vu);
}

static const struct backend_ops vhost_user_ops = {
	.name = "vhost-user",
	.set_features = set_features,
	.set_config = set_config,
	.add_window = add_window,
	.remove_window = remove_window,
	.start_queue = start_queue,
	.stop_queue = stop_queue,
	.stop_all = stop_all,
	.close = close_backend,
};

/* A daemon that can't tell its config space leaves it to the toolstack. */
static void fallback_config(struct vu_backend *vu, const struct dev_config *cfg)
{
	struct virtio_net_config *net = (void *)vu->be.config;
	uint32_t requests;

	switch (cfg->device_id) {
	case VIRTIO_ID_NET:
		if (!cfg->has_mac)
			break;
		vu->be.config_size = sizeof(net->mac);
		memcpy(net->mac, cfg->mac, sizeof(net->mac));
		vu->be.features |= BIT_ULL(VIRTIO_NET_F_MAC);
		break;
	case VIRTIO_ID_FS:
		/* One queue is for high priority, the others take requests. */
		requests = htole32(vu->be.nqueues > 1 ? vu->be.nqueues - 1 : 1);
		vu->be.config_size = FS_TAG_LEN + sizeof(requests);
		memcpy(vu->be.config, cfg->tag, strnlen(cfg->tag, FS_TAG_LEN));
		memcpy(vu->be.config + FS_TAG_LEN, &requests, sizeof(requests));
		break;
	}
}

static unsigned int default_queues(uint32_t device_id)
{
	switch (device_id) {
	case VIRTIO_ID_NET:
	case VIRTIO_ID_CONSOLE:
	case VIRTIO_ID_FS:
	case VIRTIO_ID_INPUT:
	case VIRTIO_ID_GPU:
	case VIRTIO_ID_GPIO:
		return 2;
	case VIRTIO_ID_VSOCK:
	case VIRTIO_ID_SCSI:
		return 3;
	case VIRTIO_ID_SOUND:
		return 4;
	default:
		return 1;
	}
}

/*
 * qemu-storage-daemon offers a largest segment and says that it is 0 bytes.
 * Linux makes that one page, and every larger request many descriptors.
 */
static void correct_features(struct vu_backend *vu)
{
	const struct virtio_blk_config *blk = (const void *)vu->be.config;

	if (vu->be.device_id == VIRTIO_ID_BLOCK && !blk->size_max)
		vu->be.features &= ~BIT_ULL(VIRTIO_BLK_F_SIZE_MAX);
}

static int learn(struct vu_backend *vu, const struct dev_config *cfg)
{
	uint64_t max = MAX_QUEUES;
	unsigned int i;
	int err;

	vu->be.features = vu->virtio_features & ~BIT_ULL(VU_F_PROTOCOL_FEATURES);
	vu->be.nqueues = cfg->queues ? cfg->queues : default_queues(cfg->device_id);
	if (cfg->queues && cfg->device_id == VIRTIO_ID_NET)
		vu->be.nqueues *= 2;	/* they come in pairs */
	if (vu_has_protocol(vu, VU_PF_MQ)) {
		err = vu_get_u64(&vu->conn, VU_GET_QUEUE_NUM, &max);
		if (err)
			return err;
	}
	if (vu->be.nqueues > max || vu->be.nqueues > MAX_QUEUES)
		return -E2BIG;
	if (!vu_has_protocol(vu, VU_PF_CONFIG)) {
		fallback_config(vu, cfg);
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(config_sizes); i++)
		if (config_sizes[i].device_id == cfg->device_id)
			vu->be.config_size = config_sizes[i].size;
	err = vu->be.config_size ? vu_read_config(vu) : 0;
	if (!err)
		correct_features(vu);
	return err;
}

/**
 * vu_backend_new() - Make a backend of a daemon that listens
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @path: of the daemon's socket
 * @daemon: if we run it; owned by the backend from success on
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vu_backend_new(struct backend **be, struct backend_host *host, const struct dev_config *cfg,
		   const char *path, struct vu_daemon *daemon, char *why, size_t len)
{
	struct vu_backend *vu = calloc(1, sizeof(*vu));
	int err = -ENOMEM;

	if (!vu)
		goto fail;
	vu->be = (struct backend){
		.ops = &vhost_user_ops, .host = host,
		.device_id = cfg->device_id, .queue_size = cfg->queue_size,
	};
	vu->conn.fd = vu->conn_io.fd = vu->req_fd = vu->req_io.fd = -1;
	snprintf(vu->path, sizeof(vu->path), "%s", path);

	err = vu_session_open(vu);
	if (err)
		goto free;
	err = learn(vu, cfg);
	if (err)
		goto close;
	vu->daemon = daemon;
	*be = &vu->be;
	return 0;
close:
	vu_session_close(vu);
free:
	free(vu);
fail:
	snprintf(why, len, "vhost-user daemon at %s: %s", path, strerror(-err));
	return err;
}

/**
 * vhost_user_open() - Use a daemon that somebody else runs
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vhost_user_open(struct backend **be, struct backend_host *host,
		    const struct dev_config *cfg, char *why, size_t len)
{
	return vu_backend_new(be, host, cfg, cfg->socket, NULL, why, len);
}
