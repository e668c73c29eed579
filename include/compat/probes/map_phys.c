// SPDX-License-Identifier: GPL-2.0-only
/* Compiles where dma_map_ops maps physical addresses (since 6.19). */
#include <linux/dma-map-ops.h>

size_t probe(void);

size_t probe(void)
{
	return offsetof(struct dma_map_ops, map_phys);
}
