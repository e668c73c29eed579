// SPDX-License-Identifier: GPL-2.0-only
/*
 * static.c - devices without xenstore
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "Without xenstore". Both ends know beforehand of
 * one grant reference and of one event channel, which Xen made when it made the
 * domains. The guest grants the bus page there when the driver is bound, and
 * takes it back when it is unbound. In between both ends have words in it for
 * their states, which mean what the states in xenstore do, and send the event
 * channel when they change theirs. So a backend may come whenever it likes, and
 * nobody looks for it: its first event starts the work.
 *
 * The interrupt handler compares the backend's words with what it saw last, and
 * leaves the rest to two work items: state_work tells of the state as
 * xenbus's watch would. anew_work is for a backend that is a new process: if an
 * earlier attempt has ended in Closed, another is made. It may have to wait for
 * that attempt, which may wait for state_work, so they are two.
 *
 * Connections begin and end on the same page (vxen_bus_start()). On the way out
 * the last state is Closed: the backend unmaps the page then and sends one more
 * event. Only then the grant can end.
 */
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <asm/barrier.h>
#include <xen/events.h>

#include "device.h"
#include "frontend.h"
#include "glue.h"
#include "node.h"
#include "static.h"

/**
 * struct vxen_static - a device without xenstore
 * @vx: the device
 * @state: ours, as the page has it; protected by @vx.lock, while there is work
 * @seen: the backend's state, as the interrupt handler last saw it
 * @incarnation: likewise how often a backend has attached
 * @tried: what that was when an attempt began; protected by @vx.lock
 * @deaf: changes are not told of any more
 * @events: interrupts so far
 * @state_work: tells of the backend's state
 * @anew_work: begins anew with a new backend
 */
struct vxen_static {
	struct vxen_device vx;
	enum xenbus_state state;
	u32 seen;
	u32 incarnation;
	u32 tried;
	bool deaf;
	unsigned int events;
	struct work_struct state_work;
	struct work_struct anew_work;
};

static struct vxen_static *to_static(struct vxen_device *vx)
{
	return container_of(vx, struct vxen_static, vx);
}

/* ---- the words in the page ---- */

static enum xenbus_state backend_state(struct vxen_device *vx)
{
	/* Pairs with the backend's release: what it did before is to be seen. */
	return le32_to_cpu(virt_load_acquire(&vx->bus.page->device_state));
}

static u32 backend_incarnation(struct vxen_device *vx)
{
	/*
	 * Pairs with the backend's release: the state of a new one is not what its
	 * predecessor has left.
	 */
	return le32_to_cpu(virt_load_acquire(&vx->bus.page->device_incarnation));
}

/* There is no toolstack that could say otherwise. */
static bool backend_returns(struct vxen_device *vx)
{
	return true;
}

static void backend_versions(struct vxen_device *vx, unsigned int *min,
			     unsigned int *max)
{
	const struct vmsg_xen_bus_page *page = vx->bus.page;

	/* An attempt begins with its backend's versions. */
	to_static(vx)->tried = backend_incarnation(vx);
	*min = le16_to_cpu(READ_ONCE(page->device_min_version));
	*max = le16_to_cpu(READ_ONCE(page->device_max_version));
	if (!*min && !*max) {
		*min = VMSG_XEN_VERSION;
		*max = VMSG_XEN_VERSION;
	}
}

static int switch_state(struct vxen_device *vx, enum xenbus_state state)
{
	struct vxen_static *vs = to_static(vx);

	if (vs->state == state)
		return 0;

	vs->state = state;
	/* Pairs with the backend's acquire: indices and grants come first. */
	virt_store_release(&vx->bus.page->driver_state, cpu_to_le32(state));
	notify_remote_via_irq(vx->bus.irq);

	return 0;
}

static int open_bus(struct vxen_device *vx)
{
	const struct vmsg_xen_bus_page *page = vx->bus.page;

	/* The backend begins at zero as well, and has done so by now. */
	if (READ_ONCE(page->driver_cons) || READ_ONCE(page->device_prod))
		return -EPROTO;

	vxen_bus_start(&vx->bus);
	return 0;
}

static void close_bus(struct vxen_device *vx)
{
	vxen_bus_stop(&vx->bus);
}

static void report(struct vxen_device *vx, int err, struct va_format *vaf)
{
	dev_err(vx->dev, "error %d: %pV\n", err, vaf);
}

static const struct vxen_link_ops static_link_ops = {
	.backend_state = backend_state,
	.returns = backend_returns,
	.versions = backend_versions,
	.switch_state = switch_state,
	.open = open_bus,
	.close = close_bus,
	.report = report,
};

/* ---- what the backend does by itself ---- */

static void state_work(struct work_struct *work)
{
	struct vxen_static *vs = container_of(work, struct vxen_static,
					      state_work);

	vxen_device_told(&vs->vx, backend_state(&vs->vx));
}

static void anew_work(struct work_struct *work)
{
	struct vxen_static *vs = container_of(work, struct vxen_static,
					      anew_work);

	mutex_lock(&vs->vx.lock);
	/* An attempt that was quicker than this work has failed with that backend. */
	if (vs->vx.state == VXEN_IDLE && vs->state == XenbusStateClosed &&
	    backend_incarnation(&vs->vx) != vs->tried)
		switch_state(&vs->vx, XenbusStateInitialising);
	mutex_unlock(&vs->vx.lock);
}

/* Called for each interrupt; one at a time. */
static void changed(struct vxen_bus *bus)
{
	struct vxen_device *vx = container_of(bus, struct vxen_device, bus);
	struct vxen_static *vs = to_static(vx);
	u32 state, incarnation;

	WRITE_ONCE(vs->events, vs->events + 1);
	wake_up_all(&vx->wait);
	if (READ_ONCE(vs->deaf))
		return;

	incarnation = backend_incarnation(vx);
	if (incarnation != vs->incarnation) {
		vs->incarnation = incarnation;
		vxen_queue_work(&vs->anew_work);
	}
	/* The work reads it again: what it tells is never older than this. */
	state = le32_to_cpu(READ_ONCE(bus->page->device_state));
	if (state != vs->seen) {
		vs->seen = state;
		vxen_queue_work(&vs->state_work);
	}
}

/* ---- the device ---- */

/* The device is down: have the backend let go of the page. */
static void say_goodbye(struct vxen_static *vs)
{
	struct vxen_device *vx = &vs->vx;
	unsigned int events = READ_ONCE(vs->events), ms = vxen_timeout_ms;

	/* A state that it cannot be in says that it is not an honest one. */
	switch (backend_state(vx)) {
	case XenbusStateUnknown:
		ms = 0;
		break;
	case XenbusStateInitWait:
	case XenbusStateClosed:
		break;
	default:
		ms = VXEN_DEAD_BACKEND_MS;
	}

	switch_state(vx, XenbusStateClosed);
	wait_event_timeout(vx->wait, READ_ONCE(vs->events) != events,
			   msecs_to_jiffies(ms));
}

static void remove_static(void *data)
{
	struct vxen_static *vs = data;

	WRITE_ONCE(vs->deaf, true);
	vxen_bus_synchronize(&vs->vx.bus);
	cancel_work_sync(&vs->state_work);
	cancel_work_sync(&vs->anew_work);
	vxen_device_stop(&vs->vx);

	say_goodbye(vs);
	vxen_bus_close(&vs->vx.bus);
	vxen_device_exit(&vs->vx);
	kfree(vs);
}

/**
 * vxen_static_add() - make a device that a node has named
 * @dev: the platform device
 * @node: what its node says
 *
 * It goes with @dev's driver.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno; then it is said why.
 */
int vxen_static_add(struct device *dev, const struct vxen_node *node)
{
	const struct vxen_bus_place at = {
		.ref = node->ref,
		.port = node->port,
		.changed = changed,
	};
	struct vxen_static *vs;
	int err;

	vs = kzalloc(sizeof(*vs), GFP_KERNEL);
	if (!vs)
		return -ENOMEM;

	INIT_WORK(&vs->state_work, state_work);
	INIT_WORK(&vs->anew_work, anew_work);
	vs->state = XenbusStateInitialising;
	err = vxen_device_init(&vs->vx, dev, &static_link_ops, node->domid);
	if (err)
		goto err_free;

	err = vxen_bus_open_fixed(&vs->vx.bus, dev, &vs->vx.grantee,
				  &vxen_bus_client, &at);
	if (err == -EBUSY)
		dev_err(dev, "xen,grant-ref %u is still mapped by domain %u\n",
			node->ref, node->domid);
	else if (err)
		dev_err(dev, "the bus cannot be opened: error %d\n", err);
	if (err)
		goto err_exit;

	/* For one that waits; one that comes later sends the first event. */
	notify_remote_via_irq(vs->vx.bus.irq);

	return devm_add_action_or_reset(dev, remove_static, vs);

err_exit:
	vxen_device_exit(&vs->vx);
err_free:
	kfree(vs);
	return err;
}
