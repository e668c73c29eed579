// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_conformance.c - what the virtio-msg draft demands of a device and of
 * the device's end of a bus, where no other test shows it
 *
 * tests/conformance/ says which statement each of these stands for.
 */
#include <endian.h>
#include <linux/virtio_config.h>
#include <string.h>

#include "device.h"
#include "harness.h"
#include "log.h"
#include "util.h"
#include "vmsg.h"

#define HEADER		sizeof(struct vmsg_header)
#define MUST		(BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))
#define BASE		(VMSG_XEN_DMA_FLAG | 100ULL << 12)
#define FEATURES_OK	11
#define DRIVER_OK	15

static struct backend be;
static struct device dev;
static uint8_t answer[VMSG_XEN_SLOT_SIZE];
static unsigned int started;

/* A backend that does as it is told. */
static int be_ok(struct backend *b)
{
	(void)b;
	return 0;
}

static int be_set_features(struct backend *b, uint64_t features)
{
	(void)features;
	return be_ok(b);
}

/* Byte 40 counts the writes to byte 20: a side effect. */
static int be_set_config(struct backend *b, uint32_t offset, const void *data, uint32_t len)
{
	memcpy(b->config + offset, data, len);
	if (offset <= 20 && offset + len > 20)
		b->config[40]++;
	return 0;
}

static int be_window(struct backend *b, const struct window *w)
{
	(void)w;
	return be_ok(b);
}

static int be_start_queue(struct backend *b, unsigned int index, const struct vring_areas *a,
			  int kick, int call)
{
	(void)index;
	(void)a;
	(void)kick;
	(void)call;
	started++;
	return be_ok(b);
}

static int be_stop_queue(struct backend *b, unsigned int index)
{
	(void)index;
	return be_ok(b);
}

static const struct backend_ops be_ops = {
	.name = "good",
	.set_features = be_set_features,
	.set_config = be_set_config,
	.add_window = be_window,
	.remove_window = be_window,
	.start_queue = be_start_queue,
	.stop_queue = be_stop_queue,
	.stop_all = be_ok,
};

/* Length of the answer, header included; 0 for none */
static int send_with(uint8_t type, uint8_t id, uint16_t token, const void *payload, size_t len)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE] = { 0 };
	struct vmsg_header h = {
		.type = type, .msg_id = id, .token = htole16(token),
		.msg_size = htole16(HEADER + len),
	};

	memcpy(msg, &h, HEADER);
	if (len)
		memcpy(msg + HEADER, payload, len);
	memset(answer, 0xdd, sizeof(answer));
	return vmsg_handle(&dev, msg, answer);
}

static int words(uint8_t type, uint8_t id, unsigned int n, const uint32_t *w)
{
	uint32_t le[24];
	unsigned int i;

	for (i = 0; i < n; i++)
		le[i] = htole32(w[i]);
	return send_with(type, id, 7, le, 4 * n);
}

#define WORDS(type, id, ...)						\
	words(type, id, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[]){ __VA_ARGS__ })
#define TRANSPORT(id, ...)	WORDS(0, id, __VA_ARGS__)
#define BUS(id, ...)		WORDS(VMSG_TYPE_BUS, id, __VA_ARGS__)
#define EMPTY(id)		send_with(0, id, 7, NULL, 0)

static uint32_t word(unsigned int i)
{
	uint32_t v;

	memcpy(&v, answer + HEADER + 4 * i, sizeof(v));
	return le32toh(v);
}

static uint32_t set_status(uint32_t status)
{
	CHECK_EQ(TRANSPORT(VMSG_SET_DEVICE_STATUS, status), HEADER + 4);
	return word(0);
}

static int hello(uint32_t max)
{
	return BUS(VMSG_XEN_HELLO, 1, 0, max, 0);
}

static void set_up(void)
{
	unsigned int i;

	be = (struct backend){
		.ops = &be_ops, .device_id = 2, .nqueues = 2, .queue_size = 256,
		.config_size = 60, .features = BIT_ULL(VIRTIO_F_VERSION_1),
	};
	for (i = 0; i < sizeof(be.config); i++)
		be.config[i] = i;
	started = 0;
	REQUIRE(!device_init(&dev, &be, NULL, 0));
	CHECK_EQ(hello(112), HEADER + 16);
}

static void negotiate(void)
{
	CHECK_EQ(set_status(0), 0);
	CHECK_EQ(set_status(3), 3);
	CHECK_EQ(TRANSPORT(VMSG_SET_DRIVER_FEATURES, 0, 2, 0,
			   (uint32_t)((MUST | BIT_ULL(VIRTIO_F_RING_RESET)) >> 32)), HEADER);
	CHECK_EQ(set_status(FEATURES_OK), FEATURES_OK);
}

static void bring_up(void)
{
	set_up();
	CHECK_EQ(BUS(VMSG_XEN_ADD_WINDOW, 0, 100, 64, 0), HEADER + 4);
	negotiate();
}

static void tear_down(void)
{
	device_fini(&dev);
}

static void reserved_type_bits_are_ignored(void)
{
	static const uint8_t data[4] = { 1, 2, 3, 4 };

	set_up();
	CHECK_EQ(send_with(0xfc, VMSG_GET_DEVICE_STATUS, 7, NULL, 0), HEADER + 4);
	CHECK_EQ(answer[0], VMSG_TYPE_RESPONSE);
	CHECK_EQ(send_with(0xfe, VMSG_BUS_PING, 7, data, 4), HEADER + 4);
	CHECK_EQ(answer[0], VMSG_TYPE_BUS | VMSG_TYPE_RESPONSE);
	/* A response is none of a device's business, whatever else is set. */
	CHECK_EQ(send_with(0xfd, VMSG_GET_DEVICE_STATUS, 7, NULL, 0), 0);
	tear_down();
}

/* The draft's bytes, one by one, so that no machine's order can hide. */
static void answers_are_little_endian(void)
{
	static const uint8_t set[40] = {
		1, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0,
		0x00, 0x40, 0x06, 0, 0, 0, 0, 0x80, 0x00, 0x50, 0x06, 0, 0, 0, 0, 0x80,
		0x00, 0x60, 0x06, 0, 0, 0, 0, 0x80,
	};
	static const uint8_t get[48] = {
		1, VMSG_GET_VQUEUE, 0, 0, 0xcd, 0xab, 48, 0,
		1, 0, 0, 0, 0, 1, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0,
		0x00, 0x40, 0x06, 0, 0, 0, 0, 0x80, 0x00, 0x50, 0x06, 0, 0, 0, 0, 0x80,
		0x00, 0x60, 0x06, 0, 0, 0, 0, 0x80,
	};
	static const uint8_t index[4] = { 1, 0, 0, 0 };

	bring_up();
	CHECK_EQ(send_with(0, VMSG_SET_VQUEUE, 0xabcd, set, sizeof(set)), HEADER);
	CHECK_EQ(send_with(0, VMSG_GET_VQUEUE, 0xabcd, index, sizeof(index)), sizeof(get));
	CHECK(!memcmp(answer, get, sizeof(get)));
	tear_down();
}

static void tokens_have_no_meaning(void)
{
	static const uint16_t tokens[] = { 0, 1, 0x8000, 0xffff, 0xffff, 0 };
	struct vmsg_header h;
	unsigned int i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(tokens); i++) {
		CHECK_EQ(send_with(0, VMSG_GET_DEVICE_STATUS, tokens[i], NULL, 0), HEADER + 4);
		memcpy(&h, answer, sizeof(h));
		CHECK_EQ(le16toh(h.token), tokens[i]);
	}
	tear_down();
}

/* All requests with the largest answers that there are */
static int largest_answer(void)
{
	int n, max = 0;

#define ASK(call)	do { n = (call); max = n > max ? n : max; } while (0)
	ASK(EMPTY(VMSG_GET_DEVICE_INFO));
	for (uint32_t i = 0; i < 30; i++) {
		ASK(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 0, i));
		ASK(TRANSPORT(VMSG_GET_CONFIG, 0, 2 * i));
	}
	ASK(EMPTY(VMSG_GET_DEVICE_STATUS));
	ASK(TRANSPORT(VMSG_GET_VQUEUE, 0));
	ASK(TRANSPORT(VMSG_GET_SHM, 0));
	for (uint32_t i = 0; i < 0x10000; i += 8)
		ASK(BUS(VMSG_BUS_GET_DEVICES, i << 16));
	ASK(BUS(VMSG_BUS_PING, 0));
#undef ASK
	return max;
}

static void no_answer_exceeds_the_agreed_size(void)
{
	int max;

	set_up();
	for (max = VMSG_MIN_MAX_SIZE; max <= VMSG_XEN_MAX_MSG_SIZE; max++) {
		CHECK_EQ(hello(max), HEADER + 16);
		CHECK(largest_answer() <= max);
	}
	CHECK_EQ(hello(VMSG_MIN_MAX_SIZE - 1), 0);
	CHECK_EQ(hello(1000), HEADER + 16);
	CHECK_EQ(word(2), VMSG_XEN_MAX_MSG_SIZE);
	CHECK(largest_answer() <= VMSG_XEN_MAX_MSG_SIZE);
	tear_down();
}

static void expect_devices(uint16_t offset, uint16_t asked)
{
	struct vmsg_bus_get_devices_resp r;
	uint16_t count;
	unsigned int i;
	int n;

	n = BUS(VMSG_BUS_GET_DEVICES, offset | (uint32_t)asked << 16);
	/* As many as asked for, or as many as fit. */
	count = asked < 784 ? asked : 784;
	CHECK_EQ(n, HEADER + sizeof(r) + count / 8);
	memcpy(&r, answer + HEADER, sizeof(r));
	CHECK_EQ(le16toh(r.offset), offset);
	CHECK_EQ(le16toh(r.count), count);
	CHECK_EQ(r.next_offset, 0);	/* there is none beyond */
	for (i = 0; i < count / 8; i++)
		CHECK_EQ(answer[HEADER + sizeof(r) + i], !offset && !i);
}

static void get_devices_answers_as_much_as_fits(void)
{
	unsigned int i;

	set_up();
	for (i = 0; i < 0x10000; i += 8)
		expect_devices(0, i);
	expect_devices(8, 8);
	expect_devices(0xfff8, 0xfff8);
	for (i = 1; i < 8; i++) {
		CHECK_EQ(BUS(VMSG_BUS_GET_DEVICES, i | 8 << 16), 0);
		CHECK_EQ(BUS(VMSG_BUS_GET_DEVICES, i << 16), 0);
	}
	tear_down();
}

static void a_ping_is_echoed(void)
{
	static const uint32_t data[] = { 0, 1, 0x80000000, 0x12345678, UINT32_MAX };
	unsigned int i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(data); i++) {
		CHECK_EQ(BUS(VMSG_BUS_PING, data[i]), HEADER + 4);
		CHECK_EQ(word(0), data[i]);
	}
	tear_down();
}

static void events_are_whole_messages(void)
{
	static const uint8_t config[24] = {
		0, VMSG_EVENT_CONFIG, 0, 0, 0, 0, 24, 0, FEATURES_OK, 0, 0, 0, 1,
	};
	static const uint8_t used[12] = { 0, VMSG_EVENT_USED, 0, 0, 0, 0, 12, 0, 1 };
	static struct vmsg_xen_bus_page page;
	struct bus bus = { .page = &page };

	memset(&page, 0, sizeof(page));
	bring_up();
	device_config_changed(&dev);
	dev.queues[1].used_pending = true;
	CHECK_EQ(device_flush_events(&dev, &bus), 0);
	CHECK_EQ(le32toh(page.device_prod), 2);
	CHECK(!memcmp(page.device_ring[0], config, sizeof(config)));
	CHECK(!memcmp(page.device_ring[1], used, sizeof(used)));
	/* Once is enough. */
	CHECK_EQ(device_flush_events(&dev, &bus), 0);
	CHECK_EQ(le32toh(page.device_prod), 2);
	tear_down();
}

static void expect_identity(const uint8_t info[24])
{
	CHECK_EQ(EMPTY(VMSG_GET_DEVICE_INFO), HEADER + 24);
	CHECK(!memcmp(answer + HEADER, info, 24));
	CHECK_EQ(word(2) % 32, 0);
}

static void the_identity_stays_the_same(void)
{
	uint8_t info[24];

	set_up();
	CHECK_EQ(dev.status, 0);
	CHECK_EQ(EMPTY(VMSG_GET_DEVICE_INFO), HEADER + 24);
	memcpy(info, answer + HEADER, sizeof(info));
	negotiate();
	expect_identity(info);
	CHECK_EQ(set_status(DRIVER_OK), DRIVER_OK);
	expect_identity(info);
	device_config_changed(&dev);
	expect_identity(info);
	CHECK_EQ(set_status(0), 0);
	expect_identity(info);
	tear_down();
}

static void every_mandatory_message_is_answered(void)
{
	bring_up();
	CHECK_EQ(EMPTY(VMSG_GET_DEVICE_INFO), HEADER + 24);
	CHECK_EQ(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 0, 1), HEADER + 12);
	CHECK_EQ(TRANSPORT(VMSG_SET_DRIVER_FEATURES, 0, 1, 0), HEADER);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 0, 4), HEADER + 16);
	CHECK_EQ(TRANSPORT(VMSG_SET_CONFIG, 0, 0, 4, 0), HEADER + 16);
	CHECK_EQ(EMPTY(VMSG_GET_DEVICE_STATUS), HEADER + 4);
	CHECK_EQ(TRANSPORT(VMSG_SET_DEVICE_STATUS, FEATURES_OK), HEADER + 4);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0), HEADER + 40);
	CHECK_EQ(TRANSPORT(VMSG_SET_VQUEUE, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0), HEADER);
	CHECK_EQ(TRANSPORT(VMSG_RESET_VQUEUE, 0), HEADER);
	tear_down();
}

static void expect_queue(uint32_t size, uint64_t desc)
{
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 1), HEADER + 40);
	CHECK_EQ(word(0), 1);
	CHECK_EQ(word(1), 256);
	CHECK_EQ(word(2), size);
	CHECK_EQ(word(3), 0);
	CHECK_EQ(word(4) | (uint64_t)word(5) << 32, desc);
	CHECK_EQ(word(6) | (uint64_t)word(7) << 32, desc ? desc + 0x1000 : 0);
	CHECK_EQ(word(8) | (uint64_t)word(9) << 32, desc ? desc + 0x2000 : 0);
}

static void set_queue(uint32_t size, uint64_t desc)
{
	struct vmsg_set_vqueue v = {
		.index = htole32(1), .size = htole32(size), .desc_addr = htole64(desc),
		.driver_addr = htole64(desc + 0x1000), .device_addr = htole64(desc + 0x2000),
		/* For the future, and nothing to this device. */
		.reserved0 = htole32(0xffffffff), .reserved1 = htole32(0xffffffff),
	};

	CHECK_EQ(send_with(0, VMSG_SET_VQUEUE, 7, &v, sizeof(v)), HEADER);
}

static void a_queue_is_what_it_was_set_to(void)
{
	bring_up();
	expect_queue(0, 0);
	set_queue(64, BASE);
	expect_queue(64, BASE);
	CHECK_EQ(started, 0);
	CHECK_EQ(set_status(DRIVER_OK), DRIVER_OK);
	CHECK_EQ(started, 1);
	CHECK_EQ(TRANSPORT(VMSG_RESET_VQUEUE, 1), HEADER);
	expect_queue(0, 0);
	/* With other parameters, while the device runs. */
	set_queue(128, BASE + 0x8000);
	expect_queue(128, BASE + 0x8000);
	CHECK_EQ(started, 2);
	CHECK_EQ(set_status(0), 0);
	expect_queue(0, 0);
	CHECK_EQ(dev.features, 0);
	tear_down();
}

static void a_need_for_a_reset_is_reported(void)
{
	bring_up();
	CHECK_EQ(set_status(DRIVER_OK), DRIVER_OK);
	device_invalid(&dev, "test");
	CHECK(dev.config_pending);
	CHECK_EQ(EMPTY(VMSG_GET_DEVICE_STATUS), HEADER + 4);
	CHECK_EQ(word(0), DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET);
	CHECK_EQ(set_status(DRIVER_OK), DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET);
	CHECK_EQ(set_status(0), 0);
	CHECK_EQ(EMPTY(VMSG_GET_DEVICE_STATUS), HEADER + 4);
	CHECK_EQ(word(0), 0);
	tear_down();
}

static void there_is_no_shared_memory(void)
{
	static const uint32_t index[] = { 0, 1, 255, UINT32_MAX };
	unsigned int i;

	set_up();
	for (i = 0; i < ARRAY_SIZE(index); i++) {
		CHECK_EQ(TRANSPORT(VMSG_GET_SHM, index[i]), HEADER + 12);
		CHECK_EQ(word(0), index[i]);
		CHECK_EQ(word(1), 0);
		CHECK_EQ(word(2), 0);
	}
	tear_down();
}

static int write_config(uint32_t generation, uint32_t offset, uint32_t value)
{
	return TRANSPORT(VMSG_SET_CONFIG, generation, offset, 4, value);
}

static void the_generation_outlives_a_reset(void)
{
	bring_up();
	device_config_changed(&dev);
	device_config_changed(&dev);
	CHECK_EQ(set_status(0), 0);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 0, 4), HEADER + 16);
	CHECK_EQ(word(0), 2);
	tear_down();
}

static void a_stale_write_changes_nothing(void)
{
	bring_up();
	device_config_changed(&dev);
	CHECK_EQ(write_config(0, 8, 0x11223344), HEADER + 12);
	CHECK_EQ(word(0), 1);
	CHECK_EQ(word(1), 8);
	CHECK_EQ(word(2), 0);
	CHECK_EQ(be.config[8], 8);
	CHECK_EQ(write_config(2, 8, 0x11223344), HEADER + 12);
	CHECK_EQ(word(2), 0);
	CHECK_EQ(write_config(1, 8, 0x11223344), HEADER + 16);
	CHECK_EQ(word(2), 4);
	CHECK_EQ(be.config[8], 0x44);
	tear_down();
}

/* What the device changes by itself, on the occasion of a write or not. */
static void a_change_beyond_what_was_written_is_announced(void)
{
	bring_up();
	CHECK_EQ(write_config(0, 8, 0x11223344), HEADER + 16);
	CHECK_EQ(word(0), 0);
	CHECK(!dev.config_pending);
	CHECK_EQ(write_config(0, 20, 1), HEADER + 16);
	CHECK_EQ(word(0), 1);
	CHECK_EQ(be.config[40], 41);
	CHECK(dev.config_pending);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 40, 1), HEADER + 13);
	CHECK_EQ(word(0), 1);
	tear_down();
}

int main(void)
{
	log_init(false, "test");
	RUN(reserved_type_bits_are_ignored);
	RUN(answers_are_little_endian);
	RUN(tokens_have_no_meaning);
	RUN(no_answer_exceeds_the_agreed_size);
	RUN(get_devices_answers_as_much_as_fits);
	RUN(a_ping_is_echoed);
	RUN(events_are_whole_messages);
	RUN(the_identity_stays_the_same);
	RUN(every_mandatory_message_is_answered);
	RUN(a_queue_is_what_it_was_set_to);
	RUN(a_need_for_a_reset_is_reported);
	RUN(there_is_no_shared_memory);
	RUN(the_generation_outlives_a_reset);
	RUN(a_stale_write_changes_nothing);
	RUN(a_change_beyond_what_was_written_is_announced);
	return test_done();
}
