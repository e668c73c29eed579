/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debugfs.h - figures for people
 */
#ifndef VXEN_DEBUGFS_H
#define VXEN_DEBUGFS_H

struct vxen_device;

void vxen_debugfs_init(void);
void vxen_debugfs_exit(void);
void vxen_debugfs_add(struct vxen_device *vx);
void vxen_debugfs_remove(struct vxen_device *vx);

#endif /* VXEN_DEBUGFS_H */
