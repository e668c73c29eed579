// SPDX-License-Identifier: GPL-2.0-only
/*
 * dev.c - vhost's ioctls
 *
 * Theory of operation
 * -------------------
 * A process, which is the bridge, talks to the guest and says by vhost's ioctls where
 * the virtqueues and the memory are. What all devices have of it is here; struct
 * vxr_dev_ops is what a kind of device does with it.
 *
 * ioctls hold the device's lock, so there is one at a time. What a running queue uses
 * is not changed but by those that stop it, and SET_MEM_TABLE, for which there are
 * rules of their own (mem.c).
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "dev.h"

/* Finds the queue that an ioctl is about, and makes it if it is not there. */
static struct vxr_queue *get_queue(struct vxr_dev *dev, u32 index)
{
	if (index >= dev->ops->nqueues)
		return ERR_PTR(-ENOBUFS);

	index = array_index_nospec(index, dev->ops->nqueues);
	if (!dev->queues[index])
		dev->queues[index] = dev->ops->new_queue(dev, index);
	return dev->queues[index] ?: ERR_PTR(-ENOMEM);
}

/* The same for what must not be done to one that runs. */
static struct vxr_queue *get_stopped(struct vxr_dev *dev, u32 index)
{
	struct vxr_queue *q = get_queue(dev, index);

	return !IS_ERR(q) && q->running ? ERR_PTR(-EBUSY) : q;
}

static bool any_runs(const struct vxr_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->ops->nqueues; i++)
		if (dev->queues[i] && dev->queues[i]->running)
			return true;
	return false;
}

static long set_owner(struct vxr_dev *dev)
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

static long get_features(const struct vxr_dev *dev, u64 __user *user)
{
	u64 features = dev->ops->features;

	return copy_to_user(user, &features, sizeof(features)) ? -EFAULT : 0;
}

static long set_features(struct vxr_dev *dev, const u64 __user *user)
{
	u64 features;

	if (copy_from_user(&features, user, sizeof(features)))
		return -EFAULT;
	if (features & ~dev->ops->features ||
	    !(features & BIT_ULL(VIRTIO_F_VERSION_1)))
		return -EINVAL;
	if (any_runs(dev))
		return -EBUSY;

	WRITE_ONCE(dev->features, features);
	return 0;
}

/* Whether the rings of all queues that run stay where they are. */
static bool keeps_rings(const struct vxr_dev *dev, const struct vxr_mem *mem)
{
	unsigned int i;

	for (i = 0; i < dev->ops->nqueues; i++) {
		const struct vxr_queue *q = dev->queues[i];

		if (q && q->running && !vxr_ring_in(&q->ring, mem))
			return false;
	}
	return true;
}

static long set_mem_table(struct vxr_dev *dev,
			  const struct vhost_memory __user *user)
{
	struct vhost_memory_region *regions;
	struct vxr_mem *mem, *old = dev->mem;
	struct vhost_memory head;

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

	mem = vxr_mem_new(old, regions, head.nregions);
	kfree(regions);
	if (IS_ERR(mem))
		return PTR_ERR(mem);

	if (!keeps_rings(dev, mem)) {
		vxr_mem_end(mem);
		return -EBUSY;
	}
	dev->ops->set_mem(dev, mem);
	vxr_mem_end(old);
	return 0;
}

static long set_vring_num(struct vxr_dev *dev,
			  const struct vhost_vring_state *s)
{
	struct vxr_queue *q = get_stopped(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (!is_power_of_2(s->num) || s->num > dev->ops->max_size)
		return -EINVAL;

	q->num = s->num;
	return 0;
}

static long set_vring_base(struct vxr_dev *dev,
			   const struct vhost_vring_state *s)
{
	struct vxr_queue *q = get_stopped(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (s->num > U16_MAX)
		return -EINVAL;

	q->base = s->num;
	return 0;
}

static long set_wait(struct vxr_dev *dev, const struct vhost_vring_state *s)
{
	struct vxr_queue *q = get_queue(dev, s->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (s->num > dev->ops->max_wait_us)
		return -EINVAL;

	dev->ops->set_wait(q, s->num);
	return 0;
}

static long set_vring_state(struct vxr_dev *dev, unsigned int cmd,
			    const void __user *user)
{
	struct vhost_vring_state s;

	if (copy_from_user(&s, user, sizeof(s)))
		return -EFAULT;
	if (cmd == VHOST_SET_VRING_NUM)
		return set_vring_num(dev, &s);
	if (cmd == VHOST_SET_VRING_BASE)
		return set_vring_base(dev, &s);
	return set_wait(dev, &s);
}

static long get_vring_base(struct vxr_dev *dev,
			   struct vhost_vring_state __user *user)
{
	struct vhost_vring_state s;
	struct vxr_queue *q;

	if (copy_from_user(&s, user, sizeof(s)))
		return -EFAULT;
	q = get_queue(dev, s.index);
	if (IS_ERR(q))
		return PTR_ERR(q);

	s.num = q->running ? READ_ONCE(q->ring.next) : q->base;
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

static long set_vring_addr(struct vxr_dev *dev, const void __user *user)
{
	struct vhost_vring_addr a;
	struct vxr_queue *q;

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

static long set_kick(struct vxr_queue *q, int fd)
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

static long set_backend(struct vxr_dev *dev, const struct vhost_vring_file *f)
{
	struct vxr_queue *q = get_queue(dev, f->index);

	if (IS_ERR(q))
		return PTR_ERR(q);
	if (f->fd < 0) {
		dev->ops->stop(q);
		return 0;
	}
	return q->running ? -EBUSY : dev->ops->start(q, f->fd);
}

static long set_vring_file(struct vxr_dev *dev, unsigned int cmd,
			   const void __user *user)
{
	struct vhost_vring_file f;
	struct vxr_queue *q;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	if (cmd == dev->ops->set_backend)
		return set_backend(dev, &f);

	q = get_stopped(dev, f.index);
	if (IS_ERR(q))
		return PTR_ERR(q);
	if (cmd == VHOST_SET_VRING_KICK)
		return set_kick(q, f.fd);
	return set_signal(cmd == VHOST_SET_VRING_CALL ? &q->call : &q->err,
			  f.fd);
}

static long owned_ioctl(struct vxr_dev *dev, unsigned int cmd,
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
		return set_vring_file(dev, cmd, user);
	}

	if (cmd == dev->ops->set_backend)
		return set_vring_file(dev, cmd, user);
	return dev->ops->ioctl ? dev->ops->ioctl(dev, cmd, user) : -ENOTTY;
}

/**
 * vxr_dev_ioctl() - Carry out an ioctl
 * @dev: the device
 * @cmd: VHOST_*
 * @arg: address of its argument
 *
 * Context: may sleep; a system call of the process
 *
 * Return: 0 or an error: -EPERM for who is not the owner, -EFAULT, -EINVAL,
 * -EOPNOTSUPP for what vhost knows and this does not, -ENOBUFS for a queue that there
 * is not, -EBUSY where a queue must not run, -E2BIG, -ENOMEM, -ENOTTY, -EBADF, and
 * those of @ops
 */
long vxr_dev_ioctl(struct vxr_dev *dev, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	long ret;

	if (cmd == VHOST_GET_FEATURES)
		return get_features(dev, user);

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
EXPORT_SYMBOL_GPL(vxr_dev_ioctl);

/**
 * vxr_dev_init() - Begin with a device that nobody owns yet
 * @dev: the device, zeroed
 * @ops: what kind of device it is
 *
 * Context: may sleep
 *
 * Return: 0 or -ENOMEM
 */
int vxr_dev_init(struct vxr_dev *dev, const struct vxr_dev_ops *ops)
{
	dev->mem = vxr_mem_empty();
	if (!dev->mem)
		return -ENOMEM;

	dev->ops = ops;
	mutex_init(&dev->lock);
	dev->features = BIT_ULL(VIRTIO_F_VERSION_1);
	return 0;
}
EXPORT_SYMBOL_GPL(vxr_dev_init);

/**
 * vxr_dev_end() - Let go of a device's memory and of its owner's
 * @dev: the device, of which no queue runs
 *
 * Context: may sleep
 */
void vxr_dev_end(struct vxr_dev *dev)
{
	vxr_mem_end(dev->mem);
	if (dev->mm)
		mmput(dev->mm);
}
EXPORT_SYMBOL_GPL(vxr_dev_end);
