/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_backend.h - a backend behind the fake xenbus, and a virtio driver in
 *	front of it: all that a whole device needs
 */
#ifndef VXEN_FAKE_BACKEND_H
#define VXEN_FAKE_BACKEND_H

#include <linux/completion.h>
#include <linux/virtio.h>

#include "../../drivers/device.h"
#include "fake_bus.h"
#include "fake_events.h"
#include "fake_fail.h"
#include "fake_grants.h"
#include "fake_xenbus.h"

#define FAKE_VQS	2

/**
 * struct fake_window - a window that the backend has mapped
 * @id: its number
 * @first_ref: its first reference
 * @frames: how many; 0: there is no window
 */
struct fake_window {
	u32 id;
	u32 first_ref;
	u32 frames;
};

/**
 * struct fake_backend - the backend, good by default
 * @model: its virtio device
 * @page: the bus page, mapped; or NULL
 * @page_ref: its reference
 * @in: ring to the backend
 * @out: ring from it
 * @msg_work: takes messages
 * @state_work: follows the frontend's states
 * @front: the frontend's state, not yet followed
 * @features: bus features that it has
 * @asked: bus features that the driver has asked for
 * @max_windows: that it takes
 * @refuse: bus message that it refuses; 0: none
 * @mute: message of any kind that it does not answer; 0: none
 * @holds: it does not unmap
 * @silent: it does not follow the frontend's states
 * @at: when the frontend is in this state...
 * @says: ...it goes to this one, instead of what it should, once; never if @at
 *	is Unknown
 * @windows: that it has
 * @adds: windows announced so far
 * @ports: of virtqueues
 * @avail: EVENT_AVAIL that it has got
 * @odd: messages that make no sense
 */
struct fake_backend {
	struct fake_bus model;
	struct vmsg_xen_bus_page *page;
	u32 page_ref;
	struct vxen_ring in;
	struct vxen_ring out;
	struct work_struct msg_work;
	struct work_struct state_work;
	enum xenbus_state front;
	u32 features;
	u32 asked;
	u32 max_windows;
	u8 refuse;
	u8 mute;
	bool holds;
	bool silent;
	enum xenbus_state at;
	enum xenbus_state says;
	struct fake_window windows[VXEN_MAX_WINDOWS];
	unsigned int adds;
	u32 ports[FAKE_MAX_VQS];
	unsigned int avail;
	unsigned int odd;
};

/**
 * struct fake_driver - the virtio driver of such devices
 * @vdev: the device that it is bound to, or NULL
 * @vqs: its virtqueues
 * @probes: calls so far
 * @removes: likewise
 * @callbacks: likewise, of any virtqueue
 * @err: what it got for its virtqueues
 * @hang: its probe waits for @go
 * @hanging: it does
 * @go: ends that
 */
struct fake_driver {
	struct virtio_device *vdev;
	struct virtqueue *vqs[FAKE_VQS];
	unsigned int probes;
	unsigned int removes;
	unsigned int callbacks;
	int err;
	bool hang;
	bool hanging;
	struct completion go;
};

extern struct fake_backend *fake_backend;
extern struct fake_driver fake_driver;

int fake_backend_init(struct kunit *test);
void fake_backend_exit(struct kunit *test);
void fake_backend_listen(void);
struct vxen_device *fake_backend_plug(struct kunit *test);
void fake_backend_expect_nothing(struct kunit *test);
void fake_backend_grow(struct kunit *test);
bool fake_backend_attach(struct fake_backend *be, u32 ref);
void fake_backend_let_go(struct fake_backend *be);
void fake_backend_take(struct fake_backend *be);
void fake_backend_send(const void *msg, size_t size);

/* The driver's device, while it is bound. */
static inline struct vxen_device *fake_vx(void)
{
	return dev_get_drvdata(&fake_xenbus.xdev->dev);
}

/* The frontend has come to a state, and to nothing beyond it. */
static inline bool fake_front_is(enum xenbus_state state)
{
	return fake_until(READ_ONCE(fake_xenbus.front) == state);
}

#endif /* VXEN_FAKE_BACKEND_H */
