// SPDX-License-Identifier: GPL-2.0-only
/*
 * vu_conn.c - requests and replies on a vhost-user socket
 *
 * Everything is synchronous, and bounded: by a timeout on the socket, and by
 * one for the whole of a reply, which may come in many pieces. The daemon is
 * not trusted more than any peer: a reply must answer the request that was made
 * and have the size that it must have. After an error the stream can't be
 * relied on, and the connection must be dropped.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "util.h"
#include "vu_conn.h"

#define REPLY_TIMEOUT		5	/* seconds */
#define DISCONNECT_TIMEOUT	5000	/* ms */

/**
 * vu_set_timeout() - Bound the wait for every later request and reply
 * @c: the connection
 * @seconds: the bound
 */
void vu_set_timeout(struct vu_conn *c, unsigned int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	c->timeout_ms = seconds * 1000;
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/**
 * vu_connect() - Connect to a daemon that listens
 * @c: to be filled in
 * @path: of its socket
 *
 * Return: 0 or a negative errno
 */
int vu_connect(struct vu_conn *c, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int err;

	*c = (struct vu_conn){ .fd = -1 };
	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	vu_set_timeout(c, REPLY_TIMEOUT);
	if (connect(c->fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		err = -errno;
		close_fd(&c->fd);
		return err;
	}
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/**
 * vu_disconnect() - Hang up, and wait until the daemon has done so too
 * @c: the connection; closed afterwards in any case
 *
 * A daemon unmaps the regions before it closes its end (libvhost-user does,
 * after it has completed the requests in flight), so its end of file tells
 * that nothing is mapped or touched any more.
 *
 * Return: 0, or -ETIMEDOUT if that could not be seen
 */
int vu_disconnect(struct vu_conn *c)
{
	int64_t end = now_ms() + DISCONNECT_TIMEOUT;
	struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
	int err = -ETIMEDOUT;
	char buf[256];

	if (c->fd < 0)
		return 0;
	shutdown(c->fd, SHUT_WR);
	for (;;) {
		int64_t left = end - now_ms();
		ssize_t n;

		if (left <= 0 || (poll(&pfd, 1, left) <= 0 && errno != EINTR))
			break;
		n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (!n || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			err = 0;
			break;
		}
	}
	close_fd(&c->fd);
	return err;
}

static int send_all(struct vu_conn *c, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = send(c->fd, p, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		p += n;
		len -= n;
	}
	return 0;
}

static int send_request(struct vu_conn *c, uint32_t req, uint32_t flags, const void *payload,
			uint32_t len, const int *fds, unsigned int nfds)
{
	struct vu_header hdr = { .request = req, .flags = VU_VERSION | flags, .size = len };
	char control[CMSG_SPACE(sizeof(int) * MAX_WINDOWS)] = { 0 };
	struct {
		struct vu_header hdr;
		union vu_payload payload;
	} msg;
	struct iovec iov = { .iov_base = &msg, .iov_len = sizeof(hdr) + len };
	struct msghdr mh = { .msg_iov = &iov, .msg_iovlen = 1 };
	char *start = (char *)&msg;
	ssize_t n;

	/* The payload follows the header at once, whatever the union's alignment. */
	memcpy(start, &hdr, sizeof(hdr));
	if (len)
		memcpy(start + sizeof(hdr), payload, len);
	if (nfds) {
		struct cmsghdr *cm;

		mh.msg_control = control;
		mh.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		cm = CMSG_FIRSTHDR(&mh);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(cm), fds, sizeof(int) * nfds);
	}
	do {
		n = sendmsg(c->fd, &mh, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return send_all(c, start + n, sizeof(hdr) + len - n);
}

static int recv_all(struct vu_conn *c, void *buf, size_t len, int64_t end)
{
	char *p = buf;

	while (len) {
		ssize_t n;

		if (now_ms() >= end)
			return -ETIMEDOUT;
		n = recv(c->fd, p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (!n)
			return -ECONNRESET;
		p += n;
		len -= n;
	}
	return 0;
}

static int recv_reply(struct vu_conn *c, uint32_t req, void *reply, uint32_t len)
{
	int64_t end = now_ms() + c->timeout_ms;
	struct vu_header hdr;
	int err;

	err = recv_all(c, &hdr, sizeof(hdr), end);
	if (err)
		return err;
	if (hdr.request != req || hdr.size != len ||
	    (hdr.flags & VU_VERSION_MASK) != VU_VERSION || !(hdr.flags & VU_FLAG_REPLY))
		return -EPROTO;
	return recv_all(c, reply, len, end);
}

/**
 * vu_set() - Make a request that has no reply of its own
 * @c: the connection
 * @req: VU_*
 * @payload: of the request
 * @len: of @payload
 * @fds: descriptors that go with it
 * @nfds: how many, up to MAX_WINDOWS
 *
 * Return: 0, -EREMOTEIO if the daemon refused it, or another negative errno
 */
int vu_set(struct vu_conn *c, uint32_t req, const void *payload, uint32_t len,
	   const int *fds, unsigned int nfds)
{
	uint64_t status;
	int err;

	err = send_request(c, req, c->reply_ack ? VU_FLAG_NEED_REPLY : 0, payload, len,
			   fds, nfds);
	if (err || !c->reply_ack)
		return err;
	err = recv_reply(c, req, &status, sizeof(status));
	if (err)
		return err;
	return status ? -EREMOTEIO : 0;
}

/**
 * vu_get() - Make a request and read its reply
 * @c: the connection
 * @req: VU_*
 * @payload: of the request
 * @len: of @payload
 * @reply: payload of the reply
 * @reply_len: the size that it must have
 *
 * Return: 0 or a negative errno
 */
int vu_get(struct vu_conn *c, uint32_t req, const void *payload, uint32_t len,
	   void *reply, uint32_t reply_len)
{
	int err = send_request(c, req, 0, payload, len, NULL, 0);

	return err ? err : recv_reply(c, req, reply, reply_len);
}

/**
 * vu_set_u64() - vu_set() with a number
 * @c: the connection
 * @req: VU_*
 * @v: the number
 *
 * Return: 0 or a negative errno
 */
int vu_set_u64(struct vu_conn *c, uint32_t req, uint64_t v)
{
	return vu_set(c, req, &v, sizeof(v), NULL, 0);
}

/**
 * vu_get_u64() - vu_get() of a number
 * @c: the connection
 * @req: VU_*
 * @v: the number
 *
 * Return: 0 or a negative errno
 */
int vu_get_u64(struct vu_conn *c, uint32_t req, uint64_t *v)
{
	return vu_get(c, req, NULL, 0, v, sizeof(*v));
}
