/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * revoke.h - grant pages, and take them back without lying about it
 */
#ifndef VXEN_REVOKE_H
#define VXEN_REVOKE_H

#include <linux/atomic.h>
#include <linux/types.h>

struct page;
struct seq_file;

/**
 * struct vxen_grantee - whom pages are granted to, and for what
 * @domid: the domain
 * @name: of the device, for people
 * @leaked: frames lost for want of memory to note them in
 */
struct vxen_grantee {
	u16 domid;
	const char *name;
	atomic_t leaked;
};

int vxen_grant_pages(const struct vxen_grantee *to, struct page **pages,
		     unsigned int nr_pages, u32 *first_ref);
unsigned int vxen_revoke_pages(struct vxen_grantee *to, struct page **pages,
			       unsigned int nr_pages, u32 first_ref);
int vxen_grant_fixed(const struct vxen_grantee *to, struct page *page, u32 ref);
unsigned int vxen_revoke_fixed(struct vxen_grantee *to, struct page *page,
			       u32 ref);
void vxen_hold_back(struct vxen_grantee *to, u32 ref, struct page *page);

void vxen_revoke_show(struct seq_file *m);
unsigned int vxen_revoke_deferred(const struct vxen_grantee *to);
void vxen_revoke_exit(void);

#endif /* VXEN_REVOKE_H */
