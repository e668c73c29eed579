/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inplace.h - buffers that are granted where they are
 */
#ifndef VXEN_INPLACE_H
#define VXEN_INPLACE_H

#include <linux/atomic.h>
#include <linux/dma-direction.h>
#include <linux/types.h>

#include "revoke.h"
#include "slots.h"
#include "stats.h"

/**
 * struct vxen_inplace - references of a device for buffers in place
 * @to: whom buffers are granted to
 * @first_ref: the first of them
 * @nr: how many; 0 if the device does without
 * @refs: which are in use: a slot stands for a reference
 * @frame: per reference: what it grants
 * @granted: references that grant something
 * @stats: where to count
 */
struct vxen_inplace {
	struct vxen_grantee *to;
	u32 first_ref;
	unsigned int nr;
	struct vxen_slots refs;
	struct vxen_inplace_frame *frame;
	atomic_t granted;
	struct vxen_stats __percpu *stats;
};

int vxen_inplace_start(struct vxen_inplace *ip, struct vxen_grantee *to,
		       unsigned int nr, struct vxen_stats __percpu *stats);
void vxen_inplace_stop(struct vxen_inplace *ip);

u64 vxen_inplace_map(struct vxen_inplace *ip, phys_addr_t phys, size_t size,
		     enum dma_data_direction dir, bool skip);
bool vxen_inplace_has(const struct vxen_inplace *ip, u64 addr);
unsigned int vxen_inplace_unmap(struct vxen_inplace *ip, u64 addr, size_t size,
				enum dma_data_direction dir, bool skip);
void vxen_inplace_sync(struct vxen_inplace *ip, u64 addr, size_t size,
		       bool out);

#endif /* VXEN_INPLACE_H */
