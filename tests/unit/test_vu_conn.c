// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_vu_conn.c - replies of a vhost-user daemon, as they should not be
 *
 * The fake daemon is the other end of a socketpair, into which its replies are
 * written before they are asked for.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "vu_conn.h"

static struct vu_conn c;
static int fake_daemon;

static void set_up(void)
{
	int sv[2];

	REQUIRE(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
	c = (struct vu_conn){ .fd = sv[0] };
	fake_daemon = sv[1];
	vu_set_timeout(&c, 1);
}

static void tear_down(void)
{
	close(c.fd);
	if (fake_daemon >= 0)
		close(fake_daemon);
}

static void reply(uint32_t req, uint32_t flags, uint32_t size, uint64_t v, size_t len)
{
	struct vu_header h = { .request = req, .flags = flags, .size = size };

	REQUIRE(write(fake_daemon, &h, sizeof(h)) == sizeof(h));
	REQUIRE(write(fake_daemon, &v, len) == (ssize_t)len);
}

static int get(uint64_t *v)
{
	return vu_get_u64(&c, VU_GET_FEATURES, v);
}

#define GOOD	(VU_VERSION | VU_FLAG_REPLY)

static void good_reply(void)
{
	struct vu_header h;
	uint64_t v = 0;

	set_up();
	reply(VU_GET_FEATURES, GOOD, 8, 0x123456789abcdefULL, 8);
	CHECK_EQ(get(&v), 0);
	CHECK_EQ(v, 0x123456789abcdefULL);
	CHECK_EQ(read(fake_daemon, &h, sizeof(h)), sizeof(h));
	CHECK_EQ(h.request, VU_GET_FEATURES);
	CHECK_EQ(h.flags, VU_VERSION);
	CHECK_EQ(h.size, 0);
	tear_down();
}

static int bad(uint32_t req, uint32_t flags, uint32_t size)
{
	uint64_t v;
	int err;

	set_up();
	reply(req, flags, size, 0, 8);
	err = get(&v);
	tear_down();
	return err;
}

static void bad_replies(void)
{
	CHECK_EQ(bad(VU_SET_FEATURES, GOOD, 8), -EPROTO);
	CHECK_EQ(bad(VU_GET_FEATURES, VU_VERSION, 8), -EPROTO);
	CHECK_EQ(bad(VU_GET_FEATURES, VU_FLAG_REPLY | 2, 8), -EPROTO);
	CHECK_EQ(bad(VU_GET_FEATURES, GOOD, 0), -EPROTO);
	CHECK_EQ(bad(VU_GET_FEATURES, GOOD, 4), -EPROTO);
	CHECK_EQ(bad(VU_GET_FEATURES, GOOD, 12), -EPROTO);
	CHECK_EQ(bad(VU_GET_FEATURES, GOOD, 0xffffffff), -EPROTO);
}

static void silence(void)
{
	uint64_t v;

	set_up();
	CHECK_EQ(get(&v), -ETIMEDOUT);
	tear_down();
	set_up();
	reply(VU_GET_FEATURES, GOOD, 8, 0, 3);	/* ends in the middle */
	CHECK_EQ(get(&v), -ETIMEDOUT);
	tear_down();
}

/* Each byte comes in time, all of them do not: that must come to an end, too. */
static void dripping(void)
{
	static const uint8_t good[20] = { VU_GET_FEATURES, 0, 0, 0, GOOD, 0, 0, 0, 8 };
	time_t began = time(NULL);
	unsigned int i;
	uint64_t v;
	pid_t pid;

	set_up();
	pid = fork();
	REQUIRE(pid >= 0);
	for (i = 0; !pid && i < sizeof(good); i++) {
		usleep(500000);
		if (send(fake_daemon, &good[i], 1, MSG_NOSIGNAL) != 1)
			_exit(1);
	}
	if (!pid)
		_exit(0);
	CHECK_EQ(get(&v), -ETIMEDOUT);
	CHECK(time(NULL) - began <= 4);
	REQUIRE(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	tear_down();
}

static void end_of_file(void)
{
	uint64_t v;

	set_up();
	reply(VU_GET_FEATURES, GOOD, 8, 0, 3);
	close(fake_daemon);
	fake_daemon = -1;
	CHECK(get(&v) < 0);
	tear_down();
}

static void acknowledgements(void)
{
	set_up();
	CHECK_EQ(vu_set_u64(&c, VU_SET_FEATURES, 1), 0);	/* none asked for */
	c.reply_ack = true;
	reply(VU_SET_FEATURES, GOOD, 8, 0, 8);
	CHECK_EQ(vu_set_u64(&c, VU_SET_FEATURES, 1), 0);
	reply(VU_SET_FEATURES, GOOD, 8, 1, 8);
	CHECK_EQ(vu_set_u64(&c, VU_SET_FEATURES, 1), -EREMOTEIO);
	reply(VU_SET_OWNER, GOOD, 8, 0, 8);
	CHECK_EQ(vu_set_u64(&c, VU_SET_FEATURES, 1), -EPROTO);
	tear_down();
}

static void descriptors_are_passed(void)
{
	char control[CMSG_SPACE(sizeof(int) * 2)];
	uint8_t buf[64];
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr mh = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fds[2] = { 0, 1 }, got[2];
	uint64_t v = 42;

	set_up();
	CHECK_EQ(vu_set(&c, VU_SET_VRING_KICK, &v, sizeof(v), fds, 2), 0);
	CHECK_EQ(recvmsg(fake_daemon, &mh, 0), sizeof(struct vu_header) + sizeof(v));
	CHECK(!memcmp(buf + sizeof(struct vu_header), &v, sizeof(v)));
	REQUIRE(CMSG_FIRSTHDR(&mh));
	CHECK_EQ(CMSG_FIRSTHDR(&mh)->cmsg_len, CMSG_LEN(sizeof(got)));
	memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&mh)), sizeof(got));
	close(got[0]);
	close(got[1]);
	tear_down();
}

static void disconnect_waits_for_the_daemon(void)
{
	set_up();
	close(fake_daemon);
	fake_daemon = -1;
	CHECK_EQ(vu_disconnect(&c), 0);
	CHECK_EQ(c.fd, -1);
	CHECK_EQ(vu_disconnect(&c), 0);

	set_up();
	CHECK_EQ(vu_disconnect(&c), -ETIMEDOUT);	/* it stays */
	CHECK_EQ(c.fd, -1);
	close(fake_daemon);
}

int main(void)
{
	RUN(good_reply);
	RUN(bad_replies);
	RUN(silence);
	RUN(dripping);
	RUN(end_of_file);
	RUN(acknowledgements);
	RUN(descriptors_are_passed);
	RUN(disconnect_waits_for_the_daemon);
	return test_done();
}
