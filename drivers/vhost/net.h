/* SPDX-License-Identifier: GPL-2.0-only */
/* net.h - a virtio network served by this kernel: the parts of vhost_xen_net */
#ifndef VHOST_XEN_NET_INTERNAL_H
#define VHOST_XEN_NET_INTERNAL_H

#include <linux/hrtimer.h>
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
 * struct vxn_queue - a virtqueue
 * @vq: what vhost knows of it; @index is VHOST_XEN_NET_RX or _TX
 * @untold: packets that the guest may want to be told of
 * @pace: of packets
 * @buffers: those that are being looked at
 *
 * From @vq.running on, what concerns the guest's receive queue is under the interface's
 * transmit lock, and its transmit queue is the poll function's.
 */
struct vxn_queue {
	struct vxr_queue vq;
	unsigned int untold;
	struct vxn_pace pace;
	struct vxn_buffers *buffers;
};

/**
 * struct vxn_device - what an open file stands for
 * @vdev: what vhost knows of it; its memory table is changed while nobody looks at
 *	buffers
 * @netdev: the interface, or NULL
 * @napi: takes what the guest transmits
 * @pool: of memory for that, or NULL
 * @stalled: there has been no room in the guest for too long
 * @stall: sets it
 * @heard: the guest has transmitted since it was last told of packets
 * @sent: it was sent packets since it last transmitted
 * @queues: by index
 */
struct vxn_device {
	struct vxr_dev vdev;
	struct net_device *netdev;
	struct napi_struct napi;
	struct page_pool *pool;
	bool stalled;
	struct delayed_work stall;
	bool heard;
	bool sent;
	struct vxn_queue queues[VHOST_XEN_NET_QUEUES];
};

static inline struct vxn_device *vxn_of(struct vxr_dev *vdev)
{
	return container_of(vdev, struct vxn_device, vdev);
}

static inline struct vxn_queue *vxn_queue_of(struct vxr_queue *vq)
{
	return container_of(vq, struct vxn_queue, vq);
}

/**
 * struct vxn_netdev - the interface's own
 * @dev: the device
 * @stats: of the interface; each field has one writer
 */
struct vxn_netdev {
	struct vxn_device *dev;
	struct rtnl_link_stats64 stats;
};

/* net_dev.c */
int vxn_netdev_create(struct vxn_device *dev, char *name);
void vxn_netdev_destroy(struct vxn_device *dev);
void vxn_netdev_update(struct vxn_device *dev);
void vxn_stall(struct work_struct *work);

/* net_poll.c */
int vxn_poll(struct napi_struct *napi, int budget);

/* net_packet.c */
int vxn_packets_init(struct vxn_device *dev);
void vxn_packets_end(struct vxn_device *dev);
struct sk_buff *vxn_packet_alloc(struct vxn_device *dev, u32 len);

/* net_pace.c */
void vxn_pace_init(struct vxn_device *dev);
void vxn_pace_end(struct vxn_queue *q);
bool vxn_pace_hold(struct vxn_pace *pace, unsigned int n, bool may);

/* net_queue.c */
void vxn_queue_init(struct vxn_device *dev, unsigned int index);
int vxn_queue_start(struct vxn_queue *q);
void vxn_queue_stop(struct vxn_queue *q);
void vxn_queue_resume(struct vxn_device *dev);
void vxn_queue_break(struct vxn_queue *q);
void vxn_queue_tell(struct vxn_queue *q);

#endif /* VHOST_XEN_NET_INTERNAL_H */
