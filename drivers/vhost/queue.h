/* SPDX-License-Identifier: GPL-2.0-only */
/* queue.h - a virtqueue, as vhost's ioctls describe it */
#ifndef VHOST_XEN_QUEUE_H
#define VHOST_XEN_QUEUE_H

#include <linux/poll.h>
#include <linux/types.h>
#include <linux/vhost.h>
#include <linux/wait.h>

#include "vring.h"

struct eventfd_ctx;
struct file;
struct vxr_dev;

/**
 * struct vxr_queue - a virtqueue
 * @dev: the device
 * @index: of the queue
 * @num: entries; this and the next are what ioctls have set
 * @addr: where the rings are, in the process's address space
 * @base: next available index to take, while the queue does not run
 * @kick: eventfd that tells of requests, or NULL
 * @call: is told of answers, or NULL
 * @err: is told that the ring makes no sense, or NULL
 * @running: it is served, which begins and ends with the device's lock held
 * @broken: the ring makes no sense
 * @ring: the rings, of who serves the queue
 * @kicked: what is done when @kick is signalled
 * @wait: in @kick's wait queue
 * @pt: with which it got there
 *
 * While a queue runs, none of what ioctls have set is changed.
 */
struct vxr_queue {
	struct vxr_dev *dev;
	unsigned int index;

	unsigned int num;
	struct vhost_vring_addr addr;
	u16 base;
	struct file *kick;
	struct eventfd_ctx *call;
	struct eventfd_ctx *err;

	bool running;
	bool broken;
	struct vxr_ring ring;
	void (*kicked)(struct vxr_queue *q);
	wait_queue_entry_t wait;
	poll_table pt;
};

void vxr_queue_init(struct vxr_queue *q, struct vxr_dev *dev,
		    unsigned int index, void (*kicked)(struct vxr_queue *q));
void vxr_queue_end(struct vxr_queue *q);
int vxr_queue_prepare(struct vxr_queue *q, const struct vxr_mem *mem);
void vxr_queue_watch(struct vxr_queue *q);
void vxr_queue_unwatch(struct vxr_queue *q);
void vxr_queue_tell(struct vxr_queue *q);
void vxr_queue_break(struct vxr_queue *q);

#endif /* VHOST_XEN_QUEUE_H */
