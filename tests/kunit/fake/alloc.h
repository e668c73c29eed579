/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc.h - allocations that fail when a test says so
 *
 * Included ahead of each file that is tested, and of no other: only the
 * driver's own allocations fail, not those of the kernel that it calls.
 */
#ifndef VXEN_FAKE_ALLOC_H
#define VXEN_FAKE_ALLOC_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "../fake_fail.h"

/* Of the kernel's own names, some are macros: these are made from them first. */
static inline void *fake_kmalloc(size_t size, gfp_t gfp)
{
	return fake_fails("kmalloc") ? NULL : kmalloc(size, gfp);
}

static inline void *fake_kzalloc(size_t size, gfp_t gfp)
{
	return fake_fails("kzalloc") ? NULL : kzalloc(size, gfp);
}

static inline void *fake_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return fake_fails("kcalloc") ? NULL : kcalloc(n, size, gfp);
}

static inline void *fake_kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return fake_fails("kvmalloc_array") ? NULL :
					      kvmalloc_array(n, size, gfp);
}

static inline void *fake_kvzalloc(size_t size, gfp_t gfp)
{
	return fake_fails("kvzalloc") ? NULL : kvzalloc(size, gfp);
}

static inline void *fake_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return fake_fails("kvcalloc") ? NULL : kvcalloc(n, size, gfp);
}

static inline struct page *fake_alloc_page(gfp_t gfp)
{
	return fake_fails("alloc_page") ? NULL : alloc_page(gfp);
}

static inline void *fake_vmap(struct page **pages, unsigned int nr,
			      unsigned long flags, pgprot_t prot)
{
	return fake_fails("vmap") ? NULL : vmap(pages, nr, flags, prot);
}

#undef kmalloc
#define kmalloc(size, gfp)		fake_kmalloc(size, gfp)
#undef kzalloc
#define kzalloc(size, gfp)		fake_kzalloc(size, gfp)
#undef kcalloc
#define kcalloc(n, size, gfp)		fake_kcalloc(n, size, gfp)
#undef kvmalloc_array
#define kvmalloc_array(n, size, gfp)	fake_kvmalloc_array(n, size, gfp)
#undef kvzalloc
#define kvzalloc(size, gfp)		fake_kvzalloc(size, gfp)
#undef kvcalloc
#define kvcalloc(n, size, gfp)		fake_kvcalloc(n, size, gfp)
#undef alloc_page
#define alloc_page(gfp)			fake_alloc_page(gfp)
#undef vmap
#define vmap(pages, nr, flags, prot)	fake_vmap(pages, nr, flags, prot)

#undef alloc_percpu
#define alloc_percpu(type)						\
	(fake_fails("alloc_percpu") ? NULL :				\
	 (typeof(type) __percpu *)__alloc_percpu(sizeof(type),		\
						 __alignof__(type)))
#undef alloc_workqueue
#define alloc_workqueue(name, flags, max)				\
	(fake_fails("alloc_workqueue") ? NULL :				\
	 fake_alloc_workqueue(name, flags, max))

struct workqueue_struct *fake_alloc_workqueue(const char *name,
					      unsigned int flags, int max);

#endif /* VXEN_FAKE_ALLOC_H */
