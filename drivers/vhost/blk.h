/* SPDX-License-Identifier: GPL-2.0-only */
/* blk.h - a virtio disk served from a block device: the parts of vhost_xen_blk */
#ifndef VHOST_XEN_BLK_INTERNAL_H
#define VHOST_XEN_BLK_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "../../include/vhost_xen_blk.h"
#include "blk_chain.h"
#include "dev.h"

/* What the module can do, as virtio feature bits. */
#define VXB_FEATURES	(BIT_ULL(VIRTIO_F_VERSION_1) | \
			 BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | \
			 BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | \
			 BIT_ULL(VIRTIO_BLK_F_FLUSH) | \
			 BIT_ULL(VIRTIO_BLK_F_DISCARD) | \
			 BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES))

/* Longest time that a queue is watched, microseconds */
#define VXB_MAX_POLL_US	10000

struct vxb_queue;

/**
 * struct vxb_request - a request that was taken from a queue
 * @q: the queue
 * @mem: the memory that it lies in; a reference
 * @status: where its answer goes, in the guest's memory
 * @len: bytes of the guest's memory that are written if all goes well
 * @head: of its chain, which is its index in @q->requests
 * @busy: taken, and not yet answered
 * @pending: bios in flight, and one for who submits them
 * @result: VIRTIO_BLK_S_*
 * @work: for what may sleep
 * @type: VIRTIO_BLK_T_*, for @work
 * @range: for @work
 */
struct vxb_request {
	struct vxb_queue *q;
	struct vxr_mem *mem;
	u8 *status;
	u32 len;
	u16 head;
	bool busy;
	atomic_t pending;
	u8 result;
	struct work_struct work;
	u32 type;
	struct {
		sector_t sector;
		sector_t sectors;
		bool unmap;
	} range;
};

/**
 * struct vxb_queue - a virtqueue
 * @vq: what vhost knows of it. Of its ring, what concerns the available one is
 *	@task's, the used ring is under @used_lock.
 * @poll_us: for how long to watch for requests at most
 * @lock: held by @task while it takes requests, and by who changes @mem
 * @mem: what requests may name; one of the device's references
 * @file: the open block device
 * @bdev: its block device
 * @writable: as it was opened
 * @task: takes requests; NULL while the queue does not run
 * @kicked: there may be requests
 * @stopping: @task shall take no more
 * @untold: @task has given answers that the guest may want to be told of
 * @expect: so many requests come one after the other
 * @as_expected: how often as many came, without a break
 * @trust: how often they have to before one more is waited for
 * @gap: how long one takes to follow the other, ns
 * @turn: how long the guest takes from being told of answers to its next request, ns
 * @told: when it has been told of many, if there has been no request since; or 0
 * @chain: the request that is being taken, @task's
 * @requests: by head
 * @used_lock: held by who answers; taken from interrupts
 * @in_flight: requests taken and not answered, under @used_lock
 * @idle: woken when there are none
 */
struct vxb_queue {
	struct vxr_queue vq;
	unsigned int poll_us;

	struct mutex lock;	/* of mem, and of taking requests */
	struct vxr_mem *mem;
	struct file *file;
	struct block_device *bdev;
	bool writable;
	struct task_struct *task;
	bool kicked;
	bool stopping;
	bool untold;
	unsigned int expect;
	unsigned int as_expected;
	unsigned int trust;
	u64 gap;
	u64 turn;
	u64 told;
	struct vxb_chain *chain;
	struct vxb_request *requests;

	spinlock_t used_lock;	/* of the used ring and in_flight */
	unsigned int in_flight;
	wait_queue_head_t idle;
};

static inline struct vxb_queue *vxb_queue_of(struct vxr_queue *vq)
{
	return container_of(vq, struct vxb_queue, vq);
}

/* blk_queue.c */
struct vxb_queue *vxb_queue_new(struct vxr_dev *dev, unsigned int index);
void vxb_queue_free(struct vxb_queue *q);
int vxb_queue_start(struct vxb_queue *q, struct file *file);
void vxb_queue_stop(struct vxb_queue *q);
void vxb_queue_break(struct vxb_queue *q, const char *why);

/* blk_io.c */
int vxb_io_init(void);
void vxb_io_exit(void);
int vxb_io_take(struct vxb_queue *q, u16 head);
void vxb_io_tell(struct vxb_queue *q);

#endif /* VHOST_XEN_BLK_INTERNAL_H */
