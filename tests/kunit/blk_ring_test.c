// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_ring_test.c - protects dom0 from what a guest writes into the rings of a
 * disk that vhost_xen_blk serves
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "../../drivers/vhost/blk_chain.h"
#include "fake_guest.h"

#define BASE		FAKE_GUEST_BASE
#define USER		FAKE_GUEST_USER
#define SIZE		FAKE_GUEST_SIZE
#define NUM		8

/* Where things are in the region */
#define AT_DESC		0x0ff0	/* the table crosses a page */
#define AT_AVAIL	0x2000
#define AT_USED		0x3000
#define AT_TABLE	0x4fe0	/* so does this one */
#define AT_HEADER	0x6000
#define AT_STATUS	0x7000
#define AT_DATA		0x8000

#define EVENT_IDX	BIT_ULL(VIRTIO_RING_F_EVENT_IDX)
#define INDIRECT	BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC)

static struct fake_guest guest;
static struct vxr_mem *mem;
static struct vxr_region *region;
static struct vxr_ring ring;
static struct vxb_chain *chain;

static void *byte(u64 offset)
{
	return fake_guest_at(&guest, offset);
}

static struct vring_avail *avail(void)
{
	return byte(AT_AVAIL);
}

static struct vring_used *used(void)
{
	return byte(AT_USED);
}

static void set_at(u64 at, unsigned int i, u64 offset, u32 len, u16 flags,
		   u16 next)
{
	fake_guest_desc(&guest, at + i * sizeof(struct vring_desc), offset, len,
			flags, next);
}

static void set_desc(unsigned int i, u64 offset, u32 len, u16 flags, u16 next)
{
	set_at(AT_DESC, i, offset, len, flags, next);
}

static int init(unsigned int num, u64 desc, u64 features)
{
	struct vhost_vring_addr addr = {
		.desc_user_addr = USER + desc,
		.avail_user_addr = USER + AT_AVAIL,
		.used_user_addr = USER + AT_USED,
	};

	return vxr_ring_init(&ring, mem, num, &addr, 0, features);
}

/* A read of 6000 bytes from the middle of a page, as three descriptors. */
static void set_read(void)
{
	set_desc(0, AT_HEADER, 16, VRING_DESC_F_NEXT, 1);
	set_desc(1, AT_DATA + 512, 6000,
		 VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 2);
	set_desc(2, AT_STATUS, 1, VRING_DESC_F_WRITE, 0);
}

static int take(void)
{
	return vxb_chain_read(&ring, mem, 0, chain);
}

static int blk_ring_init(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, fake_guest_init(test, &guest), 0);
	mem = guest.mem;
	region = guest.region;
	chain = kunit_kzalloc(test, sizeof(*chain), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chain);
	KUNIT_ASSERT_EQ(test, init(NUM, AT_DESC, EVENT_IDX | INDIRECT), 0);
	return 0;
}

static void blk_ring_exit(struct kunit *test)
{
	fake_guest_exit(&guest);
}

static void the_rings_are_in_the_memory(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, init(NUM, SIZE - NUM * 16, 0), 0);
	KUNIT_EXPECT_EQ(test, init(NUM, SIZE - NUM * 16 + 16, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, init(NUM, SIZE, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, init(NUM, -USER, 0), -EFAULT);
	/* As long as there can be, and not at the beginning of a page. */
	KUNIT_EXPECT_EQ(test, init(VHOST_XEN_BLK_MAX_SIZE, 0x8ff0, 0), 0);
	KUNIT_EXPECT_PTR_EQ(test, ring.desc.pages[4], byte(0xc000));
}

static void it_is_known_where_the_rings_are(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, vxr_ring_in(&ring, mem));
	mem->nregions = 0;
	KUNIT_EXPECT_FALSE(test, vxr_ring_in(&ring, mem));
}

static void requests_are_taken_in_their_order(struct kunit *test)
{
	unsigned int i;
	u16 head;

	KUNIT_EXPECT_EQ(test, vxr_ring_next(&ring, &head), 0);
	KUNIT_EXPECT_TRUE(test, vxr_ring_empty(&ring));
	/* Twice around the 16 bits of an index. */
	for (i = 0; i < 2 * 65536; i++) {
		avail()->ring[i % NUM] = cpu_to_le16(i % 5);
		avail()->idx = cpu_to_le16(i + 1);
		KUNIT_ASSERT_FALSE(test, vxr_ring_empty(&ring));
		KUNIT_ASSERT_EQ(test, vxr_ring_next(&ring, &head), 1);
		KUNIT_ASSERT_EQ(test, head, i % 5);
		KUNIT_ASSERT_EQ(test, vxr_ring_next(&ring, &head), 0);
	}
}

static void an_index_that_jumps_is_refused(struct kunit *test)
{
	u16 head;

	avail()->idx = cpu_to_le16(NUM);
	KUNIT_EXPECT_EQ(test, vxr_ring_next(&ring, &head), 1);
	avail()->idx = cpu_to_le16(NUM + 2);
	KUNIT_EXPECT_EQ(test, vxr_ring_next(&ring, &head), -EINVAL);
	/* Back by one */
	avail()->idx = 0;
	KUNIT_EXPECT_EQ(test, vxr_ring_next(&ring, &head), -EINVAL);
}

static void a_head_is_below_the_size(struct kunit *test)
{
	u16 head;

	avail()->ring[0] = cpu_to_le16(NUM);
	avail()->idx = cpu_to_le16(1);
	KUNIT_EXPECT_EQ(test, vxr_ring_next(&ring, &head), -EINVAL);
}

static void data_is_pieces_of_pages(struct kunit *test)
{
	struct virtio_blk_outhdr *h = byte(AT_HEADER);

	h->type = cpu_to_le32(VIRTIO_BLK_T_IN);
	h->sector = cpu_to_le64(77);
	set_read();
	KUNIT_ASSERT_EQ(test, take(), 0);
	KUNIT_EXPECT_EQ(test, chain->header_len, 16);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(chain->header.sector), 77);
	KUNIT_EXPECT_EQ(test, chain->out_len, 0);
	KUNIT_EXPECT_EQ(test, chain->in_len, 6000);
	KUNIT_EXPECT_PTR_EQ(test, chain->status, (u8 *)byte(AT_STATUS));
	KUNIT_EXPECT_EQ(test, chain->nout, 0);
	KUNIT_ASSERT_EQ(test, chain->npieces, 2);
	KUNIT_EXPECT_PTR_EQ(test, chain->pieces[0].bv_page, region->pages[8]);
	KUNIT_EXPECT_EQ(test, chain->pieces[0].bv_offset, 512);
	KUNIT_EXPECT_EQ(test, chain->pieces[0].bv_len, 4096 - 512);
	KUNIT_EXPECT_PTR_EQ(test, chain->pieces[1].bv_page, region->pages[9]);
	KUNIT_EXPECT_EQ(test, chain->pieces[1].bv_offset, 0);
	KUNIT_EXPECT_EQ(test, chain->pieces[1].bv_len, 6000 - (4096 - 512));
}

/* VIRTIO 1.2, 2.7.4.1: how a driver splits it says nothing. */
static void a_request_may_be_split_anywhere(struct kunit *test)
{
	struct virtio_blk_outhdr h = { .sector = cpu_to_le64(0x1234567890) };

	memcpy(byte(AT_HEADER + 4090), &h, 6);
	memcpy(byte(AT_HEADER + 4096), (u8 *)&h + 6, 1);
	memcpy(byte(AT_DATA), (u8 *)&h + 7, 9);
	/* The header in two, the second with data, the status with data. */
	set_desc(0, AT_HEADER + 4090, 7, VRING_DESC_F_NEXT, 1);
	set_desc(1, AT_DATA, 9 + 512, VRING_DESC_F_NEXT, 2);
	set_desc(2, AT_DATA + 0x1000, 513, VRING_DESC_F_WRITE, 0);
	KUNIT_ASSERT_EQ(test, take(), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(chain->header.sector), 0x1234567890);
	KUNIT_EXPECT_EQ(test, chain->out_len, 512);
	KUNIT_EXPECT_EQ(test, chain->in_len, 512);
	KUNIT_ASSERT_EQ(test, chain->npieces, 2);
	KUNIT_EXPECT_EQ(test, chain->nout, 1);
	KUNIT_EXPECT_EQ(test, chain->pieces[0].bv_offset, 9);
	KUNIT_EXPECT_EQ(test, chain->pieces[0].bv_len, 512);
	KUNIT_EXPECT_EQ(test, chain->pieces[1].bv_len, 512);
	KUNIT_EXPECT_PTR_EQ(test, chain->status,
			    (u8 *)byte(AT_DATA + 0x1000 + 512));
}

static void a_table_may_be_elsewhere(struct kunit *test)
{
	set_at(AT_TABLE, 0, AT_HEADER, 16, VRING_DESC_F_NEXT, 2);
	set_at(AT_TABLE, 2, AT_DATA, 512,
	       VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 3);
	set_at(AT_TABLE, 3, AT_STATUS, 1, VRING_DESC_F_WRITE, 0);
	set_desc(0, AT_TABLE, 4 * 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), 0);
	KUNIT_EXPECT_EQ(test, chain->in_len, 512);

	/* After others, which is allowed. */
	set_at(AT_TABLE, 0, AT_DATA, 512,
	       VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 3);
	set_desc(0, AT_HEADER, 16, VRING_DESC_F_NEXT, 1);
	set_desc(1, AT_TABLE, 4 * 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), 0);
	KUNIT_EXPECT_EQ(test, chain->header_len, 16);

	KUNIT_ASSERT_EQ(test, init(NUM, AT_DESC, EVENT_IDX), 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
}

static void bad_tables_are_refused(struct kunit *test)
{
	set_at(AT_TABLE, 0, AT_STATUS, 1, VRING_DESC_F_WRITE, 0);
	set_desc(0, AT_TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), 0);
	set_desc(0, AT_TABLE, 17, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_desc(0, AT_TABLE, 0, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_desc(0, AT_TABLE, (VXB_MAX_DESCS + 1) * 16, VRING_DESC_F_INDIRECT,
		 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_desc(0, AT_TABLE, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_desc(0, SIZE, 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), -EFAULT);
	/* One in itself */
	set_desc(0, AT_TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	set_at(AT_TABLE, 0, AT_TABLE, 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	/* One that goes on behind its end, and one that does not end */
	set_at(AT_TABLE, 0, AT_HEADER, 16, VRING_DESC_F_NEXT, 1);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_at(AT_TABLE, 0, AT_HEADER, 16, VRING_DESC_F_NEXT, 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
}

static void bad_chains_are_refused(struct kunit *test)
{
	/* Without end */
	set_read();
	set_desc(2, AT_STATUS, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 1);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_desc(2, AT_STATUS, 1, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, NUM);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	/* Without a status */
	set_desc(0, AT_HEADER, 16, 0, 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	/* What is read after what is written */
	set_read();
	set_desc(2, AT_STATUS, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
	set_read();
	set_desc(1, AT_DATA, 0, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 2);
	KUNIT_EXPECT_EQ(test, take(), -EINVAL);
}

static void what_is_not_the_guests_is_refused(struct kunit *test)
{
	static const struct {
		u64 offset;
		u32 len;
	} outside[] = {
		{ SIZE, 1 }, { SIZE - 1, 2 }, { -1, 1 }, { -1, 2 },
		{ 0, SIZE + 1 }, { 0, U32_MAX }, { -BASE, 4096 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(outside); i++) {
		set_read();
		set_desc(1, outside[i].offset, outside[i].len,
			 VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 2);
		KUNIT_EXPECT_EQ_MSG(test, take(), -EFAULT, "number %u", i);
		set_desc(0, outside[i].offset, outside[i].len, 0, 0);
		KUNIT_EXPECT_EQ_MSG(test, take(), -EFAULT, "number %u", i);
	}
	set_read();
	set_desc(1, SIZE - 512, 512, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, 2);
	KUNIT_EXPECT_EQ(test, take(), 0);
}

/* The same memory may be named again and again. */
static void what_is_too_long_is_no_harm(struct kunit *test)
{
	unsigned int i, n = VXB_MAX_DESCS;
	u64 table = AT_DATA;

	KUNIT_ASSERT_EQ(test, init(1024, 0xfff0, INDIRECT), 0);
	for (i = 0; i < n - 1; i++)
		set_at(table, i, 0x4000, 0x4000,
		       VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, i + 1);
	set_at(table, n - 1, AT_STATUS, 1, VRING_DESC_F_WRITE, 0);
	set_at(0xfff0, 0, table, n * 16, VRING_DESC_F_INDIRECT, 0);
	KUNIT_EXPECT_EQ(test, take(), 0);
	KUNIT_EXPECT_TRUE(test, chain->too_long);
	KUNIT_EXPECT_PTR_EQ(test, chain->status, (u8 *)byte(AT_STATUS));

	/* As many pieces as there can be, of as much as there may be */
	for (i = 0; i < n - 1; i++)
		set_at(table, i, 0x4fff, 4098,
		       VRING_DESC_F_NEXT | VRING_DESC_F_WRITE, i + 1);
	KUNIT_EXPECT_EQ(test, take(), 0);
	KUNIT_EXPECT_LE(test, chain->npieces, (unsigned int)VXB_MAX_PIECES);
}

static void answers_are_where_the_guest_looks(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 65536 + 3; i++) {
		vxr_ring_put(&ring, i % NUM, i);
		KUNIT_ASSERT_EQ(test, le16_to_cpu(used()->idx), (u16)(i + 1));
		KUNIT_ASSERT_EQ(test, le32_to_cpu(used()->ring[i % NUM].id),
				i % NUM);
		KUNIT_ASSERT_EQ(test, le32_to_cpu(used()->ring[i % NUM].len), i);
	}
}

static void the_used_index_is_gone_on_with(struct kunit *test)
{
	used()->idx = cpu_to_le16(41);
	KUNIT_ASSERT_EQ(test, init(NUM, AT_DESC, 0), 0);
	vxr_ring_put(&ring, 3, 1);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(used()->idx), 42);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(used()->ring[41 % NUM].id), 3);
}

static void the_guest_is_told_when_it_asks(struct kunit *test)
{
	avail()->ring[NUM] = cpu_to_le16(2);
	vxr_ring_put(&ring, 0, 1);
	/* What it asked for before we were there is not known. */
	KUNIT_EXPECT_TRUE(test, vxr_ring_tell(&ring));
	vxr_ring_put(&ring, 1, 1);
	KUNIT_EXPECT_FALSE(test, vxr_ring_tell(&ring));
	vxr_ring_put(&ring, 2, 1);
	KUNIT_EXPECT_TRUE(test, vxr_ring_tell(&ring));
	vxr_ring_put(&ring, 3, 1);
	KUNIT_EXPECT_FALSE(test, vxr_ring_tell(&ring));

	KUNIT_ASSERT_EQ(test, init(NUM, AT_DESC, 0), 0);
	KUNIT_EXPECT_TRUE(test, vxr_ring_tell(&ring));
	KUNIT_EXPECT_TRUE(test, vxr_ring_tell(&ring));
	avail()->flags = cpu_to_le16(VRING_AVAIL_F_NO_INTERRUPT);
	KUNIT_EXPECT_FALSE(test, vxr_ring_tell(&ring));
}

static void we_are_told_when_we_ask(struct kunit *test)
{
	__le16 *event = byte(AT_USED + offsetof(struct vring_used, ring[NUM]));
	u16 head;

	avail()->idx = cpu_to_le16(3);
	KUNIT_EXPECT_EQ(test, vxr_ring_next(&ring, &head), 1);
	vxr_ring_watch(&ring, true);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(*event), 1);
	KUNIT_EXPECT_EQ(test, used()->flags, 0);
	vxr_ring_watch(&ring, false);
	KUNIT_EXPECT_EQ(test, used()->flags, 0);

	KUNIT_ASSERT_EQ(test, init(NUM, AT_DESC, 0), 0);
	vxr_ring_watch(&ring, false);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(used()->flags),
			VRING_USED_F_NO_NOTIFY);
	vxr_ring_watch(&ring, true);
	KUNIT_EXPECT_EQ(test, used()->flags, 0);
}

static void memory_is_read_across_pages(struct kunit *test)
{
	u8 got[4100];

	memset(byte(0x8000), 1, 4096);
	memset(byte(0x9000), 2, 4096);
	memset(byte(0xa000), 3, 4096);
	KUNIT_EXPECT_EQ(test, vxr_mem_read(mem, BASE + 0x8ffe, got, 4100), 0);
	KUNIT_EXPECT_EQ(test, got[1], 1);
	KUNIT_EXPECT_EQ(test, got[2], 2);
	KUNIT_EXPECT_EQ(test, got[4097], 2);
	KUNIT_EXPECT_EQ(test, got[4098], 3);
	KUNIT_EXPECT_EQ(test, vxr_mem_read(mem, BASE + SIZE - 1, got, 2),
			-EFAULT);
}

static void tables_that_make_no_sense_are_refused(struct kunit *test)
{
	static const struct vhost_memory_region bad[] = {
		{ BASE + SIZE, 0, USER, 0 },
		{ BASE + SIZE, 4095, USER, 0 },
		{ BASE + SIZE + 1, 4096, USER, 0 },
		{ BASE + SIZE, 4096, USER + 1, 0 },
		{ BASE + SIZE, 4096, USER, 1 },
		{ BASE + SIZE, -BASE - SIZE, USER, 0 },
		{ BASE + SIZE, 0x10000, -0x10000ULL, 0 },
	};
	struct vhost_memory_region twice[] = {
		{ BASE, SIZE, USER, 0 },
		{ BASE + SIZE - 4096, 8192, USER, 0 },
	};
	struct vhost_memory_region large = {
		BASE, (u64)(VXR_MAX_PAGES + 1) << PAGE_SHIFT, USER, 0
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    PTR_ERR(vxr_mem_new(mem, &bad[i], 1)),
				    "number %u", i);
	KUNIT_EXPECT_EQ(test, PTR_ERR(vxr_mem_new(mem, &large, 1)), -E2BIG);
	/* The first is taken over, and let go. */
	region->refs = 1;
	KUNIT_EXPECT_EQ(test, PTR_ERR(vxr_mem_new(mem, twice, 2)), -EINVAL);
	KUNIT_EXPECT_EQ(test, region->refs, 1);
}

static struct kunit_case blk_ring_cases[] = {
	KUNIT_CASE(the_rings_are_in_the_memory),
	KUNIT_CASE(it_is_known_where_the_rings_are),
	KUNIT_CASE(requests_are_taken_in_their_order),
	KUNIT_CASE(an_index_that_jumps_is_refused),
	KUNIT_CASE(a_head_is_below_the_size),
	KUNIT_CASE(data_is_pieces_of_pages),
	KUNIT_CASE(a_request_may_be_split_anywhere),
	KUNIT_CASE(a_table_may_be_elsewhere),
	KUNIT_CASE(bad_tables_are_refused),
	KUNIT_CASE(bad_chains_are_refused),
	KUNIT_CASE(what_is_not_the_guests_is_refused),
	KUNIT_CASE(what_is_too_long_is_no_harm),
	KUNIT_CASE(answers_are_where_the_guest_looks),
	KUNIT_CASE(the_used_index_is_gone_on_with),
	KUNIT_CASE(the_guest_is_told_when_it_asks),
	KUNIT_CASE(we_are_told_when_we_ask),
	KUNIT_CASE(memory_is_read_across_pages),
	KUNIT_CASE(tables_that_make_no_sense_are_refused),
	{ }
};

static struct kunit_suite blk_ring_suite = {
	.name = "vxen-blk-ring",
	.init = blk_ring_init,
	.exit = blk_ring_exit,
	.test_cases = blk_ring_cases,
};

kunit_test_suite(blk_ring_suite);
