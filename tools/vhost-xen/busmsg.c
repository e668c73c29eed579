// SPDX-License-Identifier: GPL-2.0-only
/*
 * busmsg.c - bus messages of the guest: HELLO, windows, queue ports
 *
 * See "Bus messages" in Documentation/protocol.rst. They come through
 * vmsg_handle(), which has checked their lengths.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "log.h"
#include "util.h"
#include "vmsg.h"

static int put_status(struct vmsg *m, uint32_t status)
{
	struct vmsg_xen_status s = { .status = htole32(status) };

	vmsg_out(m, &s);
	return 0;
}

static int hello(struct device *dev, struct vmsg *m)
{
	struct vmsg_xen_hello h;
	uint32_t size;

	vmsg_in(m, &h);
	size = le32toh(h.max_msg_size);
	if (le32toh(h.version) != VMSG_XEN_VERSION || size < VMSG_MIN_MAX_SIZE)
		return -EPROTO;
	if (size > VMSG_XEN_MAX_MSG_SIZE)
		size = VMSG_XEN_MAX_MSG_SIZE;
	dev->max_msg = size;
	device_agree(dev, le32toh(h.features));

	h.features = htole32(dev->bus_agreed);
	h.max_msg_size = htole32(size);
	h.max_windows = htole32(MAX_WINDOWS - dev->be->own_windows);
	vmsg_out(m, &h);
	return 0;
}

static int add_window(struct device *dev, struct vmsg *m)
{
	struct vmsg_xen_add_window a;

	vmsg_in(m, &a);
	if (a.dev_num || a.flags)
		return put_status(m, VMSG_XEN_EINVAL);
	return put_status(m, device_add_window(dev, le16toh(a.window_id), le32toh(a.first_ref),
					       le32toh(a.frames)));
}

static int remove_window(struct device *dev, struct vmsg *m)
{
	struct vmsg_xen_remove_window r;

	vmsg_in(m, &r);
	if (r.dev_num)
		return put_status(m, VMSG_XEN_EINVAL);
	return put_status(m, device_remove_window(dev, le16toh(r.window_id)));
}

static int set_queue_port(struct device *dev, struct vmsg *m)
{
	struct vmsg_xen_set_queue_port p;
	uint32_t index, port;

	vmsg_in(m, &p);
	index = le32toh(p.vq_index);
	port = le32toh(p.port);
	if (p.dev_num || index >= dev->be->nqueues ||
	    !(dev->bus_agreed & BIT_ULL(VMSG_XEN_F_QUEUE_PORTS)))
		return put_status(m, VMSG_XEN_EINVAL);

	if (dev->queues[index].port)
		dev->ports->unbind(dev, index);
	if (!port)
		return put_status(m, VMSG_XEN_OK);
	if (dev->ports->bind(dev, index, port)) {
		log_guest("port %u of queue %u can't be bound", port, index);
		return put_status(m, VMSG_XEN_EEVTCHN);
	}
	/* Whatever was announced before there was a port may have been missed. */
	device_kick(dev, index);
	return put_status(m, VMSG_XEN_OK);
}

static int get_devices(struct device *dev, struct vmsg *m)
{
	struct vmsg_bus_get_devices_resp r = { 0 };
	struct vmsg_bus_get_devices g;
	uint32_t room = dev->max_msg - sizeof(struct vmsg_header) - sizeof(r);
	uint16_t offset, count;

	vmsg_in(m, &g);
	offset = le16toh(g.offset);
	count = le16toh(g.count);
	if (offset % 8 || count % 8)
		return -EINVAL;
	if (count / 8 > room)
		count = room * 8;
	r.offset = g.offset;
	r.count = htole16(count);
	vmsg_out(m, &r);
	memset(m->out + m->out_len, 0, count / 8);
	if (!offset && count)
		m->out[m->out_len] = 1;		/* there is device 0 and no other */
	m->out_len += count / 8;
	return 0;
}

static int ping(struct device *dev, struct vmsg *m)
{
	struct vmsg_bus_ping p;

	(void)dev;
	vmsg_in(m, &p);
	vmsg_out(m, &p);
	return 0;
}

static int after_hello(struct device *dev, struct vmsg *m,
		       int (*handle)(struct device *dev, struct vmsg *m))
{
	return dev->hello ? handle(dev, m) : -EPROTO;
}

static int do_add_window(struct device *dev, struct vmsg *m)
{
	return after_hello(dev, m, add_window);
}

static int do_remove_window(struct device *dev, struct vmsg *m)
{
	return after_hello(dev, m, remove_window);
}

static int do_set_queue_port(struct device *dev, struct vmsg *m)
{
	return after_hello(dev, m, set_queue_port);
}

#define FIXED(type)	sizeof(type), sizeof(type)

const struct vmsg_def busmsg_defs[] = {
	{ VMSG_BUS_GET_DEVICES, FIXED(struct vmsg_bus_get_devices), get_devices },
	{ VMSG_BUS_PING, FIXED(struct vmsg_bus_ping), ping },
	{ VMSG_XEN_HELLO, FIXED(struct vmsg_xen_hello), hello },
	{ VMSG_XEN_ADD_WINDOW, FIXED(struct vmsg_xen_add_window), do_add_window },
	{ VMSG_XEN_REMOVE_WINDOW, FIXED(struct vmsg_xen_remove_window), do_remove_window },
	{ VMSG_XEN_SET_QUEUE_PORT, FIXED(struct vmsg_xen_set_queue_port), do_set_queue_port },
};

const unsigned int busmsg_ndefs = ARRAY_SIZE(busmsg_defs);
