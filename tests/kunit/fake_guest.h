/* SPDX-License-Identifier: GPL-2.0-only */
/* fake_guest.h - memory that stands for a guest's, for tests of what reads rings in it */
#ifndef VXEN_FAKE_GUEST_H
#define VXEN_FAKE_GUEST_H

#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "../../drivers/vhost/mem.h"

#define FAKE_GUEST_PAGES	24
#define FAKE_GUEST_SIZE		((u64)FAKE_GUEST_PAGES << PAGE_SHIFT)

/* Where its first byte is, as the guest has it and as a process does */
#define FAKE_GUEST_BASE		(BIT_ULL(63) | 0x1000000)
#define FAKE_GUEST_USER		0x7f0000000000ULL

/**
 * struct fake_guest - the memory table of a guest that has one region
 * @mem: the table
 * @region: the region
 */
struct fake_guest {
	struct vxr_mem *mem;
	struct vxr_region *region;
};

int fake_guest_init(struct kunit *test, struct fake_guest *guest);
void fake_guest_exit(struct fake_guest *guest);
void *fake_guest_at(const struct fake_guest *guest, u64 offset);
void fake_guest_desc(const struct fake_guest *guest, u64 at, u64 offset,
		     u32 len, u16 flags, u16 next);

#endif /* VXEN_FAKE_GUEST_H */
