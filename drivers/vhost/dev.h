/* SPDX-License-Identifier: GPL-2.0-only */
/* dev.h - a virtio device that a process sets up by vhost's ioctls */
#ifndef VHOST_XEN_DEV_H
#define VHOST_XEN_DEV_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/virtio_config.h>

#include "queue.h"

/* Virtqueues that a device may have */
#define VXR_MAX_QUEUES	64

struct mm_struct;
struct vxr_dev;

/**
 * struct vxr_dev_ops - a kind of device
 * @features: what it can do, as virtio feature bits
 * @nqueues: virtqueues that it may have, VXR_MAX_QUEUES at most
 * @max_size: of a virtqueue, entries, VXR_MAX_SIZE at most
 * @max_wait_us: most of VHOST_SET_VRING_BUSYLOOP_TIMEOUT, microseconds
 * @set_backend: the ioctl that starts and stops a queue
 * @new_queue: makes a queue. NULL if it has no memory. Not there if the device
 *	has all of them from the beginning.
 * @start: begins to serve a queue, which does not run, with what the file
 *	descriptor stands for. 0 or an error.
 * @stop: ends that; nothing happens if the queue does not run
 * @set_wait: for how long at most it may wait for more, microseconds. The queue
 *	may run.
 * @set_mem: lets the device have another memory table, in which the rings are
 *	where they were. Queues may run. Whoever uses the one before, from
 *	then on, has a reference.
 * @ioctl: those of this kind alone, or not there
 *
 * All are called with the device's lock held, and may sleep.
 */
struct vxr_dev_ops {
	u64 features;
	unsigned int nqueues;
	unsigned int max_size;
	unsigned int max_wait_us;
	unsigned int set_backend;
	struct vxr_queue *(*new_queue)(struct vxr_dev *dev, unsigned int index);
	int (*start)(struct vxr_queue *q, int fd);
	void (*stop)(struct vxr_queue *q);
	void (*set_wait)(struct vxr_queue *q, unsigned int us);
	void (*set_mem)(struct vxr_dev *dev, struct vxr_mem *mem);
	long (*ioctl)(struct vxr_dev *dev, unsigned int cmd, void __user *user);
};

/**
 * struct vxr_dev - what an open file stands for
 * @ops: what kind of device it is
 * @lock: held by ioctls
 * @mm: of the process that owns it; a reference, or NULL
 * @features: what was negotiated; changed while no queue runs
 * @mem: the memory table
 * @queues: by index, NULL where there is none yet
 */
struct vxr_dev {
	const struct vxr_dev_ops *ops;
	struct mutex lock;	/* of all of it, but what serves a queue */
	struct mm_struct *mm;
	u64 features;
	struct vxr_mem *mem;
	struct vxr_queue *queues[VXR_MAX_QUEUES];
};

int vxr_dev_init(struct vxr_dev *dev, const struct vxr_dev_ops *ops);
void vxr_dev_end(struct vxr_dev *dev);
long vxr_dev_ioctl(struct vxr_dev *dev, unsigned int cmd, unsigned long arg);

#endif /* VHOST_XEN_DEV_H */
