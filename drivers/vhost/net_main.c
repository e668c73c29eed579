// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_main.c - vhost_xen_net: virtio networks served by the kernel
 *
 * Theory of operation
 * -------------------
 * For the backend's domain. An open file is a virtio network card, with an interface
 * of this domain at its other end: a process, which is the bridge, talks to the guest
 * and says by vhost's ioctls where the queues and the memory are; see
 * include/vhost_xen_net.h. Packets then go between the queues and the interface
 * without it. Nothing here knows of Xen: the memory is a mapping of gntdev, and the
 * eventfds are tied to event channels by vhost_xen.c.
 *
 * Why there is such a thing: vhost-net has a thread, with the address space of the
 * process, which has to be given the processor for each packet, or as late as there
 * are many. Here the sender's own context copies the packet into the guest's memory,
 * and the interrupt's takes one out of it, both by addresses of the kernel.
 *
 * ioctls hold the device's lock, so there is one at a time. What a running queue uses
 * is not changed but by those that stop it, and SET_MEM_TABLE, which keeps both from
 * running meanwhile.
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

#include "net.h"

static struct vxn_queue *get_queue(struct vxn_device *dev, u32 index)
{
	if (index >= VHOST_XEN_NET_QUEUES)
		return ERR_PTR(-ENOBUFS);
	return &dev->queues[array_index_nospec(index, VHOST_XEN_NET_QUEUES)];
}

/* The same for what must not be done to one that runs. */
static struct vxn_queue *get_stopped(struct vxn_device *dev, u32 index)
{
	struct vxn_queue *q = get_queue(dev, index);

	return !IS_ERR(q) && q->running ? ERR_PTR(-EBUSY) : q;
}

static bool any_runs(const struct vxn_device *dev)
{
	unsigned int i;

	for (i = 0; i < VHOST_XEN_NET_QUEUES; i++)
		if (dev->queues[i].running)
			return true;
	return false;
}

static long set_owner(struct vxn_device *dev)
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

static long set_features(struct vxn_device *dev, const u64 __user *user)
{
	u64 features;

	if (copy_from_user(&features, user, sizeof(features)))
		return -EFAULT;
	if (features & ~VXN_FEATURES ||
	    !(features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return -EINVAL;
	if (any_runs(dev))
		return -EBUSY;

	WRITE_ONCE(dev->features, features);
	return 0;
}

static bool keeps_rings(const struct vxn_device *dev, const struct vxr_mem *mem)
{
	unsigned int i;

	for (i = 0; i < VHOST_XEN_NET_QUEUES; i++)
		if (dev->queues[i].running && !vxr_ring_in(&dev->queues[i].ring, mem))
			return false;
	return true;
}

static int replace_mem(struct vxn_device *dev, struct vxr_mem *mem)
{
	struct vxr_mem *old = dev->mem;
	bool polls = dev->queues[VHOST_XEN_NET_TX].running;

	if (!keeps_rings(dev, mem))
		return -EBUSY;

	/* No queue runs without an interface. */
	if (dev->netdev) {
		if (polls)
			napi_disable(&dev->napi);
		netif_tx_lock_bh(dev->netdev);
	}
	dev->mem = mem;
	if (dev->netdev) {
		netif_tx_unlock_bh(dev->netdev);
		if (polls)
			vxn_queue_resume(dev);
	}
	vxr_mem_end(old);
	return 0;
}

static long set_mem_table(struct vxn_device *dev,
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

static long set_vring_num(struct vxn_device *dev,
			  const struct vhost_vring_state *s)
{
	struct vxn_queue *q = get_stopped(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (!is_power_of_2(s->num) || s->num > VHOST_XEN_NET_MAX_SIZE)
		return -EINVAL;

	q->num = s->num;
	return 0;
}

static long set_vring_base(struct vxn_device *dev,
			   const struct vhost_vring_state *s)
{
	struct vxn_queue *q = get_stopped(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (s->num > U16_MAX)
		return -EINVAL;

	q->base = s->num;
	return 0;
}

static long set_busyloop(struct vxn_device *dev,
			 const struct vhost_vring_state *s)
{
	struct vxn_queue *q = get_queue(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (s->num > VXN_MAX_HOLD_US)
		return -EINVAL;

	WRITE_ONCE(q->pace.most, s->num * NSEC_PER_USEC);
	return 0;
}

static long set_vring_state(struct vxn_device *dev, unsigned int cmd,
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

static long get_vring_base(struct vxn_device *dev,
			   struct vhost_vring_state __user *user)
{
	struct vhost_vring_state s;
	struct vxn_queue *q;

	if (copy_from_user(&s, user, sizeof(s)))
		return -EFAULT;
	q = get_queue(dev, s.index);
	if (IS_ERR(q))
		return PTR_ERR(q);

	s.num = q->running ? READ_ONCE(q->ring.next) : q->base;
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

static long set_vring_addr(struct vxn_device *dev, const void __user *user)
{
	struct vhost_vring_addr a;
	struct vxn_queue *q;

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

static long set_kick(struct vxn_queue *q, int fd)
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

static long set_backend(struct vxn_device *dev, const struct vhost_vring_file *f)
{
	struct vxn_queue *q = get_queue(dev, f->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (f->fd < 0) {
		vxn_queue_stop(q);
		return 0;
	}
	if (q->running)
		return -EBUSY;
	return vxn_queue_start(q);
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
	if (strnlen(i.name, sizeof(i.name)) == sizeof(i.name))
		return -EINVAL;

	err = vxn_netdev_create(dev, i.name);
	if (err)
		return err;
	/* It goes with the file, whose owner knows of it or not. */
	return copy_to_user(user, &i, sizeof(i)) ? -EFAULT : 0;
}

static long set_vring_file(struct vxn_device *dev, unsigned int cmd,
			   const void __user *user)
{
	struct vhost_vring_file f;
	struct vxn_queue *q;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if (cmd == VHOST_XEN_NET_SET_BACKEND)
		return set_backend(dev, &f);

	q = get_stopped(dev, f.index);
	if (IS_ERR(q))
		return PTR_ERR(q);
	if (cmd == VHOST_SET_VRING_KICK)
		return set_kick(q, f.fd);
	return set_signal(cmd == VHOST_SET_VRING_CALL ? &q->call : &q->err,
			  f.fd);
}

static long owned_ioctl(struct vxn_device *dev, unsigned int cmd,
			void __user *user)
{
	switch (cmd) {
	case VHOST_SET_FEATURES:
		return set_features(dev, user);
	case VHOST_XEN_NET_CREATE:
		return create(dev, user);
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
	case VHOST_XEN_NET_SET_BACKEND:
		return set_vring_file(dev, cmd, user);
	default:
		return -ENOTTY;
	}
}

static long vxn_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vxn_device *dev = file->private_data;
	void __user *user = (void __user *)arg;
	u64 features = VXN_FEATURES;
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

static int vxn_open(struct inode *inode, struct file *file)
{
	struct vxn_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!dev)
		return -ENOMEM;

	dev->mem = vxr_mem_empty();
	if (!dev->mem) {
		kfree(dev);
		return -ENOMEM;
	}
	mutex_init(&dev->lock);
	for (i = 0; i < VHOST_XEN_NET_QUEUES; i++)
		vxn_queue_init(&dev->queues[i], dev, i);
	vxn_pace_init(dev);
	INIT_DELAYED_WORK(&dev->stall, vxn_stall);
	dev->features = BIT_ULL(VIRTIO_F_VERSION_1);
	file->private_data = dev;
	return stream_open(inode, file);
}

static int vxn_release(struct inode *inode, struct file *file)
{
	struct vxn_device *dev = file->private_data;
	unsigned int i;

	for (i = 0; i < VHOST_XEN_NET_QUEUES; i++)
		vxn_queue_stop(&dev->queues[i]);
	vxn_netdev_destroy(dev);
	for (i = 0; i < VHOST_XEN_NET_QUEUES; i++)
		vxn_queue_free(&dev->queues[i]);
	vxr_mem_end(dev->mem);
	if (dev->mm)
		mmput(dev->mm);
	kfree(dev);
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
