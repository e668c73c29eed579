// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_device.c - a device whose DMA goes through a window, without xenbus
 */
#include <linux/device.h>
#include <linux/err.h>

#include "../../drivers/window.h"
#include "fake_device.h"
#include "fake_grants.h"

/* The backend's domain. */
#define FAKE_DOMID	7

/* fd is all zeros if this fails. */
int fake_device_init(struct kunit *test, struct fake_device *fd, size_t window)
{
	struct vxen_window *win;

	fake_grants_reset();
	memset(fd, 0, sizeof(*fd));
	fd->vx = kunit_kzalloc(test, sizeof(*fd->vx), GFP_KERNEL);
	if (!fd->vx)
		return -ENOMEM;

	win = vxen_window_create(FAKE_DOMID, window, 2);
	if (IS_ERR(win))
		return PTR_ERR(win);

	fd->dev = root_device_register("vxen-kunit");
	if (IS_ERR(fd->dev)) {
		vxen_window_destroy(win);
		fd->dev = NULL;
		return -ENODEV;
	}

	fd->vx->dma.win = win;
	dev_set_drvdata(fd->dev, fd->vx);
	return vxen_dma_attach(fd->dev, &fd->vx->dma);
}

void fake_device_exit(struct fake_device *fd)
{
	if (!fd->dev)
		return;

	vxen_dma_detach(fd->dev);
	root_device_unregister(fd->dev);
	if (fd->vx->dma.win)
		vxen_window_destroy(fd->vx->dma.win);
	fake_grants_reset();
}
