/* SPDX-License-Identifier: GPL-2.0-only */
/* vring.h - the three areas of a virtqueue */
#ifndef VX_VRING_H
#define VX_VRING_H

#include <stdbool.h>
#include <stdint.h>

#include "windows.h"

/**
 * struct vring_areas - where a virtqueue lies
 * @size: entries
 * @desc: descriptor area (packed: the ring), DMA address
 * @driver: driver area (split: available ring), DMA address
 * @device: device area (split: used ring), DMA address
 */
struct vring_areas {
	uint32_t size;
	uint64_t desc;
	uint64_t driver;
	uint64_t device;
};

bool vring_check(const struct vring_areas *a, bool packed, uint32_t max_size,
		 const struct windows *ws);
bool vring_in_window(const struct vring_areas *a, const struct window *w);

#endif /* VX_VRING_H */
