// SPDX-License-Identifier: GPL-2.0-only
/* test_vmsg.c - messages to a device with a fake backend and fake ports */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "device.h"
#include "harness.h"
#include "log.h"
#include "util.h"
#include "vmsg.h"

#define OFFERED		(BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) | \
			 BIT_ULL(VIRTIO_F_RING_RESET) | BIT_ULL(29) | BIT_ULL(5))
#define BASE		(VMSG_XEN_DMA_FLAG | 100ULL << 12)

/* What the fake backend has been asked for */
static struct {
	struct backend be;
	uint64_t features;
	bool running[2];
	unsigned int windows;
	unsigned int stops;
	bool single_grants;
	unsigned int kicks;
	int fail;
} fake;

static int fake_set_features(struct backend *be, uint64_t features)
{
	(void)be;
	fake.features = features;
	return fake.fail;
}

static int fake_set_config(struct backend *be, uint32_t offset, const void *data, uint32_t len)
{
	memcpy(be->config + offset, data, len);
	return fake.fail;
}

static int fake_add_window(struct backend *be, const struct window *w)
{
	(void)be;
	(void)w;
	fake.windows += !fake.fail;
	return fake.fail;
}

static int fake_remove_window(struct backend *be, const struct window *w)
{
	(void)be;
	(void)w;
	fake.windows -= !fake.fail;
	return fake.fail;
}

static int fake_start_queue(struct backend *be, unsigned int index, const struct vring_areas *a,
			    int kick, int call)
{
	(void)be;
	CHECK(a->size && kick >= 0 && call >= 0 && !fake.running[index]);
	fake.running[index] = !fake.fail;
	return fake.fail;
}

static int fake_stop_queue(struct backend *be, unsigned int index)
{
	(void)be;
	fake.running[index] = false;
	return fake.fail;
}

static int fake_stop_all(struct backend *be)
{
	(void)be;
	fake.stops++;
	fake.running[0] = fake.running[1] = false;
	return fake.fail;
}

static const struct backend_ops fake_ops = {
	.name = "fake",
	.set_features = fake_set_features,
	.set_config = fake_set_config,
	.add_window = fake_add_window,
	.remove_window = fake_remove_window,
	.start_queue = fake_start_queue,
	.stop_queue = fake_stop_queue,
	.stop_all = fake_stop_all,
};

static void fake_set_single_grants(struct backend *be, bool on)
{
	(void)be;
	fake.single_grants = on;
}

static bool fake_kick(struct backend *be, unsigned int index)
{
	(void)be;
	fake.kicks += index;
	return fake.single_grants;
}

static int fake_bind(struct device *dev, unsigned int index, uint32_t remote)
{
	if (remote == 666)
		return -EINVAL;
	dev->queues[index].port = remote + 1000;
	return 0;
}

static void fake_unbind(struct device *dev, unsigned int index)
{
	CHECK(dev->queues[index].port);
	dev->queues[index].port = 0;
}

static const struct port_ops fake_ports = { .bind = fake_bind, .unbind = fake_unbind };

static struct device dev;
static uint8_t answer[VMSG_XEN_SLOT_SIZE];

/* Send a message; return the length of the answer's payload, -1 for none. */
static int send_raw(uint8_t type, uint8_t id, uint16_t dev_num, uint16_t size,
		    const void *payload, size_t len)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE];
	struct vmsg_header h = {
		.type = type, .msg_id = id, .dev_num = htole16(dev_num),
		.token = htole16(0x1234), .msg_size = htole16(size),
	};
	int n;

	memset(msg, 0xee, sizeof(msg));
	memcpy(msg, &h, sizeof(h));
	if (len)
		memcpy(msg + sizeof(h), payload, len);
	memset(answer, 0xdd, sizeof(answer));
	n = vmsg_handle(&dev, msg, answer);
	if (!n)
		return -1;
	memcpy(&h, answer, sizeof(h));
	CHECK_EQ(le16toh(h.msg_size), n);
	CHECK_EQ(le16toh(h.token), 0x1234);
	CHECK_EQ(h.msg_id, id);
	CHECK_EQ(h.type, (type & VMSG_TYPE_BUS) | VMSG_TYPE_RESPONSE);
	return n - (int)sizeof(h);
}

static int send_msg(uint8_t type, uint8_t id, const void *payload, size_t len)
{
	return send_raw(type, id, 0, sizeof(struct vmsg_header) + len, payload, len);
}

static uint32_t word(unsigned int i)
{
	uint32_t v;

	memcpy(&v, answer + sizeof(struct vmsg_header) + 4 * i, sizeof(v));
	return le32toh(v);
}

static int words(uint8_t type, uint8_t id, unsigned int n, const uint32_t *w)
{
	uint32_t le[24];
	unsigned int i;

	for (i = 0; i < n; i++)
		le[i] = htole32(w[i]);
	return send_msg(type, id, le, 4 * n);
}

#define WORDS(type, id, ...)						\
	words(type, id, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[]){ __VA_ARGS__ })
#define TRANSPORT(id, ...)	WORDS(0, id, __VA_ARGS__)
#define BUS(id, ...)		WORDS(VMSG_TYPE_BUS, id, __VA_ARGS__)

static int say_hello(uint32_t features)
{
	return BUS(VMSG_XEN_HELLO, 1, features, 112, 0);
}

static void set_up(void)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	fake.be = (struct backend){
		.ops = &fake_ops, .device_id = 2, .nqueues = 2, .queue_size = 256,
		.config_size = 60,
		/* Bits that must not shine through: 24, 26, 33, 36, 38, 41 */
		.features = BIT_ULL(32) | BIT_ULL(29) | BIT_ULL(5) | BIT_ULL(24) | BIT_ULL(26) |
			    BIT_ULL(33) | BIT_ULL(36) | BIT_ULL(38) | BIT_ULL(41),
	};
	for (i = 0; i < sizeof(fake.be.config); i++)
		fake.be.config[i] = i;
	REQUIRE(!device_init(&dev, &fake.be, &fake_ports, 1 << VMSG_XEN_F_QUEUE_PORTS));
}

static void tear_down(void)
{
	device_fini(&dev);
}

static uint32_t set_status(uint32_t status)
{
	CHECK_EQ(TRANSPORT(VMSG_SET_DEVICE_STATUS, status), 4);
	return word(0);
}

static void set_features(uint64_t f)
{
	CHECK_EQ(TRANSPORT(VMSG_SET_DRIVER_FEATURES, 0, 2, (uint32_t)f, (uint32_t)(f >> 32)), 0);
}

static void set_vqueue_raw(uint32_t index, uint32_t size, uint64_t desc, uint64_t drv, uint64_t dvc)
{
	struct vmsg_set_vqueue v = {
		.index = htole32(index), .size = htole32(size), .desc_addr = htole64(desc),
		.driver_addr = htole64(drv), .device_addr = htole64(dvc),
	};

	CHECK_EQ(send_msg(0, VMSG_SET_VQUEUE, &v, sizeof(v)), 0);
}

static void set_vqueue(uint32_t index)
{
	uint64_t at = BASE + index * 0x4000;

	set_vqueue_raw(index, 64, at, at + 0x1000, at + 0x2000);
}

static uint32_t add_window(uint16_t id, uint32_t ref, uint32_t frames)
{
	CHECK_EQ(BUS(VMSG_XEN_ADD_WINDOW, (uint32_t)id << 16, ref, frames, 0), 4);
	return word(0);
}

/* As far as FEATURES_OK */
static void bring_up(void)
{
	set_up();
	CHECK_EQ(say_hello(1), 16);
	CHECK_EQ(add_window(0, 100, 64), VMSG_XEN_OK);
	CHECK_EQ(set_status(0), 0);
	CHECK_EQ(set_status(1), 1);
	CHECK_EQ(set_status(3), 3);
	set_features(BIT_ULL(32) | BIT_ULL(33) | BIT_ULL(40) | BIT_ULL(29));
	CHECK_EQ(set_status(11), 11);
}

static void malformed(void)
{
	static const uint8_t payload[VMSG_MAX_PAYLOAD];
	unsigned int type, id, size, answered = 0;

	set_up();
	say_hello(1);
	/* Every size but one or two for each message is wrong. */
	for (type = 0; type <= 3; type++)
		for (id = 0; id < 256; id++)
			for (size = 0; size <= 300; size++) {
				size_t len = size > 8 ? size - 8 : 0;

				if (len > sizeof(payload))
					len = sizeof(payload);
				if (type & VMSG_TYPE_RESPONSE || size < 8 || size > 112)
					CHECK_EQ(send_raw(type, id, 0, size, payload, len), -1);
				else if (send_raw(type, id, 0, size, payload, len) >= 0)
					answered++;
				if (!dev.hello)
					say_hello(1);
			}
	/*
	 * Of the transport 11 requests (a SET_CONFIG and a SET_DRIVER_FEATURES of
	 * zeroes fit only one size each), of the bus GET_DEVICES, PING and three
	 * of ours; HELLO of zeroes has the wrong version.
	 */
	CHECK_EQ(answered, 11 + 5);
	CHECK_EQ(send_raw(0, VMSG_GET_DEVICE_STATUS, 1, 8, NULL, 0), -1);
	CHECK_EQ(send_raw(0, VMSG_GET_DEVICE_STATUS, 0xffff, 8, NULL, 0), -1);
	CHECK_EQ(send_raw(0, VMSG_GET_DEVICE_STATUS, 0, 0xffff, NULL, 0), -1);
	tear_down();
}

static void hello_comes_first(void)
{
	set_up();
	CHECK_EQ(send_msg(0, VMSG_GET_DEVICE_INFO, NULL, 0), -1);
	CHECK_EQ(BUS(VMSG_XEN_ADD_WINDOW, 0, 100, 1, 0), -1);
	CHECK_EQ(BUS(VMSG_BUS_PING, 0xabcd), 4);
	CHECK_EQ(word(0), 0xabcd);
	CHECK_EQ(BUS(VMSG_XEN_HELLO, 2, 0, 112, 0), -1);
	CHECK_EQ(BUS(VMSG_XEN_HELLO, 1, 0, 43, 0), -1);
	CHECK_EQ(BUS(VMSG_XEN_HELLO, 1, 0xffffffff, 264, 77), 16);
	CHECK_EQ(word(0), 1);
	CHECK_EQ(word(1), 1 << VMSG_XEN_F_QUEUE_PORTS);
	CHECK_EQ(word(2), 112);
	CHECK_EQ(word(3), MAX_WINDOWS);
	CHECK_EQ(send_msg(0, VMSG_GET_DEVICE_INFO, NULL, 0), 24);
	CHECK_EQ(word(0), 2);
	CHECK_EQ(word(2), 64);
	CHECK_EQ(word(3), 60);
	CHECK_EQ(word(4), 2);
	tear_down();
}

/* GET_VQUEUE's answer is 48 bytes, more than the least that may be agreed on. */
static void answers_keep_to_the_agreed_size(void)
{
	set_up();
	CHECK_EQ(BUS(VMSG_XEN_HELLO, 1, 1, VMSG_MIN_MAX_SIZE, 0), 16);
	CHECK_EQ(word(2), VMSG_MIN_MAX_SIZE);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0), -1);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 0, 24), 12 + 24);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 0, 25), 12);
	CHECK_EQ(BUS(VMSG_XEN_HELLO, 1, 1, 48, 0), 16);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0), 40);
	tear_down();
}

static void get_devices(void)
{
	set_up();
	CHECK_EQ(BUS(VMSG_BUS_GET_DEVICES, 0 | 16 << 16), 8);
	CHECK_EQ(answer[8 + 6], 1);
	CHECK_EQ(answer[8 + 7], 0);
	CHECK_EQ(BUS(VMSG_BUS_GET_DEVICES, 8 | 8 << 16), 7);
	CHECK_EQ(answer[8 + 6], 0);
	CHECK_EQ(BUS(VMSG_BUS_GET_DEVICES, 3 | 8 << 16), -1);
	CHECK_EQ(BUS(VMSG_BUS_GET_DEVICES, 0 | 0xfff8u << 16), VMSG_MAX_PAYLOAD);
	tear_down();
}

static void features(void)
{
	uint64_t offered;

	set_up();
	say_hello(1);
	CHECK_EQ(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 0, 2), 16);
	offered = word(2) | (uint64_t)word(3) << 32;
	CHECK_EQ(offered, OFFERED);
	CHECK_EQ(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 1, 4), 24);
	CHECK_EQ(word(2), OFFERED >> 32);
	CHECK_EQ(word(3), 0);
	CHECK_EQ(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 0xffffffff, 2), 16);
	CHECK_EQ(word(2) | word(3), 0);
	CHECK_EQ(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 0, 25), -1);
	CHECK_EQ(TRANSPORT(VMSG_GET_DEVICE_FEATURES, 0, 0x40000001), -1);
	CHECK_EQ(TRANSPORT(VMSG_SET_DRIVER_FEATURES, 0, 0x40000001, 0), -1);
	tear_down();
}

static uint32_t try_features(uint64_t f)
{
	set_status(0);
	set_status(3);
	set_features(f);
	return set_status(11);
}

static void features_ok(void)
{
	uint64_t must = BIT_ULL(32) | BIT_ULL(33);

	set_up();
	say_hello(1);
	/* Without a reset first it would be a resumption. */
	set_features(must);
	CHECK_EQ(set_status(11), 3);
	CHECK_EQ(try_features(must), 11);
	CHECK_EQ(fake.features, BIT_ULL(32));
	CHECK_EQ(try_features(must | BIT_ULL(40) | BIT_ULL(5)), 11);
	CHECK_EQ(fake.features, BIT_ULL(32) | BIT_ULL(5));
	CHECK_EQ(try_features(BIT_ULL(32)), 3);
	CHECK_EQ(try_features(BIT_ULL(33)), 3);
	CHECK_EQ(try_features(must | BIT_ULL(38)), 3);
	CHECK_EQ(try_features(must | BIT_ULL(6)), 3);
	/* DRIVER_OK needs FEATURES_OK. */
	CHECK_EQ(set_status(15), 3);

	set_status(0);
	set_features(must);
	CHECK_EQ(TRANSPORT(VMSG_SET_DRIVER_FEATURES, 2, 1, 1), 0);	/* bit 64 */
	CHECK_EQ(set_status(11), 3);

	/* Too late after FEATURES_OK */
	CHECK_EQ(try_features(must), 11);
	set_features(must | BIT_ULL(5));
	CHECK_EQ(dev.features, must);

	fake.fail = -EIO;
	CHECK_EQ(try_features(must), 3);
	tear_down();
}

static void status_only_grows(void)
{
	bring_up();
	CHECK_EQ(set_status(1), 11);
	CHECK_EQ(set_status(0xffffff80 | 11), 11 | VIRTIO_CONFIG_S_FAILED);
	CHECK_EQ(set_status(VIRTIO_CONFIG_S_NEEDS_RESET), 11 | VIRTIO_CONFIG_S_FAILED);
	CHECK_EQ(send_msg(0, VMSG_GET_DEVICE_STATUS, NULL, 0), 4);
	CHECK_EQ(word(0), 11 | VIRTIO_CONFIG_S_FAILED);
	CHECK_EQ(set_status(0), 0);
	tear_down();
}

static void queues(void)
{
	bring_up();
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0), 40);
	CHECK_EQ(word(1), 256);
	CHECK_EQ(word(2), 0);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 2), 40);
	CHECK_EQ(word(1), 0);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0xffffffff), 40);
	CHECK_EQ(word(1), 0);

	set_vqueue(0);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0), 40);
	CHECK_EQ(word(2), 64);
	CHECK(!fake.running[0]);
	CHECK_EQ(set_status(15), 15);
	CHECK(fake.running[0] && !fake.running[1]);
	set_vqueue(1);
	CHECK(fake.running[1]);

	CHECK_EQ(TRANSPORT(VMSG_RESET_VQUEUE, 1), 0);
	CHECK(!fake.running[1] && fake.running[0]);
	set_vqueue(1);
	CHECK(fake.running[1]);
	CHECK_EQ(dev.status, 15);

	CHECK_EQ(set_status(0), 0);
	CHECK(!fake.running[0] && !fake.running[1]);
	CHECK_EQ(TRANSPORT(VMSG_GET_VQUEUE, 0), 40);
	CHECK_EQ(word(2), 0);
	tear_down();
}

static void expect_refusal(uint32_t index, uint32_t size, uint64_t desc, uint64_t drv, uint64_t dvc)
{
	bring_up();
	set_vqueue_raw(index, size, desc, drv, dvc);
	CHECK(dev.status & VIRTIO_CONFIG_S_NEEDS_RESET);
	CHECK(dev.config_pending);
	set_status(15);
	CHECK(!fake.running[0] && !fake.running[1]);
	tear_down();
}

static void nonsense_queues(void)
{
	uint64_t end = BASE + 64 * 4096;

	expect_refusal(2, 64, BASE, BASE + 0x1000, BASE + 0x2000);
	expect_refusal(0xffffffff, 64, BASE, BASE + 0x1000, BASE + 0x2000);
	expect_refusal(0, 0, BASE, BASE + 0x1000, BASE + 0x2000);
	expect_refusal(0, 65, BASE, BASE + 0x1000, BASE + 0x2000);
	expect_refusal(0, 512, BASE, BASE + 0x1000, BASE + 0x2000);
	expect_refusal(0, 64, 0, BASE + 0x1000, BASE + 0x2000);
	expect_refusal(0, 64, BASE, end - 16, BASE + 0x2000);
	expect_refusal(0, 64, BASE, BASE + 0x1000, UINT64_MAX - 3);

	/* A second time without a reset in between */
	bring_up();
	set_vqueue(0);
	set_vqueue(0);
	CHECK(dev.status & VIRTIO_CONFIG_S_NEEDS_RESET);
	/* Before FEATURES_OK */
	set_status(0);
	set_vqueue(0);
	CHECK_EQ(dev.queues[0].areas.size, 0);
	tear_down();
}

static void windows(void)
{
	bring_up();
	CHECK_EQ(add_window(0, 1000, 1), VMSG_XEN_EINVAL);
	CHECK_EQ(add_window(1, 163, 1), VMSG_XEN_EINVAL);
	CHECK_EQ(add_window(1, 164, 1), VMSG_XEN_OK);
	CHECK_EQ(fake.windows, 2);
	CHECK_EQ(BUS(VMSG_XEN_ADD_WINDOW, 2 << 16, 500, 1, 1), 4);	/* flags */
	CHECK_EQ(word(0), VMSG_XEN_EINVAL);
	CHECK_EQ(BUS(VMSG_XEN_ADD_WINDOW, 2 << 16 | 1, 500, 1, 0), 4);	/* device */
	CHECK_EQ(word(0), VMSG_XEN_EINVAL);
	set_vqueue(0);
	CHECK_EQ(BUS(VMSG_XEN_REMOVE_WINDOW, 0), 4);
	CHECK_EQ(word(0), VMSG_XEN_EBUSY);
	CHECK_EQ(BUS(VMSG_XEN_REMOVE_WINDOW, 1 << 16), 4);
	CHECK_EQ(word(0), VMSG_XEN_OK);
	CHECK_EQ(BUS(VMSG_XEN_REMOVE_WINDOW, 1 << 16), 4);
	CHECK_EQ(word(0), VMSG_XEN_EINVAL);
	set_status(0);
	CHECK_EQ(BUS(VMSG_XEN_REMOVE_WINDOW, 0), 4);
	CHECK_EQ(word(0), VMSG_XEN_OK);
	CHECK_EQ(fake.windows, 0);
	fake.fail = -EIO;
	CHECK_EQ(add_window(0, 100, 64), VMSG_XEN_EMAP);
	fake.fail = 0;
	CHECK_EQ(add_window(0, 100, 64), VMSG_XEN_OK);
	tear_down();
}

static uint32_t set_port(uint32_t index, uint32_t port)
{
	CHECK_EQ(BUS(VMSG_XEN_SET_QUEUE_PORT, 0, index, port), 4);
	return word(0);
}

static void ports(void)
{
	bring_up();
	CHECK_EQ(set_port(0, 7), VMSG_XEN_OK);
	CHECK_EQ(dev.queues[0].port, 1007);
	CHECK_EQ(set_port(0, 8), VMSG_XEN_OK);
	CHECK_EQ(dev.queues[0].port, 1008);
	CHECK_EQ(set_port(0, 666), VMSG_XEN_EEVTCHN);
	CHECK_EQ(dev.queues[0].port, 0);
	CHECK_EQ(set_port(0, 0), VMSG_XEN_OK);
	CHECK_EQ(set_port(2, 7), VMSG_XEN_EINVAL);
	CHECK_EQ(set_port(0, 7), VMSG_XEN_OK);
	set_status(0);
	CHECK_EQ(dev.queues[0].port, 1007);	/* a reset does not change it */
	say_hello(0);
	CHECK_EQ(set_port(1, 7), VMSG_XEN_EINVAL);
	tear_down();
}

static void config_space(void)
{
	uint8_t write[12 + 4];
	uint32_t c[] = { 0, htole32(8), htole32(4) };

	bring_up();
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 4, 56), 12 + 56);
	CHECK_EQ(word(1), 4);
	CHECK_EQ(word(2), 56);
	CHECK_EQ(answer[8 + 12], 4);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 4, 57), 12);
	CHECK_EQ(word(2), 0);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 0xffffffff, 2), 12);
	CHECK_EQ(TRANSPORT(VMSG_GET_CONFIG, 60, 0), 12);

	memcpy(write, c, 12);
	memcpy(write + 12, "abcd", 4);
	CHECK_EQ(send_msg(0, VMSG_SET_CONFIG, write, sizeof(write)), 16);
	CHECK_EQ(word(2), 4);
	CHECK(!memcmp(fake.be.config + 8, "abcd", 4));
	CHECK_EQ(send_msg(0, VMSG_SET_CONFIG, write, sizeof(write) - 1), -1);
	device_config_changed(&dev);
	CHECK_EQ(send_msg(0, VMSG_SET_CONFIG, write, sizeof(write)), 12);
	CHECK_EQ(word(0), 1);
	CHECK_EQ(word(2), 0);		/* stale */
	tear_down();
}

static void in_band_kick(void)
{
	uint64_t n;

	bring_up();
	CHECK_EQ(TRANSPORT(VMSG_EVENT_AVAIL, 1, 0), -1);
	CHECK_EQ(read(dev.queues[1].kick, &n, sizeof(n)), 8);
	CHECK_EQ(TRANSPORT(VMSG_EVENT_AVAIL, 2, 0), -1);
	CHECK(read(dev.queues[0].kick, &n, sizeof(n)) < 0);
	tear_down();
}

/* A backend that can do with buffers outside the windows, and takes kicks itself. */
static void single_grants(void)
{
	struct backend_ops ops = fake_ops;
	uint32_t i, bit = 1 << VMSG_XEN_F_SINGLE_GRANTS;
	uint64_t n;

	set_up();
	ops.set_single_grants = fake_set_single_grants;
	ops.kick = fake_kick;
	fake.be.ops = &ops;
	fake.be.own_windows = 1;
	/* It must have been offered, and asked for. */
	CHECK_EQ(say_hello(bit), 16);
	CHECK(!word(1) && !fake.single_grants);
	dev.bus_features |= bit;
	CHECK_EQ(say_hello(1), 16);
	CHECK(!fake.single_grants);
	CHECK_EQ(TRANSPORT(VMSG_EVENT_AVAIL, 1, 0), -1);
	CHECK_EQ(read(dev.queues[1].kick, &n, sizeof(n)), 8);
	CHECK_EQ(say_hello(1 | bit), 16);
	CHECK(word(1) == (1 | bit) && fake.single_grants);
	CHECK_EQ(word(3), MAX_WINDOWS - 1);
	CHECK_EQ(TRANSPORT(VMSG_EVENT_AVAIL, 1, 0), -1);
	CHECK(read(dev.queues[1].kick, &n, sizeof(n)) < 0);
	CHECK_EQ(fake.kicks, 2);
	/* A window that the backend needs is none of the guest's. */
	for (i = 0; i < MAX_WINDOWS - 1; i++)
		CHECK_EQ(add_window(i, 100 * (i + 1), 10), VMSG_XEN_OK);
	CHECK_EQ(add_window(i, 100 * (i + 1), 10), VMSG_XEN_ENOMEM);
	CHECK_EQ(fake.windows, MAX_WINDOWS - 1);
	tear_down();
}

static void broken_backend(void)
{
	bring_up();
	set_vqueue(0);
	CHECK_EQ(set_status(15), 15);
	device_broken(&dev);
	CHECK_EQ(dev.status, 15 | VIRTIO_CONFIG_S_NEEDS_RESET);
	CHECK(dev.config_pending);
	fake.fail = -EIO;
	CHECK_EQ(set_status(0), 0);
	set_status(3);
	set_features(BIT_ULL(32) | BIT_ULL(33));
	CHECK_EQ(set_status(11), 3);
	tear_down();
}

static void events_wait_for_room(void)
{
	static struct vmsg_xen_bus_page page;
	struct bus bus = { .page = &page };
	unsigned int i;

	memset(&page, 0, sizeof(page));
	bring_up();
	for (i = 0; i < VMSG_XEN_SLOTS - 1; i++)
		CHECK_EQ(bus_put(&bus, "x", 1), 0);
	device_config_changed(&dev);
	dev.queues[0].used_pending = dev.queues[1].used_pending = true;
	CHECK_EQ(device_flush_events(&dev, &bus), 0);
	CHECK(!dev.config_pending && dev.queues[0].used_pending && dev.queues[1].used_pending);
	CHECK_EQ(page.device_ring[15][1], VMSG_EVENT_CONFIG);
	page.device_cons = htole32(1);
	CHECK_EQ(device_flush_events(&dev, &bus), 0);
	CHECK(!dev.queues[0].used_pending && dev.queues[1].used_pending);
	CHECK_EQ(page.device_ring[0][1], VMSG_EVENT_USED);
	page.device_cons = htole32(VMSG_XEN_SLOTS);
	CHECK_EQ(device_flush_events(&dev, &bus), 0);
	CHECK(!dev.queues[1].used_pending);
	page.device_cons = htole32(1000);
	dev.config_pending = true;
	CHECK_EQ(device_flush_events(&dev, &bus), -EPROTO);
	tear_down();
}

int main(void)
{
	log_init(false, "test");
	RUN(malformed);
	RUN(hello_comes_first);
	RUN(answers_keep_to_the_agreed_size);
	RUN(get_devices);
	RUN(features);
	RUN(features_ok);
	RUN(status_only_grows);
	RUN(queues);
	RUN(nonsense_queues);
	RUN(windows);
	RUN(ports);
	RUN(config_space);
	RUN(in_band_kick);
	RUN(single_grants);
	RUN(broken_backend);
	RUN(events_wait_for_room);
	return test_done();
}
