// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_pace.c - when the other side is told of packets, and when we ask to be
 *
 * Theory of operation
 * -------------------
 * A notification costs the guest a hypercall and this domain an interrupt, and the
 * other way round; where packets are small each of these takes longer than the packet.
 * So where packets follow each other one way, with nothing going the other way, a
 * notification is held back until there are more, for some times as long as one takes
 * to follow the other: that is learnt. To the guest this is its interrupt; from it,
 * the time for which it need not notify us, as it is looked anyway what it has. What
 * is large, what answers, and what comes alone is not held back.
 *
 * The first timer is under the lock of the interface's queue with the rest of its queue.
 * The other one does nothing but schedule the poll function.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/time64.h>

#include "net.h"

/* As many packets are to come while a notification is held back. */
#define EXPECT		8

/* With fewer than these it is not worth it. */
#define LEAST		4

/**
 * vxn_pace_hold() - Packets are there: hold the notification back?
 * @pace: of such packets
 * @n: how many there are since the last call, not 0
 * @may: whether that may be at all
 *
 * Return: whether to. The timer runs then, if it did not.
 */
bool vxn_pace_hold(struct vxn_pace *pace, unsigned int n, bool may)
{
	u64 now = ktime_get_ns(), most = READ_ONCE(pace->most);
	u64 took = now - pace->last;

	pace->last = now;
	pace->gap += div_u64(min(took, most), n) / 8 - pace->gap / 8;
	if (!may || took >= most || LEAST * pace->gap > most)
		return false;

	/* One that is just running has seen less than there is now, or is yet to look. */
	if (!hrtimer_is_queued(&pace->late))
		hrtimer_start(&pace->late,
			      ns_to_ktime(min(EXPECT * pace->gap, most)),
			      HRTIMER_MODE_REL_SOFT);
	return true;
}

static enum hrtimer_restart tell_late(struct hrtimer *timer)
{
	struct vxn_queue *q = container_of(timer, struct vxn_queue, pace.late);
	struct netdev_queue *txq = vxn_txq(q);

	__netif_tx_lock(txq, smp_processor_id());
	if (q->vq.running)
		vxn_queue_tell(q);
	__netif_tx_unlock(txq);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart poll_late(struct hrtimer *timer)
{
	struct vxn_queue *q = container_of(timer, struct vxn_queue, pace.late);

	napi_schedule(&vxn_pair_of(q)->napi);
	return HRTIMER_NORESTART;
}

/**
 * vxn_pace_init() - Nothing is known of packets yet
 * @q: a queue
 */
void vxn_pace_init(struct vxn_queue *q)
{
	hrtimer_setup(&q->pace.late, vxn_is_tx(q) ? poll_late : tell_late,
		      CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}

/**
 * vxn_pace_end() - Hold nothing back any more
 * @q: a queue that does not run any more
 *
 * Context: may sleep
 */
void vxn_pace_end(struct vxn_queue *q)
{
	hrtimer_cancel(&q->pace.late);
}
