/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pool.h - the windows of a device
 */
#ifndef VXEN_POOL_H
#define VXEN_POOL_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "window.h"

struct vxen_pool;

/* More windows than this make a mapping search for too long. */
#define VXEN_MAX_WINDOWS	8

/**
 * struct vxen_pool_ops - what a pool needs of the bus
 * @announce: tell the backend of a window, which may be used if it agrees
 * @withdraw: have the backend let go of a window
 *
 * Both may sleep, wait for a bounded time, and return 0 or a negative errno.
 */
struct vxen_pool_ops {
	int (*announce)(struct vxen_pool *pool, const struct vxen_window *win,
			u16 id);
	int (*withdraw)(struct vxen_pool *pool, const struct vxen_window *win,
			u16 id);
};

/**
 * struct vxen_pool_limits - how large a pool may be
 * @first: bytes of the first window
 * @step: bytes of a further one
 * @max: bytes of all of them
 * @windows: how many there may be
 * @ahead: make another one when little is left, and not only when there is no room
 * @idle_ms: a further window is given up when it was idle for that long
 */
struct vxen_pool_limits {
	size_t first;
	size_t step;
	size_t max;
	unsigned int windows;
	bool ahead;
	unsigned int idle_ms;
};

/**
 * struct vxen_pool - the windows of a device
 * @dev: the device, for the log
 * @ops: the bus
 * @to: whom windows are granted to
 * @win: the windows; NULL where there is none
 * @lock: serialises those who add and remove windows; protects what follows
 * @limits: how large it may be
 * @size: bytes of all windows
 * @nr: windows
 * @added: further windows made so far
 * @removed: further windows given up so far
 * @growing: there is a pool, and it may grow
 * @grow_work: adds a window
 * @idle_work: gives up windows that are not needed
 */
struct vxen_pool {
	struct device *dev;
	const struct vxen_pool_ops *ops;
	struct vxen_grantee *to;
	struct vxen_window __rcu *win[VXEN_MAX_WINDOWS];
	struct mutex lock;	/* against others that add or remove windows */
	struct vxen_pool_limits limits;
	size_t size;
	unsigned int nr;
	unsigned int added;
	unsigned int removed;
	bool growing;
	struct work_struct grow_work;
	struct delayed_work idle_work;
};

void vxen_pool_init(struct vxen_pool *pool, struct device *dev,
		    const struct vxen_pool_ops *ops, struct vxen_grantee *to);
int vxen_pool_start(struct vxen_pool *pool,
		    const struct vxen_pool_limits *limits);
unsigned int vxen_pool_stop(struct vxen_pool *pool);
void vxen_pool_set_max(struct vxen_pool *pool, size_t max);

struct vxen_window *vxen_pool_alloc(struct vxen_pool *pool, size_t size,
				    enum vxen_slot_kind kind, u32 *slot);
void vxen_pool_grow(struct vxen_pool *pool);
struct vxen_window *vxen_pool_find(struct vxen_pool *pool, u64 addr);
size_t vxen_pool_used(struct vxen_pool *pool);
size_t vxen_pool_high(struct vxen_pool *pool);

#endif /* VXEN_POOL_H */
