/* SPDX-License-Identifier: GPL-2.0-only */
/* svq_guest.h - the device's side of a split virtqueue: towards the guest */
#ifndef VX_SVQ_GUEST_H
#define VX_SVQ_GUEST_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Longest chain, indirect table included. A direct one is never longer than
 * its queue; Linux makes longer ones with a table, and this is what the
 * backends take.
 */
#define SVQ_MAX_CHAIN	1024

/**
 * struct svq_guest - a split virtqueue of the guest's
 * @size: entries
 * @event_idx: VIRTIO_F_EVENT_IDX
 * @indirect: VIRTIO_F_INDIRECT_DESC
 * @desc: guest memory, as the next two are
 * @avail: available ring
 * @used: used ring
 * @last_avail: available entries taken
 * @used_idx: used entries written, some not yet published
 * @published: of these, how many the guest can see
 */
struct svq_guest {
	unsigned int size;
	bool event_idx;
	bool indirect;
	const struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t last_avail;
	uint16_t used_idx;
	uint16_t published;
};

/**
 * struct svq_chain - a descriptor chain, in private memory
 * @head: its id towards the guest
 * @n: descriptors
 * @table: some of them came from an indirect table
 * @writable: bytes that the device may write
 * @desc: in the host's byte order; of the flags only WRITE is left
 */
struct svq_chain {
	uint16_t head;
	unsigned int n;
	bool table;
	uint32_t writable;
	struct vring_desc desc[SVQ_MAX_CHAIN];
};

/**
 * struct svq_reader - how to read guest memory that is not the ring
 * @read: copy @len bytes from DMA address @addr; 0 or a negative errno
 */
struct svq_reader {
	int (*read)(struct svq_reader *r, uint64_t addr, uint32_t len, void *buf);
};

int svq_guest_pending(const struct svq_guest *g);
int svq_guest_peek(const struct svq_guest *g, struct svq_reader *r, struct svq_chain *c);
void svq_guest_use(struct svq_guest *g, uint16_t head, uint32_t len);
bool svq_guest_publish(struct svq_guest *g);
void svq_guest_quiet(struct svq_guest *g);
bool svq_guest_listen(struct svq_guest *g);

/* The chain that svq_guest_peek() has shown is taken. */
static inline void svq_guest_take(struct svq_guest *g)
{
	g->last_avail++;
}

#endif /* VX_SVQ_GUEST_H */
