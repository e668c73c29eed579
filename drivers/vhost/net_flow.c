// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_flow.c - in which pair of queues the guest gets a packet
 *
 * Theory of operation
 * -------------------
 * The guest has a pair of queues for each of its processors, and transmits in that of
 * the processor that sends. What is sent back of the same flow goes to the same pair, so
 * that the interrupt comes where the program is that waits for it: if it came to another
 * processor, that would have to be woken, and then wake the program's.
 *
 * Both ways have the same hash. The table by hash has no lock: what is read of it may be
 * old, or of another flow, and then a packet comes to another processor. Packets of a
 * flow may overtake each other when it moves, as the guest's program does.
 */
#include <linux/compiler.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "net.h"

/**
 * vxn_flow_learn() - The guest transmits a packet
 * @pair: in which
 * @skb: the packet
 *
 * Context: the pair's poll function
 */
void vxn_flow_learn(struct vxn_pair *pair, struct sk_buff *skb)
{
	struct vxn_device *dev = pair->dev;
	u8 *at;

	if (READ_ONCE(dev->active) == 1)
		return;

	at = &dev->flows[__skb_get_hash_symmetric(skb) % VXN_FLOWS];
	if (READ_ONCE(*at) != pair->index)
		WRITE_ONCE(*at, pair->index);
}

/**
 * vxn_select_queue() - Choose the pair for a packet: ndo_select_queue
 * @netdev: the interface
 * @skb: the packet
 * @sb_dev: another interface on top of it, or NULL
 *
 * Context: any
 *
 * Return: its number
 */
u16 vxn_select_queue(struct net_device *netdev, struct sk_buff *skb,
		     struct net_device *sb_dev)
{
	const struct vxn_netdev *priv = netdev_priv(netdev);
	const struct vxn_device *dev = priv->dev;
	unsigned int active = READ_ONCE(dev->active), index;

	if (active == 1)
		return 0;

	index = READ_ONCE(dev->flows[__skb_get_hash_symmetric(skb) % VXN_FLOWS]);
	/* The guest may use fewer pairs than when it transmitted. */
	return index < active ? index : 0;
}
