/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.h - one direction of the message rings in the bus page
 */
#ifndef VXEN_RING_H
#define VXEN_RING_H

#include <linux/types.h>

#include "../include/virtio_msg_xen.h"

/**
 * struct vxen_ring - our end of one ring
 * @prod: the producer's index, in the bus page
 * @cons: the consumer's index, in the bus page
 * @slots: the messages, in the bus page
 * @next: the index that this end writes; never read back from the page
 * @given: slots that were given back the last time, by the consumer
 */
struct vxen_ring {
	__le32 *prod;
	__le32 *cons;
	u8 (*slots)[VMSG_XEN_SLOT_SIZE];
	u32 next;
	u32 given;
};

int vxen_ring_put(struct vxen_ring *ring, const void *msg, size_t size);
int vxen_ring_used(const struct vxen_ring *ring);
bool vxen_ring_may_wait(const struct vxen_ring *ring, unsigned int used);
void vxen_ring_take(const struct vxen_ring *ring, unsigned int n, void *msg);
void vxen_ring_release(struct vxen_ring *ring, unsigned int n);

#endif /* VXEN_RING_H */
