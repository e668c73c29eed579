/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frontend.h - a device's life, however it was found
 */
#ifndef VXEN_FRONTEND_H
#define VXEN_FRONTEND_H

#include <linux/types.h>
#include <xen/interface/io/xenbus.h>

struct device;
struct vxen_device;
struct vxen_link_ops;
struct work_struct;

/* How long to wait for a backend to let go that has shown to be dead. */
#define VXEN_DEAD_BACKEND_MS	500

int vxen_device_init(struct vxen_device *vx, struct device *dev,
		     const struct vxen_link_ops *link, u16 domid);
void vxen_device_told(struct vxen_device *vx, enum xenbus_state state);
void vxen_device_stop(struct vxen_device *vx);
void vxen_device_exit(struct vxen_device *vx);

void vxen_queue_work(struct work_struct *work);

int vxen_frontend_init(void);
void vxen_frontend_exit(void);

#endif /* VXEN_FRONTEND_H */
