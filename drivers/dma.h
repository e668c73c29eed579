/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma.h - DMA operations whose addresses are grants
 */
#ifndef VXEN_DMA_H
#define VXEN_DMA_H

#include <linux/atomic.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "slots.h"
#include "window.h"

struct device;

/* Largest buffer that is mapped as one. Larger requests come in segments. */
#define VXEN_DMA_MAX_MAPPING	SZ_64K

/**
 * struct vxen_dma - what a device's DMA addresses refer to
 * @win: the window, or NULL while there is none
 * @mask: the device's DMA mask; a xenbus device has none of its own
 * @exhausted: mappings and allocations refused because @win was full
 */
struct vxen_dma {
	struct vxen_window *win;
	u64 mask;
	atomic_long_t exhausted;
};

int vxen_dma_attach(struct device *dev, struct vxen_dma *dma);
void vxen_dma_claim(struct device *dev);
void vxen_dma_detach(struct device *dev);

#endif /* VXEN_DMA_H */
