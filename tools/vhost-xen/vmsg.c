// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmsg.c - transport messages of the guest, taken apart and answered
 *
 * Theory of operation
 *
 * vmsg_handle() gets a private copy of a slot. A table says for each message
 * how long its payload may be; the handlers can rely on that. What is not in
 * the table, or not as the table says, is discarded without an answer, as
 * virtio-msg demands. The handlers check values against the state of the
 * device.
 */
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "log.h"
#include "util.h"
#include "vmsg.h"

#define VENDOR_ID	0x1af4		/* who vouches for the bridge: virtio itself */

static int get_device_info(struct device *dev, struct vmsg *m)
{
	struct vmsg_device_info_resp r = {
		.device_id = htole32(dev->be->device_id),
		.vendor_id = htole32(VENDOR_ID),
		.num_feature_bits = htole32(DEVICE_FEATURE_BITS),
		.config_size = htole32(dev->be->config_size),
		.max_virtqueues = htole32(dev->be->nqueues),
	};

	vmsg_out(m, &r);
	return 0;
}

/* Bits 32n to 32n + 31 */
static uint32_t feature_block(uint64_t features, uint64_t n)
{
	return n < DEVICE_FEATURE_BITS / 32 ? features >> (32 * n) : 0;
}

static int get_device_features(struct device *dev, struct vmsg *m)
{
	uint64_t offered = device_features(dev);
	struct vmsg_features f;
	uint32_t first, n, i;

	vmsg_in(m, &f);
	first = le32toh(f.block_index);
	n = le32toh(f.num_blocks);
	if (n > (dev->max_msg - sizeof(struct vmsg_header) - sizeof(f)) / 4)
		return -EMSGSIZE;
	vmsg_out(m, &f);
	for (i = 0; i < n; i++) {
		uint32_t v = htole32(feature_block(offered, (uint64_t)first + i));

		memcpy(m->out + m->out_len, &v, sizeof(v));
		m->out_len += sizeof(v);
	}
	return 0;
}

static int set_driver_features(struct device *dev, struct vmsg *m)
{
	uint64_t features = dev->features;
	bool foreign = dev->foreign_features;
	struct vmsg_features f;
	uint32_t first, n, i;

	vmsg_in(m, &f);
	first = le32toh(f.block_index);
	n = le32toh(f.num_blocks);
	if (n > VMSG_MAX_PAYLOAD / 4 || m->in_len != sizeof(f) + n * 4)
		return -EMSGSIZE;
	for (i = 0; i < n; i++) {
		uint64_t block = (uint64_t)first + i;
		uint32_t v;

		memcpy(&v, m->in + sizeof(f) + i * 4, sizeof(v));
		v = le32toh(v);
		if (block >= DEVICE_FEATURE_BITS / 32) {
			foreign = foreign || v;
			continue;
		}
		features &= ~(0xffffffffULL << (32 * block));
		features |= (uint64_t)v << (32 * block);
	}
	if (device_set_features(dev, features, foreign))
		log_guest("features chosen after FEATURES_OK");
	return 0;
}

static int get_config(struct device *dev, struct vmsg *m)
{
	uint32_t room = dev->max_msg - sizeof(struct vmsg_header) - sizeof(struct vmsg_config);
	uint32_t size = dev->be->config_size;
	struct vmsg_config r;
	struct vmsg_get_config g;
	uint32_t offset, len;

	vmsg_in(m, &g);
	offset = le32toh(g.offset);
	len = le32toh(g.length);
	if (offset > size || len > size - offset || len > room)
		len = 0;
	r = (struct vmsg_config){
		.generation = htole32(dev->generation),
		.offset = htole32(offset),
		.length = htole32(len),
	};
	vmsg_out(m, &r);
	if (len)
		memcpy(m->out + sizeof(r), dev->be->config + offset, len);
	m->out_len += len;
	return 0;
}

/*
 * The backend reads its config space back after a write. What else than the
 * bytes written has changed there is a change of the device's own.
 */
static int write_config(struct device *dev, uint32_t offset, const void *data, uint32_t len)
{
	struct backend *be = dev->be;
	uint8_t want[MAX_DEV_CONFIG];
	int err;

	memcpy(want, be->config, sizeof(want));
	memcpy(want + offset, data, len);
	err = be->ops->set_config(be, offset, data, len);
	if (!err && memcmp(want, be->config, be->config_size))
		device_config_changed(dev);
	return err;
}

static int set_config(struct device *dev, struct vmsg *m)
{
	uint32_t size = dev->be->config_size;
	struct vmsg_config c;
	uint32_t offset, len;
	bool ok;

	vmsg_in(m, &c);
	offset = le32toh(c.offset);
	len = le32toh(c.length);
	if (len > VMSG_MAX_PAYLOAD || m->in_len != sizeof(c) + len)
		return -EMSGSIZE;
	ok = offset <= size && len <= size - offset &&
	     le32toh(c.generation) == dev->generation && dev->be->ops->set_config &&
	     !dev->dead && !write_config(dev, offset, m->in + sizeof(c), len);
	c.generation = htole32(dev->generation);
	if (!ok)
		c.length = 0;
	vmsg_out(m, &c);
	/* What was written need not be what is there now: the driver reads it. */
	if (ok) {
		memcpy(m->out + sizeof(c), dev->be->config + offset, len);
		m->out_len += len;
	}
	return 0;
}

static int put_status(struct device *dev, struct vmsg *m)
{
	struct vmsg_status s = { .status = htole32(dev->status) };

	vmsg_out(m, &s);
	return 0;
}

static int set_status(struct device *dev, struct vmsg *m)
{
	struct vmsg_status s;

	vmsg_in(m, &s);
	device_set_status(dev, le32toh(s.status));
	return put_status(dev, m);
}

static int get_vqueue(struct device *dev, struct vmsg *m)
{
	struct vmsg_vqueue_index v;
	struct vmsg_get_vqueue_resp r;
	uint32_t index;

	vmsg_in(m, &v);
	r = (struct vmsg_get_vqueue_resp){ .index = v.index };
	index = le32toh(v.index);
	if (index < dev->be->nqueues) {
		const struct vring_areas *a = &dev->queues[index].areas;

		r.max_size = htole32(dev->be->queue_size);
		r.cur_size = htole32(a->size);
		r.desc_addr = htole64(a->desc);
		r.driver_addr = htole64(a->driver);
		r.device_addr = htole64(a->device);
	}
	vmsg_out(m, &r);
	return 0;
}

static int set_vqueue(struct device *dev, struct vmsg *m)
{
	struct vring_areas a;
	struct vmsg_set_vqueue v;

	vmsg_in(m, &v);
	a = (struct vring_areas){
		.size = le32toh(v.size),
		.desc = le64toh(v.desc_addr),
		.driver = le64toh(v.driver_addr),
		.device = le64toh(v.device_addr),
	};
	if (device_set_vqueue(dev, le32toh(v.index), &a))
		device_invalid(dev, "SET_VQUEUE");
	return 0;
}

static int reset_vqueue(struct device *dev, struct vmsg *m)
{
	struct vmsg_vqueue_index v;

	vmsg_in(m, &v);
	if (device_reset_vqueue(dev, le32toh(v.index)))
		device_invalid(dev, "RESET_VQUEUE");
	return 0;
}

static int get_shm(struct device *dev, struct vmsg *m)
{
	struct vmsg_get_shm_resp r = { 0 };
	struct vmsg_get_shm g;

	(void)dev;	/* no device has shared memory regions */
	vmsg_in(m, &g);
	r.index = g.index;
	vmsg_out(m, &r);
	return 0;
}

static int event_avail(struct device *dev, struct vmsg *m)
{
	struct vmsg_event_avail e;
	uint32_t index;

	vmsg_in(m, &e);
	index = le32toh(e.vq_index);
	if (index >= dev->be->nqueues)
		return -EINVAL;
	device_kick(dev, index);
	return 0;
}

static int get_status(struct device *dev, struct vmsg *m)
{
	return put_status(dev, m);
}

#define FIXED(type)	sizeof(type), sizeof(type)
#define AT_LEAST(type)	sizeof(type), VMSG_MAX_PAYLOAD

static const struct vmsg_def transport_defs[] = {
	{ VMSG_GET_DEVICE_INFO, 0, 0, get_device_info },
	{ VMSG_GET_DEVICE_FEATURES, FIXED(struct vmsg_features), get_device_features },
	{ VMSG_SET_DRIVER_FEATURES, AT_LEAST(struct vmsg_features), set_driver_features },
	{ VMSG_GET_CONFIG, FIXED(struct vmsg_get_config), get_config },
	{ VMSG_SET_CONFIG, AT_LEAST(struct vmsg_config), set_config },
	{ VMSG_GET_DEVICE_STATUS, 0, 0, get_status },
	{ VMSG_SET_DEVICE_STATUS, FIXED(struct vmsg_status), set_status },
	{ VMSG_GET_VQUEUE, FIXED(struct vmsg_vqueue_index), get_vqueue },
	{ VMSG_SET_VQUEUE, FIXED(struct vmsg_set_vqueue), set_vqueue },
	{ VMSG_RESET_VQUEUE, FIXED(struct vmsg_vqueue_index), reset_vqueue },
	{ VMSG_GET_SHM, FIXED(struct vmsg_get_shm), get_shm },
	{ VMSG_EVENT_AVAIL, FIXED(struct vmsg_event_avail), event_avail },
};

static const struct vmsg_def *find_def(const struct device *dev, const struct vmsg_header *hdr)
{
	const struct vmsg_def *defs = transport_defs;
	unsigned int i, n = ARRAY_SIZE(transport_defs);

	if (hdr->type & VMSG_TYPE_BUS) {
		defs = busmsg_defs;
		n = busmsg_ndefs;
	} else if (!dev->hello) {
		return NULL;	/* HELLO comes first */
	}
	for (i = 0; i < n; i++)
		if (defs[i].id == hdr->msg_id)
			return &defs[i];
	return NULL;
}

/**
 * vmsg_handle() - Handle one message of the guest
 * @dev: the device
 * @msg: private copy of a slot
 * @answer: filled in if there is one
 *
 * Return: length of the answer; 0 if there is none, also when the message is
 * discarded
 */
int vmsg_handle(struct device *dev, const uint8_t msg[VMSG_XEN_SLOT_SIZE],
		uint8_t answer[VMSG_XEN_SLOT_SIZE])
{
	const struct vmsg_def *def;
	struct vmsg_header hdr;
	struct vmsg m = { 0 };
	uint16_t size;

	memcpy(&hdr, msg, sizeof(hdr));
	size = le16toh(hdr.msg_size);
	if (size < sizeof(hdr) || size > VMSG_XEN_MAX_MSG_SIZE || size > dev->max_msg ||
	    (hdr.type & VMSG_TYPE_RESPONSE) || hdr.dev_num)
		goto discard;
	def = find_def(dev, &hdr);
	m.in = msg + sizeof(hdr);
	m.in_len = size - sizeof(hdr);
	if (!def || m.in_len < def->min || m.in_len > def->max || def->handle(dev, &m))
		goto discard;
	if (VMSG_ID_IS_EVENT(hdr.msg_id))
		return 0;
	/* The least size that a driver may agree on does not hold every answer. */
	if (sizeof(hdr) + m.out_len > dev->max_msg)
		goto discard;

	size = sizeof(hdr) + m.out_len;
	hdr.type = (hdr.type & VMSG_TYPE_BUS) | VMSG_TYPE_RESPONSE;
	hdr.msg_size = htole16(size);
	memcpy(answer, &hdr, sizeof(hdr));
	memcpy(answer + sizeof(hdr), m.out, m.out_len);
	return size;

discard:
	log_guest("message type %#x id %#x device %u size %u discarded", hdr.type, hdr.msg_id,
		  le16toh(hdr.dev_num), size);
	return 0;
}
