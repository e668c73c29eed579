/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net-test-driver.h - a small driver of virtio networks, for net-test
 *
 * It drives /dev/vhost-xen-net from this process's memory, and has the packet socket
 * at the other end.
 */
#ifndef NET_TEST_DRIVER_H
#define NET_TEST_DRIVER_H

#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "vhost-test.h"
#include "vhost_xen_net.h"

#define MRG_RXBUF	BIT_ULL(VIRTIO_NET_F_MRG_RXBUF)
#define ALL_FEATURES	(V1 | EVENT_IDX | MRG_RXBUF | BIT_ULL(VIRTIO_NET_F_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4))

#define CTRL_VQ		BIT_ULL(VIRTIO_NET_F_CTRL_VQ)
#define MQ		BIT_ULL(VIRTIO_NET_F_MQ)

/* Nobody's protocol, so that no stack answers. */
#define PROTOCOL	0x88b5

/* Of the first pair */
#define RX		VHOST_XEN_NET_RX(0)
#define TX		VHOST_XEN_NET_TX(0)
#define MAX_PAIRS	2
#define MAX_QUEUES	(2 * MAX_PAIRS + 1)
#define SIZE		256
#define MEM		(8 << 20)
#define HDR		((uint32_t)sizeof(struct virtio_net_hdr_mrg_rxbuf))

/**
 * struct queue - a virtqueue
 * @index: of the queue
 * @vr: the ring
 * @data: for buffers
 * @room: bytes of @data
 * @avail_idx: next entry to fill
 * @used_idx: next answer to look at
 * @buffer: bytes of each buffer that was offered
 * @kick: to the device
 * @call: from the device
 * @err: from the device
 */
struct queue {
	unsigned int index;
	struct vring vr;
	uint8_t *data;
	size_t room;
	uint16_t avail_idx;
	uint16_t used_idx;
	uint32_t buffer;
	int kick;
	int call;
	int err;
};

/**
 * struct dev - one device
 * @fd: the open file
 * @features: that it was told
 * @mem: its memory
 * @nr: number of regions
 * @regions: of which the first is @mem
 * @pairs: of queues
 * @nqueues: with the control queue, if it has one
 * @q: its queues
 * @name: of the interface
 * @ifindex: of the interface
 * @socket: at the other end
 */
struct dev {
	int fd;
	uint64_t features;
	uint8_t *mem;
	unsigned int nr;
	struct vhost_memory_region regions[4];
	unsigned int pairs;
	unsigned int nqueues;
	struct queue q[MAX_QUEUES];
	char name[IFNAMSIZ];
	int ifindex;
	int socket;
};

/* How a ring is made to make no sense. */
enum break_how {
	BREAK_HEAD,		/* a head that the queue does not have */
	BREAK_INDEX,		/* more buffers than the queue has */
	BREAK_OUTSIDE,		/* memory that the device does not have */
	BREAK_WRAPS,		/* an address that wraps */
	BREAK_EMPTY,		/* a descriptor of no bytes */
	BREAK_DIRECTION,	/* to be written instead of read, or the other way round */
	BREAK_INDIRECT,		/* a table, which was not offered */
	BREAK_NEXT,		/* a next one that the queue does not have */
	BREAK_LOOP,		/* a chain without end */
	NBREAKS
};

#define RUN(test) (printf("net-test: " #test "\n"), fflush(stdout), test())
int dev_ioctl(const struct dev *d, unsigned long request, const void *arg);
void dev_open_bare(struct dev *d, uint64_t features);
void dev_open(struct dev *d, uint64_t features);
void dev_open_pairs(struct dev *d, uint64_t features);
void dev_close(struct dev *d);
void dev_add_region(struct dev *d, uint64_t gpa, size_t size);
int dev_push_regions(const struct dev *d);
void queue_stop(struct dev *d, struct queue *q);
void queue_renew(struct dev *d, struct queue *q);

bool transmit(struct dev *d, uint32_t len, uint64_t seed, unsigned int pieces);
bool transmit_in(struct dev *d, unsigned int pair, uint32_t len, uint64_t seed);
bool transmit_raw(struct dev *d, const struct virtio_net_hdr_mrg_rxbuf *hdr, uint32_t len);
void transmit_nothing(struct dev *d, unsigned int packets);
bool arrives(struct dev *d, uint32_t len, uint64_t seed);
void offer(struct dev *d, uint32_t size);
void offer_in(struct dev *d, unsigned int pair, uint32_t size);
void send_packet(struct dev *d, uint32_t len, uint64_t seed);
bool delivered(struct dev *d, uint32_t len, uint64_t seed);
bool delivered_in(struct dev *d, unsigned int pair, uint32_t len, uint64_t seed);
int command(struct dev *d, const void *data, uint32_t len, unsigned int pieces);
void break_command(struct dev *d, const struct vring_desc *desc, unsigned int n);
void break_ring(struct dev *d, struct queue *q, enum break_how how);
void spoil(struct dev *d);
unsigned long statistic(const struct dev *d, const char *name);

/* net-test-pairs.c */
void commands(void);
void flows_come_back(void);
void pairs_wait_alone(void);
void broken_commands(void);
void a_dead_pair_is_given_up(void);

#endif /* NET_TEST_DRIVER_H */
