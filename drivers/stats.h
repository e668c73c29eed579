/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - what a device's DMA has done so far
 */
#ifndef VXEN_STATS_H
#define VXEN_STATS_H

#include <linux/percpu.h>
#include <linux/types.h>

/**
 * enum vxen_stat - the counters
 * @VXEN_STAT_MAPS: buffers mapped
 * @VXEN_STAT_UNMAPS: buffers unmapped
 * @VXEN_STAT_OUT: bytes copied for the device to read
 * @VXEN_STAT_IN: bytes copied that the device has written
 * @VXEN_STAT_INPLACE_MAPS: buffers granted in place, also counted as mapped
 * @VXEN_STAT_INPLACE_BYTES: bytes of them that were not copied
 * @VXEN_STAT_EXHAUSTED: mappings and allocations that were refused
 * @VXEN_STAT_NR: how many counters
 */
enum vxen_stat {
	VXEN_STAT_MAPS,
	VXEN_STAT_UNMAPS,
	VXEN_STAT_OUT,
	VXEN_STAT_IN,
	VXEN_STAT_INPLACE_MAPS,
	VXEN_STAT_INPLACE_BYTES,
	VXEN_STAT_EXHAUSTED,
	VXEN_STAT_NR,
};

/**
 * struct vxen_stats - the counters of one CPU
 * @n: by &enum vxen_stat
 *
 * Each CPU counts for itself, so that nothing is shared on the way of the data.
 */
struct vxen_stats {
	u64 n[VXEN_STAT_NR];
};

static inline void vxen_count(struct vxen_stats __percpu *stats,
			      enum vxen_stat what, u64 n)
{
	this_cpu_add(stats->n[what], n);
}

/* A snapshot, exact when nothing is going on. */
static inline u64 vxen_counted(struct vxen_stats __percpu *stats,
			       enum vxen_stat what)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->n[what]);

	return sum;
}

#endif /* VXEN_STATS_H */
