/* SPDX-License-Identifier: GPL-2.0-only */
/* vhost_blk.h - what a block device is, for a guest */
#ifndef VX_VHOST_BLK_H
#define VX_VHOST_BLK_H

#include "backend.h"

/**
 * struct blk_limits - what the kernel says of a block device; bytes
 * @size: of all of it
 * @block: smallest unit that can be read or written
 * @physical: smallest unit that the device does not have to read first
 * @io_min: smallest request that it likes
 * @io_opt: what it likes most, or 0
 * @discard_max: most that one discard may name, 0 if it knows none
 * @discard_granularity: unit of discards, or 0
 */
struct blk_limits {
	uint64_t size;
	unsigned int block;
	unsigned int physical;
	unsigned int io_min;
	unsigned int io_opt;
	uint64_t discard_max;
	uint64_t discard_granularity;
};

void vhost_blk_describe(struct backend *be, const struct blk_limits *l, bool readonly);

#endif /* VX_VHOST_BLK_H */
