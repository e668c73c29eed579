/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sizing.h - how large virtqueues, windows and buffers may be
 */
#ifndef VXEN_SIZING_H
#define VXEN_SIZING_H

#include <linux/types.h>

struct virtio_device;

/**
 * struct vxen_sizing - what a device needs of windows
 * @first: bytes of the first window
 * @step: bytes of a further one
 * @max: bytes of all of them
 * @ahead: grow before there is no room
 * @max_mapping: largest buffer that is to be mapped as one, in bytes
 */
struct vxen_sizing {
	size_t first;
	size_t step;
	size_t max;
	bool ahead;
	size_t max_mapping;
};

void vxen_size_features(struct virtio_device *vdev);
void vxen_size(u32 device_id, bool indirect, u32 *entries, unsigned int nvqs,
	       size_t max, struct vxen_sizing *sizing);

#endif /* VXEN_SIZING_H */
