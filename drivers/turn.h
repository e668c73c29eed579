/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turn.h - devices come up one after another
 */
#ifndef VXEN_TURN_H
#define VXEN_TURN_H

#include <linux/list.h>

/**
 * struct vxen_turn - a place in the queue
 * @list: among all places, oldest first; empty when not in the queue
 */
struct vxen_turn {
	struct list_head list;
};

void vxen_turn_init(struct vxen_turn *turn);
void vxen_turn_take(struct vxen_turn *turn);
void vxen_turn_wait(struct vxen_turn *turn, unsigned int ms);
void vxen_turn_leave(struct vxen_turn *turn);

#endif /* VXEN_TURN_H */
