/* SPDX-License-Identifier: GPL-2.0-only */
/* net.h - a virtio network served by this kernel: the parts of vhost_xen_net */
#ifndef VHOST_XEN_NET_INTERNAL_H
#define VHOST_XEN_NET_INTERNAL_H

#include <linux/hrtimer.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <linux/virtio_net.h>
#include <linux/workqueue.h>

#include "../../include/vhost_xen_net.h"
#include "dev.h"
#include "net_buffers.h"

/* What the module can do, as virtio feature bits */
#define VXN_FEATURES	(BIT_ULL(VIRTIO_F_VERSION_1) | \
			 BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | \
			 BIT_ULL(VIRTIO_NET_F_MRG_RXBUF) | \
			 BIT_ULL(VIRTIO_NET_F_CTRL_VQ) | \
			 BIT_ULL(VIRTIO_NET_F_MQ) | \
			 BIT_ULL(VIRTIO_NET_F_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_HOST_TSO4) | \
			 BIT_ULL(VIRTIO_NET_F_HOST_TSO6) | \
			 BIT_ULL(VIRTIO_NET_F_HOST_ECN) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_ECN))

/* Before each packet; the same whether buffers are merged or not */
#define VXN_HDR_SIZE	sizeof(struct virtio_net_hdr_mrg_rxbuf)

/* Longest time that a notification may be held back, microseconds */
#define VXN_MAX_HOLD_US	10000

/* Of flows; a power of two. Those of the same hash go the same way. */
#define VXN_FLOWS	256

struct page_pool;
struct vxn_device;

/**
 * struct vxn_pace - how packets follow each other, one way
 * @last: when there was one, ns
 * @gap: how long one takes to follow the other, ns
 * @most: no notification is held back for longer, ns
 * @late: ends the wait for more
 */
struct vxn_pace {
	u64 last;
	u64 gap;
	u64 most;
	struct hrtimer late;
};

/**
 * struct vxn_stats - packets of a virtqueue; there is one writer
 * @packets: that were taken or given
 * @bytes: of these
 * @dropped: there was no place for them
 * @length_errors: of the guest's, too short or too long
 * @frame_errors: of the guest's, with a header that makes no sense
 */
struct vxn_stats {
	u64 packets;
	u64 bytes;
	u64 dropped;
	u64 length_errors;
	u64 frame_errors;
};

/**
 * struct vxn_queue - a virtqueue
 * @vq: what vhost knows of it
 * @mem: that buffers lie in; the device's
 * @stalled: there has been no room in the guest for too long
 * @waits: since when, jiffies, if the interface's queue is stopped
 * @stats: of packets
 * @untold: packets that the guest may want to be told of
 * @pace: of packets
 * @buffers: those that are being looked at
 *
 * From @vq.running on, what concerns a receive queue of the guest's is under the lock of
 * the interface's transmit queue of the same number, and a transmit queue is its poll
 * function's. The control queue is its worker's (net_ctrl.c), and has none of this.
 */
struct vxn_queue {
	struct vxr_queue vq;
	const struct vxr_mem *mem;
	bool stalled;
	unsigned long waits;
	struct vxn_stats stats;
	unsigned int untold;
	struct vxn_pace pace;
	struct vxn_buffers *buffers;
};

/**
 * struct vxn_pair - what a receive and a transmit queue have together
 * @dev: the device
 * @index: of the pair
 * @napi: takes what the guest transmits
 * @pool: of memory for that, or NULL
 * @heard: the guest has transmitted since it was last told of packets
 * @sent: it was sent packets since it last transmitted
 */
struct vxn_pair {
	struct vxn_device *dev;
	unsigned int index;
	struct napi_struct napi;
	struct page_pool *pool;
	bool heard;
	bool sent;
};

/**
 * struct vxn_device - what an open file stands for
 * @vdev: what vhost knows of it
 * @netdev: the interface, or NULL
 * @stall: tells queues that they have been without room for too long
 * @npairs: that there are, 0 without an interface
 * @active: that the guest uses
 * @flows: by hash, the pair in which the guest has transmitted
 * @ctrl: does what the guest commands
 * @ctrl_lock: held by @ctrl, and by who changes what it uses
 * @pairs: by index
 * @queues: by index
 */
struct vxn_device {
	struct vxr_dev vdev;
	struct net_device *netdev;
	struct delayed_work stall;
	unsigned int npairs;
	unsigned int active;
	u8 flows[VXN_FLOWS];
	struct work_struct ctrl;
	struct mutex ctrl_lock;	/* of the control queue */
	struct vxn_pair pairs[VHOST_XEN_NET_MAX_PAIRS];
	struct vxn_queue queues[VHOST_XEN_NET_MAX_QUEUES];
};

static inline struct vxn_device *vxn_of(struct vxr_dev *vdev)
{
	return container_of(vdev, struct vxn_device, vdev);
}

static inline struct vxn_queue *vxn_queue_of(struct vxr_queue *vq)
{
	return container_of(vq, struct vxn_queue, vq);
}

static inline bool vxn_is_ctrl(const struct vxn_device *dev,
			       const struct vxn_queue *q)
{
	return q->vq.index == VHOST_XEN_NET_CTRL(dev->npairs);
}

static inline bool vxn_is_tx(const struct vxn_queue *q)
{
	return q->vq.index & 1;
}

static inline struct vxn_queue *vxn_rx(struct vxn_pair *pair)
{
	return &pair->dev->queues[VHOST_XEN_NET_RX(pair->index)];
}

static inline struct vxn_queue *vxn_tx(struct vxn_pair *pair)
{
	return &pair->dev->queues[VHOST_XEN_NET_TX(pair->index)];
}

/* The pair of a queue, which is not the control queue. */
static inline struct vxn_pair *vxn_pair_of(const struct vxn_queue *q)
{
	return &vxn_of(q->vq.dev)->pairs[q->vq.index / 2];
}

/* The interface's queue that leads to a receive queue. */
static inline struct netdev_queue *vxn_txq(const struct vxn_queue *q)
{
	return netdev_get_tx_queue(vxn_of(q->vq.dev)->netdev, q->vq.index / 2);
}

/**
 * struct vxn_netdev - the interface's own
 * @dev: the device
 */
struct vxn_netdev {
	struct vxn_device *dev;
};

/* net_dev.c */
int vxn_netdev_create(struct vxn_device *dev, char *name, unsigned int pairs);
void vxn_netdev_destroy(struct vxn_device *dev);
void vxn_netdev_update(struct vxn_device *dev);
void vxn_stall(struct work_struct *work);

/* net_flow.c */
void vxn_flow_learn(struct vxn_pair *pair, struct sk_buff *skb);
u16 vxn_select_queue(struct net_device *netdev, struct sk_buff *skb,
		     struct net_device *sb_dev);

/* net_ctrl.c */
void vxn_ctrl_work(struct work_struct *work);

/* net_poll.c */
int vxn_poll(struct napi_struct *napi, int budget);

/* net_packet.c */
int vxn_packets_init(struct vxn_pair *pair);
void vxn_packets_end(struct vxn_pair *pair);
struct sk_buff *vxn_packet_alloc(struct vxn_pair *pair, u32 len);

/* net_pace.c */
void vxn_pace_init(struct vxn_queue *q);
void vxn_pace_end(struct vxn_queue *q);
bool vxn_pace_hold(struct vxn_pace *pace, unsigned int n, bool may);

/* net_queue.c */
void vxn_queue_init(struct vxn_device *dev, unsigned int index);
int vxn_queue_start(struct vxn_queue *q);
void vxn_queue_stop(struct vxn_queue *q);
void vxn_queue_set_mem(struct vxn_queue *q, const struct vxr_mem *mem);
void vxn_queue_break(struct vxn_queue *q);
void vxn_queue_tell(struct vxn_queue *q);

#endif /* VHOST_XEN_NET_INTERNAL_H */
