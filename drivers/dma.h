/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma.h - DMA operations whose addresses are grants
 */
#ifndef VXEN_DMA_H
#define VXEN_DMA_H

#include <linux/sizes.h>
#include <linux/types.h>

#include "inplace.h"
#include "pool.h"
#include "stats.h"

struct device;

/* From so many bytes on a buffer is large: less, answers to commands, is zeroed. */
#define VXEN_DMA_LARGE		SZ_1K

/* Largest buffer that is mapped as one. Larger requests come in segments. */
#define VXEN_DMA_MAX_MAPPING	SZ_64K

/**
 * struct vxen_dma - what a device's DMA addresses refer to
 * @pool: the windows
 * @inplace: references for buffers in place
 * @inplace_min: bytes from which on a buffer is granted in place by choice; 0
 *	for never
 * @exact: the driver looks at no more of a large buffer than the device says it
 *	has written
 * @max_mapping: largest buffer that drivers are told to map as one, in bytes
 * @mask: the device's DMA mask, by which this is found
 * @old_mask: the device's own, which a xenbus device has not
 * @old_coherent_mask: likewise
 * @stats: counters
 * @lost: the backend kept what it had to give back: break the device
 */
struct vxen_dma {
	struct vxen_pool pool;
	struct vxen_inplace inplace;
	size_t inplace_min;
	bool exact;
	size_t max_mapping;
	u64 mask;
	u64 *old_mask;
	u64 old_coherent_mask;
	struct vxen_stats __percpu *stats;
	void (*lost)(struct vxen_dma *dma, unsigned int frames);
};

int vxen_dma_attach(struct device *dev, struct vxen_dma *dma);
void vxen_dma_claim(struct device *dev);
void vxen_dma_detach(struct device *dev);

#endif /* VXEN_DMA_H */
