// SPDX-License-Identifier: GPL-2.0-only
/*
 * frontend.c - a device's life, however it was found
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "States".
 *
 * Both ends tell each other their states, through xenstore (xenbus.c) or in the
 * bus page (static.c): vxen_link_ops hides which. What a change of the backend's
 * state leads to is the same.
 *
 * vxen_device_told() is called for every change, from where nothing may wait:
 * in xenbus's one watch thread, other devices' changes come through it, too. All
 * that waits is done in two work items.
 *
 * connect_work takes an idle device to VXEN_ONLINE, all the way down one
 * function, when it is the device's turn (turn.c). disconnect_work takes it
 * down again when the backend goes to Closing, or vanishes. Either may be held
 * up by the virtio driver, or by whoever uses the device; nobody else waits for
 * them.
 *
 * Unbinding (device removed from xenstore, module unloaded) stops both, then
 * does the same in place.
 *
 * Taking down: unregister the virtio device, which resets it through messages
 * that still work; go to Closing; wait for the backend to say Closed, which it
 * does when it has unmapped everything; only then revoke. If it does not say
 * so in time, the pages are held back (revoke.c).
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/jiffies.h>

#include "debugfs.h"
#include "device.h"
#include "frontend.h"
#include "glue.h"
#include "platform.h"
#include "xenbus.h"

static struct workqueue_struct *vxen_wq;

/* On its way out, or not there at all. */
static bool leaving(enum xenbus_state state)
{
	return state == XenbusStateUnknown || state == XenbusStateClosing ||
	       state == XenbusStateClosed;
}

/* Say why a device does not come up, where people look for it. */
__printf(3, 4)
static void report(struct vxen_device *vx, int err, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	vx->link->report(vx, err, &vaf);
	va_end(args);
}

static int check_version(struct vxen_device *vx)
{
	unsigned int min, max;

	vx->link->versions(vx, &min, &max);
	if (min <= VMSG_XEN_VERSION && VMSG_XEN_VERSION <= max)
		return 0;

	report(vx, -EPROTONOSUPPORT, "backend speaks versions %u to %u, not %u",
	       min, max, VMSG_XEN_VERSION);
	return -EPROTONOSUPPORT;
}

/* The bus is open: let the backend know. */
static int publish(struct vxen_device *vx)
{
	int err;

	err = vx->link->publish ? vx->link->publish(vx) : 0;
	if (!err)
		err = vx->link->switch_state(vx, XenbusStateInitialised);
	if (err)
		report(vx, err, "writing to xenstore");

	return err;
}

static bool connected_or_over(struct vxen_device *vx)
{
	enum xenbus_state state = READ_ONCE(vx->backend);

	return READ_ONCE(vx->stop) || leaving(state) ||
	       state == XenbusStateConnected;
}

static int await_backend(struct vxen_device *vx)
{
	wait_event_timeout(vx->wait, connected_or_over(vx),
			   msecs_to_jiffies(vxen_timeout_ms));

	if (READ_ONCE(vx->stop))
		return -ESHUTDOWN;
	if (READ_ONCE(vx->backend) == XenbusStateConnected)
		return 0;

	report(vx, -ETIMEDOUT, "backend %s",
	       leaving(READ_ONCE(vx->backend)) ?
	       "closed before it was connected" : "did not connect in time");
	return -ETIMEDOUT;
}

/* Make the virtio device; the bus is connected. */
static int bring_online(struct vxen_device *vx)
{
	u32 features = BIT(VMSG_XEN_F_QUEUE_PORTS);
	struct vmsg_device *md;
	int err;

	if (vxen_inplace_refs)
		features |= BIT(VMSG_XEN_F_SINGLE_GRANTS);
	err = vxen_bus_hello(&vx->bus, features);
	if (err)
		return err;

	md = vmsg_device_create(vx->dev, &vxen_bus_ops, vx, 0);
	if (IS_ERR(md))
		return PTR_ERR(md);

	/*
	 * Pairs with the dependency in client_event(), in an interrupt on any
	 * CPU: what is in it comes before the pointer to it.
	 */
	smp_store_release(&vx->vmsg, md);
	WRITE_ONCE(vx->state, VXEN_ONLINE);

	return vmsg_device_register(md);
}

static void drop_vmsg(struct vxen_device *vx, bool registered)
{
	struct vmsg_device *md = vx->vmsg;

	if (registered)
		vmsg_device_unregister(md);

	spin_lock_irq(&vx->vmsg_lock);
	WRITE_ONCE(vx->vmsg, NULL);
	spin_unlock_irq(&vx->vmsg_lock);
	vxen_bus_synchronize(&vx->bus);

	vmsg_device_free(md);
	WRITE_ONCE(vx->state, VXEN_BUS);
}

/* Wait until the backend has let go, or for as long as that is worth it. */
static void await_backend_closed(struct vxen_device *vx)
{
	unsigned int ms = READ_ONCE(vx->bus.broken) ? VXEN_DEAD_BACKEND_MS :
						      vxen_timeout_ms;
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	/*
	 * Polled, because this may run where changes are told, which then
	 * tells nothing: the xenbus watch thread.
	 */
	for (;;) {
		enum xenbus_state state = vx->link->backend_state(vx);

		if (state == XenbusStateUnknown || state == XenbusStateClosed)
			return;
		if (time_after(jiffies, end))
			break;
		msleep(20);
	}

	dev_warn(vx->dev, "the backend does not close\n");
}

/* Undo connect(), from wherever it came to; vx->lock is held. */
static void disconnect(struct vxen_device *vx, bool registered)
{
	if (vx->state == VXEN_ONLINE)
		drop_vmsg(vx, registered);

	if (vx->state == VXEN_BUS) {
		vx->link->switch_state(vx, XenbusStateClosing);
		await_backend_closed(vx);
		vxen_grants_drop(vx);
		vx->link->close(vx);
		WRITE_ONCE(vx->state, VXEN_IDLE);
	}
}

/* Take an idle device online; vx->lock is held. */
static void connect(struct vxen_device *vx)
{
	bool registered = false;
	int err;

	err = check_version(vx);
	if (err)
		goto err_closed;

	err = vx->link->open(vx);
	if (err) {
		report(vx, err, "opening the bus");
		goto err_closed;
	}
	WRITE_ONCE(vx->state, VXEN_BUS);

	err = publish(vx);
	if (!err)
		err = await_backend(vx);
	if (!err)
		err = bring_online(vx);
	if (err)
		goto err_disconnect;

	registered = true;
	err = vx->link->switch_state(vx, XenbusStateConnected);
	if (!err)
		return;

err_disconnect:
	disconnect(vx, registered);
err_closed:
	vx->link->switch_state(vx, XenbusStateClosed);
}

static void connect_work(struct work_struct *work)
{
	struct vxen_device *vx = container_of(work, struct vxen_device,
					      connect_work);

	vxen_turn_wait(&vx->turn, vxen_timeout_ms);

	mutex_lock(&vx->lock);
	if (vx->state == VXEN_IDLE && !READ_ONCE(vx->stop) &&
	    vx->link->backend_state(vx) == XenbusStateInitWait)
		connect(vx);
	mutex_unlock(&vx->lock);

	vxen_turn_leave(&vx->turn);
}

static void disconnect_work(struct work_struct *work)
{
	struct vxen_device *vx = container_of(work, struct vxen_device,
					      disconnect_work);
	enum xenbus_state state;
	bool was_online;

	mutex_lock(&vx->lock);
	state = vx->link->backend_state(vx);
	was_online = vx->state == VXEN_ONLINE;
	if (vx->state != VXEN_IDLE && leaving(state)) {
		disconnect(vx, true);
		vx->link->switch_state(vx, XenbusStateClosed);
		/* A backend that only restarts will want the device again. */
		if (was_online && !READ_ONCE(vx->stop) && vx->link->returns(vx))
			vx->link->switch_state(vx, XenbusStateInitialising);
	} else if (vx->state == VXEN_IDLE && state == XenbusStateClosing) {
		/*
		 * Nothing to let go of. One that is Closed is left alone: it
		 * waits for the frontend to start anew, which may just have
		 * happened.
		 */
		vx->link->switch_state(vx, XenbusStateClosed);
	}
	mutex_unlock(&vx->lock);
}

/**
 * vxen_device_told() - the backend's state has changed
 * @vx: the device
 * @state: what it is now
 *
 * Context: process context; does not wait.
 */
void vxen_device_told(struct vxen_device *vx, enum xenbus_state state)
{
	WRITE_ONCE(vx->backend, state);
	wake_up_all(&vx->wait);

	switch (state) {
	case XenbusStateInitWait:
		vxen_turn_take(&vx->turn);
		queue_work(vxen_wq, &vx->connect_work);
		break;
	case XenbusStateUnknown:
	case XenbusStateClosed:
		/* It cannot answer any more: do not wait for it to. */
		if (READ_ONCE(vx->state) == VXEN_ONLINE)
			vxen_bus_break(&vx->bus, "the backend has gone");
		fallthrough;
	case XenbusStateClosing:
		queue_work(vxen_wq, &vx->disconnect_work);
		break;
	default:
		break;
	}
}

/**
 * vxen_device_init() - make a device that has been found
 * @vx: zeroed
 * @dev: what was found; the virtio device's parent, and its DMA device
 * @link: how states are told
 * @domid: the backend's domain
 *
 * Context: may sleep.
 * Return: 0 or a negative errno.
 */
int vxen_device_init(struct vxen_device *vx, struct device *dev,
		     const struct vxen_link_ops *link, u16 domid)
{
	int err;

	vx->dev = dev;
	vx->link = link;
	mutex_init(&vx->lock);
	spin_lock_init(&vx->vmsg_lock);
	init_waitqueue_head(&vx->wait);
	vxen_turn_init(&vx->turn);
	INIT_WORK(&vx->connect_work, connect_work);
	INIT_WORK(&vx->disconnect_work, disconnect_work);
	dev_set_drvdata(dev, vx);

	vx->window_max_kib = vxen_window_max_kib;
	vx->grantee.domid = domid;
	vx->grantee.name = dev_name(dev);
	vxen_pool_init(&vx->dma.pool, dev, &vxen_pool_bus_ops, &vx->grantee);
	vx->dma.lost = vxen_grants_lost;
	err = vxen_dma_attach(dev, &vx->dma);
	if (err) {
		dev_set_drvdata(dev, NULL);
		return err;
	}

	vxen_debugfs_add(vx);
	return 0;
}

/**
 * vxen_device_stop() - take a device down for good
 * @vx: the device; nobody calls vxen_device_told() any more
 *
 * Context: may sleep.
 */
void vxen_device_stop(struct vxen_device *vx)
{
	WRITE_ONCE(vx->stop, true);
	wake_up_all(&vx->wait);
	vxen_turn_leave(&vx->turn);
	cancel_work_sync(&vx->connect_work);
	cancel_work_sync(&vx->disconnect_work);

	mutex_lock(&vx->lock);
	disconnect(vx, true);
	WRITE_ONCE(vx->state, VXEN_GONE);
	mutex_unlock(&vx->lock);
}

/**
 * vxen_device_exit() - undo vxen_device_init()
 * @vx: the device, stopped or never told of anything
 *
 * Context: may sleep.
 */
void vxen_device_exit(struct vxen_device *vx)
{
	vxen_debugfs_remove(vx);
	vxen_dma_detach(vx->dev);
	dev_set_drvdata(vx->dev, NULL);
}

/**
 * vxen_queue_work() - have something done that concerns a device
 * @work: what
 *
 * Context: any.
 */
void vxen_queue_work(struct work_struct *work)
{
	queue_work(vxen_wq, work);
}

/**
 * vxen_frontend_init() - start to look for devices
 *
 * Context: may sleep; waits for the devices that are there to come up.
 * Return: 0 or a negative errno.
 */
int vxen_frontend_init(void)
{
	int err;

	vxen_wq = alloc_workqueue("virtio_xen", WQ_UNBOUND, 0);
	if (!vxen_wq)
		return -ENOMEM;

	/* First: what the device tree says holds for xenbus's devices, too. */
	err = vxen_platform_init();
	if (err)
		goto err_wq;

	err = vxen_xenbus_init();
	if (err)
		goto err_platform;

	return 0;

err_platform:
	vxen_platform_exit();
err_wq:
	destroy_workqueue(vxen_wq);
	return err;
}

/**
 * vxen_frontend_exit() - let go of all devices
 *
 * Context: may sleep.
 */
void vxen_frontend_exit(void)
{
	vxen_xenbus_exit();
	vxen_platform_exit();
	destroy_workqueue(vxen_wq);
}
