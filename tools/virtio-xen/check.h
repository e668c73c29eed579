/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.h - whether the machine has what a specification names
 */
#ifndef VIRTIO_XEN_CHECK_H
#define VIRTIO_XEN_CHECK_H

#include <stdbool.h>
#include <xenstore.h>

#include "spec.h"

int check_host(const struct spec *spec);
int check_conflict(const struct spec *spec, const struct spec *other, bool local);
int check_attached(struct xs_handle *xs, const struct spec *spec,
		   unsigned int backend);

#endif /* VIRTIO_XEN_CHECK_H */
