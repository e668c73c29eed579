/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * adopt.h - virtio devices of other transports, behind grants
 */
#ifndef VXEN_ADOPT_H
#define VXEN_ADOPT_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct device_node;

#if IS_ENABLED(CONFIG_OF) && !IS_ENABLED(CONFIG_XEN_GRANT_DMA_OPS)

bool vxen_adopt_mapped(const struct device_node *host, u32 rid, u32 *domid);

int vxen_adopt_init(void);
void vxen_adopt_exit(void);

#else

static inline int vxen_adopt_init(void)
{
	return 0;
}

static inline void vxen_adopt_exit(void)
{
}

#endif

#endif /* VXEN_ADOPT_H */
