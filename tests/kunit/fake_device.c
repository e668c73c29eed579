// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_device.c - a device whose DMA goes through windows, without xenbus
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/err.h>

#include "../../drivers/window.h"
#include "fake_device.h"
#include "fake_grants.h"

struct fake_vx {
	struct vxen_device vx;
	struct fake_device *fd;
};

static struct fake_device *pool_fd(struct vxen_pool *pool)
{
	return container_of(pool, struct fake_vx, vx.dma.pool)->fd;
}

static bool is_granted(const struct vxen_window *win)
{
	struct fake_grant grant;
	unsigned int i;

	for (i = 0; i < win->nr_pages; i++)
		if (!fake_grants_get(win->first_ref + i, &grant) ||
		    grant.domid != FAKE_DOMID || grant.readonly)
			return false;
	return true;
}

static int fake_announce(struct vxen_pool *pool, const struct vxen_window *win,
			 u16 id)
{
	struct fake_device *fd = pool_fd(pool);

	might_sleep();
	fd->announces++;
	if (id >= VXEN_MAX_WINDOWS || fd->known & BIT(id) ||
	    rcu_access_pointer(pool->win[id]) || vxen_slots_used(&win->slots) ||
	    !is_granted(win))
		fd->odd++;
	if (!fd->refuse_announce)
		__set_bit(id, &fd->known);
	return fd->refuse_announce;
}

static int fake_withdraw(struct vxen_pool *pool, const struct vxen_window *win,
			 u16 id)
{
	struct fake_device *fd = pool_fd(pool);
	u32 slot;

	might_sleep();
	fd->withdrawals++;
	/* From here on nothing may be taken from it. */
	if (id >= VXEN_MAX_WINDOWS || !(fd->known & BIT(id)) ||
	    vxen_slots_used(&win->slots) || !is_granted(win) ||
	    !vxen_slots_alloc((struct vxen_slots *)&win->slots, 1, &slot))
		fd->odd++;
	if (!fd->refuse_withdraw)
		__clear_bit(id, &fd->known);
	return fd->refuse_withdraw;
}

static const struct vxen_pool_ops fake_pool_ops = {
	.announce = fake_announce,
	.withdraw = fake_withdraw,
};

static void fake_lost(struct vxen_dma *dma, unsigned int frames)
{
	container_of(dma, struct fake_vx, vx.dma)->fd->lost += frames;
}

/* fd->dev is NULL if this fails. */
int fake_device_init_limits(struct kunit *test, struct fake_device *fd,
			    const struct vxen_pool_limits *limits)
{
	struct fake_vx *fvx;
	int err;

	fake_grants_reset();
	memset(fd, 0, sizeof(*fd));
	fvx = kunit_kzalloc(test, sizeof(*fvx), GFP_KERNEL);
	if (!fvx)
		return -ENOMEM;
	fvx->fd = fd;
	fd->vx = &fvx->vx;
	fd->vx->grantee.domid = FAKE_DOMID;
	fd->vx->grantee.name = "vxen-kunit";
	fd->vx->dma.lost = fake_lost;

	fd->dev = root_device_register("vxen-kunit");
	if (IS_ERR(fd->dev)) {
		fd->dev = NULL;
		return -ENODEV;
	}
	dev_set_drvdata(fd->dev, fd->vx);

	vxen_pool_init(&fd->vx->dma.pool, fd->dev, &fake_pool_ops,
		       &fd->vx->grantee);
	err = vxen_pool_start(&fd->vx->dma.pool, limits);
	if (!err)
		err = vxen_dma_attach(fd->dev, &fd->vx->dma);
	if (err) {
		vxen_pool_stop(&fd->vx->dma.pool);
		root_device_unregister(fd->dev);
		fd->dev = NULL;
	}
	return err;
}

/* A device with one window that does not grow. */
int fake_device_init(struct kunit *test, struct fake_device *fd, size_t window)
{
	const struct vxen_pool_limits limits = {
		.first = window,
		.step = window,
		.max = window,
		.windows = 1,
		.idle_ms = 1000,
	};

	return fake_device_init_limits(test, fd, &limits);
}

void fake_device_exit(struct kunit *test, struct fake_device *fd)
{
	if (!fd->dev)
		return;

	KUNIT_EXPECT_EQ(test, fake_device_used(fd), 0U);
	vxen_inplace_stop(&fd->vx->dma.inplace);
	vxen_pool_stop(&fd->vx->dma.pool);
	vxen_dma_detach(fd->dev);
	root_device_unregister(fd->dev);
	fd->dev = NULL;
	KUNIT_EXPECT_EQ(test, fd->odd, 0U);
	/* What the backend has kept goes here; nothing else may be left. */
	vxen_revoke_exit();
	fake_grants_expect_empty(test);
	fake_grants_reset();
}
