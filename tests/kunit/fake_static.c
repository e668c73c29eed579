// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_static.c - a device without xenstore, and the backend behind it
 *
 * The backend does what Documentation/protocol.rst says under "Without
 * xenstore", by the words in the bus page; with messages, windows and ports it
 * is fake_backend.c's.
 */
#include <linux/mm.h>
#include <linux/string.h>

#include "fake_static.h"

struct fake_static fake_static;

static struct vmsg_xen_bus_page *page(void)
{
	return fake_backend->page;
}

/* The backend goes to a state. */
void fake_static_say(u32 state)
{
	/* Pairs with the driver's acquire. */
	virt_store_release(&page()->device_state, cpu_to_le32(state));
	fake_events_raise();
}

/* It stops the device, but for the bus page, and says so. */
static void close_device(struct fake_backend *be)
{
	struct vmsg_xen_bus_page *keep = be->page;

	fake_backend_let_go(be);
	fake_events.peer = &fake_static.work;
	be->page = keep;
	fake_grants_map(FAKE_STATIC_REF);
	fake_static_say(VMSG_XEN_CLOSED);
}

static void open_device(struct fake_backend *be)
{
	/* Its own indices; the driver sees to the others. */
	be->in.next = 0;
	be->out.next = 0;
	WRITE_ONCE(page()->driver_cons, 0);
	WRITE_ONCE(page()->device_prod, 0);
	page()->device_min_version = cpu_to_le16(fake_static.min_version);
	page()->device_max_version = cpu_to_le16(fake_static.max_version);
	fake_static_say(VMSG_XEN_INIT_WAIT);
}

static void follow(struct fake_backend *be, u32 driver)
{
	fake_static.driver = driver;
	if (fake_static.nr_states < FAKE_STATES)
		fake_static.states[fake_static.nr_states++] = driver;
	if (be->at == driver && driver) {
		be->at = XenbusStateUnknown;
		fake_static_say(be->says);
		return;
	}
	switch (driver) {
	case VMSG_XEN_INITIALISING:
		open_device(be);
		break;
	case VMSG_XEN_INITIALISED:
		fake_static_say(VMSG_XEN_CONNECTED);
		break;
	case VMSG_XEN_CLOSING:
		close_device(be);
		break;
	case VMSG_XEN_CLOSED:
		/* Of a device that is not there any more, or has failed. */
		fake_backend_let_go(be);
		fake_events.peer = &fake_static.work;
		fake_events_raise();
		break;
	}
}

static void attach(struct fake_backend *be)
{
	if (!fake_backend_attach(be, FAKE_STATIC_REF))
		return;
	fake_events.peer = &fake_static.work;
	fake_static.driver = 0;
	/* What is left would not be news to it when it is ours. */
	if (page()->driver_state == cpu_to_le32(VMSG_XEN_CLOSED))
		page()->device_state = cpu_to_le32(VMSG_XEN_CLOSED);
	/* Pairs with the driver's acquire: the state comes first. */
	virt_store_release(&page()->device_incarnation,
			   cpu_to_le32(le32_to_cpu(page()->device_incarnation) + 1));
	fake_events_raise();
}

static void static_work(struct work_struct *work)
{
	struct fake_backend *be = fake_backend;
	u32 driver;

	if (READ_ONCE(fake_static.away))
		return;
	if (!be->page)
		attach(be);
	if (!be->page)
		return;
	/* Pairs with the driver's release. */
	driver = le32_to_cpu(virt_load_acquire(&page()->driver_state));
	if (driver != fake_static.driver && !be->silent)
		follow(be, driver);
	fake_backend_take(be);
}

/* The backend's process begins. */
void fake_static_come(void)
{
	WRITE_ONCE(fake_static.away, false);
	schedule_work(&fake_static.work);
}

/* It ends without a word: nothing is mapped any more. */
void fake_static_go(void)
{
	WRITE_ONCE(fake_static.away, true);
	flush_work(&fake_static.work);
	fake_backend_let_go(fake_backend);
	fake_events.peer = &fake_static.work;
}

/* The driver is there, and the backend; the device is not plugged in yet. */
int fake_static_init(struct kunit *test)
{
	int err = fake_backend_init(test);

	if (err)
		return err;
	memset(&fake_static, 0, sizeof(fake_static));
	INIT_WORK(&fake_static.work, static_work);
	fake_static.min_version = VMSG_XEN_VERSION;
	fake_static.max_version = VMSG_XEN_VERSION;
	fake_static.port = fake_events_lasting(FAKE_DOMID);
	fake_events.bus = fake_static.port - FAKE_PORT;
	fake_events.peer = &fake_static.work;

	fake_static.node = fake_of_node(test, "virtio-msg", "xen,virtio-msg");
	fake_of_number(fake_static.node, "xen,backend-domid", FAKE_DOMID);
	fake_of_number(fake_static.node, "xen,grant-ref", FAKE_STATIC_REF);
	fake_of_number(fake_static.node, "xen,event-channel", fake_static.port);
	return 0;
}

void fake_static_exit(struct kunit *test)
{
	fake_fail_nth(0);
	fake_of_unplug_all();
	fake_events.peer = NULL;
	cancel_work_sync(&fake_static.work);
	fake_backend_exit(test);
}

/* Plug the device in, and wait until it is connected. */
struct vxen_device *fake_static_plug(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_of_plug(fake_static.node), 0);
	KUNIT_ASSERT_NOT_NULL(test, fake_static.node->pdev->dev.driver);
	KUNIT_ASSERT_TRUE(test, fake_until(fake_static_driver() ==
					   VMSG_XEN_CONNECTED));
	KUNIT_ASSERT_EQ(test, fake_driver.err, 0);
	return fake_static_vx();
}
