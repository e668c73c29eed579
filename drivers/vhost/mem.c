// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem.c - the memory that requests may name
 *
 * Theory of operation
 * -------------------
 * A memory table says where in the process that has opened the device a
 * guest's addresses are. Of a window that is a mapping of gntdev. Its pages
 * are pinned when the table is set, once for all requests: to pin a page for
 * each request takes a walk through page tables that a PV domain does not do
 * in a hurry. The process may unmap a region when it is in no table any more, and
 * not before: gntdev does not end the grant of a page that is pinned.
 *
 * Tables do not change. A new one takes over the regions that the old one has
 * as well. Requests in flight hold the table that they were taken with, so
 * when the last of them is done nothing uses the regions that are gone, and
 * they are unpinned.
 *
 * What the pages hold is the guest's to change at any time.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mem.h"

static void put_region(struct vxr_region *region)
{
	if (--region->refs)
		return;

	unpin_user_pages(region->pages, region->npages);
	kvfree(region);
}

static struct vxr_region *pin_region(const struct vhost_memory_region *r)
{
	unsigned long npages = r->memory_size >> PAGE_SHIFT;
	struct vxr_region *region;
	int n;

	region = kvzalloc(struct_size(region, pages, npages), GFP_KERNEL);
	if (!region)
		return ERR_PTR(-ENOMEM);

	region->refs = 1;
	region->base = r->guest_phys_addr;
	region->size = r->memory_size;
	region->user = r->userspace_addr;
	while (region->npages < npages) {
		n = pin_user_pages_fast(r->userspace_addr +
					(region->npages << PAGE_SHIFT),
					npages - region->npages,
					FOLL_WRITE | FOLL_LONGTERM,
					region->pages + region->npages);
		if (n <= 0) {
			put_region(region);
			return ERR_PTR(n ?: -EFAULT);
		}
		region->npages += n;
	}
	return region;
}

static struct vxr_region *take_over(const struct vxr_mem *old,
				    const struct vhost_memory_region *r)
{
	unsigned int i;

	for (i = 0; i < old->nregions; i++) {
		struct vxr_region *region = old->regions[i];

		if (region->base == r->guest_phys_addr &&
		    region->size == r->memory_size &&
		    region->user == r->userspace_addr) {
			region->refs++;
			return region;
		}
	}
	return NULL;
}

static int check_region(const struct vxr_mem *mem,
			const struct vhost_memory_region *r,
			unsigned long *npages)
{
	u64 all = r->guest_phys_addr | r->userspace_addr | r->memory_size;
	unsigned int i;
	u64 end;

	if (all & ~PAGE_MASK || !r->memory_size || r->flags_padding)
		return -EINVAL;
	if (check_add_overflow(r->guest_phys_addr, r->memory_size, &end) ||
	    check_add_overflow(r->userspace_addr, r->memory_size, &end))
		return -EINVAL;
	for (i = 0; i < mem->nregions; i++) {
		const struct vxr_region *o = mem->regions[i];

		if (r->guest_phys_addr < o->base + o->size &&
		    o->base < r->guest_phys_addr + r->memory_size)
			return -EINVAL;
	}
	if (r->memory_size >> PAGE_SHIFT > VXR_MAX_PAGES - *npages)
		return -E2BIG;

	*npages += r->memory_size >> PAGE_SHIFT;
	return 0;
}

/**
 * vxr_mem_empty() - Make a table without regions
 *
 * Return: the table, or NULL
 */
struct vxr_mem *vxr_mem_empty(void)
{
	struct vxr_mem *mem = kzalloc(sizeof(*mem), GFP_KERNEL);

	if (mem) {
		kref_init(&mem->refs);
		init_completion(&mem->unused);
	}
	return mem;
}
EXPORT_SYMBOL_GPL(vxr_mem_empty);

/**
 * vxr_mem_new() - Make a table
 * @old: the one that it is to replace
 * @regions: what is to be in it, from a process
 * @nregions: how many
 *
 * Context: may sleep; of the process whose memory it is, with the device's
 * lock held.
 *
 * Return: the table, or an error: -EINVAL for regions that make no sense,
 * -E2BIG for too many, -EFAULT for memory that is not there, -ENOMEM
 */
struct vxr_mem *vxr_mem_new(const struct vxr_mem *old,
			    const struct vhost_memory_region *regions,
			    unsigned int nregions)
{
	struct vxr_mem *mem = vxr_mem_empty();
	unsigned long npages = 0;
	unsigned int i;
	int err;

	if (!mem)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < nregions; i++) {
		struct vxr_region *region;

		err = check_region(mem, &regions[i], &npages);
		if (err)
			goto err_end;
		region = take_over(old, &regions[i]) ?: pin_region(&regions[i]);
		if (IS_ERR(region)) {
			err = PTR_ERR(region);
			goto err_end;
		}
		mem->regions[mem->nregions++] = region;
	}
	return mem;

err_end:
	vxr_mem_end(mem);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(vxr_mem_new);

static void last_put(struct kref *refs)
{
	complete(&container_of(refs, struct vxr_mem, refs)->unused);
}

/**
 * vxr_mem_put() - A request does not use a table any more
 * @mem: the table
 *
 * Context: any
 */
void vxr_mem_put(struct vxr_mem *mem)
{
	kref_put(&mem->refs, last_put);
}
EXPORT_SYMBOL_GPL(vxr_mem_put);

/**
 * vxr_mem_end() - Free a table that is not the device's any more
 * @mem: the table; no request is taken with it any more
 *
 * Waits for the requests in flight. Regions that no other table has are
 * unpinned.
 *
 * Context: may sleep; with the device's lock held
 */
void vxr_mem_end(struct vxr_mem *mem)
{
	unsigned int i;

	vxr_mem_put(mem);
	/* Each request ends, as the block layer ends each bio. */
	wait_for_completion(&mem->unused);
	for (i = 0; i < mem->nregions; i++)
		put_region(mem->regions[i]);
	kfree(mem);
}
EXPORT_SYMBOL_GPL(vxr_mem_end);

/**
 * vxr_mem_find() - Find the region that holds a range of addresses
 * @mem: the table
 * @addr: address of the first byte, as the guest has it
 * @len: bytes
 *
 * Return: the region, or NULL if there is none that holds all of it
 */
const struct vxr_region *vxr_mem_find(const struct vxr_mem *mem, u64 addr,
				      u64 len)
{
	unsigned int i;

	for (i = 0; i < mem->nregions; i++) {
		const struct vxr_region *r = mem->regions[i];

		/* An address below the base wraps, and is too large. */
		if (addr - r->base < r->size &&
		    len <= r->size - (addr - r->base))
			return r;
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(vxr_mem_find);

/**
 * vxr_mem_find_user() - Find the region that holds a range of a process
 * @mem: the table
 * @user: address of the first byte, as the process has it
 * @len: bytes
 *
 * Return: the region, or NULL if there is none that holds all of it
 */
const struct vxr_region *vxr_mem_find_user(const struct vxr_mem *mem,
					   u64 user, u64 len)
{
	unsigned int i;

	for (i = 0; i < mem->nregions; i++) {
		const struct vxr_region *r = mem->regions[i];

		if (user - r->user < r->size &&
		    len <= r->size - (user - r->user))
			return r;
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(vxr_mem_find_user);

/**
 * vxr_region_at() - Where a byte of a region is
 * @region: the region
 * @offset: of the byte, below @region->size
 *
 * Return: its address; what follows is its neighbour as far as the page goes
 */
void *vxr_region_at(const struct vxr_region *region, u64 offset)
{
	return page_address(region->pages[offset >> PAGE_SHIFT]) +
		offset_in_page(offset);
}
EXPORT_SYMBOL_GPL(vxr_region_at);

/**
 * vxr_mem_read() - Copy out of a guest's memory
 * @mem: the table
 * @addr: address of the first byte, as the guest has it
 * @to: where to
 * @len: bytes
 *
 * Return: 0, or -EFAULT if no region holds all of it
 */
int vxr_mem_read(const struct vxr_mem *mem, u64 addr, void *to, u32 len)
{
	const struct vxr_region *r = vxr_mem_find(mem, addr, len);
	u64 offset;

	if (!r)
		return -EFAULT;

	offset = addr - r->base;
	while (len) {
		u32 n = min_t(u32, len, PAGE_SIZE - offset_in_page(offset));

		memcpy(to, vxr_region_at(r, offset), n);
		to += n;
		offset += n;
		len -= n;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(vxr_mem_read);
