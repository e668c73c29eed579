// SPDX-License-Identifier: GPL-2.0-only
/*
 * net_buffers_test.c - protects dom0 from what a guest says of the buffers of a
 * network that vhost_xen_net serves, and packets from being put together wrongly
 */
#include <kunit/test.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../drivers/vhost/net_buffers.h"
#include "fake_guest.h"
#include "fake_skb.h"

#define NUM		16

/* Where things are in the region */
#define AT_DESC		0x0000
#define AT_AVAIL	0x2000
#define AT_USED		0x3000
#define AT_DATA		0x4000

#define NEXT		VRING_DESC_F_NEXT
#define WRITE		VRING_DESC_F_WRITE

static struct fake_guest guest;
static struct vxr_ring ring;
static struct vxn_buffers *buffers;

static void set_desc(unsigned int i, u64 offset, u32 len, u16 flags, u16 next)
{
	fake_guest_desc(&guest, AT_DESC + i * sizeof(struct vring_desc), offset,
			len, flags, next);
}

static int add(u16 head, bool write)
{
	return vxn_buffers_add(buffers, &ring, guest.mem, head, write);
}

/* The same, with nothing before it. */
static int take(u16 head, bool write)
{
	vxn_buffers_clear(buffers);
	return add(head, write);
}

static int init_ring(unsigned int num, u64 desc)
{
	struct vhost_vring_addr addr = {
		.desc_user_addr = FAKE_GUEST_USER + desc,
		.avail_user_addr = FAKE_GUEST_USER + AT_AVAIL,
		.used_user_addr = FAKE_GUEST_USER + AT_USED,
	};

	return vxr_ring_init(&ring, guest.mem, num, &addr, 0, 0);
}

static int net_buffers_init(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_guest_init(test, &guest), 0);
	buffers = kunit_kzalloc(test, sizeof(*buffers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buffers);
	KUNIT_ASSERT_EQ(test, init_ring(NUM, AT_DESC), 0);
	return 0;
}

static void net_buffers_exit(struct kunit *test)
{
	fake_guest_exit(&guest);
}

/* Three pieces: the end of a page, a page and a bit, and one byte. */
static void set_packet(u16 flags)
{
	set_desc(0, AT_DATA + 4086, 10, flags | NEXT, 5);
	set_desc(5, AT_DATA + 0x3000 - 3, 4100, flags | NEXT, 2);
	set_desc(2, AT_DATA + 0x9000, 1, flags, 0);
}

#define PACKET_LEN	(10 + 4100 + 1)

static u8 pattern(unsigned int i)
{
	return i * 7 + i / 256 + 1;
}

/* Where byte @i of the packet lies. */
static u8 *packet_byte(unsigned int i)
{
	u64 offset = AT_DATA + 0x9000;

	if (i < 10)
		offset = AT_DATA + 4086 + i;
	else if (i < 4110)
		offset = AT_DATA + 0x3000 - 3 + i - 10;
	return fake_guest_at(&guest, offset);
}

static void a_packet_may_be_split_anywhere(struct kunit *test)
{
	set_packet(0);
	KUNIT_ASSERT_EQ(test, take(0, false), 0);
	KUNIT_EXPECT_EQ(test, buffers->nchains, 1);
	KUNIT_EXPECT_EQ(test, buffers->npieces, 3);
	KUNIT_EXPECT_EQ(test, buffers->len, PACKET_LEN);
	KUNIT_EXPECT_EQ(test, buffers->heads[0], 0);
	KUNIT_EXPECT_EQ(test, buffers->lens[0], PACKET_LEN);
}

static void bytes_are_read_in_their_order(struct kunit *test)
{
	struct sk_buff *skb = fake_skb(test, PACKET_LEN - 12);
	struct vxn_cursor c;
	unsigned int i;
	u8 header[12];

	KUNIT_ASSERT_NOT_NULL(test, skb);
	for (i = 0; i < PACKET_LEN; i++)
		*packet_byte(i) = pattern(i);
	set_packet(0);
	KUNIT_ASSERT_EQ(test, take(0, false), 0);
	c = vxn_buffers_begin(buffers);
	vxn_read(&c, header, sizeof(header));
	KUNIT_ASSERT_EQ(test, vxn_read_skb(&c, skb, skb->len), 0);
	for (i = 0; i < sizeof(header); i++)
		KUNIT_ASSERT_EQ(test, header[i], pattern(i));
	for (i = 0; i < skb->len; i++)
		KUNIT_ASSERT_EQ(test, skb->data[i], pattern(i + 12));
}

static void bytes_are_written_in_their_order(struct kunit *test)
{
	struct sk_buff *skb = fake_skb(test, PACKET_LEN - 13);
	struct vxn_cursor c;
	unsigned int i;
	u8 header[12];

	KUNIT_ASSERT_NOT_NULL(test, skb);
	for (i = 0; i < sizeof(header); i++)
		header[i] = pattern(i);
	for (i = 0; i < skb->len; i++)
		skb->data[i] = pattern(i + 12);
	set_packet(WRITE);
	KUNIT_ASSERT_EQ(test, take(0, true), 0);
	c = vxn_buffers_begin(buffers);
	vxn_write(&c, header, sizeof(header));
	KUNIT_ASSERT_EQ(test, vxn_write_skb(&c, skb), 0);
	for (i = 0; i < PACKET_LEN - 1; i++)
		KUNIT_ASSERT_EQ(test, *packet_byte(i), pattern(i));
	/* What is behind it, and around it, is as it was. */
	KUNIT_EXPECT_EQ(test, *packet_byte(PACKET_LEN - 1), 0);
	KUNIT_EXPECT_EQ(test, *(packet_byte(0) - 1), 0);
	KUNIT_EXPECT_EQ(test, *(packet_byte(10) - 1), 0);
	KUNIT_EXPECT_EQ(test, *(packet_byte(4109) + 1), 0);
}

/* VIRTIO_NET_F_MRG_RXBUF: one packet in several chains. */
static void chains_are_told_apart(struct kunit *test)
{
	set_packet(WRITE);
	set_desc(7, AT_DATA, 100, WRITE, 0);
	KUNIT_ASSERT_EQ(test, take(7, true), 0);
	KUNIT_ASSERT_EQ(test, add(0, true), 0);
	KUNIT_EXPECT_EQ(test, buffers->nchains, 2);
	KUNIT_EXPECT_EQ(test, buffers->npieces, 4);
	KUNIT_EXPECT_EQ(test, buffers->len, 100 + PACKET_LEN);
	KUNIT_EXPECT_EQ(test, buffers->heads[0], 7);
	KUNIT_EXPECT_EQ(test, buffers->lens[0], 100);
	KUNIT_EXPECT_EQ(test, buffers->heads[1], 0);
	KUNIT_EXPECT_EQ(test, buffers->lens[1], PACKET_LEN);
}

static void bad_chains_are_refused(struct kunit *test)
{
	/* Without end, and with a next one that there is not */
	set_packet(0);
	set_desc(2, AT_DATA, 1, NEXT, 5);
	KUNIT_EXPECT_EQ(test, take(0, false), -EINVAL);
	set_desc(2, AT_DATA, 1, NEXT, NUM);
	KUNIT_EXPECT_EQ(test, take(0, false), -EINVAL);
	/* Empty */
	set_desc(2, AT_DATA, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, take(0, false), -EINVAL);
	/* A table of descriptors, which was not offered */
	set_desc(2, AT_DATA, 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(0, false), -EINVAL);
}

static void only_what_is_meant_so_is_written_to(struct kunit *test)
{
	set_packet(0);
	KUNIT_EXPECT_EQ(test, take(0, true), -EINVAL);
	set_packet(WRITE);
	KUNIT_EXPECT_EQ(test, take(0, false), -EINVAL);
	/* The last alone */
	set_desc(2, AT_DATA, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, take(0, true), -EINVAL);
}

static void what_is_not_the_guests_is_refused(struct kunit *test)
{
	static const struct {
		u64 offset;
		u32 len;
	} outside[] = {
		{ FAKE_GUEST_SIZE, 1 }, { FAKE_GUEST_SIZE - 1, 2 },
		{ -1, 1 }, { -1, 2 }, { 0, FAKE_GUEST_SIZE + 1 },
		{ 0, 0x7fffffff }, { -FAKE_GUEST_BASE, 4096 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(outside); i++) {
		set_packet(WRITE);
		set_desc(2, outside[i].offset, outside[i].len, WRITE, 0);
		KUNIT_EXPECT_EQ_MSG(test, take(0, true), -EFAULT, "number %u", i);
	}
	set_desc(2, FAKE_GUEST_SIZE - 2, 2, WRITE, 0);
	KUNIT_EXPECT_EQ(test, take(0, true), 0);
}

/* The same memory may be named again and again; the sum is of 32 bits. */
static void what_is_too_long_is_refused(struct kunit *test)
{
	u32 large = FAKE_GUEST_SIZE;

	set_desc(0, 0, large, 0, 0);
	KUNIT_ASSERT_EQ(test, take(0, false), 0);
	buffers->len = U32_MAX - large;
	KUNIT_EXPECT_EQ(test, add(0, false), 0);
	KUNIT_EXPECT_EQ(test, buffers->len, U32_MAX);
	buffers->len = U32_MAX - large + 1;
	KUNIT_EXPECT_EQ(test, add(0, false), -EINVAL);
}

static void more_pieces_than_there_are_entries_are_refused(struct kunit *test)
{
	unsigned int i;

	set_desc(0, AT_DATA, 1, 0, 0);
	vxn_buffers_clear(buffers);
	for (i = 0; i < VXR_MAX_SIZE; i++)
		KUNIT_ASSERT_EQ(test, add(0, false), 0);
	KUNIT_EXPECT_EQ(test, add(0, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, buffers->npieces, VXR_MAX_SIZE);

	/* As long a chain as there can be */
	KUNIT_ASSERT_EQ(test, init_ring(VXR_MAX_SIZE, AT_DATA), 0);
	for (i = 0; i < VXR_MAX_SIZE; i++)
		fake_guest_desc(&guest, AT_DATA + i * 16, 0, 1,
				i + 1 < VXR_MAX_SIZE ? NEXT : 0, i + 1);
	KUNIT_EXPECT_EQ(test, take(0, false), 0);
	KUNIT_EXPECT_EQ(test, buffers->npieces, VXR_MAX_SIZE);
}

static void a_packet_of_the_stack_is_no_longer_than_it_says(struct kunit *test)
{
	struct sk_buff *skb = fake_skb(test, 8);
	struct vxn_cursor c;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	set_packet(0);
	KUNIT_ASSERT_EQ(test, take(0, false), 0);
	c = vxn_buffers_begin(buffers);
	KUNIT_EXPECT_EQ(test, vxn_read_skb(&c, skb, 9), -EFAULT);
}

static struct kunit_case net_buffers_cases[] = {
	KUNIT_CASE(a_packet_may_be_split_anywhere),
	KUNIT_CASE(bytes_are_read_in_their_order),
	KUNIT_CASE(bytes_are_written_in_their_order),
	KUNIT_CASE(chains_are_told_apart),
	KUNIT_CASE(bad_chains_are_refused),
	KUNIT_CASE(only_what_is_meant_so_is_written_to),
	KUNIT_CASE(what_is_not_the_guests_is_refused),
	KUNIT_CASE(what_is_too_long_is_refused),
	KUNIT_CASE(more_pieces_than_there_are_entries_are_refused),
	KUNIT_CASE(a_packet_of_the_stack_is_no_longer_than_it_says),
	{ }
};

static struct kunit_suite net_buffers_suite = {
	.name = "vxen-net-buffers",
	.init = net_buffers_init,
	.exit = net_buffers_exit,
	.test_cases = net_buffers_cases,
};

kunit_test_suite(net_buffers_suite);
