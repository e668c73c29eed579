/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysfs.h - settings of one device
 */
#ifndef VXEN_SYSFS_H
#define VXEN_SYSFS_H

struct attribute_group;

extern const struct attribute_group *vxen_groups[];

#endif /* VXEN_SYSFS_H */
