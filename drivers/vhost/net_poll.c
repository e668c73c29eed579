// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_poll.c - packets that the guest transmits
 *
 * Theory of operation
 * -------------------
 * NAPI: an event of the guest schedules the poll function, which copies packets out
 * of the guest's memory and gives them to the stack, until there are none. While it
 * does, the guest need not notify. Afterwards it need not either for some time, if
 * packets follow each other (net_pace.c), as the function runs again then.
 *
 * While a queue runs all that concerns it is the poll function's, of which there is
 * one at a time.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/virtio_net.h>

#include "net.h"

#define MAX_LEN		(VLAN_ETH_HLEN + VLAN_HLEN + 65535U)

/* Bytes that are taken at once, before others may have the processor */
#define MAX_BYTES	(512U << 10)

/* Packets of which the guest is told at once: it waits to send more. */
#define TELL_EACH	8

/* Returns 0 or a negative errno; then the packet is not the stack's. */
static int fill_packet(struct vxn_pair *pair, struct vxn_cursor *c,
		       const struct virtio_net_hdr_mrg_rxbuf *hdr,
		       struct sk_buff *skb)
{
	int err = vxn_read_skb(c, skb, skb->len);

	if (err)
		return err;
	skb_reset_mac_header(skb);
	err = virtio_net_hdr_to_skb(skb, &hdr->hdr, true);
	if (err)
		return err;

	skb->protocol = eth_type_trans(skb, pair->dev->netdev);
	skb_reset_network_header(skb);
	skb_probe_transport_header(skb);
	skb_record_rx_queue(skb, pair->index);
	vxn_flow_learn(pair, skb);
	return 0;
}

/* The packet in the queue's buffers, or NULL if there is none to be had. */
static struct sk_buff *take_packet(struct vxn_pair *pair, struct vxn_queue *q)
{
	struct vxn_cursor c = vxn_buffers_begin(q->buffers);
	struct virtio_net_hdr_mrg_rxbuf hdr;
	struct sk_buff *skb;
	u32 len = q->buffers->len;

	if (len < VXN_HDR_SIZE + ETH_HLEN || len > VXN_HDR_SIZE + MAX_LEN) {
		q->stats.length_errors++;
		return NULL;
	}
	len -= VXN_HDR_SIZE;
	skb = netif_running(pair->dev->netdev) ? vxn_packet_alloc(pair, len) :
						NULL;
	if (!skb) {
		q->stats.dropped++;
		return NULL;
	}
	vxn_read(&c, &hdr, VXN_HDR_SIZE);
	if (fill_packet(pair, &c, &hdr, skb)) {
		q->stats.frame_errors++;
		kfree_skb(skb);
		return NULL;
	}
	q->stats.packets++;
	q->stats.bytes += len;
	return skb;
}

/* Takes the next packet. Returns its bytes with the header, or 0 if there is none. */
static u32 take_next(struct vxn_pair *pair, struct vxn_queue *q)
{
	struct sk_buff *skb;
	u16 head;
	int got;

	if (q->vq.broken)
		return 0;
	got = vxr_ring_next(&q->vq.ring, &head);
	if (!got)
		return 0;
	vxn_buffers_clear(q->buffers);
	if (got < 0 ||
	    vxn_buffers_add(q->buffers, &q->vq.ring, q->mem, head, false)) {
		vxn_queue_break(q);
		return 0;
	}

	skb = take_packet(pair, q);
	vxr_ring_put(&q->vq.ring, head, 0);
	if (++q->untold >= TELL_EACH)
		vxn_queue_tell(q);
	if (skb)
		napi_gro_receive(&pair->napi, skb);
	return q->buffers->len;
}

/* Returns how many packets were taken: @budget if there may be more. */
static int take_some(struct vxn_pair *pair, struct vxn_queue *q, int budget)
{
	u32 bytes = 0, len;
	int n;

	for (n = 0; n < budget; n++) {
		if (bytes >= MAX_BYTES)
			return budget;
		len = take_next(pair, q);
		if (!len)
			break;
		bytes += len;
	}
	return n;
}

/* @n packets were taken: are more looked for without a notification? */
static bool more_follow(struct vxn_pair *pair, struct vxn_queue *q, int n)
{
	bool alone = !READ_ONCE(pair->sent);

	WRITE_ONCE(pair->sent, false);
	WRITE_ONCE(pair->heard, true);
	return vxn_pace_hold(&q->pace, n, alone && !q->vq.broken);
}

/**
 * vxn_poll() - Take what the guest transmits
 * @napi: of a pair
 * @budget: packets that may be taken
 *
 * Context: softirq
 *
 * Return: packets that were taken, @budget if there may be more
 */
int vxn_poll(struct napi_struct *napi, int budget)
{
	struct vxn_pair *pair = container_of(napi, struct vxn_pair, napi);
	struct vxn_queue *q = vxn_tx(pair);
	int n;

	vxr_ring_watch(&q->vq.ring, false);
	n = take_some(pair, q, budget);
	vxn_queue_tell(q);
	if (n == budget)
		return n;

	if (n && more_follow(pair, q, n)) {
		napi_complete_done(napi, n);
		return n;
	}

	vxr_ring_watch(&q->vq.ring, true);
	if (napi_complete_done(napi, n) && !q->vq.broken &&
	    !vxr_ring_empty(&q->vq.ring))
		napi_schedule(napi);
	return n;
}
