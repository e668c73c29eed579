// SPDX-License-Identifier: GPL-2.0-only
/*
 * net-test.c - protects vhost_xen_net: what it carries, and that it withstands
 *
 * Usage: net-test [SHARE]
 *
 * With SHARE, a fraction's denominator, that part of all repetitions: for a kernel
 * with checkers, under which one takes as long as many.
 *
 * The module knows nothing of Xen, so this process is the driver, with its own memory
 * (net-test-driver.c), and a packet socket is whoever is at the other end, in a network
 * namespace of its own.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net-test-driver.h"

#define BIG		65000

/* What the guest transmits arrives as it is, however it is cut. */
static void transmitted(void)
{
	static const uint32_t lens[] = { 14, 60, 61, 128, 1514, 1900, 2000, 4096, 9014, 40000, BIG };
	struct dev d;
	unsigned int i, round;

	dev_open(&d, ALL_FEATURES);
	for (round = 0; round < some(8); round++) {
		for (i = 0; i < ARRAY_SIZE(lens); i++) {
			uint32_t len = lens[i] + rnd(2) * rnd(5);
			uint64_t seed = rnd64();

			CHECK(transmit(&d, len, seed, 1 + rnd(6)));
			CHECK(arrives(&d, len, seed));
		}
	}
	dev_close(&d);
}

/* What is sent to the guest is in its buffers, and nothing else of them is touched. */
static void received(uint64_t features, uint32_t room, uint32_t most)
{
	struct dev d;
	unsigned int round;

	dev_open(&d, features);
	for (round = 0; round < some(30); round++) {
		uint32_t len = round % 4 ? 60 + rnd(1400) : 60 + rnd(most - 60);
		uint64_t seed = rnd64();

		offer(&d, room);
		send_packet(&d, len, seed);
		CHECK(delivered(&d, len, seed));
	}
	dev_close(&d);
}

static void received_by_all_kinds_of_buffers(void)
{
	received(ALL_FEATURES, 1600, BIG);
	received(ALL_FEATURES, 300, BIG / 2);
	received(ALL_FEATURES & ~EVENT_IDX, 4096, BIG);
	received(ALL_FEATURES & ~MRG_RXBUF, BIG + 100, BIG);
	received(V1, BIG + 100, BIG);
}

/* Packets wait while the guest has no buffers, and come when it has some. */
static void waits_for_buffers(void)
{
	struct dev d;
	unsigned int i;

	for (i = 0; i < some(5); i++) {
		uint64_t seed = rnd64();

		dev_open(&d, i % 2 ? ALL_FEATURES : ALL_FEATURES & ~EVENT_IDX);
		send_packet(&d, 1000, seed);
		send_packet(&d, 1000, seed + 1);
		CHECK(!readable(d.q[RX].call, 50));
		offer(&d, 600);
		CHECK(delivered(&d, 1000, seed));
		CHECK(delivered(&d, 1000, seed + 1));
		dev_close(&d);
	}
}

/* What the guest has not been told of, since more was to come, it is told in the end. */
static void told_at_the_end(void)
{
	unsigned int i, n;
	uint64_t count;
	struct dev d;

	for (i = 0; i < some(20); i++) {
		struct queue *q = &d.q[RX];

		dev_open(&d, ALL_FEATURES);
		offer(&d, 1600);
		for (n = 0; n < 20; n++)
			send_packet(&d, 100, n);
		CHECK(readable(q->call, WAIT_MS));
		CHECK(read(q->call, &count, sizeof(count)) == sizeof(count));
		vring_used_event(&q->vr) = *(volatile uint16_t *)&q->vr.used->idx;
		send_packet(&d, 100, n);
		queue_stop(&d, q);
		CHECK(readable(q->call, 0));
		dev_close(&d);
	}
}

/* Too large for what there is without merging: dropped, and the next one arrives. */
static void drops_what_does_not_fit(void)
{
	struct dev d;

	dev_open(&d, ALL_FEATURES & ~MRG_RXBUF);
	offer(&d, 600);
	send_packet(&d, 1000, 1);
	send_packet(&d, 500, 2);
	CHECK(delivered(&d, 500, 2));
	CHECK(statistic(&d, "tx_dropped") == 1);
	dev_close(&d);
}

/* A guest that takes nothing for long does not keep others waiting. */
static void a_dead_guest_is_given_up(void)
{
	unsigned int waited = 0;
	struct dev d;

	dev_open(&d, ALL_FEATURES);
	send_packet(&d, 1000, 1);
	while (!statistic(&d, "tx_dropped") && waited++ < 150)
		usleep(100000);
	CHECK(waited > 80 && waited < 150);
	CHECK(statistic(&d, "tx_dropped") == 1);
	send_packet(&d, 1000, 2);
	CHECK(statistic(&d, "tx_dropped") == 2);
	/* It was only slow. */
	offer(&d, 1600);
	send_packet(&d, 1000, 3);
	CHECK(delivered(&d, 1000, 3));
	dev_close(&d);
}

/* A packet that cannot be one harms nothing, and is answered. */
static void bad_packets_are_dropped(void)
{
	static const uint32_t lens[] = { 1, 11, 12, 13, 25, 66000, 70000 };
	struct virtio_net_hdr_mrg_rxbuf hdr = {
		.hdr = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 60000,
			 .csum_offset = 2 },
	};
	struct dev d;
	unsigned int i;

	dev_open(&d, ALL_FEATURES);
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		CHECK(transmit_raw(&d, NULL, lens[i]));
	CHECK(statistic(&d, "rx_errors") == ARRAY_SIZE(lens));
	CHECK(transmit_raw(&d, &hdr, 200));
	hdr.hdr = (struct virtio_net_hdr){ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 0,
					   .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM };
	CHECK(transmit_raw(&d, &hdr, 200));
	hdr.hdr.gso_type = 0x7f;
	CHECK(transmit_raw(&d, &hdr, 200));
	CHECK(statistic(&d, "rx_errors") == ARRAY_SIZE(lens) + 3);
	CHECK(!readable(d.q[TX].err, 0));
	CHECK(transmit(&d, 100, 7, 1) && arrives(&d, 100, 7));
	dev_close(&d);
}

/* A ring that makes no sense is told of, is left alone, and the other one goes on. */
static void broken_rings(void)
{
	unsigned int how;
	struct dev d;

	for (how = 0; how < NBREAKS; how++) {
		dev_open(&d, ALL_FEATURES);
		break_ring(&d, &d.q[TX], how);
		CHECK(readable(d.q[TX].err, WAIT_MS));
		offer(&d, 1600);
		send_packet(&d, 100, how);
		CHECK(delivered(&d, 100, how));
		dev_close(&d);

		dev_open(&d, ALL_FEATURES);
		break_ring(&d, &d.q[RX], how);
		send_packet(&d, 100, how);
		CHECK(readable(d.q[RX].err, WAIT_MS));
		CHECK(transmit(&d, 100, how, 2) && arrives(&d, 100, how));
		/* The guest has reset its device. */
		queue_renew(&d, &d.q[RX]);
		offer(&d, 1600);
		send_packet(&d, 100, how);
		CHECK(delivered(&d, 100, how));
		dev_close(&d);
	}
}

static void ioctls(void)
{
	struct vhost_xen_net_interface i = { .name = "vxtest0", .pairs = 1 };
	struct vhost_vring_state s = { .index = VHOST_XEN_NET_MAX_QUEUES, .num = 1 };
	struct vhost_vring_file f = { .index = 0, .fd = 0 };
	uint64_t features = V1 | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
	struct dev d, e;
	int status;
	pid_t pid;

	dev_open(&d, ALL_FEATURES);
	CHECK(dev_ioctl(&d, VHOST_SET_OWNER, NULL) == -EBUSY);
	CHECK(dev_ioctl(&d, VHOST_XEN_NET_CREATE, &i) == -EBUSY);
	CHECK(dev_ioctl(&d, VHOST_SET_FEATURES, &features) == -EINVAL);
	features = V1;
	CHECK(dev_ioctl(&d, VHOST_SET_FEATURES, &features) == -EBUSY);
	CHECK(dev_ioctl(&d, VHOST_SET_VRING_NUM, &s) == -ENOBUFS);
	s.index = 0;
	CHECK(dev_ioctl(&d, VHOST_SET_VRING_NUM, &s) == -EBUSY);
	s.num = 10001;
	CHECK(dev_ioctl(&d, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, &s) == -EINVAL);
	CHECK(dev_ioctl(&d, VHOST_XEN_NET_SET_BACKEND, &f) == -EBUSY);
	CHECK(dev_ioctl(&d, VHOST_XEN_NET_SET_BACKEND + 1, &f) == -ENOTTY);
	/* Memory that a queue lies in cannot be taken away from it. */
	d.nr = 0;
	CHECK(dev_push_regions(&d) == -EBUSY);
	d.nr = 1;

	dev_open_bare(&e, V1);
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_SET_BACKEND, &f) == -EINVAL);
	strcpy(i.name, d.name);
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_CREATE, &i) == -EEXIST);
	memset(i.name, 'a', sizeof(i.name));
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_CREATE, &i) == -EINVAL);
	strcpy(i.name, "a/b");
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_CREATE, &i) == -EINVAL);
	strcpy(i.name, "vxt%d");
	i.pairs = 0;
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_CREATE, &i) == -EINVAL);
	i.pairs = VHOST_XEN_NET_MAX_PAIRS + 1;
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_CREATE, &i) == -EINVAL);
	i.pairs = VHOST_XEN_NET_MAX_PAIRS;
	CHECK(dev_ioctl(&e, VHOST_XEN_NET_CREATE, &i) == 0);
	CHECK(if_nametoindex(i.name) && !strchr(i.name, '%'));
	pid = fork();
	if (!pid)
		_exit(dev_ioctl(&e, VHOST_SET_FEATURES, &features) == -EPERM ? 0 : 1);
	CHECK(waitpid(pid, &status, 0) == pid && !status);
	close(e.fd);
	CHECK(!if_nametoindex(i.name));
	dev_close(&d);
}

/* While packets go both ways. */
static void flood(struct dev *d)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = d->ifindex };
	uint8_t frame[1000];

	/* The same flow as what is transmitted. */
	memset(frame, 0x5a, sizeof(frame));
	frame[12] = PROTOCOL >> 8;
	frame[13] = PROTOCOL & 0xff;
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		if (sendto(d->socket, frame, 60 + rnd(900), MSG_DONTWAIT, (void *)&to,
			   sizeof(to)) < 0)
			usleep(100);
		signal_it(d->q[TX].kick);
		signal_it(d->q[RX].kick);
	}
}

/* A process that has the memory and the eventfds, but not the device. */
static pid_t start(struct dev *d, void (*run)(struct dev *d))
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK(pipe(ready) == 0);
	pid = fork();
	if (!pid) {
		close(d->fd);
		close(ready[0]);
		close(ready[1]);
		run(d);
	}
	close(ready[1]);
	CHECK(read(ready[0], &c, 1) == 0);
	close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* With one pair, or with two, both of which get packets. */
static void open_some(struct dev *d)
{
	if (rnd(2)) {
		dev_open(d, ALL_FEATURES);
		return;
	}
	dev_open_pairs(d, ALL_FEATURES);
	offer_in(d, 1, 1600);
	CHECK(command(d, "\x04\0\x02", 4, 2) == VIRTIO_NET_OK);
	CHECK(transmit_in(d, rnd(2), 60, 1));
}

/* Queues, memory, and the file may go at any time. */
static void goes_under_load(void)
{
	unsigned int i;

	for (i = 0; i < some(16); i++) {
		struct dev d;
		pid_t pid;

		open_some(&d);
		pid = start(&d, flood);
		offer(&d, 1600);
		transmit_nothing(&d, 100);
		usleep(rnd(20000));
		if (i % 4 == 0) {
			dev_add_region(&d, GPA + (16 << 20), 1 << 20);
		} else if (i % 4 == 1) {
			queue_stop(&d, &d.q[rnd(d.nqueues)]);
		} else if (i % 4 == 2) {
			queue_stop(&d, &d.q[RX]);
			queue_renew(&d, &d.q[RX]);
			offer(&d, 1600);
		}
		usleep(rnd(5000));
		dev_close(&d);
		stop(pid);
	}
}

/* Whatever another process writes into the rings meanwhile, the kernel stands. */
static void hostile_driver(void)
{
	unsigned int i;

	for (i = 0; i < some(12); i++) {
		struct dev d;
		pid_t pid, spoiler;

		rnd64();	/* no two of them the same */
		open_some(&d);
		offer(&d, 1600);
		pid = start(&d, flood);
		spoiler = start(&d, spoil);
		usleep(100000);
		dev_close(&d);
		stop(spoiler);
		stop(pid);
	}
}

/* No packets but ours: IPv6 has some to say on each new interface. */
static void keep_quiet(void)
{
	FILE *f = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "we");

	if (!f)
		return;		/* there is no IPv6 */
	CHECK(fputs("1", f) >= 0);
	CHECK(!fclose(f));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		share = strtoul(argv[1], NULL, 10);
	if (argc > 2 || !share) {
		fprintf(stderr, "usage: net-test [SHARE]\n");
		return 2;
	}
	if (unshare(CLONE_NEWNET) < 0) {
		perror("net-test: a network namespace");
		return 1;
	}
	keep_quiet();
	RUN(ioctls);
	RUN(transmitted);
	RUN(received_by_all_kinds_of_buffers);
	RUN(waits_for_buffers);
	RUN(told_at_the_end);
	RUN(drops_what_does_not_fit);
	RUN(bad_packets_are_dropped);
	RUN(broken_rings);
	RUN(commands);
	RUN(flows_come_back);
	RUN(pairs_wait_alone);
	RUN(broken_commands);
	RUN(goes_under_load);
	RUN(hostile_driver);
	RUN(a_dead_guest_is_given_up);
	RUN(a_dead_pair_is_given_up);
	printf("net-test: %d failures\n", failures);
	return failures != 0;
}
