// SPDX-License-Identifier: GPL-2.0-only
/*
 * message.c - messages of a guest, out of an input
 *
 * Most have the size that their kind has to have, and addresses that lie in a
 * window: the checks of those must be passed often to get to what is behind
 * them. The rest is bytes as they come.
 */
#include <endian.h>
#include <string.h>

#include "message.h"
#include "util.h"

/* Payload bytes: the fixed part, and words of which in_message() makes more */
static const struct {
	uint8_t type;
	uint8_t id;
	uint8_t size;
} kinds[] = {
	{ 0, VMSG_GET_DEVICE_INFO, 0 },
	{ 0, VMSG_GET_DEVICE_FEATURES, sizeof(struct vmsg_features) },
	{ 0, VMSG_SET_DRIVER_FEATURES, sizeof(struct vmsg_features) },
	{ 0, VMSG_GET_CONFIG, sizeof(struct vmsg_get_config) },
	{ 0, VMSG_SET_CONFIG, sizeof(struct vmsg_config) },
	{ 0, VMSG_GET_DEVICE_STATUS, 0 },
	{ 0, VMSG_SET_DEVICE_STATUS, sizeof(struct vmsg_status) },
	{ 0, VMSG_GET_VQUEUE, sizeof(struct vmsg_vqueue_index) },
	{ 0, VMSG_SET_VQUEUE, sizeof(struct vmsg_set_vqueue) },
	{ 0, VMSG_RESET_VQUEUE, sizeof(struct vmsg_vqueue_index) },
	{ 0, VMSG_GET_SHM, sizeof(struct vmsg_get_shm) },
	{ 0, VMSG_EVENT_AVAIL, sizeof(struct vmsg_event_avail) },
	{ VMSG_TYPE_BUS, VMSG_BUS_GET_DEVICES, sizeof(struct vmsg_bus_get_devices) },
	{ VMSG_TYPE_BUS, VMSG_BUS_PING, sizeof(struct vmsg_bus_ping) },
	{ VMSG_TYPE_BUS, VMSG_XEN_HELLO, sizeof(struct vmsg_xen_hello) },
	{ VMSG_TYPE_BUS, VMSG_XEN_ADD_WINDOW, sizeof(struct vmsg_xen_add_window) },
	{ VMSG_TYPE_BUS, VMSG_XEN_REMOVE_WINDOW, sizeof(struct vmsg_xen_remove_window) },
	{ VMSG_TYPE_BUS, VMSG_XEN_SET_QUEUE_PORT, sizeof(struct vmsg_xen_set_queue_port) },
};

#define PAYLOAD_MAX	(VMSG_XEN_SLOT_SIZE - sizeof(struct vmsg_header))

/* An address in or near a window, or any. */
static uint64_t in_address(struct fuzz_in *in, const struct windows *ws)
{
	uint8_t how = in_u8(in);
	const struct window *w = &ws->w[how % MAX_WINDOWS];

	if (how >= 0xf0)
		return in_u64(in);
	if (how >= 0xe0)
		return window_base(w) + window_size(w) - in_u16(in);
	return window_base(w) + (uint64_t)in_u8(in) * 256;
}

static size_t set_vqueue(struct fuzz_in *in, const struct windows *ws, uint8_t *payload)
{
	struct vmsg_set_vqueue v = { .index = htole32(in_word(in) % 70) };
	uint8_t size = in_u8(in);

	v.size = htole32(size < 0xc0 ? 1U << (size % 12) : in_word(in));
	v.desc_addr = htole64(in_address(in, ws));
	v.driver_addr = htole64(in_address(in, ws));
	v.device_addr = htole64(in_address(in, ws));
	memcpy(payload, &v, sizeof(v));
	return sizeof(v);
}

static size_t set_features(struct fuzz_in *in, uint8_t *payload)
{
	/* Block, number, and two words that hold all bits there are */
	uint32_t words[4] = { 0, htole32(2) };

	words[2] = htole32(in_u32(in));
	words[3] = htole32(in_u16(in));
	memcpy(payload, words, sizeof(words));
	return sizeof(words);
}

/* @size bytes of words, and as many more as the input says */
static size_t words(struct fuzz_in *in, size_t size, size_t more, uint8_t *payload)
{
	size_t n;

	for (n = 0; n < size; n += sizeof(uint32_t)) {
		uint32_t v = htole32(in_word(in));

		memcpy(payload + n, &v, sizeof(v));
	}
	if (more > PAYLOAD_MAX - n)
		more = PAYLOAD_MAX - n;
	in_bytes(in, payload + n, more);
	return n + more;
}

/* Two halves in a word */
static size_t halves(struct fuzz_in *in, uint8_t *payload)
{
	uint32_t v = in_word(in);

	v |= in_word(in) << 16;
	v = htole32(v);
	memcpy(payload, &v, sizeof(v));
	return sizeof(v);
}

/*
 * HELLO, as a driver has it. Its size is at least what is allowed, mostly.
 */
static size_t hello(struct fuzz_in *in, uint8_t *payload)
{
	uint8_t size = in_u8(in);
	struct vmsg_xen_hello h = {
		.version = htole32(VMSG_XEN_VERSION), .features = htole32(in_u8(in)),
		.max_msg_size = htole32(size < 0xf0 ? VMSG_MIN_MAX_SIZE + size : in_word(in)),
	};

	memcpy(payload, &h, sizeof(h));
	return sizeof(h);
}

static size_t add_window(struct fuzz_in *in, uint8_t *payload)
{
	struct vmsg_xen_add_window a = {
		.window_id = htole16(in_u8(in)), .first_ref = htole32(in_word(in)),
		.frames = htole32(in_word(in)),
	};

	memcpy(payload, &a, sizeof(a));
	return sizeof(a);
}

static size_t fill(struct fuzz_in *in, const struct windows *ws, unsigned int kind,
		   uint8_t *payload)
{
	uint8_t id = kinds[kind].id;

	if (kinds[kind].type == VMSG_TYPE_BUS && id == VMSG_XEN_HELLO)
		return hello(in, payload);
	if (kinds[kind].type == VMSG_TYPE_BUS && id == VMSG_XEN_ADD_WINDOW)
		return add_window(in, payload);
	if (kinds[kind].type == VMSG_TYPE_BUS &&
	    (id == VMSG_XEN_REMOVE_WINDOW || id == VMSG_BUS_GET_DEVICES))
		return halves(in, payload);
	if (!kinds[kind].type && id == VMSG_SET_VQUEUE)
		return set_vqueue(in, ws, payload);
	if (!kinds[kind].type && id == VMSG_SET_DRIVER_FEATURES)
		return set_features(in, payload);
	if (!kinds[kind].type && id == VMSG_SET_CONFIG) {
		uint32_t len = htole32(in_u8(in) % (PAYLOAD_MAX - 12));
		size_t n = words(in, kinds[kind].size, le32toh(len), payload);

		memcpy(payload + 8, &len, sizeof(len));
		return n;
	}
	return words(in, kinds[kind].size, 0, payload);
}

static void put_message(uint8_t *msg, uint8_t type, uint8_t id, const void *payload, size_t len)
{
	struct vmsg_header hdr = {
		.type = type, .msg_id = id, .msg_size = htole16(sizeof(hdr) + len),
	};

	memset(msg, 0, VMSG_XEN_SLOT_SIZE);
	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), payload, len);
}

static void put_status(uint8_t *msg, uint32_t status)
{
	struct vmsg_status s = { .status = htole32(status) };

	put_message(msg, 0, VMSG_SET_DEVICE_STATUS, &s, sizeof(s));
}

static void put_features(uint8_t *msg, uint64_t features)
{
	uint32_t f[4] = { 0, htole32(2), htole32(features), htole32(features >> 32) };

	put_message(msg, 0, VMSG_SET_DRIVER_FEATURES, f, sizeof(f));
}

/**
 * in_up_message() - One of the messages that make a device run
 * @in: the input
 * @dev: the device
 * @i: which, in their order, below UP_MESSAGES
 * @msg: the slot
 */
void in_up_message(struct fuzz_in *in, const struct device *dev, unsigned int i,
		   uint8_t msg[VMSG_XEN_SLOT_SIZE])
{
	struct vmsg_xen_add_window a = { .first_ref = htole32(100), .frames = htole32(64) };
	uint64_t base = VMSG_XEN_DMA_FLAG | 100 << VMSG_XEN_FRAME_SHIFT;
	uint8_t queue = in_u8(in) % 4;
	struct vmsg_xen_hello h = {
		.version = htole32(VMSG_XEN_VERSION), .features = htole32(queue),
		.max_msg_size = htole32(VMSG_XEN_MAX_MSG_SIZE),
	};
	struct vmsg_set_vqueue v = {
		.index = htole32(queue), .size = htole32(2), .desc_addr = htole64(base),
		.driver_addr = htole64(base + 0x1000), .device_addr = htole64(base + 0x2000),
	};

	switch (i) {
	case 0:
		put_message(msg, VMSG_TYPE_BUS, VMSG_XEN_HELLO, &h, sizeof(h));
		break;
	case 1:
		put_message(msg, VMSG_TYPE_BUS, VMSG_XEN_ADD_WINDOW, &a, sizeof(a));
		break;
	case 2:
		put_status(msg, 0);
		break;
	case 3:
		/* As many as are offered, but for two that are not where queues are shadowed. */
		put_features(msg, device_features(dev) & ~(queue ? 3ULL << 34 : 0));
		break;
	case 4:
		put_status(msg, 0xb);
		break;
	case 5:
	case 6:
		v.index = htole32(i - 5);
		put_message(msg, 0, VMSG_SET_VQUEUE, &v, sizeof(v));
		break;
	default:
		put_status(msg, 0xf);
	}
}

/**
 * in_message() - Take a message off the input
 * @in: the input
 * @dev: the device, for addresses
 * @msg: the slot
 */
void in_message(struct fuzz_in *in, const struct device *dev, uint8_t msg[VMSG_XEN_SLOT_SIZE])
{
	uint8_t how = in_u8(in), odd, at;
	unsigned int kind = how % ARRAY_SIZE(kinds);
	struct vmsg_header hdr = { .type = kinds[kind].type, .msg_id = kinds[kind].id };
	size_t size;

	memset(msg, 0, VMSG_XEN_SLOT_SIZE);
	if (how >= 0xf0) {
		in_bytes(in, msg, sizeof(hdr) + in_u8(in) % (PAYLOAD_MAX + 1));
		return;
	}
	if (how >= 0xe8) {
		in_up_message(in, dev, how % UP_MESSAGES, msg);
		return;
	}
	hdr.token = in_u8(in);
	size = sizeof(hdr) + fill(in, &dev->windows, kind, msg + sizeof(hdr));
	odd = in_u8(in);
	if (odd >= 0xf8) {
		size += in_u16(in);
	} else if (odd >= 0xf0) {
		at = in_u8(in) % 64;
		in_bytes(in, msg + sizeof(hdr) + at, in_u8(in) % 32);
	}
	hdr.msg_size = htole16(size);
	memcpy(msg, &hdr, sizeof(hdr));
}
