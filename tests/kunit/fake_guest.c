// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_guest.c - memory that stands for a guest's, for tests of what reads rings in it
 *
 * Its pages are this kernel's own, where a real guest's are those of a process that has
 * mapped them.
 */
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/virtio_ring.h>

#include "fake_guest.h"

/**
 * fake_guest_init() - Make the memory, zeroed
 * @test: at whose end fake_guest_exit() is called, whatever is returned
 * @guest: to be filled in
 *
 * Context: may sleep
 *
 * Return: 0 or -ENOMEM
 */
int fake_guest_init(struct kunit *test, struct fake_guest *guest)
{
	struct vxr_region *region;
	unsigned int i;

	*guest = (struct fake_guest){ .mem = vxr_mem_empty() };
	region = kunit_kzalloc(test, struct_size(region, pages, FAKE_GUEST_PAGES),
			       GFP_KERNEL);
	if (!guest->mem || !region)
		return -ENOMEM;

	guest->region = region;
	region->base = FAKE_GUEST_BASE;
	region->user = FAKE_GUEST_USER;
	region->size = FAKE_GUEST_SIZE;
	for (i = 0; i < FAKE_GUEST_PAGES; i++) {
		region->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!region->pages[i])
			return -ENOMEM;
		region->npages++;
	}
	guest->mem->regions[guest->mem->nregions++] = region;
	return 0;
}

/**
 * fake_guest_exit() - Give the memory back
 * @guest: the memory
 *
 * Context: may sleep
 */
void fake_guest_exit(struct fake_guest *guest)
{
	struct vxr_region *region = guest->region;

	while (region && region->npages)
		__free_page(region->pages[--region->npages]);
	if (guest->mem) {
		/* Its region is no user's memory that would be unpinned. */
		guest->mem->nregions = 0;
		vxr_mem_end(guest->mem);
	}
	*guest = (struct fake_guest){ };
}

/**
 * fake_guest_at() - Where the guest writes
 * @guest: the memory
 * @offset: of the byte
 *
 * Return: its address; what follows is there to the end of the page
 */
void *fake_guest_at(const struct fake_guest *guest, u64 offset)
{
	return vxr_region_at(guest->region, offset);
}

/**
 * fake_guest_desc() - Write a descriptor
 * @guest: the memory
 * @at: where to, an offset
 * @offset: of what it names
 * @len: bytes that it names
 * @flags: VRING_DESC_F_*
 * @next: index of the next
 */
void fake_guest_desc(const struct fake_guest *guest, u64 at, u64 offset,
		     u32 len, u16 flags, u16 next)
{
	struct vring_desc *d = fake_guest_at(guest, at);

	d->addr = cpu_to_le64(FAKE_GUEST_BASE + offset);
	d->len = cpu_to_le32(len);
	d->flags = cpu_to_le16(flags);
	d->next = cpu_to_le16(next);
}
