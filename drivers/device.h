/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - one device of this guest: all of its parts in one place
 */
#ifndef VXEN_DEVICE_H
#define VXEN_DEVICE_H

#include <linux/dcache.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <xen/interface/io/xenbus.h>

#include "bus.h"
#include "dma.h"
#include "transport.h"
#include "turn.h"

struct va_format;
struct vxen_device;

/**
 * enum vxen_state - where a device is in its life
 * @VXEN_IDLE: nothing granted; waiting for a backend
 * @VXEN_BUS: the bus page is granted, its event channel bound
 * @VXEN_ONLINE: the virtio device is registered
 * @VXEN_GONE: unbound from the driver, never to come back
 */
enum vxen_state {
	VXEN_IDLE,
	VXEN_BUS,
	VXEN_ONLINE,
	VXEN_GONE,
};

/**
 * struct vxen_link_ops - how both ends of a device tell each other their states
 * @backend_state: the backend's state, as it is now
 * @returns: a backend that closes is going to want the device again
 * @versions: lowest and highest version that the backend speaks
 * @switch_state: tell the backend of a new state of ours; does nothing if it is
 *	no new one. Returns 0 or a negative errno.
 * @open: open the bus and start it
 * @publish: say where the bus is; or NULL
 * @close: stop the bus, and undo @open
 * @report: say what has gone wrong
 *
 * All but @report may sleep.
 */
struct vxen_link_ops {
	enum xenbus_state (*backend_state)(struct vxen_device *vx);
	bool (*returns)(struct vxen_device *vx);
	void (*versions)(struct vxen_device *vx, unsigned int *min,
			 unsigned int *max);
	int (*switch_state)(struct vxen_device *vx, enum xenbus_state state);
	int (*open)(struct vxen_device *vx);
	int (*publish)(struct vxen_device *vx);
	void (*close)(struct vxen_device *vx);
	void (*report)(struct vxen_device *vx, int err, struct va_format *vaf);
};

/**
 * struct vxen_device - a virtio device, however it was found
 * @dev: what was found, a xenbus or a platform device; the virtio device's
 *	parent, and its DMA device
 * @link: how states are told
 * @lock: serialises connecting and disconnecting; protects @state
 * @state: see &enum vxen_state
 * @stop: set for good when the driver is being unbound: waits end early
 * @backend: the backend's state as was last told
 * @wait: woken when @backend or @stop changes
 * @turn: place among the devices that want to come up
 * @connect_work: brings the device up
 * @disconnect_work: takes it down when the backend asks for it
 * @bus: messages and event channels
 * @grantee: whom all is granted to
 * @dma: grants for data
 * @window_max_kib: limit of the windows, in KiB; heeded when they are made
 * @vmsg_lock: protects @vmsg against being freed while an event goes to it
 * @vmsg: the virtio device, or NULL
 * @debugfs: directory with figures for people
 */
struct vxen_device {
	struct device *dev;
	const struct vxen_link_ops *link;
	struct mutex lock;	/* connect against disconnect; state */
	enum vxen_state state;
	bool stop;
	enum xenbus_state backend;
	wait_queue_head_t wait;
	struct vxen_turn turn;
	struct work_struct connect_work;
	struct work_struct disconnect_work;
	struct vxen_bus bus;
	struct vxen_grantee grantee;
	struct vxen_dma dma;
	unsigned int window_max_kib;
	spinlock_t vmsg_lock;	/* vmsg against being freed */
	struct vmsg_device *vmsg;
	struct dentry *debugfs;
};

extern unsigned int vxen_window_max_kib;
extern unsigned int vxen_window_idle_ms;
extern unsigned int vxen_inplace_min;
extern unsigned int vxen_inplace_refs;
extern unsigned int vxen_timeout_ms;

#endif /* VXEN_DEVICE_H */
