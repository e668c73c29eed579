// SPDX-License-Identifier: GPL-2.0-only
/* net-test-pairs.c - protects pairs of queues, and the control queue */
#include <string.h>
#include <unistd.h>

#include "net-test-driver.h"

/* So large that there are so few of them */
#define FEW		4
#define FEW_LEN		400000

/* A command: class, what to do, and the number of pairs. */
struct mq_command {
	uint8_t class;
	uint8_t cmd;
	uint16_t pairs;
} __attribute__((packed));

static struct mq_command use(uint16_t pairs)
{
	return (struct mq_command){
		.class = VIRTIO_NET_CTRL_MQ, .cmd = VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET,
		.pairs = pairs,
	};
}

static bool uses(struct dev *d, uint16_t pairs)
{
	struct mq_command c = use(pairs);

	return CHECK(command(d, &c, sizeof(c), 2) == VIRTIO_NET_OK);
}

/* A packet to the guest comes in that pair's buffers. */
static bool comes_in(struct dev *d, unsigned int pair, uint64_t seed)
{
	send_packet(d, 100, seed);
	return CHECK(delivered_in(d, pair, 100, seed));
}

/* What is transmitted in a pair arrives, and is answered there. */
static bool answered_in(struct dev *d, unsigned int pair, uint64_t seed)
{
	return CHECK(transmit_in(d, pair, 200, seed)) && CHECK(arrives(d, 200, seed)) &&
		comes_in(d, pair, seed + 1);
}

void commands(void)
{
	struct mq_command c;
	struct dev d;
	uint8_t more[sizeof(c) + 1] = { VIRTIO_NET_CTRL_MQ, 0, 2, 0, 0 };
	unsigned int i;

	dev_open_pairs(&d, ALL_FEATURES);
	for (i = 0; i < 300; i++) {
		c = use(1 + i % MAX_PAIRS);
		CHECK(command(&d, &c, sizeof(c), 1 + i % sizeof(c)) == VIRTIO_NET_OK);
	}
	c = use(0);
	CHECK(command(&d, &c, sizeof(c), 1) == VIRTIO_NET_ERR);
	c = use(MAX_PAIRS + 1);
	CHECK(command(&d, &c, sizeof(c), 1) == VIRTIO_NET_ERR);
	c = use(2);
	CHECK(command(&d, &c, sizeof(c) - 1, 1) == VIRTIO_NET_ERR);
	CHECK(command(&d, more, sizeof(more), 2) == VIRTIO_NET_ERR);
	c.cmd++;
	CHECK(command(&d, &c, sizeof(c), 1) == VIRTIO_NET_ERR);
	c = use(2);
	c.class++;
	CHECK(command(&d, &c, sizeof(c), 1) == VIRTIO_NET_ERR);
	CHECK(!readable(d.q[VHOST_XEN_NET_CTRL(MAX_PAIRS)].err, 0));
	dev_close(&d);
}

void flows_come_back(void)
{
	struct dev d;
	unsigned int i;

	dev_open_pairs(&d, ALL_FEATURES);
	offer_in(&d, 0, 1600);
	offer_in(&d, 1, 1600);
	/* Nothing comes in a pair that is not in use. */
	CHECK(transmit_in(&d, 1, 60, 1) && arrives(&d, 60, 1));
	comes_in(&d, 0, 2);
	uses(&d, 2);
	for (i = 0; i < some(20); i++)
		if (!answered_in(&d, rnd(2), 100 * i))
			break;
	answered_in(&d, 1, 5000);
	uses(&d, 1);
	comes_in(&d, 0, 6000);
	uses(&d, 2);
	answered_in(&d, 1, 7000);
	/* Who drives the device anew has not said anything yet. */
	queue_renew(&d, &d.q[VHOST_XEN_NET_CTRL(MAX_PAIRS)]);
	comes_in(&d, 0, 8000);
	uses(&d, 2);
	answered_in(&d, 1, 9000);
	dev_close(&d);
}

/* A pair without buffers keeps nobody from the other. */
void pairs_wait_alone(void)
{
	struct dev d;
	unsigned int i;

	dev_open_pairs(&d, ALL_FEATURES);
	uses(&d, 2);
	offer_in(&d, 0, 1600);
	CHECK(transmit_in(&d, 1, 60, 1) && arrives(&d, 60, 1));
	send_packet(&d, 100, 10);
	for (i = 0; i < 5; i++)
		answered_in(&d, 0, 20 * (i + 1));
	offer_in(&d, 1, 1600);
	CHECK(delivered_in(&d, 1, 100, 10));
	dev_close(&d);
}

/* Nor does one that comes to a stop from time to time let the other wait for ever. */
void a_dead_pair_is_given_up(void)
{
	unsigned int waited = 0, i;
	struct dev d;

	dev_open_pairs(&d, ALL_FEATURES);
	uses(&d, 2);
	CHECK(transmit_in(&d, 1, 60, 1) && arrives(&d, 60, 1));
	send_packet(&d, 1000, 2);
	CHECK(transmit_in(&d, 0, 60, 3) && arrives(&d, 60, 3));
	offer_in(&d, 0, FEW_LEN);
	while (!statistic(&d, "tx_dropped") && waited++ < 150) {
		usleep(100000);
		if (waited % 20)
			continue;
		for (i = 0; i <= FEW; i++)
			send_packet(&d, 1000, i);
		for (i = 0; i < FEW; i++)
			CHECK(delivered_in(&d, 0, 1000, i));
		offer_in(&d, 0, FEW_LEN);
		CHECK(delivered_in(&d, 0, 1000, FEW));
		offer_in(&d, 0, FEW_LEN);
	}
	CHECK(waited > 80 && waited < 150);
	CHECK(statistic(&d, "tx_dropped") == 1);
	dev_close(&d);
}

void broken_commands(void)
{
	enum { W = VRING_DESC_F_WRITE, N = VRING_DESC_F_NEXT, I = VRING_DESC_F_INDIRECT };
	static const struct vring_desc wrong[][2] = {
		{ { 0, 4, 0, 0 } },				/* no room for an answer */
		{ { 0, 1, W | N, 1 }, { 8, 4, 0, 0 } },		/* the answer comes first */
		{ { 0, 0, N, 1 }, { 8, 1, W, 0 } },		/* no bytes */
		{ { 0, 4, N, SIZE }, { 8, 1, W, 0 } },		/* an entry that there is not */
		{ { 0, 4, N, 0 } },				/* a chain without end */
		{ { 0, 4, I | N, 1 }, { 8, 1, W, 0 } },		/* a table, not offered */
		{ { MEM, 4, N, 1 }, { 8, 1, W, 0 } },		/* memory that there is not */
		{ { 0, 4, N, 1 }, { MEM, 1, W, 0 } },
		{ { 0, 4, N, 1 }, { 0, MEM, W, 0 } },
		{ { 0, 1, N, 1 }, { 0, 0xffffffff, 0, 0 } },
	};
	struct queue *q;
	struct dev d;
	unsigned int i;

	dev_open_pairs(&d, ALL_FEATURES);
	q = &d.q[VHOST_XEN_NET_CTRL(MAX_PAIRS)];
	offer_in(&d, 0, 1600);
	offer_in(&d, 1, 1600);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		break_command(&d, wrong[i], ARRAY_SIZE(wrong[i]));
		if (!CHECK(readable(q->err, WAIT_MS)))
			printf("net-test: command %u\n", i);
		comes_in(&d, i ? (i - 1) % 2 : 0, i);
		queue_renew(&d, q);
		uses(&d, 2);
		answered_in(&d, i % 2, 100 + i);
	}
	dev_close(&d);
}
