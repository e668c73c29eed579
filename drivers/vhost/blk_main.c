// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_main.c - vhost_xen_blk: virtio disks served by the kernel
 *
 * Theory of operation
 * -------------------
 * For the backend's domain. An open file is a virtio disk: a process, which is
 * the bridge, talks to the guest and says by vhost's ioctls where the queues
 * and the memory are (dev.c); see include/vhost_xen_blk.h. Requests then go
 * from the queues to a block device and back without it. Nothing here knows of
 * Xen: the memory is a mapping of gntdev, and the eventfds are tied to event
 * channels by vhost_xen.c.
 *
 * Why there is such a thing: a daemon in user space takes a wake-up, a poll and
 * other system calls for a request, and pins its pages for each anew. That is
 * most of what a request costs the backend's domain.
 */
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "blk.h"

static struct vxr_queue *new_queue(struct vxr_dev *dev, unsigned int index)
{
	struct vxb_queue *q = vxb_queue_new(dev, index);

	return q ? &q->vq : NULL;
}

static int start(struct vxr_queue *vq, int fd)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;

	err = vxb_queue_start(vxb_queue_of(vq), file);
	fput(file);
	return err;
}

static void stop(struct vxr_queue *vq)
{
	vxb_queue_stop(vxb_queue_of(vq));
}

static void set_wait(struct vxr_queue *vq, unsigned int us)
{
	WRITE_ONCE(vxb_queue_of(vq)->poll_us, us);
}

static void set_mem(struct vxr_dev *dev, struct vxr_mem *mem)
{
	unsigned int i;

	dev->mem = mem;
	for (i = 0; i < VHOST_XEN_BLK_MAX_QUEUES; i++) {
		struct vxb_queue *q;

		if (!dev->queues[i])
			continue;
		q = vxb_queue_of(dev->queues[i]);
		mutex_lock(&q->lock);
		q->mem = mem;
		mutex_unlock(&q->lock);
	}
}

static const struct vxr_dev_ops vxb_ops = {
	.features = VXB_FEATURES,
	.nqueues = VHOST_XEN_BLK_MAX_QUEUES,
	.max_size = VHOST_XEN_BLK_MAX_SIZE,
	.max_wait_us = VXB_MAX_POLL_US,
	.set_backend = VHOST_XEN_BLK_SET_BACKEND,
	.new_queue = new_queue,
	.start = start,
	.stop = stop,
	.set_wait = set_wait,
	.set_mem = set_mem,
};

static long vxb_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vxr_dev *dev = file->private_data;

	return vxr_dev_ioctl(dev, cmd, arg);
}

static int vxb_open(struct inode *inode, struct file *file)
{
	struct vxr_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	int err;

	if (!dev)
		return -ENOMEM;

	err = vxr_dev_init(dev, &vxb_ops);
	if (err) {
		kfree(dev);
		return err;
	}
	file->private_data = dev;
	return stream_open(inode, file);
}

static int vxb_release(struct inode *inode, struct file *file)
{
	struct vxr_dev *dev = file->private_data;
	unsigned int i;

	for (i = 0; i < VHOST_XEN_BLK_MAX_QUEUES; i++)
		if (dev->queues[i])
			vxb_queue_free(vxb_queue_of(dev->queues[i]));
	vxr_dev_end(dev);
	kfree(dev);
	return 0;
}

static const struct file_operations vxb_fops = {
	.owner = THIS_MODULE,
	.open = vxb_open,
	.release = vxb_release,
	.unlocked_ioctl = vxb_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* For root, as vhost's other devices. */
static struct miscdevice vxb_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-xen-blk",
	.fops = &vxb_fops,
	.mode = 0600,
};

static int __init vxb_init(void)
{
	int err = vxb_io_init();

	if (err)
		return err;

	err = misc_register(&vxb_misc);
	if (err)
		vxb_io_exit();
	return err;
}

static void __exit vxb_exit(void)
{
	misc_deregister(&vxb_misc);
	vxb_io_exit();
}

module_init(vxb_init);
module_exit(vxb_exit);

MODULE_DESCRIPTION("Virtio disks served from block devices, for virtio backends");
MODULE_LICENSE("GPL");
