// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs.c - settings of one device
 *
 * Attributes of the xenbus device, /sys/bus/xen/devices/virtio-msg-<id>/, or of
 * the platform device of a node that needs no xenstore:
 *
 *   window_max_kib   limit of the device's windows, in KiB. It begins as the
 *                    module's parameter of that name is when the driver is
 *                    bound. A higher limit is heeded when the windows are full
 *                    the next time; with a lower one they grow no further, and
 *                    the first one is made by it when the device connects again.
 *   inplace_min      buffers of so many bytes are granted in place, where the
 *                    backend allows it; 0: only when the windows are full. It
 *                    begins as the module's parameter is when the device
 *                    connects, and is heeded at once.
 */
#include <linux/device.h>
#include <linux/sizes.h>
#include <linux/sysfs.h>

#include "device.h"
#include "sysfs.h"

static ssize_t window_max_kib_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	struct vxen_device *vx = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", READ_ONCE(vx->window_max_kib));
}

static ssize_t window_max_kib_store(struct device *dev,
				    struct device_attribute *attr,
				    const char *buf, size_t count)
{
	struct vxen_device *vx = dev_get_drvdata(dev);
	unsigned int kib;
	int err;

	err = kstrtouint(buf, 0, &kib);
	if (err)
		return err;

	WRITE_ONCE(vx->window_max_kib, kib);
	vxen_pool_set_max(&vx->dma.pool, (size_t)kib * SZ_1K);
	return count;
}

static DEVICE_ATTR_RW(window_max_kib);

static ssize_t inplace_min_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct vxen_device *vx = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%zu\n", READ_ONCE(vx->dma.inplace_min));
}

static ssize_t inplace_min_store(struct device *dev,
				 struct device_attribute *attr,
				 const char *buf, size_t count)
{
	struct vxen_device *vx = dev_get_drvdata(dev);
	unsigned int min;
	int err;

	err = kstrtouint(buf, 0, &min);
	if (err)
		return err;

	WRITE_ONCE(vx->dma.inplace_min, min);
	return count;
}

static DEVICE_ATTR_RW(inplace_min);

static struct attribute *vxen_attrs[] = {
	&dev_attr_inplace_min.attr,
	&dev_attr_window_max_kib.attr,
	NULL
};

/* A platform device whose node is of xenstore is no device by itself. */
static umode_t vxen_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	return dev_get_drvdata(kobj_to_dev(kobj)) ? attr->mode : 0;
}

static const struct attribute_group vxen_group = {
	.attrs = vxen_attrs,
	.is_visible = vxen_visible,
};

/* For the driver core, which adds them once a device is bound. */
const struct attribute_group *vxen_groups[] = {
	&vxen_group,
	NULL
};
