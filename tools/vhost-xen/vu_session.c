// SPDX-License-Identifier: GPL-2.0-only
/*
 * vu_session.c - connections to a vhost-user daemon, and their ends
 *
 * Theory of operation
 *
 * A session is what lies between connect and close: protocol features, the
 * owner, the backend request socket. Between requests the socket is watched;
 * its end then means that the daemon has died.
 *
 * A session ends in an orderly way by hanging up and waiting for the daemon to
 * do the same, which it does once it has completed what it had taken from the
 * rings and has unmapped the windows. vu_session_reopen() makes use of that to
 * stop queues with certainty, and begins a new session.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "vu_backend.h"

/* A daemon that was just started may need a while to answer at all. */
#define FIRST_REPLY_TIMEOUT	30	/* seconds */
#define REPLY_TIMEOUT		5	/* seconds */

#define WANTED_PROTOCOL (BIT_ULL(VU_PF_MQ) | BIT_ULL(VU_PF_REPLY_ACK) | \
			 BIT_ULL(VU_PF_BACKEND_REQ) | BIT_ULL(VU_PF_CONFIG) | \
			 BIT_ULL(VU_PF_MEM_SLOTS))

/**
 * vu_fail() - Note that the daemon can't be used any more
 * @vu: the backend
 * @what: what was being done
 * @err: negative errno
 *
 * Return: @err
 */
int vu_fail(struct vu_backend *vu, const char *what, int err)
{
	char why[128];

	if (vu->broken)
		return err;
	vu->broken = true;
	snprintf(why, sizeof(why), "vhost-user %s: %s", what, strerror(-err));
	vu->be.host->broken(vu->be.host, why);
	return err;
}

static void conn_ready(struct io *io, uint32_t events)
{
	struct vu_backend *vu = container_of(io, struct vu_backend, conn_io);

	/* The daemon says nothing unasked, so data is as bad as the end. */
	loop_del(vu->be.host->loop, io);
	vu_fail(vu, "connection", events & (EPOLLRDHUP | EPOLLHUP) ? -ECONNRESET : -EPROTO);
}

/**
 * vu_read_config() - Fetch the device's config space from the daemon
 * @vu: the backend; its config_size is set
 *
 * Return: 0 or a negative errno
 */
int vu_read_config(struct vu_backend *vu)
{
	uint32_t size = vu->be.config_size;
	struct vu_config msg = { .size = size }, reply;
	int err;

	err = vu_get(&vu->conn, VU_GET_CONFIG, &msg, VU_CONFIG_HEADER + size,
		     &reply, VU_CONFIG_HEADER + size);
	if (err)
		return err;
	if (reply.offset || reply.size != size)
		return -EPROTO;
	memcpy(vu->be.config, reply.data, size);
	return 0;
}

static int answer_daemon(struct vu_backend *vu, const struct vu_header *hdr, uint64_t status)
{
	struct {
		struct vu_header hdr;
		uint8_t status[sizeof(uint64_t)];
	} msg = { .hdr = *hdr };

	msg.hdr.flags = VU_VERSION | VU_FLAG_REPLY;
	msg.hdr.size = sizeof(msg.status);
	memcpy(msg.status, &status, sizeof(status));
	if (send(vu->req_fd, &msg, sizeof(msg), MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof(msg))
		return -EIO;
	return 0;
}

static void req_ready(struct io *io, uint32_t events)
{
	struct vu_backend *vu = container_of(io, struct vu_backend, req_io);
	struct backend_host *host = vu->be.host;
	struct vu_header hdr;
	uint8_t skip[64];
	uint64_t status = 1;
	ssize_t n;
	int err = 0;

	n = recv(vu->req_fd, &hdr, sizeof(hdr), MSG_DONTWAIT);
	if (n != sizeof(hdr) || hdr.size > sizeof(skip) ||
	    (hdr.size && recv(vu->req_fd, skip, hdr.size, MSG_DONTWAIT) != (ssize_t)hdr.size)) {
		/* Also the orderly end of the socket; the connection's tells more. */
		log_debug("backend request socket ends, events %#x", events);
		loop_del(host->loop, io);
		return;
	}
	if (hdr.request == VU_BACKEND_CONFIG_CHANGE) {
		err = vu_has_protocol(vu, VU_PF_CONFIG) ? vu_read_config(vu) : 0;
		status = err ? 1 : 0;
	}
	if (hdr.flags & VU_FLAG_NEED_REPLY)
		answer_daemon(vu, &hdr, status);
	if (err)
		vu_fail(vu, "config", err);
	else if (hdr.request == VU_BACKEND_CONFIG_CHANGE)
		host->config_changed(host);
}

static int open_req_socket(struct vu_backend *vu)
{
	int sv[2], err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return -errno;
	vu->req_fd = sv[0];
	err = vu_set(&vu->conn, VU_SET_BACKEND_REQ_FD, NULL, 0, &sv[1], 1);
	close(sv[1]);
	if (err)
		return err;
	vu->req_io.ready = req_ready;
	return loop_add(vu->be.host->loop, &vu->req_io, vu->req_fd, EPOLLIN);
}

static int negotiate_protocol(struct vu_backend *vu)
{
	uint64_t offered;
	int err;

	if (!(vu->virtio_features & BIT_ULL(VU_F_PROTOCOL_FEATURES)))
		return 0;
	err = vu_get_u64(&vu->conn, VU_GET_PROTOCOL_FEATURES, &offered);
	if (err)
		return err;
	vu->protocol = offered & WANTED_PROTOCOL;
	err = vu_set_u64(&vu->conn, VU_SET_PROTOCOL_FEATURES, vu->protocol);
	if (!err)
		vu->conn.reply_ack = vu_has_protocol(vu, VU_PF_REPLY_ACK);
	return err;
}

static int greet(struct vu_backend *vu)
{
	int err;

	vu_set_timeout(&vu->conn, FIRST_REPLY_TIMEOUT);
	err = vu_get_u64(&vu->conn, VU_GET_FEATURES, &vu->virtio_features);
	if (err)
		return err;
	vu_set_timeout(&vu->conn, REPLY_TIMEOUT);
	err = negotiate_protocol(vu);
	if (err)
		return err;
	err = vu_set(&vu->conn, VU_SET_OWNER, NULL, 0, NULL, 0);
	if (err)
		return err;
	if (vu_has_protocol(vu, VU_PF_BACKEND_REQ))
		err = open_req_socket(vu);
	return err;
}

/**
 * vu_session_open() - Connect to the daemon and agree on the protocol
 * @vu: the backend; its path is set
 *
 * Return: 0 or a negative errno
 */
int vu_session_open(struct vu_backend *vu)
{
	int err;

	vu->protocol = 0;
	err = vu_connect(&vu->conn, vu->path);
	if (err)
		return err;
	err = greet(vu);
	if (err)
		goto fail;
	vu->conn_io.ready = conn_ready;
	err = loop_add(vu->be.host->loop, &vu->conn_io, vu->conn.fd, EPOLLIN | EPOLLRDHUP);
	if (err)
		goto fail;
	return 0;
fail:
	vu_session_close(vu);
	return err;
}

/**
 * vu_session_close() - Hang up and wait until the daemon has let go
 * @vu: the backend
 *
 * Return: 0, or -ETIMEDOUT if the daemon may still have the windows mapped
 */
int vu_session_close(struct vu_backend *vu)
{
	struct loop *loop = vu->be.host->loop;
	int err;

	loop_del(loop, &vu->conn_io);
	loop_del(loop, &vu->req_io);
	err = vu_disconnect(&vu->conn);
	close_fd(&vu->req_fd);
	return err;
}

/**
 * vu_session_reopen() - Stop all queues with certainty, and begin anew
 * @vu: the backend; its queues are not running from the daemon's view
 *	afterwards, and it has all windows
 *
 * Return: 0 or a negative errno
 */
int vu_session_reopen(struct vu_backend *vu)
{
	uint64_t before = vu->virtio_features;
	int err;

	err = vu_session_close(vu);
	if (err)
		return err;
	err = vu_session_open(vu);
	if (err)
		return err;
	if (vu->virtio_features != before)
		return -EPROTO;
	return vu_map_all(vu);
}
