// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_dev.c - this domain's interface, and packets that the guest receives
 *
 * Theory of operation
 * -------------------
 * Who sends a packet copies it into the guest's memory, at once and under the
 * transmit lock of the interface's queue: no thread has to be woken for it, and nothing of the
 * packet is kept. Where the guest has no buffers for it the transmit queue stops, and
 * packets wait in the queueing discipline, until an event of the guest tells of new
 * buffers. A guest that has none for long may be dead: what is sent to it then is
 * dropped, so that nobody waits for it.
 */
#include <linux/capability.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/virtio_net.h>
#include <net/net_namespace.h>

#include "net.h"

/* For so long packets wait for a guest that has no buffers. */
#define PATIENCE	(10 * HZ)

/* Packets of which the guest is told at once, and bytes of one */
#define MOST_UNTOLD	32
#define LARGE		4096

#define OFFLOADS	(NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | \
			 NETIF_F_TSO_ECN)

/* Collects buffers for @len bytes. Returns 1, 0 if there are too few, or an error. */
static int collect(struct vxn_device *dev, struct vxn_queue *q, u32 len)
{
	bool merge = dev->vdev.features & BIT_ULL(VIRTIO_NET_F_MRG_RXBUF);
	u16 head;
	int got;

	vxn_buffers_clear(q->buffers);
	do {
		got = vxr_ring_next(&q->vq.ring, &head);
		if (got <= 0)
			return got;
		got = vxn_buffers_add(q->buffers, &q->vq.ring, q->mem, head, true);
		if (got)
			return got;
		if (q->buffers->len >= len)
			return 1;
	} while (merge);
	return -EMSGSIZE;
}

/* The same, and asks to be told of more if there are too few. */
static int collect_or_stop(struct vxn_device *dev, struct vxn_queue *q, u32 len)
{
	u16 next = q->vq.ring.next;
	int got = collect(dev, q, len);

	if (!got) {
		/*
		 * The queue is stopped before it is asked for notifications, so
		 * the event of a buffer that was not seen here finds it stopped.
		 */
		netif_tx_stop_queue(vxn_txq(q));
		vxr_ring_watch(&q->vq.ring, true);
		q->vq.ring.next = next;
		got = collect(dev, q, len);
		if (got) {
			vxr_ring_watch(&q->vq.ring, false);
			netif_tx_start_queue(vxn_txq(q));
		}
	}
	if (got <= 0)
		q->vq.ring.next = next;
	return got;
}

/* Gives the collected buffers, with a packet in them, to the guest. */
static void give(struct vxn_queue *q, const struct sk_buff *skb,
		 struct virtio_net_hdr_mrg_rxbuf *hdr)
{
	const struct vxn_buffers *b = q->buffers;
	struct vxn_cursor c = vxn_buffers_begin(b);
	u32 left = VXN_HDR_SIZE + skb->len;
	unsigned int i;

	hdr->num_buffers = __cpu_to_virtio16(true, b->nchains);
	vxn_write(&c, hdr, VXN_HDR_SIZE);
	/* An skb that is shorter than it says is a bug, which the stack would have. */
	WARN_ON_ONCE(vxn_write_skb(&c, skb));
	for (i = 0; i < b->nchains; i++) {
		u32 n = min(left, b->lens[i]);

		vxr_ring_fill(&q->vq.ring, i, b->heads[i], n);
		left -= n;
	}
	vxr_ring_publish(&q->vq.ring, b->nchains);
	q->untold++;
}

/* Tells the guest of a packet of that length, unless that can wait (net_pace.c). */
static void tell(struct vxn_queue *q, u32 len)
{
	struct vxn_pair *pair = vxn_pair_of(q);
	bool may = !READ_ONCE(pair->heard) && len <= LARGE &&
		   q->untold < MOST_UNTOLD;

	WRITE_ONCE(pair->sent, true);
	if (vxn_pace_hold(&q->pace, 1, may))
		return;

	WRITE_ONCE(pair->heard, false);
	vxn_queue_tell(q);
}

/* There is no room for a packet. Returns whether it waits for some. */
static bool wait_for_room(struct vxn_device *dev, struct vxn_queue *q)
{
	vxn_queue_tell(q);
	if (q->stalled) {
		netif_tx_start_queue(vxn_txq(q));
		return false;
	}
	q->waits = jiffies;
	schedule_delayed_work(&dev->stall, PATIENCE);
	return true;
}

static netdev_tx_t vxn_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	struct vxn_netdev *priv = netdev_priv(netdev);
	struct vxn_device *dev = priv->dev;
	struct vxn_queue *q = vxn_rx(&dev->pairs[skb_get_queue_mapping(skb)]);
	struct virtio_net_hdr_mrg_rxbuf hdr = { };
	int got;

	if (!q->vq.running || q->vq.broken ||
	    virtio_net_hdr_from_skb(skb, &hdr.hdr, true, false, 0))
		goto drop;

	got = collect_or_stop(dev, q, VXN_HDR_SIZE + skb->len);
	if (!got && wait_for_room(dev, q))
		return NETDEV_TX_BUSY;
	if (got < 0 && got != -EMSGSIZE)
		vxn_queue_break(q);
	if (got <= 0)
		goto drop;

	q->stalled = false;
	skb_tx_timestamp(skb);
	give(q, skb, &hdr);
	q->stats.packets++;
	q->stats.bytes += skb->len;
	if (!netdev_xmit_more())
		tell(q, skb->len);
	consume_skb(skb);
	return NETDEV_TX_OK;

drop:
	q->stats.dropped++;
	if (q->vq.running && !netdev_xmit_more())
		vxn_queue_tell(q);
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

/* Ends a wait for room that takes too long. Returns whether one goes on. */
static bool stall(struct vxn_queue *q)
{
	struct netdev_queue *txq = vxn_txq(q);
	bool waits;

	__netif_tx_lock_bh(txq);
	waits = netif_tx_queue_stopped(txq);
	if (waits && time_after_eq(jiffies, q->waits + PATIENCE)) {
		q->stalled = true;
		netif_tx_wake_queue(txq);
		waits = false;
	}
	__netif_tx_unlock_bh(txq);
	return waits;
}

/**
 * vxn_stall() - The guest may have had no buffers for long
 * @work: of the device
 *
 * Context: may sleep
 */
void vxn_stall(struct work_struct *work)
{
	struct vxn_device *dev = container_of(to_delayed_work(work),
					      struct vxn_device, stall);

	unsigned int i;
	bool again = false;

	for (i = 0; i < dev->npairs; i++)
		again |= stall(vxn_rx(&dev->pairs[i]));
	/* It is not known here which has waited how long. */
	if (again)
		schedule_delayed_work(&dev->stall, PATIENCE / 10);
}

static void vxn_get_stats(struct net_device *netdev, struct rtnl_link_stats64 *s)
{
	const struct vxn_netdev *priv = netdev_priv(netdev);
	struct vxn_device *dev = priv->dev;
	unsigned int i;

	for (i = 0; i < dev->npairs; i++) {
		const struct vxn_stats *out = &vxn_rx(&dev->pairs[i])->stats;
		const struct vxn_stats *in = &vxn_tx(&dev->pairs[i])->stats;

		s->tx_packets += out->packets;
		s->tx_bytes += out->bytes;
		s->tx_dropped += out->dropped;
		s->rx_packets += in->packets;
		s->rx_bytes += in->bytes;
		s->rx_dropped += in->dropped;
		s->rx_length_errors += in->length_errors;
		s->rx_frame_errors += in->frame_errors;
		s->rx_errors += in->length_errors + in->frame_errors;
	}
}

/* What the guest's driver cannot take is done before. */
static netdev_features_t vxn_fix_features(struct net_device *netdev,
					  netdev_features_t f)
{
	const struct vxn_netdev *priv = netdev_priv(netdev);
	u64 guest = READ_ONCE(priv->dev->vdev.features);

	if (!(guest & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)))
		f &= ~OFFLOADS;
	if (!(guest & BIT_ULL(VIRTIO_NET_F_GUEST_TSO4)))
		f &= ~NETIF_F_TSO;
	if (!(guest & BIT_ULL(VIRTIO_NET_F_GUEST_TSO6)))
		f &= ~NETIF_F_TSO6;
	if (!(guest & BIT_ULL(VIRTIO_NET_F_GUEST_ECN)))
		f &= ~NETIF_F_TSO_ECN;
	return f;
}

static const struct net_device_ops vxn_netdev_ops = {
	.ndo_start_xmit = vxn_xmit,
	.ndo_select_queue = vxn_select_queue,
	.ndo_get_stats64 = vxn_get_stats,
	.ndo_fix_features = vxn_fix_features,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void vxn_get_drvinfo(struct net_device *netdev,
			    struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "vhost_xen_net", sizeof(info->driver));
}

static const struct ethtool_ops vxn_ethtool_ops = {
	.get_drvinfo = vxn_get_drvinfo,
	.get_link = ethtool_op_get_link,
};

static void set_up(struct net_device *netdev)
{
	ether_setup(netdev);
	netdev->netdev_ops = &vxn_netdev_ops;
	netdev->ethtool_ops = &vxn_ethtool_ops;
	netdev->hw_features = NETIF_F_SG | NETIF_F_FRAGLIST | OFFLOADS;
	netdev->features = netdev->hw_features;
	netdev->vlan_features = netdev->hw_features;
	netdev->priv_flags &= ~IFF_TX_SKB_SHARING;
	netdev->min_mtu = ETH_MIN_MTU;
	netdev->max_mtu = ETH_MAX_MTU;
	eth_hw_addr_random(netdev);
}

static void end_pairs(struct vxn_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->npairs; i++)
		vxn_packets_end(&dev->pairs[i]);
	dev->npairs = 0;
}

static int begin_pairs(struct vxn_device *dev, unsigned int pairs)
{
	for (; dev->npairs < pairs; dev->npairs++) {
		struct vxn_pair *pair = &dev->pairs[dev->npairs];
		int err;

		pair->dev = dev;
		pair->index = dev->npairs;
		err = vxn_packets_init(pair);
		if (err) {
			end_pairs(dev);
			return err;
		}
	}
	return 0;
}

/**
 * vxn_netdev_create() - Make the interface
 * @dev: the device
 * @name: of the interface, IFNAMSIZ bytes; a template is filled in
 * @pairs: of queues
 *
 * Context: may sleep; with the device's lock held
 *
 * Return: 0, -EPERM, -ENOMEM, or what registering it says, such as -EEXIST
 */
int vxn_netdev_create(struct vxn_device *dev, char *name, unsigned int pairs)
{
	struct net *net = current->nsproxy->net_ns;
	struct net_device *netdev;
	struct vxn_netdev *priv;
	unsigned int i;
	int err;

	if (!ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;

	err = begin_pairs(dev, pairs);
	if (err)
		return err;
	netdev = alloc_netdev_mq(sizeof(*priv), name, NET_NAME_USER, set_up,
				 pairs);
	if (!netdev) {
		err = -ENOMEM;
		goto no_netdev;
	}

	priv = netdev_priv(netdev);
	priv->dev = dev;
	dev_net_set(netdev, net);
	for (i = 0; i < pairs; i++)
		netif_napi_add(netdev, &dev->pairs[i].napi, vxn_poll);
	netif_carrier_off(netdev);
	dev->netdev = netdev;
	err = register_netdev(netdev);
	if (err)
		goto not_registered;

	strscpy(name, netdev->name, IFNAMSIZ);
	return 0;

not_registered:
	dev->netdev = NULL;
	free_netdev(netdev);
no_netdev:
	end_pairs(dev);
	return err;
}

/**
 * vxn_netdev_destroy() - Take the interface away
 * @dev: the device, no queue of which runs; it need not have an interface
 *
 * Context: may sleep
 */
void vxn_netdev_destroy(struct vxn_device *dev)
{
	if (!dev->netdev)
		return;

	unregister_netdev(dev->netdev);
	cancel_delayed_work_sync(&dev->stall);
	free_netdev(dev->netdev);
	dev->netdev = NULL;
	end_pairs(dev);
}

/**
 * vxn_netdev_update() - Queues run, or do not any more
 * @dev: the device
 *
 * Context: may sleep; with the device's lock held
 */
void vxn_netdev_update(struct vxn_device *dev)
{
	bool ready = vxn_rx(&dev->pairs[0])->vq.running &&
		     vxn_tx(&dev->pairs[0])->vq.running;

	rtnl_lock();
	netdev_update_features(dev->netdev);
	rtnl_unlock();
	if (ready)
		netif_carrier_on(dev->netdev);
	else
		netif_carrier_off(dev->netdev);
}
