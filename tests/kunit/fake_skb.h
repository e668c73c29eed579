/* SPDX-License-Identifier: GPL-2.0-only */
/* fake_skb.h - packets in one piece, for a kernel without networks */
#ifndef VXEN_FAKE_SKB_H
#define VXEN_FAKE_SKB_H

#include <kunit/test.h>
#include <linux/skbuff.h>

struct sk_buff *fake_skb(struct kunit *test, unsigned int len);

#endif /* VXEN_FAKE_SKB_H */
