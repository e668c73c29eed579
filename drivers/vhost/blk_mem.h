/* SPDX-License-Identifier: GPL-2.0-only */
/* blk_mem.h - the memory that requests may name */
#ifndef VHOST_XEN_BLK_MEM_H
#define VHOST_XEN_BLK_MEM_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/vhost.h>

/* Regions of a table, and their pages all together */
#define VXB_MAX_REGIONS		64
#define VXB_MAX_PAGES		65536

/**
 * struct vxb_region - pages of a process, under the addresses of a guest
 * @refs: of the tables that it is in; changed with the device's lock held
 * @base: address of the first byte, as the guest has it
 * @size: bytes, whole pages
 * @user: address of the first byte in the process
 * @npages: of @pages
 * @pages: pinned
 */
struct vxb_region {
	unsigned int refs;
	u64 base;
	u64 size;
	u64 user;
	unsigned long npages;
	struct page *pages[];
};

/**
 * struct vxb_mem - a memory table
 * @refs: the device's, and one for each request in flight
 * @unused: the last reference is gone
 * @nregions: of @regions
 * @regions: what there is
 */
struct vxb_mem {
	struct kref refs;
	struct completion unused;
	unsigned int nregions;
	struct vxb_region *regions[VXB_MAX_REGIONS];
};

struct vxb_mem *vxb_mem_empty(void);
struct vxb_mem *vxb_mem_new(const struct vxb_mem *old,
			    const struct vhost_memory_region *regions,
			    unsigned int nregions);
void vxb_mem_end(struct vxb_mem *mem);
const struct vxb_region *vxb_mem_find(const struct vxb_mem *mem, u64 addr,
				      u64 len);
const struct vxb_region *vxb_mem_find_user(const struct vxb_mem *mem,
					   u64 user, u64 len);
void *vxb_region_at(const struct vxb_region *region, u64 offset);
int vxb_mem_read(const struct vxb_mem *mem, u64 addr, void *to, u32 len);

static inline struct vxb_mem *vxb_mem_get(struct vxb_mem *mem)
{
	kref_get(&mem->refs);
	return mem;
}

void vxb_mem_put(struct vxb_mem *mem);

#endif /* VHOST_XEN_BLK_MEM_H */
