// SPDX-License-Identifier: GPL-2.0-only
/*
 * config_test.c - protects reading and writing a device's configuration
 *
 * It does not fit in one message and may change between two, so that what is
 * read must be of one piece. The device may also lie, or never hold still.
 */
#include <kunit/test.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "fake_bus.h"

/* Bytes in one message: what is left of 112 for data. */
#define PIECE		(112 - 8 - 12)

/* As in transport.c */
#define ATTEMPTS	16U

static void get(struct fake_bus *fb, unsigned int off, void *buf,
		unsigned int len)
{
	fb->md->vdev.config->get(&fb->md->vdev, off, buf, len);
}

static void set(struct fake_bus *fb, unsigned int off, const void *buf,
		unsigned int len)
{
	fb->md->vdev.config->set(&fb->md->vdev, off, buf, len);
}

static int config_test_init(struct kunit *test)
{
	struct fake_bus *fb;
	int err = fake_bus_init(test);

	if (err)
		return err;
	fb = test->priv;
	fake_bus_connect(test);
	fake_bus_forget(fb);
	return 0;
}

static void one_message_reads_what_fits(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	static const unsigned int lens[] = { 1, 2, 4, 8, PIECE };
	u8 buf[PIECE + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		fake_bus_forget(fb);
		memset(buf, 0xcc, sizeof(buf));
		get(fb, 7 * i, buf, lens[i]);
		KUNIT_EXPECT_EQ(test, memcmp(buf, fb->config + 7 * i, lens[i]),
				0);
		KUNIT_EXPECT_EQ(test, buf[lens[i]], 0xcc);
		KUNIT_EXPECT_EQ(test, fb->requests[VMSG_GET_CONFIG], 1U);
	}
}

static void a_long_read_is_split(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[FAKE_CONFIG_SIZE];

	get(fb, 0, buf, sizeof(buf));
	KUNIT_EXPECT_EQ(test, memcmp(buf, fb->config, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_GET_CONFIG],
			(unsigned int)DIV_ROUND_UP(FAKE_CONFIG_SIZE, PIECE));
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static u32 moved;

/* The configuration changes after the first message, once. */
static void move_once(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	if (msg_id != VMSG_GET_CONFIG || moved++)
		return;
	fb->generation++;
	memset(fb->config, 0x77, sizeof(fb->config));
}

static void a_read_is_repeated_when_the_generation_changes(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[FAKE_CONFIG_SIZE];

	moved = 0;
	fb->tamper = move_once;
	get(fb, 0, buf, sizeof(buf));
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0x77, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
	KUNIT_EXPECT_EQ(test, fb->md->vdev.config->generation(&fb->md->vdev),
			101U);
}

static void a_restless_device_is_given_up(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[FAKE_CONFIG_SIZE];

	fb->moving = 1;
	memset(buf, 0xcc, sizeof(buf));
	get(fb, 0, buf, sizeof(buf));
	KUNIT_EXPECT_EQ(test, fb->fails, 1U);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_GET_CONFIG], 2 * ATTEMPTS);
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, sizeof(buf)));
}

static void one_message_is_always_of_one_piece(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[PIECE];

	fb->moving = 1;
	get(fb, 3, buf, sizeof(buf));
	KUNIT_EXPECT_EQ(test, memcmp(buf, fb->config + 3, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void the_driver_sees_a_change_between_two_reads(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct virtio_device *vdev = &fb->md->vdev;
	u32 before;
	u8 byte;

	get(fb, 0, &byte, 1);
	before = vdev->config->generation(vdev);
	get(fb, 1, &byte, 1);
	KUNIT_EXPECT_EQ(test, vdev->config->generation(vdev), before);
	fb->generation++;
	get(fb, 2, &byte, 1);
	KUNIT_EXPECT_NE(test, vdev->config->generation(vdev), before);
}

static void a_write_arrives_in_pieces(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[200];
	unsigned int i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i;
	/* The first is stale: no generation has been seen yet. */
	set(fb, 5, buf, sizeof(buf));
	KUNIT_EXPECT_EQ(test, memcmp(fb->config + 5, buf, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, fb->config[4], 4 ^ 0x5a);
	KUNIT_EXPECT_EQ(test, fb->config[205], 205 ^ 0x5a);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_SET_CONFIG],
			(unsigned int)DIV_ROUND_UP(200, PIECE) + 1);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_stale_write_is_repeated(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 byte = 0x99;

	get(fb, 0, &byte, 1);
	byte = 0x99;
	fb->rejects = 3;
	set(fb, 9, &byte, 1);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_SET_CONFIG], 4U);
	KUNIT_EXPECT_EQ(test, fb->config[9], 0x99);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void a_write_that_is_never_taken_is_given_up(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 byte = 0x99;

	fb->rejects = 1000;
	set(fb, 9, &byte, 1);
	KUNIT_EXPECT_EQ(test, fb->requests[VMSG_SET_CONFIG], ATTEMPTS);
	KUNIT_EXPECT_EQ(test, fb->config[9], 9 ^ 0x5a);
	/* The device may have said so because the field is read-only. */
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void nothing_is_asked_beyond_the_end(struct kunit *test)
{
	static const struct {
		u32 off, len;
	} bad[] = {
		{ FAKE_CONFIG_SIZE, 1 }, { FAKE_CONFIG_SIZE - 1, 2 },
		{ 0, FAKE_CONFIG_SIZE + 1 }, { U32_MAX, 2 }, { U32_MAX - 7, 8 },
		{ BIT(31), 4 },
	};
	struct fake_bus *fb = test->priv;
	u8 buf[FAKE_CONFIG_SIZE + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(buf, 0xcc, sizeof(buf));
		get(fb, bad[i].off, buf, bad[i].len);
		KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, bad[i].len));
		set(fb, bad[i].off, buf, bad[i].len);
	}
	get(fb, FAKE_CONFIG_SIZE - 1, buf, 1);
	KUNIT_EXPECT_EQ(test, buf[0], (FAKE_CONFIG_SIZE - 1) ^ 0x5a);
	KUNIT_EXPECT_EQ(test, fb->ops, 1U);
	KUNIT_EXPECT_EQ(test, fb->fails, 0U);
}

static void offset_off(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_config *c = resp;

	c->offset = cpu_to_le32(le32_to_cpu(c->offset) + 1);
}

static void length_off(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len)
{
	struct vmsg_config *c = resp;

	c->length = cpu_to_le32(le32_to_cpu(c->length) + 1);
}

static void answers_for_another_question_break_it(struct kunit *test)
{
	void (*const tampers[])(struct fake_bus *fb, u8 msg_id, void *resp,
				size_t *len) = { offset_off, length_off };
	struct fake_bus *fb = test->priv;
	u8 buf[100];
	unsigned int i;

	get(fb, 0, buf, 1);
	for (i = 0; i < ARRAY_SIZE(tampers); i++) {
		fb->tamper = tampers[i];
		fake_bus_forget(fb);
		memset(buf, 0xcc, sizeof(buf));
		get(fb, 0, buf, sizeof(buf));
		KUNIT_EXPECT_EQ(test, fb->fails, 1U);
		KUNIT_EXPECT_EQ(test, fb->ops, 1U);
		KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, sizeof(buf)));

		fake_bus_forget(fb);
		set(fb, 0, buf, sizeof(buf));
		KUNIT_EXPECT_EQ(test, fb->fails, 1U);
		KUNIT_EXPECT_EQ(test, fb->ops, 1U);
	}
}

static void reads_on_a_broken_bus_are_zeros(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[FAKE_CONFIG_SIZE];

	/* The second of three messages. */
	fb->fail_op = VMSG_GET_CONFIG;
	fb->fail_nth = 2;
	memset(buf, 0xcc, sizeof(buf));
	get(fb, 0, buf, sizeof(buf));
	KUNIT_EXPECT_NULL(test, memchr_inv(buf, 0, sizeof(buf)));
	KUNIT_EXPECT_EQ(test, fb->ops, 2U);
}

static void writes_on_a_broken_bus_end(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	u8 buf[FAKE_CONFIG_SIZE] = {};

	get(fb, 0, buf, 1);
	fake_bus_forget(fb);
	fb->fail_op = VMSG_SET_CONFIG;
	fb->fail_nth = 2;
	set(fb, 0, buf, sizeof(buf));
	KUNIT_EXPECT_EQ(test, fb->ops, 2U);
}

static struct kunit_case config_cases[] = {
	KUNIT_CASE(one_message_reads_what_fits),
	KUNIT_CASE(a_long_read_is_split),
	KUNIT_CASE(a_read_is_repeated_when_the_generation_changes),
	KUNIT_CASE(a_restless_device_is_given_up),
	KUNIT_CASE(one_message_is_always_of_one_piece),
	KUNIT_CASE(the_driver_sees_a_change_between_two_reads),
	KUNIT_CASE(a_write_arrives_in_pieces),
	KUNIT_CASE(a_stale_write_is_repeated),
	KUNIT_CASE(a_write_that_is_never_taken_is_given_up),
	KUNIT_CASE(nothing_is_asked_beyond_the_end),
	KUNIT_CASE(answers_for_another_question_break_it),
	KUNIT_CASE(reads_on_a_broken_bus_are_zeros),
	KUNIT_CASE(writes_on_a_broken_bus_end),
	{}
};

static struct kunit_suite config_suite = {
	.name = "vxen-config",
	.init = config_test_init,
	.exit = fake_bus_exit,
	.test_cases = config_cases,
};

kunit_test_suite(config_suite);
