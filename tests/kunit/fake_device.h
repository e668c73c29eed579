/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_device.h - a device whose DMA goes through windows, without xenbus
 */
#ifndef VXEN_FAKE_DEVICE_H
#define VXEN_FAKE_DEVICE_H

#include <kunit/test.h>

#include "../../drivers/device.h"

/* The backend's domain. */
#define FAKE_DOMID	7

/**
 * struct fake_device - what the tests need of a device
 * @dev: the parent of a virtio device; its driver data is @vx
 * @vx: of it only @vx->dma and @vx->grantee are filled in
 * @refuse_announce: what a window that is announced is answered with
 * @refuse_withdraw: likewise for one that is withdrawn
 * @announces: windows announced, taken or not
 * @withdrawals: windows withdrawn, let go or not
 * @known: windows that the backend knows, one bit each
 * @odd: windows that were in use when they were announced, or not granted when
 *	they were announced or withdrawn, or had a wrong number
 * @lost: frames of used buffers that the backend did not let go
 */
struct fake_device {
	struct device *dev;
	struct vxen_device *vx;
	int refuse_announce;
	int refuse_withdraw;
	unsigned int announces;
	unsigned int withdrawals;
	unsigned long known;
	unsigned int odd;
	unsigned int lost;
};

int fake_device_init_limits(struct kunit *test, struct fake_device *fd,
			    const struct vxen_pool_limits *limits);
int fake_device_init(struct kunit *test, struct fake_device *fd, size_t window);
void fake_device_exit(struct kunit *test, struct fake_device *fd);

/* A window, while nobody removes it. */
static inline struct vxen_window *
fake_device_window(const struct fake_device *fd, unsigned int id)
{
	return rcu_dereference_raw(fd->vx->dma.pool.win[id]);
}

/* The driver's view of a DMA address in the first window. */
static inline void *fake_device_va(const struct fake_device *fd,
				   dma_addr_t addr)
{
	const struct vxen_window *win = fake_device_window(fd, 0);

	return win->va + (addr - win->dma);
}

/* Slots in use, of all windows. */
static inline unsigned int fake_device_used(const struct fake_device *fd)
{
	return vxen_pool_used(&fd->vx->dma.pool) >> VXEN_SLOT_SHIFT;
}

static inline u64 fake_device_count(const struct fake_device *fd,
				    enum vxen_stat what)
{
	return vxen_counted(fd->vx->dma.stats, what);
}

#endif /* VXEN_FAKE_DEVICE_H */
