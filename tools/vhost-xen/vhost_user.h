/* SPDX-License-Identifier: GPL-2.0-only */
/* vhost_user.h - for the kinds of backend that are built on vhost-user */
#ifndef VX_VHOST_USER_H
#define VX_VHOST_USER_H

#include "backend.h"
#include "vu_conn.h"

/**
 * struct vu_daemon - a daemon that we run ourselves
 * @stop: end it; afterwards the process is gone. Frees the struct.
 * @drain_by_reconnect: it stops a queue for certain only when the connection
 *	ends, and accepts a new one afterwards
 */
struct vu_daemon {
	void (*stop)(struct vu_daemon *d);
	bool drain_by_reconnect;
};

int vu_backend_new(struct backend **be, struct backend_host *host, const struct dev_config *cfg,
		   const char *path, struct vu_daemon *daemon, char *why, size_t len);

#endif /* VX_VHOST_USER_H */
