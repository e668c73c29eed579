/* SPDX-License-Identifier: GPL-2.0-only */
/* vu_conn.h - requests and replies on a vhost-user socket */
#ifndef VX_VU_CONN_H
#define VX_VU_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "vu_wire.h"

/**
 * struct vu_conn - a connection to a vhost-user daemon
 * @fd: the socket, -1 while there is none
 * @timeout_ms: for a reply, and for each piece of one
 * @reply_ack: the daemon confirms requests that have no reply of their own
 */
struct vu_conn {
	int fd;
	int timeout_ms;
	bool reply_ack;
};

int vu_connect(struct vu_conn *c, const char *path);
void vu_set_timeout(struct vu_conn *c, unsigned int seconds);
int vu_disconnect(struct vu_conn *c);
int vu_set(struct vu_conn *c, uint32_t req, const void *payload, uint32_t len,
	   const int *fds, unsigned int nfds);
int vu_get(struct vu_conn *c, uint32_t req, const void *payload, uint32_t len,
	   void *reply, uint32_t reply_len);
int vu_set_u64(struct vu_conn *c, uint32_t req, uint64_t v);
int vu_get_u64(struct vu_conn *c, uint32_t req, uint64_t *v);

#endif /* VX_VU_CONN_H */
