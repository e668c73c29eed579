// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_vu.c - a vhost-user daemon that says anything: vu_conn.c, vu_session.c,
 * vu_memory.c, vhost_user.c
 *
 * The daemon is a fake in the same thread, at the other end of a socket pair:
 * it has its turn whenever the bridge waits for it. Mostly it answers as it
 * should, for only that leads to the next request; how an answer is wrong is
 * up to the input. When there is nothing to read for the bridge the clock is
 * put forward by the timeout that it has set.
 */
#include <errno.h>
#include <linux/virtio_ids.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "backend.h"
#include "fuzz.h"
#include "util.h"
#include "vhost_user.h"
#include "virtio_msg_xen.h"
#include "vu_wire.h"

#define MAX_STEPS	60
/*
 * Longest that an operation may take, ms: a daemon that has just been started
 * again gets 30 s for its first reply, from then to its last byte no more than
 * as long again, and some seconds to hang up.
 */
#define MAX_WAIT	75000

static struct fuzz_in *input;
static struct loop loop;
static struct backend *be;
static unsigned int broken, changed;

/* The daemon: the two sockets as it has them, and what it offers */
static int daemon_fd, bridge_fd, req_fd;
static uint64_t features, protocol;
static int timeout_ms;
static unsigned int connections, own_daemons;
/* It answers one byte at a time, each just in time, until the step has ended. */
static bool drips;

int __wrap_socket(int domain, int type, int proto);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
ssize_t __real_recv(int fd, void *buf, size_t len, int flags);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);
int __real_poll(struct pollfd *fds, nfds_t n, int timeout);

int __wrap_socket(int domain, int type, int proto)
{
	int sv[2];

	FUZZ_CHECK(domain == AF_UNIX && !proto);
	FUZZ_CHECK(!socketpair(domain, type, 0, sv));
	close_fd(&daemon_fd);
	close_fd(&req_fd);
	bridge_fd = sv[0];
	daemon_fd = sv[1];
	return bridge_fd;
}

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)addr;
	(void)len;
	FUZZ_CHECK(fd == bridge_fd);
	if (connections++ && in_u8(input) >= 0xf0) {
		errno = ECONNREFUSED;
		return -1;
	}
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	const struct timeval *tv = value;

	FUZZ_CHECK(fd == bridge_fd && level == SOL_SOCKET && len == sizeof(*tv));
	if (name == SO_RCVTIMEO)
		timeout_ms = tv->tv_sec * 1000;
	return 0;
}

static void say(const void *buf, size_t len)
{
	if (daemon_fd >= 0)
		(void)!send(daemon_fd, buf, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void drip(const void *buf, size_t len)
{
	drips = true;
	say(buf, len);
}

/* With descriptors that nobody has asked for */
static void say_with_fd(const void *buf, size_t len)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&mh);
	int fd = daemon_fd;

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	if (daemon_fd >= 0)
		(void)!sendmsg(daemon_fd, &mh, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The right answer; returns the size of its payload, -1 if there is none. */
static int right_answer(const struct vu_header *hdr, const union vu_payload *asked,
			union vu_payload *answer)
{
	memset(answer, 0, sizeof(*answer));
	switch (hdr->request) {
	case VU_GET_FEATURES:
		answer->u64 = features;
		return sizeof(answer->u64);
	case VU_GET_PROTOCOL_FEATURES:
		answer->u64 = protocol;
		return sizeof(answer->u64);
	case VU_GET_QUEUE_NUM:
		answer->u64 = 16;
		return sizeof(answer->u64);
	case VU_GET_VRING_BASE:
		answer->state = asked->state;
		answer->state.num = in_u16(input);
		return sizeof(answer->state);
	case VU_GET_CONFIG:
		answer->config = asked->config;
		in_bytes(input, answer->config.data, in_u8(input) % 64);
		return hdr->size;
	default:
		return hdr->flags & VU_FLAG_NEED_REPLY ? (int)sizeof(answer->u64) : -1;
	}
}

static void answer_request(const struct vu_header *hdr, const union vu_payload *asked)
{
	uint8_t raw[sizeof(struct vu_header) + sizeof(union vu_payload)], how = in_u8(input);
	struct vu_header reply = { .request = hdr->request, .flags = VU_VERSION | VU_FLAG_REPLY };
	union vu_payload answer;
	int size = right_answer(hdr, asked, &answer);

	if (size < 0 && how < 0xf8)
		return;
	reply.size = size < 0 ? 0 : size;
	if (how >= 0xc0 && how < 0xd0)
		in_bytes(input, &answer, reply.size);
	if (how >= 0xd0 && how < 0xd3)
		in_bytes(input, &reply, sizeof(reply));
	if (how >= 0xd3 && how < 0xd8)
		size = reply.size = in_u16(input) % (sizeof(answer) + 1);
	memcpy(raw, &reply, sizeof(reply));
	memcpy(raw + sizeof(reply), &answer, sizeof(answer));
	size = sizeof(reply) + (size < 0 ? 0 : size);
	if (how < 0xd8)
		say(raw, size);
	else if (how < 0xe0)
		say(raw, in_u8(input) % (size + 1));
	else if (how < 0xe8)
		close_fd(&daemon_fd);
	else if (how < 0xec)
		say_with_fd(raw, size);
	else if (how < 0xf0)
		drip(raw, size);
	else if (how >= 0xf8)
		say(raw, in_u16(input) % sizeof(raw));
}

/* Takes the descriptors that come with a request. */
static void take_fds(struct msghdr *mh, const struct vu_header *hdr)
{
	struct cmsghdr *cm = CMSG_FIRSTHDR(mh);
	int fds[MAX_WINDOWS];
	unsigned int i, n;

	if (!cm)
		return;
	n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	FUZZ_CHECK(n && n <= MAX_WINDOWS && !(mh->msg_flags & MSG_CTRUNC));
	memcpy(fds, CMSG_DATA(cm), n * sizeof(int));
	for (i = 0; i < n; i++) {
		if (hdr->request == VU_SET_BACKEND_REQ_FD && req_fd < 0)
			req_fd = fds[i];
		else
			close(fds[i]);
	}
}

/* Each request has the size that it says, and the descriptors that it needs. */
static bool one_request(void)
{
	char control[CMSG_SPACE(sizeof(int) * MAX_WINDOWS)];
	struct vu_header hdr;
	union vu_payload asked;
	struct iovec iov = { .iov_base = &hdr, .iov_len = sizeof(hdr) };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};

	if (daemon_fd < 0 || recvmsg(daemon_fd, &mh, MSG_DONTWAIT) != sizeof(hdr))
		return false;
	take_fds(&mh, &hdr);
	FUZZ_CHECK((hdr.flags & ~VU_FLAG_NEED_REPLY) == VU_VERSION);
	FUZZ_CHECK(hdr.size <= sizeof(asked));
	memset(&asked, 0, sizeof(asked));
	if (hdr.size)
		FUZZ_CHECK(__real_recv(daemon_fd, &asked, hdr.size, MSG_DONTWAIT) ==
			   (ssize_t)hdr.size);
	answer_request(&hdr, &asked);
	return true;
}

static void daemon_turn(void)
{
	while (one_request())
		;
}

ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags)
{
	bool drop;
	ssize_t n;

	if (fd != bridge_fd)
		return __real_recv(fd, buf, len, flags);
	daemon_turn();
	drop = drips && !(flags & MSG_DONTWAIT);
	n = __real_recv(fd, buf, drop ? 1 : len, flags | MSG_DONTWAIT);
	if (n > 0 && drop)
		fuzz_clock += timeout_ms - 1;
	else if (n < 0 && errno == EAGAIN && !(flags & MSG_DONTWAIT))
		fuzz_clock += timeout_ms;
	else
		fuzz_clock += 1;
	return n;
}

/* The bridge has hung up: the daemon does as well, or not. */
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	uint8_t how = in_u8(input), rest[64] = { 0 };
	int ready;

	FUZZ_CHECK(n == 1 && fds->fd == bridge_fd && timeout > 0);
	daemon_turn();
	if (how < 0xe0)
		close_fd(&daemon_fd);
	else if (how < 0xf0)
		say(rest, sizeof(rest));
	ready = __real_poll(fds, n, 0);
	fuzz_clock += ready ? 100 : timeout;
	return ready;
}

/* The bridge */

static int region_fd(struct backend_host *host, const struct window *w)
{
	(void)host;
	FUZZ_CHECK(w->used && w->frames);
	return in_u8(input) == UINT8_MAX ? -EINVAL : memfd_create("region", MFD_CLOEXEC);
}

static void config_changed(struct backend_host *host)
{
	(void)host;
	changed++;
}

static void is_broken(struct backend_host *host, const char *why)
{
	(void)host;
	FUZZ_CHECK(*why);
	broken++;
}

static struct backend_host host = {
	.loop = &loop, .name = "7.0", .region_fd = region_fd, .config_changed = config_changed,
	.broken = is_broken,
};

static struct windows windows;
static bool running[MAX_QUEUES];
static int kick_fd;

static void window_step(struct fuzz_in *in)
{
	uint8_t id = in_u8(in) % 12;
	uint32_t ref = in_word(in), frames = in_word(in);
	struct window *w = windows_find(&windows, id);

	if (w) {
		if (!be->ops->remove_window(be, w))
			w->used = false;
		return;
	}
	if (windows_check(&windows, id, ref, frames))
		return;
	w = windows_insert(&windows, id, ref, frames);
	FUZZ_CHECK(w);
	if (be->ops->add_window(be, w))
		w->used = false;
}

static void queue_step(struct fuzz_in *in)
{
	struct vring_areas a = { .size = 16, .desc = 1, .driver = 2, .device = 3 };
	unsigned int index = in_u8(in) % be->nqueues;

	if (running[index]) {
		be->ops->stop_queue(be, index);
		running[index] = false;
	} else {
		running[index] = !be->ops->start_queue(be, index, &a, kick_fd, kick_fd);
	}
}

static void config_step(struct fuzz_in *in)
{
	uint8_t data[MAX_DEV_CONFIG];
	uint32_t offset = in_u8(in), len = in_u8(in);

	if (offset > be->config_size || len > be->config_size - offset)
		return;
	in_bytes(in, data, len);
	be->ops->set_config(be, offset, data, len);
}

/* On the backend request socket */
static void request_step(struct fuzz_in *in)
{
	struct {
		struct vu_header hdr;
		uint8_t payload[80];
	} msg = { .hdr = { VU_BACKEND_CONFIG_CHANGE, VU_VERSION, 0 } };
	uint8_t how = in_u8(in);

	if (req_fd < 0)
		return;
	if (how >= 0xf0) {
		close_fd(&req_fd);
		return;
	}
	msg.hdr.flags |= in_u8(in) % 2 ? VU_FLAG_NEED_REPLY : 0;
	if (how >= 0x80)
		in_bytes(in, &msg, sizeof(msg));
	(void)!send(req_fd, &msg, how < 0xc0 ? sizeof(msg.hdr) : in_u8(in) % sizeof(msg),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	while (__real_recv(req_fd, msg.payload, sizeof(msg.payload), MSG_DONTWAIT) > 0)
		;
}

static void step(struct fuzz_in *in)
{
	uint8_t what = in_u8(in) % 10;

	switch (what) {
	case 0:
		be->ops->set_features(be, in_u64(in) & be->features);
		break;
	case 1:
	case 2:
		window_step(in);
		break;
	case 3:
	case 4:
		queue_step(in);
		break;
	case 5:
		config_step(in);
		break;
	case 6:
	case 7:
		request_step(in);
		break;
	case 8:
		be->ops->stop_all(be);
		memset(running, 0, sizeof(running));
		break;
	default:
		/* Something unasked, or the end */
		if (in_u8(in) % 2)
			say(&what, 1);
		else
			close_fd(&daemon_fd);
	}
	FUZZ_CHECK(!loop_run_once(&loop, 0));
}

/* A daemon that is the bridge's own is stopped once, and for good. */
static void stop_daemon(struct vu_daemon *d)
{
	FUZZ_CHECK(own_daemons == 1);
	own_daemons = 0;
	close_fd(&daemon_fd);
	free(d);
}

static struct vu_daemon *make_daemon(uint8_t how)
{
	struct vu_daemon *d;

	if (how < 0x80)
		return NULL;
	d = malloc(sizeof(*d));
	FUZZ_CHECK(d);
	*d = (struct vu_daemon){ .stop = stop_daemon, .drain_by_reconnect = how < 0xf0 };
	own_daemons = 1;
	return d;
}

static bool open_backend(struct fuzz_in *in)
{
	static const uint32_t ids[] = {
		VIRTIO_ID_BLOCK, VIRTIO_ID_NET, VIRTIO_ID_FS, VIRTIO_ID_INPUT, VIRTIO_ID_VSOCK, 45,
	};
	uint8_t how = in_u8(in);
	struct dev_config cfg = {
		.type = DEV_VHOST_USER, .device_id = ids[how % ARRAY_SIZE(ids)],
		.queue_size = 256, .queues = in_u8(in) % 8, .socket = "/s", .tag = "tag",
		.has_mac = how & 64,
	};
	struct vu_daemon *d;
	char why[128] = "";

	features = in_u8(in) % 8 ? ~0ULL : in_u64(in);
	protocol = how & 128 ? in_u64(in) : ~0ULL;
	d = make_daemon(in_u8(in));
	if (!vu_backend_new(&be, &host, &cfg, cfg.socket, d, why, sizeof(why)))
		return true;
	FUZZ_CHECK(why[0]);
	if (d)
		stop_daemon(d);
	return false;
}

void fuzz_one(struct fuzz_in *in)
{
	unsigned int i, was;
	int64_t began;

	input = in;
	daemon_fd = bridge_fd = req_fd = -1;
	broken = changed = connections = 0;
	drips = false;
	memset(&windows, 0, sizeof(windows));
	memset(running, 0, sizeof(running));
	kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	FUZZ_CHECK(!loop_open(&loop) && kick_fd >= 0);
	if (open_backend(in)) {
		FUZZ_CHECK(be->nqueues && be->nqueues <= MAX_QUEUES);
		FUZZ_CHECK(be->config_size <= MAX_DEV_CONFIG);
		for (i = 0; i < MAX_STEPS && in->left; i++) {
			began = fuzz_clock;
			was = broken;
			drips = false;
			step(in);
			FUZZ_CHECK(fuzz_clock - began <= MAX_WAIT);
			/* It says so once, and is not asked any more. */
			FUZZ_CHECK(broken <= 1 && (!was || broken == was));
		}
		be->ops->close(be);
		FUZZ_CHECK(!own_daemons);
	}
	close_fd(&kick_fd);
	close_fd(&daemon_fd);
	close_fd(&req_fd);
	loop_close(&loop);
}
