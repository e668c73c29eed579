/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * platform.h - devices found in the device tree
 */
#ifndef VXEN_PLATFORM_H
#define VXEN_PLATFORM_H

#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_OF)

int vxen_platform_init(void);
void vxen_platform_exit(void);

#else

static inline int vxen_platform_init(void)
{
	return 0;
}

static inline void vxen_platform_exit(void)
{
}

#endif

#endif /* VXEN_PLATFORM_H */
