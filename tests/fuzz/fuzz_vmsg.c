// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_vmsg.c - messages of a guest to a device: vmsg.c, busmsg.c, device.c,
 * windows.c, vring.c, bus.c
 *
 * The backend and the ports are fakes, the bus page is the input's. Messages
 * and answers are on the heap, in blocks of just their size.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>

#include "fake_backend.h"
#include "fuzz.h"
#include "message.h"
#include "util.h"
#include "vmsg.h"

#define MAX_STEPS	200

static struct device dev;
static struct bus bus;
static struct vmsg_xen_bus_page *page;

static int bind_port(struct device *d, unsigned int index, uint32_t remote)
{
	FUZZ_CHECK(index < d->be->nqueues && !d->queues[index].port && remote);
	if (remote % 16 == 15)
		return -EINVAL;
	d->queues[index].port = remote;
	return 0;
}

static void unbind_port(struct device *d, unsigned int index)
{
	FUZZ_CHECK(index < d->be->nqueues && d->queues[index].port);
	d->queues[index].port = 0;
}

static const struct port_ops fake_ports = { .bind = bind_port, .unbind = unbind_port };

/* No more of the config space than there is, and all that is said to follow */
static void check_config(const struct vmsg_header *said, const uint8_t *answer, uint32_t len)
{
	struct vmsg_config c;

	if ((said->type & VMSG_TYPE_BUS) ||
	    (said->msg_id != VMSG_GET_CONFIG && said->msg_id != VMSG_SET_CONFIG))
		return;
	FUZZ_CHECK(len >= sizeof(*said) + sizeof(c));
	memcpy(&c, answer + sizeof(*said), sizeof(c));
	FUZZ_CHECK(le32toh(c.length) == len - sizeof(*said) - sizeof(c));
	if (c.length)
		FUZZ_CHECK((uint64_t)le32toh(c.offset) + le32toh(c.length) <=
			   dev.be->config_size);
}

static void check_answer(const uint8_t *msg, const uint8_t *answer, int len)
{
	struct vmsg_header asked, said;

	if (!len)
		return;
	memcpy(&asked, msg, sizeof(asked));
	FUZZ_CHECK(len >= (int)sizeof(said) && len <= (int)dev.max_msg);
	memcpy(&said, answer, sizeof(said));
	FUZZ_CHECK(said.type & VMSG_TYPE_RESPONSE);
	FUZZ_CHECK((said.type & VMSG_TYPE_BUS) == (asked.type & VMSG_TYPE_BUS));
	FUZZ_CHECK(said.msg_id == asked.msg_id && said.token == asked.token);
	FUZZ_CHECK(le16toh(said.msg_size) == len && !VMSG_ID_IS_EVENT(said.msg_id));
	check_config(&said, answer, len);
}

static void one_message(struct fuzz_in *in)
{
	uint8_t *msg = malloc(VMSG_XEN_SLOT_SIZE), *answer = malloc(VMSG_XEN_SLOT_SIZE);

	FUZZ_CHECK(msg && answer);
	in_message(in, &dev, msg);
	check_answer(msg, answer, vmsg_handle(&dev, msg, answer));
	free(msg);
	free(answer);
}

static void bring_up(struct fuzz_in *in)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE], answer[VMSG_XEN_SLOT_SIZE];
	unsigned int i;

	for (i = 0; i < UP_MESSAGES; i++) {
		in_up_message(in, &dev, i, msg);
		check_answer(msg, answer, vmsg_handle(&dev, msg, answer));
	}
}

/* What has to be right between any two messages */
static void check_device(void)
{
	unsigned int i, windows = 0;
	uint32_t frames = 0;

	for (i = 0; i < MAX_WINDOWS; i++) {
		windows += dev.windows.w[i].used;
		frames += dev.windows.w[i].used ? dev.windows.w[i].frames : 0;
	}
	FUZZ_CHECK(windows <= MAX_WINDOWS - dev.be->own_windows);
	FUZZ_CHECK(frames <= MAX_WINDOW_FRAMES);
	FUZZ_CHECK(!(dev.status & VIRTIO_CONFIG_S_DRIVER_OK) ||
		   (dev.status & VIRTIO_CONFIG_S_FEATURES_OK));
	FUZZ_CHECK(!(dev.bus_agreed & ~dev.bus_features));
	FUZZ_CHECK(dev.max_msg >= VMSG_MIN_MAX_SIZE && dev.max_msg <= VMSG_XEN_MAX_MSG_SIZE);
	for (i = 0; i < dev.be->nqueues; i++) {
		FUZZ_CHECK(dev.queues[i].running == fake.running[i]);
		FUZZ_CHECK(!dev.queues[i].running || dev.queues[i].areas.size);
	}
}

/* As link.c does it, with a page that the input writes to at any time. */
static void bus_turn(struct fuzz_in *in)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE], answer[VMSG_XEN_SLOT_SIZE];
	int n, room, len, taken = 0;

	in_message(in, &dev, page->driver_ring[bus.cons % VMSG_XEN_SLOTS]);
	page->driver_prod = htole32(bus.cons + in_word(in) % (VMSG_XEN_SLOTS + 2));
	page->device_cons = htole32(bus.prod - in_word(in) % (VMSG_XEN_SLOTS + 2));
	for (n = bus_pending(&bus); n > 0; n--, taken++) {
		room = bus_room(&bus);
		FUZZ_CHECK(room <= VMSG_XEN_SLOTS);
		if (room <= 0)
			break;
		bus_take(&bus, msg);
		len = vmsg_handle(&dev, msg, answer);
		check_answer(msg, answer, len);
		if (len)
			FUZZ_CHECK(!bus_put(&bus, answer, len));
	}
	FUZZ_CHECK(taken <= VMSG_XEN_SLOTS);
	bus_release(&bus);
	/* Our index is the guest's to spoil until we write it again. */
	if (taken)
		FUZZ_CHECK(le32toh(page->driver_cons) == bus.cons);
}

static void scribble(struct fuzz_in *in)
{
	uint16_t at = in_u16(in) % sizeof(*page);
	uint8_t n = in_u8(in);

	in_bytes(in, (uint8_t *)page + at, n < sizeof(*page) - at ? n : sizeof(*page) - at);
}

static void attach(void)
{
	page->magic = htole32(VMSG_XEN_MAGIC);
	page->version = htole16(VMSG_XEN_VERSION);
	page->slot_size = htole16(VMSG_XEN_SLOT_SIZE);
	page->slots = htole16(VMSG_XEN_SLOTS);
	FUZZ_CHECK(!bus_attach(&bus, page));
}

static void step(struct fuzz_in *in)
{
	switch (in_u8(in) % 16) {
	case 0:
		fake.fail = true;
		break;
	case 1:
		device_config_changed(&dev);
		break;
	case 2:
		device_broken(&dev);
		break;
	case 3:
		dev.queues[in_u8(in) % dev.be->nqueues].used_pending = true;
		device_flush_events(&dev, &bus);
		break;
	case 4:
		scribble(in);
		break;
	case 5:
	case 6:
		bus_turn(in);
		break;
	case 8:
		bring_up(in);
		break;
	case 7:
		/* Any header but the right one is refused. */
		if (bus_attach(&bus, page))
			attach();
		break;
	default:
		one_message(in);
	}
	check_device();
}

void fuzz_one(struct fuzz_in *in)
{
	struct backend *be = fake_open(in, NULL);
	unsigned int i;

	page = calloc(1, sizeof(*page));
	FUZZ_CHECK(page && sizeof(*page) == VMSG_XEN_FRAME_SIZE);
	be->own_windows = in_u8(in) % 2;
	FUZZ_CHECK(!device_init(&dev, be, &fake_ports, in_u8(in) % 4));
	attach();
	for (i = 0; i < MAX_STEPS && in->left; i++)
		step(in);
	fake_close();
	device_fini(&dev);
	free(page);
}
