/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_device.h - a device whose DMA goes through a window, without xenbus
 */
#ifndef VXEN_FAKE_DEVICE_H
#define VXEN_FAKE_DEVICE_H

#include <kunit/test.h>

#include "../../drivers/device.h"

/**
 * struct fake_device - what the tests need of a device
 * @dev: the parent of a virtio device; its driver data is @vx
 * @vx: of it only @vx->dma is filled in
 */
struct fake_device {
	struct device *dev;
	struct vxen_device *vx;
};

int fake_device_init(struct kunit *test, struct fake_device *fd, size_t window);
void fake_device_exit(struct fake_device *fd);

/* What the backend sees at a DMA address. */
static inline void *fake_device_va(const struct fake_device *fd,
				   dma_addr_t addr)
{
	const struct vxen_window *win = fd->vx->dma.win;

	return win->va + (addr - win->dma);
}

static inline unsigned int fake_device_used(const struct fake_device *fd)
{
	return vxen_slots_used(&fd->vx->dma.win->slots);
}

#endif /* VXEN_FAKE_DEVICE_H */
