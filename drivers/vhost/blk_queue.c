// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_queue.c - a virtqueue of a disk, and the thread that serves it
 *
 * Theory of operation
 * -------------------
 * A signal of the kick eventfd wakes the thread, from wherever it is given. The
 * thread takes all requests that there are, asks to be notified, and sleeps. It
 * holds the queue's lock while it takes some, so who has the lock knows that
 * none is being taken, and that those to come are taken with the table that it
 * leaves in @mem.
 *
 * A notification costs the guest a hypercall and this domain an interrupt and a
 * task switch, and being told of an answer costs the guest an interrupt, each of
 * which takes longer than a request. So where requests come one after the other
 * (learn()) the thread waits for more, before it tells the guest of those that are
 * done and before it asks to be notified. It looks at the ring all the while where
 * that is no longer than it takes to sleep and to wake, and as long as nothing else
 * wants the processor. Otherwise it sleeps: it may be the guest that the processor
 * is taken from, which nobody here would know. A request that comes alone is answered
 * without delay.
 *
 * Starting and stopping are the device's, with its lock held. A stop ends the
 * thread first, then waits for what is in flight, and only then lets go of the
 * rings.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "blk.h"

/* Requests that are taken at once, before others may have the lock */
#define BATCH		64

/* Times that as many as expected have to come before one more is waited for */
#define LEAST_TRUST	64U
#define MOST_TRUST	4096U

/* Up to so many nanoseconds it costs more to sleep than to look at the ring */
#define MOST_WATCHED	(50ULL * NSEC_PER_USEC)

/**
 * vxb_queue_break() - Take no more requests: the ring makes no sense
 * @q: the queue, with its lock held
 * @why: for the log
 */
void vxb_queue_break(struct vxb_queue *q, const char *why)
{
	pr_warn_ratelimited("vhost_xen_blk: %pg, queue %u: %s\n", q->bdev,
			    q->vq.index, why);
	vxr_queue_break(&q->vq);
}

/* Takes what there is, BATCH at most. Returns how many. */
static unsigned int take_some(struct vxb_queue *q)
{
	struct blk_plug plug;
	unsigned int n;
	u16 head;

	mutex_lock(&q->lock);
	blk_start_plug(&plug);
	for (n = 0; n < BATCH && !q->vq.broken; n++) {
		int got = vxr_ring_next(&q->vq.ring, &head);

		if (!got)
			break;
		if (got < 0 || vxb_io_take(q, head))
			vxb_queue_break(q, "the ring makes no sense");
	}
	blk_finish_plug(&plug);
	mutex_unlock(&q->lock);
	return n;
}

/* Looks at the ring until there are requests. Returns for how long, ns, or 0. */
static u64 watch(struct vxb_queue *q, u64 limit)
{
	u64 begin = ktime_get_ns(), now = begin;

	while (vxr_ring_empty(&q->vq.ring)) {
		if (now - begin >= limit || need_resched() ||
		    READ_ONCE(q->stopping))
			return 0;
		cpu_relax();
		now = ktime_get_ns();
	}
	return now - begin ?: 1;
}

/* Sleeps, and looks at the ring then. Returns for how long, ns, or 0. */
static u64 nap(struct vxb_queue *q, u64 limit)
{
	u64 begin = ktime_get_ns();
	ktime_t timeout = ns_to_ktime(limit);

	if (!vxr_ring_empty(&q->vq.ring))
		return 1;

	/* vxb_queue_stop() wakes after it has set @stopping. */
	set_current_state(TASK_IDLE);
	if (!READ_ONCE(q->stopping))
		schedule_hrtimeout_range(&timeout, limit / 8, HRTIMER_MODE_REL);
	__set_current_state(TASK_RUNNING);

	return vxr_ring_empty(&q->vq.ring) ? 0 : ktime_get_ns() - begin;
}

/* No answer is held back for longer, ns, and no notification. */
static u64 most_held(const struct vxb_queue *q)
{
	return READ_ONCE(q->poll_us) * NSEC_PER_USEC;
}

/*
 * More requests are likely to follow those @n that were taken since @first: waits for
 * them. Where that is too short it is doubled, so that what does not come is not
 * expected for long. Returns for how long, ns, or 0 if there are none.
 */
static u64 more_follow(struct vxb_queue *q, unsigned int n, u64 first)
{
	u64 held = ktime_get_ns() - first, most = most_held(q);
	u64 took;

	if (held >= most)
		return 0;

	most -= held;
	if (4 * q->gap <= MOST_WATCHED)
		took = watch(q, min(4 * q->gap, most));
	else
		took = nap(q, min(max((q->expect - n) * q->gap, MOST_WATCHED),
				  most));
	if (!took)
		q->gap = clamp(2 * q->gap, (u64)NSEC_PER_USEC, most_held(q));
	return took;
}

/* @n requests have come in that time. */
static void learn_gap(struct vxb_queue *q, u64 took, unsigned int n)
{
	if (took && n)
		q->gap += div_u64(took, n) / 8 - q->gap / 8;
}

/*
 * There are requests. Since when is known if they were looked for or have woken the
 * thread. Who is idle for long says nothing of how fast it answers.
 */
static void learn_turn(struct vxb_queue *q)
{
	u64 took = ktime_get_ns() - q->told;

	if (!q->told || vxr_ring_empty(&q->vq.ring))
		return;

	q->turn += min(took, 4 * most_held(q)) / 4 - q->turn / 4;
	q->told = 0;
}

/*
 * The guest has been told of many answers, so it is likely to have requests soon:
 * waits for them, unless that usually takes too long. Each time that it was not
 * long enough costs a notification, so a sleep is several times as long as usual:
 * what it makes late are the requests that have come by then, all at once.
 */
static bool next_follow(struct vxb_queue *q)
{
	u64 most = most_held(q);

	if (q->turn > most)
		return false;

	if (q->turn <= MOST_WATCHED) {
		if (!watch(q, min(MOST_WATCHED, most)))
			return false;
		learn_turn(q);
		return true;
	}

	if (!nap(q, min(4 * q->turn, most)))
		return false;
	/* They may have been there for long. */
	q->turn -= q->turn / 32;
	q->told = 0;
	return true;
}

/*
 * Remembers how many requests come one after the other: as many are waited for
 * before the guest is told of their answers. That there are more is tried from
 * time to time, and ever less often where there never are.
 */
static void learn(struct vxb_queue *q, unsigned int n)
{
	unsigned int most = BATCH;

	if (n == q->expect && ++q->as_expected < q->trust)
		return;

	if (n > q->expect)
		q->trust = LEAST_TRUST;
	else if (n < q->expect)
		q->trust = min(2 * q->trust, MOST_TRUST);
	q->expect = min(n == q->expect ? n + 1 : n, most);
	q->as_expected = 0;
}

/* Takes requests as long as more follow soon. Returns how many. */
static unsigned int take_all(struct vxb_queue *q)
{
	u64 first = ktime_get_ns(), took = 0;
	unsigned int n = 0, got;

	do {
		got = take_some(q);
		learn_gap(q, took, got);
		n += got;
		cond_resched();
		took = 0;
		if (n && n < q->expect && !q->vq.broken && !READ_ONCE(q->stopping))
			took = more_follow(q, n, first);
	} while (took);
	return n;
}

static void serve(struct vxb_queue *q)
{
	learn_turn(q);
	vxr_ring_watch(&q->vq.ring, false);
	while (!READ_ONCE(q->stopping)) {
		unsigned int n = take_all(q);

		if (q->vq.broken)
			break;
		if (n) {
			learn(q, n);
			vxb_io_tell(q);
			q->told = n > 1 ? ktime_get_ns() : 0;
			if (n > 1 && next_follow(q))
				continue;
		}
		vxr_ring_watch(&q->vq.ring, true);
		if (vxr_ring_empty(&q->vq.ring))
			break;
		vxr_ring_watch(&q->vq.ring, false);
	}
	vxb_io_tell(q);
}

static int thread(void *data)
{
	struct vxb_queue *q = data;

	while (!kthread_should_stop()) {
		set_current_state(TASK_IDLE);
		if (!xchg(&q->kicked, false)) {
			if (!kthread_should_stop())
				schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		if (!q->vq.broken)
			serve(q);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void kicked(struct vxr_queue *vq)
{
	struct vxb_queue *q = vxb_queue_of(vq);

	xchg(&q->kicked, true);
	wake_up_process(q->task);
}

/**
 * vxb_queue_new() - Make a queue, which does not run yet
 * @dev: its device
 * @index: of the queue
 *
 * Return: the queue, or NULL if there is no memory
 */
struct vxb_queue *vxb_queue_new(struct vxr_dev *dev, unsigned int index)
{
	struct vxb_queue *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);

	if (!q)
		return NULL;

	vxr_queue_init(&q->vq, dev, index, kicked);
	q->mem = dev->mem;
	mutex_init(&q->lock);
	spin_lock_init(&q->used_lock);
	init_waitqueue_head(&q->idle);
	return q;
}

/**
 * vxb_queue_free() - Free a queue
 * @q: the queue; it may run
 *
 * Context: may sleep
 */
void vxb_queue_free(struct vxb_queue *q)
{
	vxb_queue_stop(q);
	vxr_queue_end(&q->vq);
	kfree(q);
}

static void let_go(struct vxb_queue *q)
{
	kvfree(q->requests);
	q->requests = NULL;
	kvfree(q->chain);
	q->chain = NULL;
	if (q->file)
		fput(q->file);
	q->file = NULL;
	q->bdev = NULL;
}

static int prepare(struct vxb_queue *q, struct file *file)
{
	int err;

	err = vxr_queue_prepare(&q->vq, q->mem);
	if (err)
		return err;

	q->requests = kvcalloc(q->vq.num, sizeof(*q->requests),
			       GFP_KERNEL_ACCOUNT);
	q->chain = kvmalloc(sizeof(*q->chain), GFP_KERNEL_ACCOUNT);
	if (!q->requests || !q->chain) {
		let_go(q);
		return -ENOMEM;
	}
	q->file = get_file(file);
	q->bdev = I_BDEV(file->f_mapping->host);
	q->writable = file->f_mode & FMODE_WRITE;
	q->stopping = false;
	q->untold = false;
	q->expect = 1;
	q->as_expected = 0;
	q->trust = LEAST_TRUST;
	q->gap = MOST_WATCHED / 4;
	q->turn = 0;
	q->told = 0;
	return 0;
}

/**
 * vxb_queue_start() - Begin to serve a queue
 * @q: the queue, which does not run
 * @file: the block device
 *
 * Context: may sleep; with the device's lock held
 *
 * Return: 0, -EINVAL if it has not been set up, -EFAULT if the rings are not in
 * the memory table, -ENOTBLK, -ENOMEM
 */
int vxb_queue_start(struct vxb_queue *q, struct file *file)
{
	struct task_struct *task;
	int err;

	if (!S_ISBLK(file_inode(file)->i_mode))
		return -ENOTBLK;
	err = prepare(q, file);
	if (err)
		return err;

	task = kthread_create(thread, q, "vxblk-%d/%u", current->pid,
			      q->vq.index);
	if (IS_ERR(task)) {
		let_go(q);
		return PTR_ERR(task);
	}
	/* There may be requests already. */
	q->kicked = true;
	q->task = task;
	q->vq.running = true;
	vxr_queue_watch(&q->vq);
	wake_up_process(task);
	return 0;
}

static bool is_idle(struct vxb_queue *q)
{
	bool idle;

	spin_lock_irq(&q->used_lock);
	idle = !q->in_flight;
	spin_unlock_irq(&q->used_lock);
	return idle;
}

/**
 * vxb_queue_stop() - Do not serve a queue any more
 * @q: the queue; nothing happens if it does not run
 *
 * Every request that was taken has been answered afterwards.
 *
 * Context: may sleep; with the device's lock held, or nobody else there
 */
void vxb_queue_stop(struct vxb_queue *q)
{
	if (!q->vq.running)
		return;

	vxr_queue_unwatch(&q->vq);
	WRITE_ONCE(q->stopping, true);
	kthread_stop(q->task);
	q->task = NULL;
	/* Each request ends, as the block layer ends each bio. */
	wait_event(q->idle, is_idle(q));
	q->vq.running = false;
	q->vq.base = q->vq.ring.next;
	let_go(q);
}
