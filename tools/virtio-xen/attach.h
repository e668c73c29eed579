/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * attach.h - gives a domain a device
 */
#ifndef VIRTIO_XEN_ATTACH_H
#define VIRTIO_XEN_ATTACH_H

#include <xenstore.h>

#include "command.h"
#include "device.h"
#include "spec.h"

int attach_check(struct xs_handle *xs, const struct spec *specs, int count);
int attach_device(struct xs_handle *xs, unsigned int domid, struct spec *spec,
		  const struct options *options, struct device *device);

#endif /* VIRTIO_XEN_ATTACH_H */
