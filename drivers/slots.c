// SPDX-License-Identifier: GPL-2.0-only
/*
 * slots.c - hands out pieces of a window
 *
 * Theory of operation
 * -------------------
 * A window is divided into slots of 256 bytes. A request for memory is found a
 * run of 2^order slots that is aligned to its own size: a binary buddy
 * allocator, with a list of free runs for each order. What the request does not
 * need at the end of the run is free again at once, in runs of its own: 33 KiB
 * take 33 KiB, not 64. The largest run is a block of 128 KiB. Allocating splits
 * at most VXEN_SLOT_MAX_ORDER runs, and freeing a run gives back at most as many
 * pieces and joins each at most as often: the time is bounded whatever the
 * state is.
 *
 * A run that stays for long keeps the block that it lies in from becoming whole
 * again. So runs are of two kinds, and a block of which some is in use hands out
 * runs of one kind only, as long as there are others. A block that is whole
 * again is for either.
 *
 * Small runs come and go with every request, and to join them only to split them
 * again is most of the work. So some that are given back are kept at hand,
 * unjoined, for the next one that wants as many slots. Whenever there is no other
 * free run but a whole block, those at hand are joined first: they are in nobody's
 * way.
 *
 * The blocks are dealt out to a few areas, each with its own lock. A CPU
 * starts at the area of its own number and tries the others only when that
 * one is full, so CPUs that map at the same time do not meet on a lock.
 *
 * A window that is to go is closed first, which succeeds only while nothing of
 * it is in use, and nothing can be taken from it afterwards.
 *
 * All calls may be made from any context. The bookkeeping is in memory of the
 * guest's own and not in the window, where the backend could change it.
 */
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "slots.h"

#define VXEN_SLOT_NONE		U32_MAX

/*
 * vxen_slots.state; the low bits hold the order of a run that is free, or how many
 * slots one that is at hand has beyond the first.
 */
#define VXEN_RUN_FREE		0x80
#define VXEN_RUN_USED		0x40
#define VXEN_RUN_HAND		0x20

/*
 * At most so many runs of each kind, and such a part of an area, are at hand: as
 * many as a queue that is full gives back at once. Joining them is done with
 * interrupts off.
 */
#define VXEN_HAND_RUNS		128
#define VXEN_HAND_SHARE		4

/* The list that a free run is in. */
static u32 *free_list(struct vxen_slots *slots, struct vxen_slot_area *area,
		      u32 slot, unsigned int order)
{
	unsigned int kind = order == VXEN_SLOT_MAX_ORDER ? 0 :
			    slots->kind[slot >> VXEN_SLOT_MAX_ORDER];

	return &area->free[kind][order];
}

static void free_list_add(struct vxen_slots *slots, struct vxen_slot_area *area,
			  u32 slot, unsigned int order)
{
	u32 *list = free_list(slots, area, slot, order), head = *list;

	slots->state[slot] = VXEN_RUN_FREE | order;
	slots->next[slot] = head;
	slots->prev[slot] = VXEN_SLOT_NONE;
	if (head != VXEN_SLOT_NONE)
		slots->prev[head] = slot;
	*list = slot;
}

static void free_list_del(struct vxen_slots *slots, struct vxen_slot_area *area,
			  u32 slot, unsigned int order)
{
	u32 next = slots->next[slot];
	u32 prev = slots->prev[slot];

	slots->state[slot] = 0;
	if (next != VXEN_SLOT_NONE)
		slots->prev[next] = prev;
	if (prev != VXEN_SLOT_NONE)
		slots->next[prev] = next;
	else
		*free_list(slots, area, slot, order) = next;
}

/**
 * vxen_slots_init() - make the bookkeeping for a window, all of it free
 * @slots: to be filled in
 * @blocks: size of the window, in blocks of VXEN_SLOT_BLOCK_SIZE bytes
 * @areas: areas wanted; fewer are made where there are fewer blocks
 *
 * Blocks that do not divide evenly among the areas are left out: choose
 * @blocks as a multiple of @areas.
 *
 * Context: may sleep.
 * Return: 0, -EINVAL without a block or an area, or -ENOMEM.
 */
int vxen_slots_init(struct vxen_slots *slots, unsigned int blocks,
		    unsigned int areas)
{
	unsigned int nr, i;
	u32 slot;

	if (!blocks || !areas)
		return -EINVAL;

	slots->nr_areas = min(areas, blocks);
	slots->area_slots = blocks / slots->nr_areas * VXEN_SLOT_BLOCK;
	nr = slots->nr_areas * slots->area_slots;

	slots->next = kvmalloc_array(nr, sizeof(*slots->next), GFP_KERNEL);
	slots->prev = kvmalloc_array(nr, sizeof(*slots->prev), GFP_KERNEL);
	slots->state = kvzalloc(nr, GFP_KERNEL);
	slots->kind = kvzalloc(nr / VXEN_SLOT_BLOCK, GFP_KERNEL);
	slots->area = kcalloc(slots->nr_areas, sizeof(*slots->area),
			      GFP_KERNEL);
	if (!slots->next || !slots->prev || !slots->state || !slots->kind ||
	    !slots->area) {
		vxen_slots_destroy(slots);
		return -ENOMEM;
	}

	for (i = 0; i < slots->nr_areas; i++) {
		struct vxen_slot_area *area = &slots->area[i];

		spin_lock_init(&area->lock);
		memset32(area->free[0], VXEN_SLOT_NONE,
			 VXEN_SLOT_KINDS * VXEN_SLOT_ORDERS);
		memset32(area->hand[0], VXEN_SLOT_NONE,
			 VXEN_SLOT_KINDS * VXEN_SLOT_HAND_MAX);
		/* Backwards, so that the lowest address is handed out first. */
		for (slot = (i + 1) * slots->area_slots;
		     slot > i * slots->area_slots; slot -= VXEN_SLOT_BLOCK)
			free_list_add(slots, area, slot - VXEN_SLOT_BLOCK,
				      VXEN_SLOT_MAX_ORDER);
	}

	return 0;
}

/**
 * vxen_slots_destroy() - free the bookkeeping
 * @slots: initialised, or zeroed
 *
 * Context: may sleep. Nobody may use @slots any more.
 */
void vxen_slots_destroy(struct vxen_slots *slots)
{
	kvfree(slots->next);
	kvfree(slots->prev);
	kvfree(slots->state);
	kvfree(slots->kind);
	kfree(slots->area);
	memset(slots, 0, sizeof(*slots));
}

/* Give the end of a run of 2^order slots back, of which @nr are needed. */
static void trim(struct vxen_slots *slots, struct vxen_slot_area *area,
		 u32 run, unsigned int nr, unsigned int order)
{
	/* Each piece begins where its size allows it to. */
	while (nr < 1U << order) {
		unsigned int piece = __ffs(nr);

		free_list_add(slots, area, run + nr, piece);
		nr += 1U << piece;
	}
}

/* The smallest free run that will do, in blocks of a kind; or VXEN_SLOT_NONE. */
static u32 find_run(const struct vxen_slot_area *area, unsigned int kind,
		    unsigned int order, unsigned int *from)
{
	for (*from = order; *from < VXEN_SLOT_MAX_ORDER; ++*from)
		if (area->free[kind][*from] != VXEN_SLOT_NONE)
			return area->free[kind][*from];

	return VXEN_SLOT_NONE;
}

/* Make a run of 2^order slots free, joined with its buddies. */
static void free_run(struct vxen_slots *slots, struct vxen_slot_area *area,
		     u32 slot, unsigned int order)
{
	/* A buddy never lies in another area: areas are whole blocks. */
	while (order < VXEN_SLOT_MAX_ORDER) {
		u32 buddy = slot ^ (1U << order);

		if (slots->state[buddy] != (VXEN_RUN_FREE | order))
			break;
		free_list_del(slots, area, buddy, order);
		slot &= ~(1U << order);
		order++;
	}
	free_list_add(slots, area, slot, order);
}

/* The same for any number of slots. */
static void free_slots(struct vxen_slots *slots, struct vxen_slot_area *area,
		       u32 slot, unsigned int nr)
{
	/* The largest piece first: each begins where its size allows it to. */
	while (nr) {
		unsigned int order = __fls(nr);

		free_run(slots, area, slot, order);
		slot += 1U << order;
		nr -= 1U << order;
	}
}

/* Put a run that is given back where it can be had again at once, if it may be. */
static bool hand_put(struct vxen_slots *slots, struct vxen_slot_area *area,
		     u32 run, unsigned int nr)
{
	unsigned int kind = slots->kind[run >> VXEN_SLOT_MAX_ORDER];
	u32 *list;

	if (nr > VXEN_SLOT_HAND_MAX || area->nr_hand[kind] >= VXEN_HAND_RUNS ||
	    area->hand_slots + nr > slots->area_slots / VXEN_HAND_SHARE)
		return false;

	list = &area->hand[kind][nr - 1];
	slots->state[run] = VXEN_RUN_HAND | (nr - 1);
	slots->next[run] = *list;
	*list = run;
	area->nr_hand[kind]++;
	area->hand_slots += nr;
	return true;
}

/* The one that was given back last, which is warm in the cache. */
static u32 hand_take(struct vxen_slots *slots, struct vxen_slot_area *area,
		     unsigned int kind, unsigned int nr)
{
	u32 *list = &area->hand[kind][nr - 1], run = *list;

	if (run == VXEN_SLOT_NONE)
		return run;

	*list = slots->next[run];
	area->nr_hand[kind]--;
	area->hand_slots -= nr;
	slots->state[run] = 0;
	return run;
}

/* Join all of a kind that are at hand; tells whether there were any. */
static bool hand_join(struct vxen_slots *slots, struct vxen_slot_area *area,
		      unsigned int kind)
{
	unsigned int nr;
	u32 run;

	if (!area->nr_hand[kind])
		return false;

	for (nr = 1; nr <= VXEN_SLOT_HAND_MAX; nr++)
		while ((run = hand_take(slots, area, kind, nr)) !=
		       VXEN_SLOT_NONE)
			free_slots(slots, area, run, nr);
	return true;
}

/*
 * The free run to take: of the right kind, of a whole block, or else of any kind;
 * or VXEN_SLOT_NONE.
 */
static u32 choose_run(struct vxen_slots *slots, struct vxen_slot_area *area,
		      enum vxen_slot_kind kind, bool any, unsigned int order,
		      unsigned int *from)
{
	u32 run = find_run(area, kind, order, from);

	if (run == VXEN_SLOT_NONE && hand_join(slots, area, kind))
		run = find_run(area, kind, order, from);
	if (run != VXEN_SLOT_NONE)
		return run;

	*from = VXEN_SLOT_MAX_ORDER;
	if (area->free[0][*from] == VXEN_SLOT_NONE)
		hand_join(slots, area, !kind);
	run = area->free[0][*from];
	if (run == VXEN_SLOT_NONE && any)
		run = find_run(area, !kind, order, from);
	return run;
}

/* Take a free run and give back the end of it that is not needed. */
static u32 take_run(struct vxen_slots *slots, struct vxen_slot_area *area,
		    enum vxen_slot_kind kind, bool any, unsigned int nr)
{
	unsigned int order = order_base_2(nr), from;
	u32 run;

	if (nr <= VXEN_SLOT_HAND_MAX) {
		run = hand_take(slots, area, kind, nr);
		if (run != VXEN_SLOT_NONE)
			return run;
	}

	run = choose_run(slots, area, kind, any, order, &from);
	if (run == VXEN_SLOT_NONE)
		return run;

	free_list_del(slots, area, run, from);
	if (from == VXEN_SLOT_MAX_ORDER)
		slots->kind[run >> VXEN_SLOT_MAX_ORDER] = kind;
	trim(slots, area, run, nr, from);
	return run;
}

static int area_alloc(struct vxen_slots *slots, struct vxen_slot_area *area,
		      unsigned int nr, enum vxen_slot_kind kind, bool any,
		      u32 *slot)
{
	unsigned long flags;
	int err = -ENOSPC;
	u32 run;

	spin_lock_irqsave(&area->lock, flags);

	if (area->closed)
		goto out;
	run = take_run(slots, area, kind, any, nr);
	if (run == VXEN_SLOT_NONE)
		goto out;

	slots->state[run] = VXEN_RUN_USED;
	slots->next[run] = nr;
	/* vxen_slots_used() and vxen_slots_high() take no lock. */
	WRITE_ONCE(area->used, area->used + nr);
	WRITE_ONCE(area->high, max(area->high, area->used));
	*slot = run;
	err = 0;
out:
	spin_unlock_irqrestore(&area->lock, flags);
	return err;
}

/**
 * vxen_slots_alloc_kind() - take a run of slots
 * @slots: the window's slots
 * @size: bytes needed, from 1 to VXEN_SLOT_BLOCK_SIZE
 * @kind: what it is for
 * @slot: set to the first slot of the run
 *
 * The run is aligned to its size rounded up to a power of two. Bytes up to the
 * next multiple of VXEN_SLOT_SIZE belong to it, what follows does not.
 *
 * Context: any.
 * Return: 0, -EINVAL for an impossible size, or -ENOSPC.
 */
int vxen_slots_alloc_kind(struct vxen_slots *slots, size_t size,
			  enum vxen_slot_kind kind, u32 *slot)
{
	unsigned int nr, first, i;

	if (!size || size > VXEN_SLOT_BLOCK_SIZE)
		return -EINVAL;

	nr = DIV_ROUND_UP(size, VXEN_SLOT_SIZE);
	/* Which CPU this is only spreads the load: it may change any time. */
	first = raw_smp_processor_id() % slots->nr_areas;

	/* Rather from another area than where the other kind is. */
	for (i = 0; i < 2 * slots->nr_areas; i++) {
		unsigned int n = (first + i) % slots->nr_areas;

		if (!area_alloc(slots, &slots->area[n], nr, kind,
				i >= slots->nr_areas, slot))
			return 0;
	}

	return -ENOSPC;
}

/**
 * vxen_slots_free() - give a run of slots back
 * @slots: the window's slots
 * @slot: what vxen_slots_alloc() set
 *
 * Context: any.
 * Return: 0, or -EINVAL if no run that is in use starts at @slot; nothing is
 * changed then.
 */
int vxen_slots_free(struct vxen_slots *slots, u32 slot)
{
	struct vxen_slot_area *area;
	unsigned long flags;
	unsigned int nr;

	if (slot >= slots->nr_areas * slots->area_slots)
		return -EINVAL;

	area = &slots->area[slot / slots->area_slots];
	spin_lock_irqsave(&area->lock, flags);

	if (slots->state[slot] != VXEN_RUN_USED) {
		spin_unlock_irqrestore(&area->lock, flags);
		return -EINVAL;
	}

	nr = slots->next[slot];
	slots->state[slot] = 0;
	WRITE_ONCE(area->used, area->used - nr);
	if (!hand_put(slots, area, slot, nr))
		free_slots(slots, area, slot, nr);

	spin_unlock_irqrestore(&area->lock, flags);
	return 0;
}

/**
 * vxen_slots_scarce() - is little left where a run was taken from?
 * @slots: the window's slots
 * @slot: what vxen_slots_alloc() set
 *
 * Context: any. A snapshot without locks.
 * Return: true if more than three quarters of that area are in use.
 */
bool vxen_slots_scarce(const struct vxen_slots *slots, u32 slot)
{
	const struct vxen_slot_area *area;

	area = &slots->area[slot / slots->area_slots];
	return READ_ONCE(area->used) > slots->area_slots / 4 * 3;
}

/**
 * vxen_slots_first() - find where a run begins
 * @slots: the window's slots
 * @slot: any slot of a run that is in use, and stays so
 *
 * No lock is needed: a run is aligned to its size, so what is looked at lies in
 * the run itself, whose entries nobody changes but its owner.
 *
 * Context: any.
 * Return: its first slot; U32_MAX if @slot can't lie in a run that is in use.
 */
u32 vxen_slots_first(const struct vxen_slots *slots, u32 slot)
{
	unsigned int order;

	if (slot >= slots->nr_areas * slots->area_slots)
		return VXEN_SLOT_NONE;

	for (order = 0; order <= VXEN_SLOT_MAX_ORDER; order++) {
		u32 first = slot & ~((1U << order) - 1);

		if (slots->state[first])
			return slots->state[first] == VXEN_RUN_USED &&
			       slot - first < slots->next[first] ?
			       first : VXEN_SLOT_NONE;
	}

	return VXEN_SLOT_NONE;
}

/**
 * vxen_slots_close() - see to it that nothing is taken any more
 * @slots: the window's slots
 *
 * Context: any.
 * Return: true, or false if slots are in use; everything goes on then. One
 * caller at a time.
 */
bool vxen_slots_close(struct vxen_slots *slots)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < slots->nr_areas; i++) {
		struct vxen_slot_area *area = &slots->area[i];
		bool used;

		spin_lock_irqsave(&area->lock, flags);
		used = area->used;
		area->closed = !used;
		spin_unlock_irqrestore(&area->lock, flags);
		if (used)
			break;
	}
	if (i == slots->nr_areas)
		return true;

	vxen_slots_reopen(slots);
	return false;
}

/**
 * vxen_slots_reopen() - undo vxen_slots_close()
 * @slots: the window's slots
 *
 * Context: any.
 */
void vxen_slots_reopen(struct vxen_slots *slots)
{
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < slots->nr_areas; i++) {
		spin_lock_irqsave(&slots->area[i].lock, flags);
		slots->area[i].closed = false;
		spin_unlock_irqrestore(&slots->area[i].lock, flags);
	}
}

/**
 * vxen_slots_used() - count the slots that are handed out
 * @slots: the window's slots
 *
 * Context: any. The figure is a snapshot without locks, for people.
 * Return: number of slots.
 */
unsigned int vxen_slots_used(const struct vxen_slots *slots)
{
	unsigned int i, used = 0;

	for (i = 0; i < slots->nr_areas; i++)
		used += READ_ONCE(slots->area[i].used);

	return used;
}

/**
 * vxen_slots_high() - the largest number of slots that were handed out
 * @slots: the window's slots
 *
 * Each area has a mark of its own, and their sum is told: never too little, and
 * exact where areas fill one after another.
 *
 * Context: any.
 * Return: number of slots.
 */
unsigned int vxen_slots_high(const struct vxen_slots *slots)
{
	unsigned int i, high = 0;

	for (i = 0; i < slots->nr_areas; i++)
		high += READ_ONCE(slots->area[i].high);

	return high;
}
