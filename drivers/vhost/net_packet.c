// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_packet.c - memory for packets that the guest transmits
 *
 * Theory of operation
 * -------------------
 * A small packet lies in one piece, which is the stack's own. Of a large one, what the
 * stack looks at does as well, and the rest lies in pieces of a pool, to which each
 * comes back when who received the packet is done with it. Pages that are allocated
 * anew are zeroed first, where the kernel is told so (init_on_alloc), which takes as
 * long as the copy. What is in a piece of the pool is an earlier packet; nobody sees it,
 * since of each piece no more is handed on than is written.
 *
 * A piece that would be filled by less than half is taken from the kernel after all: the
 * receiver's memory is accounted for by pieces. So is the whole packet, in smaller
 * pieces, where memory has none of that size.
 *
 * The pool goes away when all of its pieces have come back: the kernel sees to that.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/skbuff.h>
#include <net/page_pool/helpers.h>

#include "net.h"

/* Of a large packet so much is not in pieces: all that the stack looks at. */
#define HEAD_LEN	128U

/* Up to this a packet is not large. */
#define SMALL_LEN	SKB_WITH_OVERHEAD(2048 - NET_SKB_PAD - NET_IP_ALIGN)

#define PIECE_ORDER	get_order(SZ_32K)
#define PIECE_LEN	((u32)PAGE_SIZE << PIECE_ORDER)

/* Pieces that wait to be used again, 1 MiB; the pool has up to as many at hand. */
#define POOL_PIECES	32

/**
 * vxn_packets_init() - Make the pool
 * @pair: that it is for
 *
 * Context: may sleep
 *
 * Return: 0 or -ENOMEM
 */
int vxn_packets_init(struct vxn_pair *pair)
{
	const struct page_pool_params params = {
		.order = PIECE_ORDER,
		.pool_size = POOL_PIECES,
		.nid = NUMA_NO_NODE,
	};
	struct page_pool *pool = page_pool_create(&params);

	if (IS_ERR(pool))
		return PTR_ERR(pool);

	pair->pool = pool;
	return 0;
}

/**
 * vxn_packets_end() - Let go of the pool
 * @pair: whose poll function does not run any more; it need not have one
 *
 * Context: may sleep
 */
void vxn_packets_end(struct vxn_pair *pair)
{
	if (pair->pool)
		page_pool_destroy(pair->pool);
	pair->pool = NULL;
}

/* Adds @len bytes. Returns whether there are as many pieces. */
static bool add_pieces(struct vxn_pair *pair, struct sk_buff *skb, u32 len)
{
	u32 n;

	if (len)
		skb_mark_for_recycle(skb);
	for (; len; len -= n) {
		struct page *page = page_pool_dev_alloc_pages(pair->pool);

		if (!page)
			return false;
		n = min(len, PIECE_LEN);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, n,
				PIECE_LEN);
	}
	return true;
}

/* A packet of which @pooled bytes lie in pieces of the pool, at the end. */
static struct sk_buff *alloc_large(struct vxn_pair *pair, u32 len, u32 pooled)
{
	u32 rest = len - HEAD_LEN - pooled;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(NET_SKB_PAD + NET_IP_ALIGN + HEAD_LEN, rest,
				   PAGE_ALLOC_COSTLY_ORDER, &err,
				   GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;

	skb_reserve(skb, NET_SKB_PAD + NET_IP_ALIGN);
	skb_put(skb, HEAD_LEN);
	skb->data_len = rest;
	skb->len += rest;
	skb->dev = pair->dev->netdev;
	if (!add_pieces(pair, skb, pooled)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

/**
 * vxn_packet_alloc() - Make a packet, to be filled
 * @pair: of which the guest transmits it
 * @len: bytes, up to those of the largest packet that there is
 *
 * Context: the pair's poll function
 *
 * Return: the packet, whose bytes are anything, or NULL
 */
struct sk_buff *vxn_packet_alloc(struct vxn_pair *pair, u32 len)
{
	struct sk_buff *skb;
	u32 rest;

	if (len <= SMALL_LEN) {
		skb = napi_alloc_skb(&pair->napi, len);
		if (skb)
			skb_put(skb, len);
		return skb;
	}

	rest = (len - HEAD_LEN) % PIECE_LEN;
	if (rest > PIECE_LEN / 2)
		rest = 0;
	skb = alloc_large(pair, len, len - HEAD_LEN - rest);
	return skb ?: alloc_large(pair, len, 0);
}
