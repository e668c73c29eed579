/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domain.h - domains by name and by number
 */
#ifndef VIRTIO_XEN_DOMAIN_H
#define VIRTIO_XEN_DOMAIN_H

#include <stdbool.h>
#include <xenstore.h>

/* DOMID_FIRST_RESERVED - 1 */
#define DOMAIN_MAX	0x7fef

int domain_by_name(struct xs_handle *xs, const char *name);
int domain_find(struct xs_handle *xs, const char *text);
int domain_number(struct xs_handle *xs, const char *text);
bool domain_exists(struct xs_handle *xs, unsigned int domid);
char *domain_name(struct xs_handle *xs, unsigned int domid);
unsigned int domain_vcpus(struct xs_handle *xs, unsigned int domid);
unsigned int domain_self(struct xs_handle *xs);
unsigned int *domain_list(struct xs_handle *xs, unsigned int *count);

#endif /* VIRTIO_XEN_DOMAIN_H */
