// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_link.c - a whole worker: life.c, link.c, ports.c, store.c, worker.c and
 * all that a guest reaches through them
 *
 * An input is what happens in the world: nodes of xenstore change, messages
 * come through the bus page, ports fire, the backend works or breaks, time
 * passes. Xen and the backend are fakes.
 */
#include <endian.h>
#include <linux/virtio_ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_backend.h"
#include "fake_xen.h"
#include "fuzz.h"
#include "message.h"
#include "util.h"
#include "worker.h"

#define MAX_STEPS	120
#define FE		"/local/domain/7/device/virtio-msg/0"
#define MAX_NOTIFIED	200	/* events for one step */

static struct worker *w;
static struct fuzz_in *input;

int __wrap_vhost_user_open(struct backend **be, struct backend_host *host,
			   const struct dev_config *cfg, char *why, size_t len);
int __wrap_vhost_user_open(struct backend **be, struct backend_host *host,
			   const struct dev_config *cfg, char *why, size_t len)
{
	if (in_u8(input) == UINT8_MAX) {
		snprintf(why, len, "no daemon at %s", cfg->socket);
		return -1;
	}
	*be = fake_open(input, host);
	return 0;
}

static struct vmsg_xen_bus_page *page(void)
{
	return xen.bus_page;
}

/* A number, or text */
static void set_node(struct fuzz_in *in, const char *dir, const char *key)
{
	char number[16], *text;

	if (in_u8(in) % 8) {
		snprintf(number, sizeof(number), "%u", in_word(in));
		fake_xen_set(dir, key, number);
		return;
	}
	text = in_text(in, 80);
	fake_xen_set(dir, key, text);
	free(text);
}

static void set_state(struct fuzz_in *in, const char *dir)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", in_u8(in) % 8);
	fake_xen_set(dir, "state", number);
}

static void xenstore_step(struct fuzz_in *in)
{
	static const struct {
		const char *key;
		bool ours;
	} nodes[] = {
		{ "state", true }, { "online", true }, { "force", true }, { "error", true },
		{ "state", false }, { "bus-ref", false }, { "event-channel", false },
		{ "version", false }, { "frontend", true },
	};
	uint8_t how = in_u8(in);
	unsigned int i = how % ARRAY_SIZE(nodes);

	if (how >= 0xf8)
		fake_xen_remove(how % 2 ? w->dir : FE);
	else
		set_node(in, nodes[i].ours ? w->dir : FE, nodes[i].key);
}

static void send_messages(struct fuzz_in *in)
{
	unsigned int n = 1 + in_u8(in) % 3;
	uint32_t prod, port = w->ports.bus_port;

	if (!page())
		return;
	prod = le32toh(page()->driver_prod);
	while (n--)
		in_message(in, &w->dev, page()->driver_ring[prod++ % VMSG_XEN_SLOTS]);
	page()->driver_prod = htole32(prod);
	page()->device_cons = page()->device_prod;
	fake_xen_fire(&port, 1);
}

static void bring_up(struct fuzz_in *in)
{
	uint32_t prod, port = w->ports.bus_port;
	unsigned int i;

	if (!page())
		return;
	prod = le32toh(page()->driver_prod);
	for (i = 0; i < UP_MESSAGES; i++)
		in_up_message(in, &w->dev, i, page()->driver_ring[prod++ % VMSG_XEN_SLOTS]);
	page()->driver_prod = htole32(prod);
	page()->device_cons = page()->device_prod;
	fake_xen_fire(&port, 1);
}

/* Buffers in the ring that bring_up() has made, and word of them */
static void buffers(struct fuzz_in *in)
{
	struct vring_desc desc[2] = { 0 };
	uint16_t avail[4] = { 0, htole16(in_u8(in)), 0, htole16(1) };
	struct vmsg_event_avail e = { .vq_index = 0 };
	struct vmsg_header hdr = {
		.msg_id = VMSG_EVENT_AVAIL, .msg_size = htole16(sizeof(hdr) + sizeof(e)),
	};
	uint32_t prod, i, port = w->ports.bus_port;
	uint8_t *slot;

	if (!page())
		return;
	for (i = 0; i < 2; i++)
		desc[i] = (struct vring_desc){
			.addr = htole64(VMSG_XEN_DMA_FLAG |
					(uint64_t)in_word(in) << VMSG_XEN_FRAME_SHIFT),
			.len = htole32(in_word(in)), .flags = htole16(in_u8(in) % 8),
			.next = htole16(1 - i),
		};
	fake_xen_memory(0, desc, sizeof(desc));
	fake_xen_memory(0x1000, avail, sizeof(avail));
	prod = le32toh(page()->driver_prod);
	slot = page()->driver_ring[prod % VMSG_XEN_SLOTS];
	memcpy(slot, &hdr, sizeof(hdr));
	memcpy(slot + sizeof(hdr), &e, sizeof(e));
	page()->driver_prod = htole32(prod + 1);
	fake_xen_fire(&port, 1);
}

static void scribble(struct fuzz_in *in)
{
	uint16_t at = in_u16(in) % VMSG_XEN_FRAME_SIZE;
	uint8_t n = in_u8(in);
	uint32_t port = w->ports.bus_port;

	if (!page())
		return;
	in_bytes(in, (uint8_t *)page() + at,
		 n < VMSG_XEN_FRAME_SIZE - at ? n : VMSG_XEN_FRAME_SIZE - at);
	fake_xen_fire(&port, 1);
}

/* The indices that the guest writes */
static void indices(struct fuzz_in *in)
{
	uint32_t port = w->ports.bus_port;

	if (!page())
		return;
	if (in_u8(in) % 2)
		page()->driver_prod = htole32(w->bus.cons + in_word(in));
	else
		page()->device_cons = htole32(w->bus.prod - in_word(in));
	fake_xen_fire(&port, 1);
}

static void fire(struct fuzz_in *in)
{
	uint32_t ports[70];
	unsigned int i, n = in_u8(in) % ARRAY_SIZE(ports);

	for (i = 0; i < n; i++)
		ports[i] = in_word(in);
	fake_xen_fire(ports, n);
}

static void backend_step(struct fuzz_in *in)
{
	uint64_t one = 1;
	uint8_t how = in_u8(in), index = in_u8(in);
	ssize_t n;

	if (!fake.open)
		return;
	switch (how % 4) {
	case 0:
		fake.fail = true;
		break;
	case 1:
		fake.be->host->broken(fake.be->host, "it has died");
		break;
	case 2:
		fake.be->host->config_changed(fake.be->host);
		break;
	default:
		index %= fake.be->nqueues;
		if (!fake.running[index])
			break;
		n = write(fake.call[index], &one, sizeof(one));
		FUZZ_CHECK(n == sizeof(one));
	}
}

static void step(struct fuzz_in *in)
{
	switch (in_u8(in) % 16) {
	case 0:
		xenstore_step(in);
		break;
	case 1:
		set_state(in, FE);
		break;
	case 2:
		set_state(in, w->dir);
		break;
	case 3:
		scribble(in);
		break;
	case 4:
		fire(in);
		break;
	case 5:
	case 6:
		backend_step(in);
		break;
	case 7:
		fuzz_clock += in_u8(in) * 1000;
		break;
	case 12:
	case 13:
		buffers(in);
		break;
	case 10:
		indices(in);
		break;
	case 9:
		bring_up(in);
		break;
	case 8:
		xen.dead = in_u8(in) % 2;
		xen.conflicts = in_u8(in) % 16;
		xen.no_grants = in_u8(in) % 4 == 3;
		break;
	default:
		send_messages(in);
	}
}

/* Once round the loop of worker.c, but that a change of xenstore is seen at once. */
static void turn(void)
{
	uint32_t cons;
	int i;

	for (i = 0; i < 3 && !w->done; i++) {
		cons = w->bus.cons;
		FUZZ_CHECK(!loop_run_once(&w->loop, 0));
		FUZZ_CHECK(w->bus.cons - cons <= VMSG_XEN_SLOTS);
		FUZZ_CHECK(life_timeout_ms(w) >= -1 && life_timeout_ms(w) <= 30000);
		life_step(w);
		if (w->be && (w->flush || w->dev.config_pending)) {
			w->flush = false;
			link_flush(w);
		}
	}
}

static void check_worker(unsigned int notified)
{
	FUZZ_CHECK(xen.notified - notified <= MAX_NOTIFIED);
	FUZZ_CHECK(w->be || (!xen.bus_page && xen.evtchn < 0 && !fake.open));
	FUZZ_CHECK(w->phase != PHASE_CLOSED || !w->be);
	FUZZ_CHECK(w->phase != PHASE_CONNECTED || w->done || w->page);
}

/* We write to our own directory; when we say Closed, nothing is held any more. */
static void written(const char *path, const char *value)
{
	size_t len = strlen(w->dir);

	FUZZ_CHECK(!strncmp(path, w->dir, len) && path[len] == '/');
	if (strcmp(path + len, "/state"))
		return;
	FUZZ_CHECK(strlen(value) == 1 && value[0] >= '1' && value[0] <= '6');
	FUZZ_CHECK(value[0] != '4' || (w->be && w->page));
	FUZZ_CHECK(value[0] != '6' || (!fake.open && !xen.bus_page && xen.evtchn < 0));
}

static void begin(struct fuzz_in *in)
{
	uint8_t how = in_u8(in);
	char device[8];

	w = calloc(1, sizeof(*w));
	FUZZ_CHECK(w);
	w->domid = 7;
	w->queue_ports = true;
	w->sig_io.fd = w->xs_io.fd = w->ports.io.fd = w->loop.epfd = w->copy_fd = -1;
	w->xs = xs_open(0);
	snprintf(w->name, sizeof(w->name), "7.0");
	snprintf(w->dir, sizeof(w->dir), "backend/" VMSG_XEN_TYPE "/7/0");
	snprintf(w->fe_dir, sizeof(w->fe_dir), FE);
	FUZZ_CHECK(!loop_open(&w->loop));

	snprintf(device, sizeof(device), "%d", how % 32 + 1);
	fake_xen_set(w->dir, "config/type", "vhost-user");
	fake_xen_set(w->dir, "config/socket", "/s");
	fake_xen_set(w->dir, "config/device", device);
	fake_xen_set(w->dir, "config/single-grants", how & 64 ? "1" : "0");
	fake_xen_set(w->dir, "config/queue-ports", how & 128 ? "0" : "1");
	fake_xen_set(w->dir, "state", how & 32 ? "4" : "1");
	fake_xen_set(FE, "state", "1");
	fake_xen_set(FE, "version", "1");
	fake_xen_set(FE, "bus-ref", "8");
	fake_xen_set(FE, "event-channel", "3");
	life_begin(w);
}

/* What a frontend does as far as Connected, unless the input begins otherwise */
static void frontend_comes(struct fuzz_in *in)
{
	uint8_t how = in_u8(in);

	if (how >= 0xf8)
		in_bytes(in, &xen.header, sizeof(xen.header));
	else if (how >= 0xf0)
		return;
	fake_xen_set(FE, "state", "3");
	turn();
	fake_xen_set(FE, "state", "4");
}

void fuzz_one(struct fuzz_in *in)
{
	unsigned int i, notified;

	input = in;
	fake_xen_open(written);
	begin(in);
	frontend_comes(in);
	turn();
	for (i = 0; i < MAX_STEPS && in->left && !w->done; i++) {
		notified = xen.notified;
		step(in);
		turn();
		check_worker(notified);
	}
	worker_release(w);
	FUZZ_CHECK(!fake.open);
	close_fd(&w->copy_fd);
	loop_close(&w->loop);
	free(w);
	fake_xen_close();
}
