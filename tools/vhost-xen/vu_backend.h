/* SPDX-License-Identifier: GPL-2.0-only */
/* vu_backend.h - a vhost-user backend, seen by the files that make it up */
#ifndef VX_VU_BACKEND_H
#define VX_VU_BACKEND_H

#include "util.h"
#include "vhost_user.h"

/**
 * struct vu_queue - what is needed to start a queue again after a reconnect
 * @running: the daemon serves it
 * @areas: where it lies
 * @base: the daemon's position in it, from when it was stopped
 * @kick: eventfd of the device
 * @call: eventfd of the device
 */
struct vu_queue {
	bool running;
	struct vring_areas areas;
	uint32_t base;
	int kick;
	int call;
};

/**
 * struct vu_backend - one device at one daemon
 * @be: what all backends have
 * @conn: the connection
 * @conn_io: watches @conn between requests, for its end
 * @req_fd: our end of the backend request socket
 * @req_io: watches @req_fd
 * @path: of the daemon's socket
 * @daemon: set if we run it
 * @broken: nothing can be asked of it any more
 * @virtio_features: what it offers, VU_F_PROTOCOL_FEATURES included
 * @protocol: protocol features in use
 * @features: what was negotiated with the driver
 * @has_features: @features has been set since the last reset
 * @windows: those that the daemon has been given
 * @nwindows: how many
 * @queues: by index
 */
struct vu_backend {
	struct backend be;
	struct vu_conn conn;
	struct io conn_io;
	int req_fd;
	struct io req_io;
	char path[SOCKET_PATH_LEN];
	struct vu_daemon *daemon;
	bool broken;
	uint64_t virtio_features;
	uint64_t protocol;
	uint64_t features;
	bool has_features;
	struct window windows[MAX_WINDOWS];
	unsigned int nwindows;
	struct vu_queue queues[MAX_QUEUES];
};

static inline struct vu_backend *to_vu(struct backend *be)
{
	return container_of(be, struct vu_backend, be);
}

static inline bool vu_has_protocol(const struct vu_backend *vu, unsigned int bit)
{
	return vu->protocol & BIT_ULL(bit);
}

/* vu_session.c */
int vu_session_open(struct vu_backend *vu);
int vu_session_close(struct vu_backend *vu);
int vu_session_reopen(struct vu_backend *vu);
int vu_fail(struct vu_backend *vu, const char *what, int err);
int vu_read_config(struct vu_backend *vu);

/* vu_memory.c */
int vu_map_window(struct vu_backend *vu, const struct window *w);
int vu_unmap_window(struct vu_backend *vu, const struct window *w);
int vu_map_all(struct vu_backend *vu);

/* vhost_user.c */
int vu_push_features(struct vu_backend *vu);

#endif /* VX_VU_BACKEND_H */
