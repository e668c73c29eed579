// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_skb.c - packets in one piece, for a kernel without networks
 *
 * The kernel that runs the unit tests has none (CONFIG_NET), which keeps it small. Two
 * functions are all that is needed of them here. Real packets, in many pieces, are
 * tested under Xen.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_skb.h"

/**
 * fake_skb() - Make a packet
 * @test: at whose end it goes away
 * @len: bytes, zeroed
 *
 * Context: may sleep
 *
 * Return: the packet, or NULL
 */
struct sk_buff *fake_skb(struct kunit *test, unsigned int len)
{
	struct sk_buff *skb = kunit_kzalloc(test, sizeof(*skb), GFP_KERNEL);

	if (!skb)
		return NULL;
	/* Not a byte more, so that KASAN sees one. */
	skb->data = kunit_kzalloc(test, len, GFP_KERNEL);
	skb->len = len;
	return skb->data ? skb : NULL;
}

int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	if (offset > (int)skb->len - len)
		return -EFAULT;

	memcpy(to, skb->data + offset, len);
	return 0;
}

int skb_store_bits(struct sk_buff *skb, int offset, const void *from, int len)
{
	if (offset > (int)skb->len - len)
		return -EFAULT;

	memcpy(skb->data + offset, from, len);
	return 0;
}
