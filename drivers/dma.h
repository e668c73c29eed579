/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma.h - DMA operations whose addresses are grants
 */
#ifndef VXEN_DMA_H
#define VXEN_DMA_H

#include <linux/sizes.h>
#include <linux/types.h>

#include "inplace.h"
#include "marks.h"
#include "pool.h"
#include "stats.h"

struct device;

/* From so many bytes on a buffer is large: less, answers to commands, is zeroed. */
#define VXEN_DMA_LARGE		SZ_1K

/* Largest buffer that is mapped as one. Larger requests come in segments. */
#define VXEN_DMA_MAX_MAPPING	SZ_64K

/**
 * enum vxen_dma_fill - what slots hold that the device has not written yet
 * @VXEN_DMA_FILL_ZEROS: zeros; right for every device
 * @VXEN_DMA_FILL_NOTHING: in large buffers whatever they held: the driver looks at
 *	no more of one than the device says it has written
 * @VXEN_DMA_FILL_MARKS: in buffers of whole sectors marks: the device writes
 *	sectors, each as a whole and from its first byte on
 */
enum vxen_dma_fill {
	VXEN_DMA_FILL_ZEROS,
	VXEN_DMA_FILL_NOTHING,
	VXEN_DMA_FILL_MARKS,
};

/**
 * struct vxen_dma - what a device's DMA addresses refer to
 * @pool: the windows
 * @inplace: references for buffers in place
 * @inplace_min: bytes from which on a buffer is granted in place by choice; 0
 *	for never
 * @fill: what slots hold that the device has not written yet
 * @mark: what sectors end with that it has not
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
	enum vxen_dma_fill fill;
	struct vxen_mark mark;
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
