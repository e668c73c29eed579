// SPDX-License-Identifier: GPL-2.0-only
/*
 * frontend.c - devices found through xenbus
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "States".
 *
 * Xenbus tells of every change of the backend's state in its one watch thread,
 * where nothing may wait: other devices' changes come through it, too. All that
 * waits is done in two work items.
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
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <xen/xenbus.h>

#include "debugfs.h"
#include "device.h"
#include "frontend.h"
#include "glue.h"
#include "sysfs.h"

/* How long to wait for a backend to close that has shown to be dead. */
#define DEAD_BACKEND_MS		500

static struct workqueue_struct *vxen_wq;

static enum xenbus_state backend_state(struct vxen_device *vx)
{
	int state;

	if (xenbus_scanf(XBT_NIL, vx->xdev->otherend, "state", "%d",
			 &state) != 1)
		return XenbusStateUnknown;

	return state;
}

static bool backend_online(struct vxen_device *vx)
{
	return xenbus_read_unsigned(vx->xdev->otherend, "online", 0);
}

/* On its way out, or not there at all. */
static bool leaving(enum xenbus_state state)
{
	return state == XenbusStateUnknown || state == XenbusStateClosing ||
	       state == XenbusStateClosed;
}

static int check_version(struct vxen_device *vx)
{
	const char *dir = vx->xdev->otherend;
	unsigned int min = xenbus_read_unsigned(dir, VMSG_XEN_NODE_MIN_VERSION,
						VMSG_XEN_VERSION);
	unsigned int max = xenbus_read_unsigned(dir, VMSG_XEN_NODE_MAX_VERSION,
						VMSG_XEN_VERSION);

	if (min <= VMSG_XEN_VERSION && VMSG_XEN_VERSION <= max)
		return 0;

	xenbus_dev_error(vx->xdev, -EPROTONOSUPPORT,
			 "backend speaks versions %u to %u, not %u", min, max,
			 VMSG_XEN_VERSION);
	return -EPROTONOSUPPORT;
}

static int write_nodes(struct vxen_device *vx, struct xenbus_transaction xbt)
{
	const char *dir = vx->xdev->nodename;
	int err;

	err = xenbus_printf(xbt, dir, VMSG_XEN_NODE_VERSION, "%u",
			    VMSG_XEN_VERSION);
	if (!err)
		err = xenbus_printf(xbt, dir, VMSG_XEN_NODE_BUS_REF, "%u",
				    vx->bus.page_ref);
	if (!err)
		err = xenbus_printf(xbt, dir, VMSG_XEN_NODE_EVTCHN, "%u",
				    vx->bus.port);

	return err;
}

static int publish(struct vxen_device *vx)
{
	struct xenbus_transaction xbt;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			break;
		err = write_nodes(vx, xbt);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			break;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);

	if (!err)
		err = xenbus_switch_state(vx->xdev, XenbusStateInitialised);
	if (err)
		xenbus_dev_error(vx->xdev, err, "writing to xenstore");

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

	xenbus_dev_error(vx->xdev, -ETIMEDOUT,
			 leaving(READ_ONCE(vx->backend)) ?
			 "backend closed before it was connected" :
			 "backend did not connect in time");
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

	md = vmsg_device_create(&vx->xdev->dev, &vxen_bus_ops, vx, 0);
	if (IS_ERR(md))
		return PTR_ERR(md);

	WRITE_ONCE(vx->vmsg, md);
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
	unsigned int ms = READ_ONCE(vx->bus.broken) ? DEAD_BACKEND_MS :
						      vxen_timeout_ms;
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	/*
	 * Polled, because this may run in the xenbus watch thread, which then
	 * delivers nothing.
	 */
	for (;;) {
		enum xenbus_state state = backend_state(vx);

		if (state == XenbusStateUnknown || state == XenbusStateClosed)
			return;
		if (time_after(jiffies, end))
			break;
		msleep(20);
	}

	dev_warn(&vx->xdev->dev, "the backend does not close\n");
}

/* Undo connect(), from wherever it came to; vx->lock is held. */
static void disconnect(struct vxen_device *vx, bool registered)
{
	if (vx->state == VXEN_ONLINE)
		drop_vmsg(vx, registered);

	if (vx->state == VXEN_BUS) {
		xenbus_switch_state(vx->xdev, XenbusStateClosing);
		await_backend_closed(vx);
		vxen_grants_drop(vx);
		vxen_bus_close(&vx->bus);
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

	err = vxen_bus_open(&vx->bus, vx->xdev, &vx->grantee,
			    &vxen_bus_client);
	if (err) {
		xenbus_dev_error(vx->xdev, err, "granting the bus page");
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
	err = xenbus_switch_state(vx->xdev, XenbusStateConnected);
	if (!err)
		return;

err_disconnect:
	disconnect(vx, registered);
err_closed:
	xenbus_switch_state(vx->xdev, XenbusStateClosed);
}

static void connect_work(struct work_struct *work)
{
	struct vxen_device *vx = container_of(work, struct vxen_device,
					      connect_work);

	vxen_turn_wait(&vx->turn, vxen_timeout_ms);

	mutex_lock(&vx->lock);
	if (vx->state == VXEN_IDLE && !READ_ONCE(vx->stop) &&
	    backend_state(vx) == XenbusStateInitWait)
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
	state = backend_state(vx);
	was_online = vx->state == VXEN_ONLINE;
	if (vx->state != VXEN_IDLE && leaving(state)) {
		disconnect(vx, true);
		xenbus_switch_state(vx->xdev, XenbusStateClosed);
		/* A backend that only restarts will want the device again. */
		if (was_online && !READ_ONCE(vx->stop) && backend_online(vx))
			xenbus_switch_state(vx->xdev, XenbusStateInitialising);
	} else if (vx->state == VXEN_IDLE && state == XenbusStateClosing) {
		/*
		 * Nothing to let go of. One that is Closed is left alone: it
		 * waits for the frontend to start anew, which may just have
		 * happened.
		 */
		xenbus_switch_state(vx->xdev, XenbusStateClosed);
	}
	mutex_unlock(&vx->lock);
}

static void vxen_otherend_changed(struct xenbus_device *xdev,
				  enum xenbus_state state)
{
	struct vxen_device *vx = dev_get_drvdata(&xdev->dev);

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

static int vxen_probe(struct xenbus_device *xdev,
		      const struct xenbus_device_id *id)
{
	struct vxen_device *vx;
	int err;

	vx = kzalloc(sizeof(*vx), GFP_KERNEL);
	if (!vx)
		return -ENOMEM;

	vx->xdev = xdev;
	mutex_init(&vx->lock);
	spin_lock_init(&vx->vmsg_lock);
	init_waitqueue_head(&vx->wait);
	vxen_turn_init(&vx->turn);
	INIT_WORK(&vx->connect_work, connect_work);
	INIT_WORK(&vx->disconnect_work, disconnect_work);
	dev_set_drvdata(&xdev->dev, vx);

	vx->window_max_kib = vxen_window_max_kib;
	vx->grantee.domid = xdev->otherend_id;
	vx->grantee.name = dev_name(&xdev->dev);
	vxen_pool_init(&vx->dma.pool, &xdev->dev, &vxen_pool_bus_ops,
		       &vx->grantee);
	vx->dma.lost = vxen_grants_lost;
	err = vxen_dma_attach(&xdev->dev, &vx->dma);
	if (err)
		goto err_free;

	vxen_debugfs_add(vx);

	/* After an earlier driver, or an earlier life of this one. */
	err = xenbus_switch_state(xdev, XenbusStateInitialising);
	if (err)
		goto err_debugfs;

	return 0;

err_debugfs:
	vxen_debugfs_remove(vx);
	vxen_dma_detach(&xdev->dev);
err_free:
	dev_set_drvdata(&xdev->dev, NULL);
	kfree(vx);
	return err;
}

static void vxen_remove(struct xenbus_device *xdev)
{
	struct vxen_device *vx = dev_get_drvdata(&xdev->dev);

	WRITE_ONCE(vx->stop, true);
	wake_up_all(&vx->wait);
	vxen_turn_leave(&vx->turn);
	cancel_work_sync(&vx->connect_work);
	cancel_work_sync(&vx->disconnect_work);

	mutex_lock(&vx->lock);
	disconnect(vx, true);
	WRITE_ONCE(vx->state, VXEN_GONE);
	mutex_unlock(&vx->lock);

	vxen_debugfs_remove(vx);
	vxen_dma_detach(&xdev->dev);
	dev_set_drvdata(&xdev->dev, NULL);
	kfree(vx);
}

static int vxen_resume(struct xenbus_device *xdev)
{
	struct vxen_device *vx = dev_get_drvdata(&xdev->dev);

	/* All grants and event channels are gone with the old domain. */
	if (READ_ONCE(vx->state) != VXEN_IDLE)
		vxen_bus_break(&vx->bus,
			       "the domain was resumed, which this version cannot do");
	return 0;
}

static const struct xenbus_device_id vxen_ids[] = {
	{ VMSG_XEN_TYPE },
	{ "" }
};

static struct xenbus_driver vxen_driver = {
	.name = "virtio_xen",
	.driver.dev_groups = vxen_groups,
	.ids = vxen_ids,
	.not_essential = true,
	.probe = vxen_probe,
	.remove = vxen_remove,
	.resume = vxen_resume,
	.otherend_changed = vxen_otherend_changed,
};

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

	/*
	 * Without an owner: xenbus would hold a reference to the module for
	 * each device that is bound, and the module could only be unloaded
	 * after all of them had gone. Unbinding them is what unloading does.
	 */
	err = __xenbus_register_frontend(&vxen_driver, NULL, KBUILD_MODNAME);
	if (err)
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
	xenbus_unregister_driver(&vxen_driver);
	destroy_workqueue(vxen_wq);
}

MODULE_ALIAS("xen:" VMSG_XEN_TYPE);
