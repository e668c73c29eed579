// SPDX-License-Identifier: GPL-2.0-only
/*
 * pool.c - the windows of a device
 *
 * Theory of operation
 * -------------------
 * A device begins with one window. When it is full, another one is made by a
 * work item, announced to the backend, and used from then on: whoever found no
 * room is refused meanwhile, and tries again as drivers do. Where they do not,
 * it is made as soon as three quarters are in use. Windows are tried
 * in the order of their numbers, so the later ones empty first. One that
 * nothing was taken from for a while, and that is empty, is closed, withdrawn
 * from the backend, and revoked. The first one stays.
 *
 * Mapping looks at the windows under RCU. Someone who has taken slots of a
 * window keeps it there: only a window without slots in use can be closed, and
 * a closed one hands out none. So a pointer that was found through slots in use
 * is good until those are given back, and one that was found otherwise until the
 * end of the RCU section.
 *
 * All that adds or removes a window holds the pool's lock, and may sleep.
 */
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>

#include "pool.h"

/* More CPUs than this may meet on a lock now and then. */
#define VXEN_POOL_AREAS		4U

/* Smaller windows are not worth their number. */
#define VXEN_POOL_MIN_WINDOW	SZ_256K

static struct vxen_window *locked_window(struct vxen_pool *pool,
					 unsigned int id)
{
	return rcu_dereference_protected(pool->win[id],
					 lockdep_is_held(&pool->lock));
}

static void add_window(struct vxen_pool *pool, unsigned int id,
		       struct vxen_window *win)
{
	/* Pairs with rcu_dereference() of those who map. */
	rcu_assign_pointer(pool->win[id], win);
	/* For those who only look, here and below. */
	WRITE_ONCE(pool->size, pool->size + win->size);
	WRITE_ONCE(pool->nr, pool->nr + 1);
}

/* Nobody uses it any more, and the backend has been told. */
static unsigned int remove_window(struct vxen_pool *pool, unsigned int id,
				  struct vxen_window *win)
{
	RCU_INIT_POINTER(pool->win[id], NULL);
	synchronize_rcu();
	WRITE_ONCE(pool->size, pool->size - win->size);
	WRITE_ONCE(pool->nr, pool->nr - 1);
	return vxen_window_destroy(win);
}

static struct vxen_window *make_window(struct vxen_pool *pool, size_t size,
				       unsigned int id)
{
	unsigned int areas = min(num_online_cpus(), VXEN_POOL_AREAS);
	struct vxen_window *win;
	int err;

	/* Evenly, or the window would become larger than it may. */
	while (DIV_ROUND_UP(size, VXEN_SLOT_BLOCK_SIZE) % areas)
		areas--;

	win = vxen_window_create(pool->to, size, areas);
	if (IS_ERR(win))
		return win;

	err = pool->ops->announce(pool, win, id);
	if (err) {
		vxen_window_destroy(win);
		return ERR_PTR(err);
	}

	return win;
}

static const char *reason(long err)
{
	switch (err) {
	case -ENOSPC:
		return "the grant table is full (gnttab_max_frames)";
	case -ENOMEM:
		return "memory is short";
	default:
		return "the backend does not take it";
	}
}

/* The lowest number that is free; there is one while nr < limits.windows. */
static unsigned int free_id(struct vxen_pool *pool)
{
	unsigned int id = 0;

	while (locked_window(pool, id))
		id++;
	return id;
}

static void grow(struct work_struct *work)
{
	struct vxen_pool *pool = container_of(work, struct vxen_pool,
					      grow_work);
	struct vxen_window *win;
	size_t size;

	mutex_lock(&pool->lock);
	if (!pool->growing || pool->nr >= pool->limits.windows ||
	    pool->size >= pool->limits.max)
		goto out;

	/* What was refused may have been given back, or a window made since. */
	if (vxen_pool_used(pool) < pool->size / 2)
		goto out;

	size = min(pool->limits.step, pool->limits.max - pool->size);
	win = make_window(pool, size, free_id(pool));
	if (IS_ERR(win)) {
		dev_warn(pool->dev,
			 "its windows stay at %zu KiB, one of %zu KiB more is not possible: %s\n",
			 pool->size / SZ_1K, size / SZ_1K,
			 reason(PTR_ERR(win)));
		/* Once is enough: the reasons do not go away by themselves. */
		WRITE_ONCE(pool->growing, false);
		goto out;
	}

	add_window(pool, free_id(pool), win);
	WRITE_ONCE(pool->added, pool->added + 1);
	mod_delayed_work(system_wq, &pool->idle_work,
			 msecs_to_jiffies(pool->limits.idle_ms));
out:
	mutex_unlock(&pool->lock);
}

/* Give up a window if it is idle; tells whether it is gone. */
static bool give_up(struct vxen_pool *pool, unsigned int id)
{
	struct vxen_window *win = locked_window(pool, id);
	unsigned int busy;

	if (READ_ONCE(win->touched)) {
		WRITE_ONCE(win->touched, false);
		return false;
	}
	if (!vxen_slots_close(&win->slots))
		return false;
	if (pool->ops->withdraw(pool, win, id)) {
		vxen_slots_reopen(&win->slots);
		return false;
	}

	busy = remove_window(pool, id, win);
	if (busy)
		dev_warn(pool->dev,
			 "the backend still has %u frames of a window mapped that it has let go: they are held back\n",
			 busy);
	WRITE_ONCE(pool->removed, pool->removed + 1);
	return true;
}

static void idle(struct work_struct *work)
{
	struct vxen_pool *pool = container_of(to_delayed_work(work),
					      struct vxen_pool, idle_work);
	unsigned int id;

	mutex_lock(&pool->lock);
	/* One at a time, the latest first. */
	for (id = VXEN_MAX_WINDOWS - 1; id; id--)
		if (locked_window(pool, id) && give_up(pool, id))
			break;
	if (pool->nr > 1)
		mod_delayed_work(system_wq, &pool->idle_work,
				 msecs_to_jiffies(pool->limits.idle_ms));
	mutex_unlock(&pool->lock);
}

/**
 * vxen_pool_init() - make an empty pool
 * @pool: to be filled in
 * @dev: the device, for the log
 * @ops: the bus
 * @to: whom windows are to be granted to
 *
 * Context: may sleep.
 */
void vxen_pool_init(struct vxen_pool *pool, struct device *dev,
		    const struct vxen_pool_ops *ops, struct vxen_grantee *to)
{
	memset(pool, 0, sizeof(*pool));
	pool->dev = dev;
	pool->ops = ops;
	pool->to = to;
	mutex_init(&pool->lock);
	INIT_WORK(&pool->grow_work, grow);
	INIT_DELAYED_WORK(&pool->idle_work, idle);
}

/**
 * vxen_pool_start() - make the first window
 * @pool: the pool, empty
 * @limits: how large it may be; @limits->first is halved, down to a quarter of
 *	a megabyte, where the grant table or memory is that short
 *
 * Context: may sleep.
 * Return: 0 or a negative errno, with the reason in the log.
 */
int vxen_pool_start(struct vxen_pool *pool,
		    const struct vxen_pool_limits *limits)
{
	size_t size = limits->first;
	struct vxen_window *win;

	mutex_lock(&pool->lock);
	for (;;) {
		win = make_window(pool, size, 0);
		if (!IS_ERR(win) || size <= VXEN_POOL_MIN_WINDOW ||
		    (PTR_ERR(win) != -ENOSPC && PTR_ERR(win) != -ENOMEM))
			break;
		size /= 2;
	}
	if (IS_ERR(win)) {
		dev_err(pool->dev, "no window of even %zu KiB: %s (%ld)\n",
			size / SZ_1K, reason(PTR_ERR(win)), PTR_ERR(win));
	} else {
		if (size < limits->first)
			dev_warn(pool->dev,
				 "window of %zu KiB instead of %zu: grant table or memory is short\n",
				 size / SZ_1K, limits->first / SZ_1K);
		pool->limits = *limits;
		/* Where even that was not to be had, more will not be. */
		if (size < limits->first)
			pool->limits.max = win->size;
		pool->limits.first = win->size;
		add_window(pool, 0, win);
		WRITE_ONCE(pool->growing, true);
	}
	mutex_unlock(&pool->lock);

	return PTR_ERR_OR_ZERO(win);
}

/**
 * vxen_pool_stop() - revoke all windows
 * @pool: the pool; nothing may be mapped. It may be empty.
 *
 * Context: may sleep.
 * Return: number of frames that the backend still has mapped.
 */
unsigned int vxen_pool_stop(struct vxen_pool *pool)
{
	unsigned int id, busy = 0;

	mutex_lock(&pool->lock);
	WRITE_ONCE(pool->growing, false);
	mutex_unlock(&pool->lock);
	cancel_work_sync(&pool->grow_work);
	cancel_delayed_work_sync(&pool->idle_work);

	mutex_lock(&pool->lock);
	for (id = 0; id < VXEN_MAX_WINDOWS; id++) {
		struct vxen_window *win = locked_window(pool, id);

		if (win)
			busy += remove_window(pool, id, win);
	}
	mutex_unlock(&pool->lock);

	return busy;
}

/**
 * vxen_pool_set_max() - set another limit
 * @pool: the pool; it may be empty
 * @max: bytes of all windows; those that there are stay
 *
 * Context: may sleep.
 */
void vxen_pool_set_max(struct vxen_pool *pool, size_t max)
{
	mutex_lock(&pool->lock);
	WRITE_ONCE(pool->limits.max, max);
	/* What did not work before may work now. */
	if (pool->nr)
		WRITE_ONCE(pool->growing, true);
	mutex_unlock(&pool->lock);
}

/*
 * Is little left? Most often the area that was just taken from answers that. Of the
 * limits only max changes while there is a window.
 */
static bool scarce(struct vxen_pool *pool, const struct vxen_window *win,
		   u32 slot)
{
	return vxen_slots_scarce(&win->slots, slot) &&
	       vxen_pool_used(pool) > READ_ONCE(pool->size) / 4 * 3 &&
	       READ_ONCE(pool->size) < READ_ONCE(pool->limits.max) &&
	       READ_ONCE(pool->nr) < pool->limits.windows;
}

/**
 * vxen_pool_alloc() - take a run of slots from any window
 * @pool: the pool
 * @size: bytes needed
 * @kind: what the run is for
 * @slot: set to the first slot of the run
 *
 * See vxen_pool_grow() for what to do where there is no room.
 *
 * Context: any.
 * Return: the window, or NULL. It stays while the slots are in use.
 */
struct vxen_window *vxen_pool_alloc(struct vxen_pool *pool, size_t size,
				    enum vxen_slot_kind kind, u32 *slot)
{
	struct vxen_window *win = NULL;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < VXEN_MAX_WINDOWS; i++) {
		win = rcu_dereference(pool->win[i]);
		if (win && !vxen_slots_alloc_kind(&win->slots, size, kind, slot)) {
			if (!READ_ONCE(win->touched))
				WRITE_ONCE(win->touched, true);
			if (pool->limits.ahead && scarce(pool, win, *slot))
				vxen_pool_grow(pool);
			break;
		}
		win = NULL;
	}
	rcu_read_unlock();

	return win;
}

/**
 * vxen_pool_grow() - somebody has found no room
 * @pool: the pool
 *
 * Context: any.
 */
void vxen_pool_grow(struct vxen_pool *pool)
{
	if (READ_ONCE(pool->growing))
		queue_work(system_unbound_wq, &pool->grow_work);
}

/**
 * vxen_pool_find() - find the window that an address lies in
 * @pool: the pool
 * @addr: DMA address; if it lies in a window, slots there are in use
 *
 * Context: any.
 * Return: the window, or NULL.
 */
struct vxen_window *vxen_pool_find(struct vxen_pool *pool, u64 addr)
{
	struct vxen_window *win = NULL;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < VXEN_MAX_WINDOWS; i++) {
		win = rcu_dereference(pool->win[i]);
		if (win && addr - win->dma < win->size)
			break;
		win = NULL;
	}
	rcu_read_unlock();

	return win;
}

static size_t sum(struct vxen_pool *pool,
		  unsigned int (*count)(const struct vxen_slots *slots))
{
	size_t slots = 0;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < VXEN_MAX_WINDOWS; i++) {
		struct vxen_window *win = rcu_dereference(pool->win[i]);

		if (win)
			slots += count(&win->slots);
	}
	rcu_read_unlock();

	return slots << VXEN_SLOT_SHIFT;
}

/**
 * vxen_pool_used() - how much of the windows is in use
 * @pool: the pool
 *
 * Context: any.
 * Return: bytes.
 */
size_t vxen_pool_used(struct vxen_pool *pool)
{
	return sum(pool, vxen_slots_used);
}

/**
 * vxen_pool_high() - how much of the windows that there are has been in use
 * @pool: the pool
 *
 * Context: any.
 * Return: bytes at most, see vxen_slots_high().
 */
size_t vxen_pool_high(struct vxen_pool *pool)
{
	return sum(pool, vxen_slots_high);
}
