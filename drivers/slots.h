/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slots.h - hands out pieces of a window
 */
#ifndef VXEN_SLOTS_H
#define VXEN_SLOTS_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/spinlock.h>

/*
 * The smallest piece. A virtio-blk request of 4 KiB uses four: its header,
 * its status byte and its indirect table one each, its data sixteen.
 */
#define VXEN_SLOT_SHIFT		8
#define VXEN_SLOT_SIZE		((u32)BIT(VXEN_SLOT_SHIFT))

/*
 * The largest piece: a split virtqueue of 4096 entries fits (106 KiB), and
 * everything that a driver maps in one go (VXEN_DMA_MAX_MAPPING).
 */
#define VXEN_SLOT_MAX_ORDER	9
#define VXEN_SLOT_ORDERS	(VXEN_SLOT_MAX_ORDER + 1)
#define VXEN_SLOT_BLOCK		((u32)BIT(VXEN_SLOT_MAX_ORDER))	/* slots */
#define VXEN_SLOT_BLOCK_SIZE	(VXEN_SLOT_BLOCK << VXEN_SLOT_SHIFT)

/* Runs of up to so many slots, a frame, are kept at hand when they are given back. */
#define VXEN_SLOT_HAND_MAX	16

/**
 * enum vxen_slot_kind - what a run is for
 * @VXEN_SLOT_PASSING: for a while
 * @VXEN_SLOT_LASTING: for longer, or so small that it does not matter: kept
 *	from lying in between where the others need room in one piece
 * @VXEN_SLOT_KINDS: how many kinds
 */
enum vxen_slot_kind {
	VXEN_SLOT_PASSING,
	VXEN_SLOT_LASTING,
	VXEN_SLOT_KINDS,
};

/**
 * struct vxen_slot_area - a part of the slots with a lock of its own
 * @lock: protects the rest and the entries of all slots of this area
 * @free: first free run of each order, or VXEN_SLOT_NONE, in blocks of each
 *	kind; whole blocks are in the first
 * @hand: first run at hand of each number of slots from 1 on, likewise
 * @nr_hand: runs at hand of each kind
 * @hand_slots: slots of all runs at hand
 * @used: slots handed out
 * @high: the most that @used has been
 * @closed: nothing more is handed out
 */
struct vxen_slot_area {
	spinlock_t lock;	/* this area and its slots' entries */
	u32 free[VXEN_SLOT_KINDS][VXEN_SLOT_ORDERS];
	u32 hand[VXEN_SLOT_KINDS][VXEN_SLOT_HAND_MAX];
	u32 nr_hand[VXEN_SLOT_KINDS];
	u32 hand_slots;
	u32 used;
	u32 high;
	bool closed;
} ____cacheline_aligned_in_smp;

/**
 * struct vxen_slots - all slots of one window
 * @nr_areas: entries in @area
 * @area_slots: slots in each area, a multiple of VXEN_SLOT_BLOCK
 * @next: per slot: next free run, valid at the first slot of a free run or of
 *	one at hand; the number of slots, at the first slot of a run that is in use
 * @prev: per slot: previous free run, likewise
 * @state: per slot: VXEN_RUN_*, and the order of a run that is free or the size of one at
 *	hand, at the first slot of a run
 * @kind: per block: what it is for while some of it is in use
 * @area: the areas
 */
struct vxen_slots {
	unsigned int nr_areas;
	unsigned int area_slots;
	u32 *next;
	u32 *prev;
	u8 *state;
	u8 *kind;
	struct vxen_slot_area *area;
};

int vxen_slots_init(struct vxen_slots *slots, unsigned int blocks,
		    unsigned int areas);
void vxen_slots_destroy(struct vxen_slots *slots);
int vxen_slots_alloc_kind(struct vxen_slots *slots, size_t size,
			  enum vxen_slot_kind kind, u32 *slot);
int vxen_slots_free(struct vxen_slots *slots, u32 slot);
bool vxen_slots_scarce(const struct vxen_slots *slots, u32 slot);
u32 vxen_slots_first(const struct vxen_slots *slots, u32 slot);
bool vxen_slots_close(struct vxen_slots *slots);
void vxen_slots_reopen(struct vxen_slots *slots);
unsigned int vxen_slots_used(const struct vxen_slots *slots);
unsigned int vxen_slots_high(const struct vxen_slots *slots);

/* As vxen_slots_alloc_kind(), where all runs are of one kind. */
static inline int vxen_slots_alloc(struct vxen_slots *slots, size_t size,
				   u32 *slot)
{
	return vxen_slots_alloc_kind(slots, size, VXEN_SLOT_PASSING, slot);
}

#endif /* VXEN_SLOTS_H */
