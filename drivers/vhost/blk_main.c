// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_main.c - vhost_xen_blk: virtio disks served by the kernel
 *
 * Theory of operation
 * -------------------
 * For the backend's domain. An open file is a virtio disk: a process, which is
 * the bridge, talks to the guest and says by vhost's ioctls where the queues
 * and the memory are; see include/vhost_xen_blk.h. Requests then go from the
 * queues to a block device and back without it. Nothing here knows of Xen: the
 * memory is a mapping of gntdev, and the eventfds are tied to event channels by
 * vhost_xen.c.
 *
 * Why there is such a thing: a daemon in user space takes a wake-up, a poll and
 * other system calls for a request, and pins its pages for each anew. That is
 * most of what a request costs the backend's domain.
 *
 * ioctls hold the device's lock, so there is one at a time. What a running
 * queue uses is not changed but by those that stop it, and SET_MEM_TABLE, for
 * which there are rules of their own (mem.c, blk_queue.c).
 */
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/virtio_config.h>

#include "blk.h"

/* Finds the queue that an ioctl is about, and makes it if it is not there. */
static struct vxb_queue *get_queue(struct vxb_device *dev, u32 index)
{
	if (index >= VHOST_XEN_BLK_MAX_QUEUES)
		return ERR_PTR(-ENOBUFS);

	index = array_index_nospec(index, VHOST_XEN_BLK_MAX_QUEUES);
	if (!dev->queues[index])
		dev->queues[index] = vxb_queue_new(dev, index);
	return dev->queues[index] ?: ERR_PTR(-ENOMEM);
}

/* The same for what must not be done to one that runs. */
static struct vxb_queue *get_stopped(struct vxb_device *dev, u32 index)
{
	struct vxb_queue *q = get_queue(dev, index);

	return !IS_ERR(q) && q->task ? ERR_PTR(-EBUSY) : q;
}

static bool any_runs(const struct vxb_device *dev)
{
	unsigned int i;

	for (i = 0; i < VHOST_XEN_BLK_MAX_QUEUES; i++)
		if (dev->queues[i] && dev->queues[i]->task)
			return true;
	return false;
}

static long set_owner(struct vxb_device *dev)
{
	if (dev->mm)
		return -EBUSY;

	/*
	 * The address space stays until we have let go of it, also when the
	 * process is killed: gntdev cannot cope with a mapping whose end finds
	 * its pages pinned.
	 */
	dev->mm = get_task_mm(current);
	return dev->mm ? 0 : -EINVAL;
}

static long set_features(struct vxb_device *dev, const u64 __user *user)
{
	u64 features;

	if (copy_from_user(&features, user, sizeof(features)))
		return -EFAULT;
	if (features & ~VXB_FEATURES ||
	    !(features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return -EINVAL;
	if (any_runs(dev))
		return -EBUSY;

	dev->features = features;
	return 0;
}

/* Whether the rings of all queues that run stay where they are. */
static bool keeps_rings(const struct vxb_device *dev, const struct vxr_mem *mem)
{
	unsigned int i;

	for (i = 0; i < VHOST_XEN_BLK_MAX_QUEUES; i++) {
		const struct vxb_queue *q = dev->queues[i];

		if (q && q->task && !vxr_ring_in(&q->ring, mem))
			return false;
	}
	return true;
}

static int replace_mem(struct vxb_device *dev, struct vxr_mem *mem)
{
	struct vxr_mem *old = dev->mem;
	unsigned int i;

	if (!keeps_rings(dev, mem))
		return -EBUSY;

	dev->mem = mem;
	for (i = 0; i < VHOST_XEN_BLK_MAX_QUEUES; i++) {
		struct vxb_queue *q = dev->queues[i];

		if (!q)
			continue;
		mutex_lock(&q->lock);
		q->mem = mem;
		mutex_unlock(&q->lock);
	}
	vxr_mem_end(old);
	return 0;
}

static long set_mem_table(struct vxb_device *dev,
			  const struct vhost_memory __user *user)
{
	struct vhost_memory_region *regions;
	struct vhost_memory head;
	struct vxr_mem *mem;
	int err;

	if (copy_from_user(&head, user, sizeof(head)))
		return -EFAULT;
	if (head.padding)
		return -EOPNOTSUPP;
	if (head.nregions > VXR_MAX_REGIONS)
		return -E2BIG;

	regions = memdup_user(user->regions,
			      head.nregions * sizeof(*regions));
	if (IS_ERR(regions))
		return PTR_ERR(regions);

	mem = vxr_mem_new(dev->mem, regions, head.nregions);
	kfree(regions);
	if (IS_ERR(mem))
		return PTR_ERR(mem);

	err = replace_mem(dev, mem);
	if (err)
		vxr_mem_end(mem);
	return err;
}

static long set_vring_num(struct vxb_device *dev,
			  const struct vhost_vring_state *s)
{
	struct vxb_queue *q = get_stopped(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (!is_power_of_2(s->num) || s->num > VHOST_XEN_BLK_MAX_SIZE)
		return -EINVAL;

	q->num = s->num;
	return 0;
}

static long set_vring_base(struct vxb_device *dev,
			   const struct vhost_vring_state *s)
{
	struct vxb_queue *q = get_stopped(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (s->num > U16_MAX)
		return -EINVAL;

	q->base = s->num;
	return 0;
}

static long set_busyloop(struct vxb_device *dev,
			 const struct vhost_vring_state *s)
{
	struct vxb_queue *q = get_queue(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (s->num > VXB_MAX_POLL_US)
		return -EINVAL;

	WRITE_ONCE(q->poll_us, s->num);
	return 0;
}

static long set_vring_state(struct vxb_device *dev, unsigned int cmd,
			    const void __user *user)
{
	struct vhost_vring_state s;

	if (copy_from_user(&s, user, sizeof(s)))
		return -EFAULT;
	if (cmd == VHOST_SET_VRING_NUM)
		return set_vring_num(dev, &s);
	if (cmd == VHOST_SET_VRING_BASE)
		return set_vring_base(dev, &s);
	return set_busyloop(dev, &s);
}

static long get_vring_base(struct vxb_device *dev,
			   struct vhost_vring_state __user *user)
{
	struct vhost_vring_state s;
	struct vxb_queue *q;

	if (copy_from_user(&s, user, sizeof(s)))
		return -EFAULT;
	q = get_queue(dev, s.index);
	if (IS_ERR(q))
		return PTR_ERR(q);

	s.num = q->task ? READ_ONCE(q->ring.next) : q->base;
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

static long set_vring_addr(struct vxb_device *dev, const void __user *user)
{
	struct vhost_vring_addr a;
	struct vxb_queue *q;

	if (copy_from_user(&a, user, sizeof(a)))
		return -EFAULT;
	q = get_stopped(dev, a.index);
	if (IS_ERR(q))
		return PTR_ERR(q);
	if (a.flags)
		return -EOPNOTSUPP;
	if (a.desc_user_addr % VRING_DESC_ALIGN_SIZE ||
	    a.avail_user_addr % VRING_AVAIL_ALIGN_SIZE ||
	    a.used_user_addr % VRING_USED_ALIGN_SIZE)
		return -EINVAL;

	q->addr = a;
	return 0;
}

static long set_kick(struct vxb_queue *q, int fd)
{
	struct file *file = fd < 0 ? NULL : eventfd_fget(fd);

	if (IS_ERR(file))
		return PTR_ERR(file);

	if (q->kick)
		fput(q->kick);
	q->kick = file;
	return 0;
}

static long set_signal(struct eventfd_ctx **signal, int fd)
{
	struct eventfd_ctx *ctx = fd < 0 ? NULL : eventfd_ctx_fdget(fd);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);

	if (*signal)
		eventfd_ctx_put(*signal);
	*signal = ctx;
	return 0;
}

static long set_backend(struct vxb_device *dev,
			const struct vhost_vring_file *f)
{
	struct vxb_queue *q = get_queue(dev, f->index);
	struct file *file;
	long err;

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (f->fd < 0) {
		vxb_queue_stop(q);
		return 0;
	}
	if (q->task)
		return -EBUSY;

	file = fget(f->fd);
	if (!file)
		return -EBADF;
	err = vxb_queue_start(q, file);
	fput(file);
	return err;
}

static long set_vring_file(struct vxb_device *dev, unsigned int cmd,
			   const void __user *user)
{
	struct vhost_vring_file f;
	struct vxb_queue *q;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if (cmd == VHOST_XEN_BLK_SET_BACKEND)
		return set_backend(dev, &f);

	q = get_stopped(dev, f.index);
	if (IS_ERR(q))
		return PTR_ERR(q);
	if (cmd == VHOST_SET_VRING_KICK)
		return set_kick(q, f.fd);
	return set_signal(cmd == VHOST_SET_VRING_CALL ? &q->call : &q->err,
			  f.fd);
}

static long owned_ioctl(struct vxb_device *dev, unsigned int cmd,
			void __user *user)
{
	switch (cmd) {
	case VHOST_SET_FEATURES:
		return set_features(dev, user);
	case VHOST_SET_MEM_TABLE:
		return set_mem_table(dev, user);
	case VHOST_SET_VRING_NUM:
	case VHOST_SET_VRING_BASE:
	case VHOST_SET_VRING_BUSYLOOP_TIMEOUT:
		return set_vring_state(dev, cmd, user);
	case VHOST_GET_VRING_BASE:
		return get_vring_base(dev, user);
	case VHOST_SET_VRING_ADDR:
		return set_vring_addr(dev, user);
	case VHOST_SET_VRING_KICK:
	case VHOST_SET_VRING_CALL:
	case VHOST_SET_VRING_ERR:
	case VHOST_XEN_BLK_SET_BACKEND:
		return set_vring_file(dev, cmd, user);
	default:
		return -ENOTTY;
	}
}

static long vxb_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vxb_device *dev = file->private_data;
	void __user *user = (void __user *)arg;
	u64 features = VXB_FEATURES;
	long ret;

	if (cmd == VHOST_GET_FEATURES)
		return copy_to_user(user, &features, sizeof(features)) ?
			-EFAULT : 0;

	mutex_lock(&dev->lock);
	if (cmd == VHOST_SET_OWNER)
		ret = set_owner(dev);
	else
		/* Addresses are the owner's. A child has others. */
		ret = dev->mm && dev->mm == current->mm ?
		      owned_ioctl(dev, cmd, user) : -EPERM;
	mutex_unlock(&dev->lock);
	return ret;
}

static int vxb_open(struct inode *inode, struct file *file)
{
	struct vxb_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);

	if (!dev)
		return -ENOMEM;

	dev->mem = vxr_mem_empty();
	if (!dev->mem) {
		kfree(dev);
		return -ENOMEM;
	}
	mutex_init(&dev->lock);
	dev->features = BIT_ULL(VIRTIO_F_VERSION_1);
	file->private_data = dev;
	return stream_open(inode, file);
}

static int vxb_release(struct inode *inode, struct file *file)
{
	struct vxb_device *dev = file->private_data;
	unsigned int i;

	for (i = 0; i < VHOST_XEN_BLK_MAX_QUEUES; i++)
		if (dev->queues[i])
			vxb_queue_free(dev->queues[i]);
	vxr_mem_end(dev->mem);
	if (dev->mm)
		mmput(dev->mm);
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
