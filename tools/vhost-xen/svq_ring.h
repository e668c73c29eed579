/* SPDX-License-Identifier: GPL-2.0-only */
/* svq_ring.h - the driver's side of a split virtqueue: towards the backend */
#ifndef VX_SVQ_RING_H
#define VX_SVQ_RING_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* Where the areas of a ring of the largest size lie in its memory, bytes */
#define SVQ_RING_DESC		0
#define SVQ_RING_AVAIL		(16 * MAX_QUEUE_SIZE)
#define SVQ_RING_USED		(SVQ_RING_AVAIL + 4096)
#define SVQ_RING_FRAMES		8

/**
 * struct svq_ring - a split virtqueue that the backend serves
 * @size: entries
 * @event_idx: VIRTIO_F_EVENT_IDX
 * @desc: shared with the backend, as the next two are
 * @avail: available ring
 * @used: used ring
 * @avail_idx: chains made available, some not yet published
 * @published: of these, how many the backend can see
 * @last_used: used entries taken
 * @free: descriptors that are in no chain
 * @nfree: how many
 * @chain: descriptors of the chain that begins with the index, 0: none does
 * @next: links of the free list and of chains; the backend can't reach it
 */
struct svq_ring {
	unsigned int size;
	bool event_idx;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t avail_idx;
	uint16_t published;
	uint16_t last_used;
	uint16_t free;
	uint16_t nfree;
	uint16_t chain[MAX_QUEUE_SIZE];
	uint16_t next[MAX_QUEUE_SIZE];
};

void svq_ring_init(struct svq_ring *r, void *mem, unsigned int size, bool event_idx);
uint16_t svq_ring_add(struct svq_ring *r, const struct vring_desc *d, unsigned int n);
bool svq_ring_publish(struct svq_ring *r);
int svq_ring_take(struct svq_ring *r, uint16_t *head, uint32_t *len);
void svq_ring_quiet(struct svq_ring *r);
bool svq_ring_listen(struct svq_ring *r);

#endif /* VX_SVQ_RING_H */
