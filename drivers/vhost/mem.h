/* SPDX-License-Identifier: GPL-2.0-only */
/* mem.h - the memory that requests may name */
#ifndef VHOST_XEN_MEM_H
#define VHOST_XEN_MEM_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/vhost.h>

/* Regions of a table, and their pages all together */
#define VXR_MAX_REGIONS		64
#define VXR_MAX_PAGES		65536

/**
 * struct vxr_region - pages of a process, under the addresses of a guest
 * @refs: of the tables that it is in; changed with the device's lock held
 * @base: address of the first byte, as the guest has it
 * @size: bytes, whole pages
 * @user: address of the first byte in the process
 * @npages: of @pages
 * @pages: pinned
 */
struct vxr_region {
	unsigned int refs;
	u64 base;
	u64 size;
	u64 user;
	unsigned long npages;
	struct page *pages[];
};

/**
 * struct vxr_mem - a memory table
 * @refs: the device's, and one for each request in flight
 * @unused: the last reference is gone
 * @nregions: of @regions
 * @regions: what there is
 */
struct vxr_mem {
	struct kref refs;
	struct completion unused;
	unsigned int nregions;
	struct vxr_region *regions[VXR_MAX_REGIONS];
};

struct vxr_mem *vxr_mem_empty(void);
struct vxr_mem *vxr_mem_new(const struct vxr_mem *old,
			    const struct vhost_memory_region *regions,
			    unsigned int nregions);
void vxr_mem_end(struct vxr_mem *mem);
const struct vxr_region *vxr_mem_find(const struct vxr_mem *mem, u64 addr,
				      u64 len);
const struct vxr_region *vxr_mem_find_user(const struct vxr_mem *mem,
					   u64 user, u64 len);
void *vxr_region_at(const struct vxr_region *region, u64 offset);
int vxr_mem_read(const struct vxr_mem *mem, u64 addr, void *to, u32 len);

static inline struct vxr_mem *vxr_mem_get(struct vxr_mem *mem)
{
	kref_get(&mem->refs);
	return mem;
}

void vxr_mem_put(struct vxr_mem *mem);

#endif /* VHOST_XEN_MEM_H */
