// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_main.c - vhost_xen_net: virtio networks served by the kernel
 *
 * Theory of operation
 * -------------------
 * For the backend's domain. An open file is a virtio network card, with an interface
 * of this domain at its other end: a process, which is the bridge, talks to the guest
 * and says by vhost's ioctls where the queues and the memory are (dev.c); see
 * include/vhost_xen_net.h. Packets then go between the queues and the interface
 * without it. Nothing here knows of Xen: the memory is a mapping of gntdev, and the
 * eventfds are tied to event channels by vhost_xen.c.
 *
 * Why there is such a thing: vhost-net has a thread, with the address space of the
 * process, which has to be given the processor for each packet, or as late as there
 * are many. Here the sender's own context copies the packet into the guest's memory,
 * and the interrupt's takes one out of it, both by addresses of the kernel.
 */
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "net.h"

/* There is no more to a backend than the interface. */
static int start(struct vxr_queue *vq, int fd)
{
	return vxn_queue_start(vxn_queue_of(vq));
}

static void stop(struct vxr_queue *vq)
{
	vxn_queue_stop(vxn_queue_of(vq));
}

static void set_wait(struct vxr_queue *vq, unsigned int us)
{
	WRITE_ONCE(vxn_queue_of(vq)->pace.most, us * NSEC_PER_USEC);
}

static void set_mem(struct vxr_dev *vdev, struct vxr_mem *mem)
{
	struct vxn_device *dev = vxn_of(vdev);
	unsigned int i;

	vdev->mem = mem;
	for (i = 0; i < VHOST_XEN_NET_MAX_QUEUES; i++)
		if (dev->queues[i].vq.running)
			vxn_queue_set_mem(&dev->queues[i], mem);
}

static long create(struct vxn_device *dev,
		   struct vhost_xen_net_interface __user *user)
{
	struct vhost_xen_net_interface i;
	int err;

	BUILD_BUG_ON(sizeof(i.name) != IFNAMSIZ);
	if (dev->netdev)
		return -EBUSY;
	if (copy_from_user(&i, user, sizeof(i)))
		return -EFAULT;
	if (strnlen(i.name, sizeof(i.name)) == sizeof(i.name) ||
	    !i.pairs || i.pairs > VHOST_XEN_NET_MAX_PAIRS)
		return -EINVAL;

	err = vxn_netdev_create(dev, i.name, i.pairs);
	if (err)
		return err;
	/* It goes with the file, whose owner knows of it or not. */
	return copy_to_user(user, &i, sizeof(i)) ? -EFAULT : 0;
}

static long net_ioctl(struct vxr_dev *vdev, unsigned int cmd, void __user *user)
{
	return cmd == VHOST_XEN_NET_CREATE ? create(vxn_of(vdev), user) :
					     -ENOTTY;
}

static const struct vxr_dev_ops vxn_ops = {
	.features = VXN_FEATURES,
	.nqueues = VHOST_XEN_NET_MAX_QUEUES,
	.max_size = VHOST_XEN_NET_MAX_SIZE,
	.max_wait_us = VXN_MAX_HOLD_US,
	.set_backend = VHOST_XEN_NET_SET_BACKEND,
	.start = start,
	.stop = stop,
	.set_wait = set_wait,
	.set_mem = set_mem,
	.ioctl = net_ioctl,
};

static long vxn_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vxn_device *dev = file->private_data;

	return vxr_dev_ioctl(&dev->vdev, cmd, arg);
}

static int vxn_open(struct inode *inode, struct file *file)
{
	struct vxn_device *dev = kvzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	unsigned int i;
	int err;

	if (!dev)
		return -ENOMEM;

	err = vxr_dev_init(&dev->vdev, &vxn_ops);
	if (err) {
		kvfree(dev);
		return err;
	}
	for (i = 0; i < VHOST_XEN_NET_MAX_QUEUES; i++)
		vxn_queue_init(dev, i);
	INIT_DELAYED_WORK(&dev->stall, vxn_stall);
	INIT_WORK(&dev->ctrl, vxn_ctrl_work);
	mutex_init(&dev->ctrl_lock);
	dev->active = 1;
	file->private_data = dev;
	return stream_open(inode, file);
}

static int vxn_release(struct inode *inode, struct file *file)
{
	struct vxn_device *dev = file->private_data;
	unsigned int i;

	for (i = 0; i < VHOST_XEN_NET_MAX_QUEUES; i++)
		vxn_queue_stop(&dev->queues[i]);
	vxn_netdev_destroy(dev);
	for (i = 0; i < VHOST_XEN_NET_MAX_QUEUES; i++)
		vxr_queue_end(&dev->queues[i].vq);
	vxr_dev_end(&dev->vdev);
	kvfree(dev);
	return 0;
}

static const struct file_operations vxn_fops = {
	.owner = THIS_MODULE,
	.open = vxn_open,
	.release = vxn_release,
	.unlocked_ioctl = vxn_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* For root, as vhost's other devices. */
static struct miscdevice vxn_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-xen-net",
	.fops = &vxn_fops,
	.mode = 0600,
};

module_misc_device(vxn_misc);

MODULE_DESCRIPTION("Virtio networks served by the kernel, for virtio backends");
MODULE_LICENSE("GPL");
