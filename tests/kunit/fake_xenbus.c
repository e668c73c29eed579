// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_xenbus.c - stands in for xenstore and xenbus
 *
 * The driver is bound by the kernel's own driver core, on a bus with one
 * device. Xenstore is a table; a backend that changes its state is told of to
 * the driver as the watch thread does it: at once, by the thread that changed
 * it.
 */
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_device.h"
#include "fake_fail.h"
#include "fake_xenbus.h"

struct fake_xenbus fake_xenbus;

static DEFINE_MUTEX(store_lock);	/* fake_xenbus.nodes */
static DEFINE_MUTEX(watch_lock);	/* one change is told of at a time */

static struct fake_node *find_node(const char *dir, const char *node)
{
	char path[80];
	unsigned int i;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	for (i = 0; i < FAKE_NODES; i++)
		if (!strcmp(fake_xenbus.nodes[i].path, path))
			return &fake_xenbus.nodes[i];
	return NULL;
}

/* Write a node; NULL removes it. */
void fake_xenbus_write(const char *dir, const char *node, const char *value)
{
	struct fake_node *n;
	unsigned int i;

	mutex_lock(&store_lock);
	n = find_node(dir, node);
	for (i = 0; !n && value && i < FAKE_NODES; i++)
		if (!fake_xenbus.nodes[i].path[0])
			n = &fake_xenbus.nodes[i];
	if (n && value) {
		snprintf(n->path, sizeof(n->path), "%s/%s", dir, node);
		strscpy(n->value, value, sizeof(n->value));
	} else if (n) {
		n->path[0] = 0;
	}
	mutex_unlock(&store_lock);
}

/* The text of a node, or NULL. */
const char *fake_xenbus_read(const char *dir, const char *node)
{
	const struct fake_node *n = find_node(dir, node);

	return n ? n->value : NULL;
}

/* ---- what the driver calls ---- */

int xenbus_scanf(struct xenbus_transaction xbt, const char *dir,
		 const char *node, const char *fmt, ...)
{
	const char *value;
	int ret = -ENOENT;
	va_list args;

	va_start(args, fmt);
	mutex_lock(&store_lock);
	value = fake_xenbus_read(dir, node);
	if (value)
		ret = vsscanf(value, fmt, args) ?: -ERANGE;
	mutex_unlock(&store_lock);
	va_end(args);

	return ret;
}

unsigned int xenbus_read_unsigned(const char *dir, const char *node,
				  unsigned int default_val)
{
	unsigned int val;

	return xenbus_scanf(XBT_NIL, dir, node, "%u", &val) == 1 ? val :
								   default_val;
}

int xenbus_printf(struct xenbus_transaction xbt, const char *dir,
		  const char *node, const char *fmt, ...)
{
	char value[32];
	va_list args;

	if (fake_fails("xenbus_printf"))
		return -EIO;

	fake_xenbus.outside += !xbt.id;
	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	fake_xenbus_write(dir, node, value);
	return 0;
}

int xenbus_transaction_start(struct xenbus_transaction *xbt)
{
	if (fake_fails("xenbus_transaction_start"))
		return -ENOMEM;

	xbt->id = 1;
	fake_xenbus.open++;
	return 0;
}

int fake_transaction_end(struct xenbus_transaction xbt, bool abort)
{
	fake_xenbus.open--;
	if (!abort && fake_fails("xenbus_transaction_end"))
		return -EIO;
	if (!abort && fake_xenbus.again) {
		fake_xenbus.again--;
		return -EAGAIN;
	}
	return 0;
}

int xenbus_switch_state(struct xenbus_device *xdev, enum xenbus_state state)
{
	/* As the kernel's: nothing is written if nothing changes. */
	if (state == fake_xenbus.front)
		return 0;
	if (state == fake_xenbus.fail_switch ||
	    fake_fails("xenbus_switch_state"))
		return -EIO;

	fake_xenbus.front = state;
	if (fake_xenbus.nr_states < FAKE_STATES)
		fake_xenbus.states[fake_xenbus.nr_states++] = state;
	if (fake_xenbus.switched)
		fake_xenbus.switched(state);
	return 0;
}

void xenbus_dev_error(struct xenbus_device *xdev, int err, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_info("fake xenbus: error %d: %pV\n", err, &vaf);
	va_end(args);
	fake_xenbus.errors++;
	fake_xenbus.err = err;
}

/* ---- the bus ---- */

static int bus_probe(struct device *dev)
{
	struct xenbus_driver *drv = to_xenbus_driver(dev->driver);
	struct xenbus_device *xdev = to_xenbus_device(dev);

	fake_xenbus.probe_err = drv->probe(xdev, drv->ids);
	return fake_xenbus.probe_err;
}

static void bus_remove(struct device *dev)
{
	to_xenbus_driver(dev->driver)->remove(to_xenbus_device(dev));
}

static struct bus_type fake_bus_type = {
	.name = "vxen-kunit-xen",
	.probe = bus_probe,
	.remove = bus_remove,
};

int __xenbus_register_frontend(struct xenbus_driver *drv, struct module *owner,
			       const char *mod_name)
{
	int err;

	if (fake_xenbus.fail_register || fake_fails("register_frontend"))
		return -EBUSY;

	err = bus_register(&fake_bus_type);
	if (err)
		return err;
	drv->driver.name = drv->name;
	drv->driver.bus = &fake_bus_type;
	err = driver_register(&drv->driver);
	if (err)
		bus_unregister(&fake_bus_type);
	return err;
}

void xenbus_unregister_driver(struct xenbus_driver *drv)
{
	driver_unregister(&drv->driver);
	bus_unregister(&fake_bus_type);
}

static void release_xdev(struct device *dev)
{
	kfree(to_xenbus_device(dev));
}

void fake_xenbus_reset(void)
{
	memset(&fake_xenbus, 0, sizeof(fake_xenbus));
	fake_xenbus.front = XenbusStateInitialising;
	fake_xenbus_write(FAKE_BACK, "state", "1");
	fake_xenbus_write(FAKE_BACK, "online", "1");
}

/* The device comes; a driver that is there is bound before this returns. */
int fake_xenbus_plug(void)
{
	struct xenbus_device *xdev = kzalloc(sizeof(*xdev), GFP_KERNEL);
	int err;

	if (!xdev)
		return -ENOMEM;

	xdev->nodename = FAKE_FRONT;
	xdev->otherend = FAKE_BACK;
	xdev->otherend_id = FAKE_DOMID;
	xdev->dev.bus = &fake_bus_type;
	xdev->dev.release = release_xdev;
	dev_set_name(&xdev->dev, FAKE_XENBUS_NAME);
	err = device_register(&xdev->dev);
	if (err) {
		put_device(&xdev->dev);
		return err;
	}

	fake_xenbus.xdev = xdev;
	/* Each end looks at what the other one's state is. */
	fake_xenbus_tell(XenbusStateInitialising);
	if (fake_xenbus.switched)
		fake_xenbus.switched(fake_xenbus.front);
	return 0;
}

/* The device goes; may be called again. */
void fake_xenbus_unplug(void)
{
	struct xenbus_device *xdev;

	mutex_lock(&watch_lock);
	xdev = fake_xenbus.xdev;
	fake_xenbus.xdev = NULL;
	mutex_unlock(&watch_lock);
	if (xdev)
		device_unregister(&xdev->dev);
}

/* The driver is told of a state of the backend's, whatever xenstore says. */
void fake_xenbus_tell(enum xenbus_state state)
{
	struct device *dev;

	mutex_lock(&watch_lock);
	dev = fake_xenbus.xdev ? &fake_xenbus.xdev->dev : NULL;
	if (dev && dev->driver && dev_get_drvdata(dev))
		to_xenbus_driver(dev->driver)->otherend_changed(fake_xenbus.xdev,
								state);
	mutex_unlock(&watch_lock);
}

/* The backend goes to another state; Unknown: its directory vanishes. */
void fake_xenbus_state(enum xenbus_state state)
{
	char value[] = { '0' + state, 0 };

	fake_xenbus_write(FAKE_BACK, "state",
			  state == XenbusStateUnknown ? NULL : value);
	fake_xenbus_tell(state);
}

/* The domain is resumed. */
void fake_xenbus_resume(void)
{
	struct xenbus_device *xdev = fake_xenbus.xdev;

	to_xenbus_driver(xdev->dev.driver)->resume(xdev);
}

/* Whether the frontend has gone through a state. */
bool fake_xenbus_was(enum xenbus_state state)
{
	return memchr(fake_xenbus.states, state, fake_xenbus.nr_states);
}
