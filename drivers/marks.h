/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * marks.h - which sectors of a buffer a disk has written
 */
#ifndef VXEN_MARKS_H
#define VXEN_MARKS_H

#include <linux/types.h>

/**
 * struct vxen_mark - what a sector ends with that has not been written
 * @word: random, the device's own
 */
struct vxen_mark {
	u64 word[2];
};

void vxen_mark_init(struct vxen_mark *mark);
bool vxen_mark_fits(phys_addr_t phys, size_t size);
void vxen_mark_sectors(const struct vxen_mark *mark, void *va, size_t size);
size_t vxen_mark_run(const struct vxen_mark *mark, const void *va, size_t size,
		     bool *marked);

#endif /* VXEN_MARKS_H */
