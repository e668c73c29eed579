// SPDX-License-Identifier: GPL-2.0-only
/*
 * hostile-backend.c - a backend that behaves well for a while, then does not
 *
 * Theory of operation
 * -------------------
 * Serves one device of type "external" (see virtio-xen(8)): a fake disk or
 * network interface that never does any I/O. It answers the first N messages as it should, and
 * from then on misbehaves in one way:
 *
 *   silent   answers nothing more
 *   garbage  answers with random bytes, in messages of the right and the wrong
 *            shape, and sends random events
 *   wrong    answers in the right shape and with the right token, but with
 *            random payloads
 *   index    makes the ring index impossible
 *   storm    sends its event channel without end, and answers nothing
 *   exit     exits without a word, as a crashed process does
 *   closed   sets its state to Closed and exits
 *   vanish   removes its xenstore directory and exits
 *   keep     does all it should, but keeps the bus page and the windows mapped
 *            for SECONDS after it has said that it let go of them
 *
 * With a disk, N must be less than it takes to bring it up: Linux reads the
 * partition table then, and waits for that without a limit.
 *
 * It is a test's: what it protects is the guest, which must say one clear
 * thing, stay up, and get every page back.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "virtio_msg_xen.h"

#define SECTORS		2048
#define QUEUE_SIZE	64

enum mode { SILENT, GARBAGE, WRONG, INDEX, STORM, EXIT, CLOSED, VANISH,
	    KEEP };

static const char *const modes[] = {
	"silent", "garbage", "wrong", "index", "storm", "exit", "closed",
	"vanish", "keep", NULL
};

struct backend {
	struct xs_handle *xs;
	xenevtchn_handle *xce;
	xengnttab_handle *xgt;
	char dir[128];
	char frontend[128];
	unsigned int domid;
	evtchn_port_t port;
	struct vmsg_xen_bus_page *page;
	uint32_t prod;
	uint32_t cons;
	enum mode mode;
	uint32_t device_id;	/* 1 network, 2 disk */
	unsigned int good;	/* messages still to be answered well */
	uint32_t status;
	struct vmsg_set_vqueue vq[2];
};

static void die(const char *what)
{
	fprintf(stderr, "hostile-backend: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int read_int(struct backend *b, const char *dir, const char *node)
{
	char path[192];
	unsigned int len;
	char *val;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	val = xs_read(b->xs, XBT_NULL, path, &len);
	ret = val ? atoi(val) : -1;
	free(val);
	return ret;
}

static void write_int(struct backend *b, const char *node, int value)
{
	char path[192], text[16];

	snprintf(path, sizeof(path), "%s/%s", b->dir, node);
	snprintf(text, sizeof(text), "%d", value);
	if (!xs_write(b->xs, XBT_NULL, path, text, strlen(text)))
		die(path);
}

static void await_state(struct backend *b, int state)
{
	int i;

	for (i = 0; i < 1500; i++) {
		if (read_int(b, b->frontend, "state") == state)
			return;
		usleep(20000);
	}
	fprintf(stderr, "hostile-backend: frontend never got to state %d\n",
		state);
	exit(1);
}

static void send(struct backend *b, const void *msg)
{
	memcpy(b->page->device_ring[b->prod % VMSG_XEN_SLOTS], msg,
	       VMSG_XEN_SLOT_SIZE);
	b->prod++;
	__atomic_store_n(&b->page->device_prod, htole32(b->prod),
			 __ATOMIC_RELEASE);
	xenevtchn_notify(b->xce, b->port);
}

static void randomise(void *p, size_t n)
{
	uint8_t *c = p;

	while (n--)
		*c++ = rand();
}

/* Mapped until this process ends. */
static void map_window(struct backend *b, const struct vmsg_xen_add_window *add)
{
	uint32_t i, n = le32toh(add->frames), *refs = calloc(n, sizeof(*refs));

	for (i = 0; i < n; i++)
		refs[i] = le32toh(add->first_ref) + i;
	if (!xengnttab_map_domain_grant_refs(b->xgt, n, b->domid, refs, 3))
		die("mapping a window");
	free(refs);
	printf("hostile-backend: %u frames mapped\n", n);
}

static uint16_t answer_bus(struct backend *b, const struct vmsg_header *req,
			   void *out)
{
	struct vmsg_xen_hello *hello = out;
	struct vmsg_xen_status *st = out;

	if (req->msg_id == VMSG_XEN_HELLO) {
		hello->version = htole32(VMSG_XEN_VERSION);
		hello->features = htole32(0);
		hello->max_msg_size = htole32(VMSG_XEN_MAX_MSG_SIZE);
		hello->max_windows = htole32(1);
		return sizeof(*hello);
	}
	if (req->msg_id == VMSG_XEN_ADD_WINDOW && b->mode == KEEP)
		map_window(b, (const void *)(req + 1));
	st->status = 0;
	return sizeof(*st);
}

static uint16_t answer_config(const struct vmsg_get_config *req, void *out)
{
	struct vmsg_config *cfg = out;
	uint64_t capacity = htole64(SECTORS);
	uint32_t off = le32toh(req->offset), len = le32toh(req->length);
	uint8_t space[128] = { 0 };

	memcpy(space, &capacity, sizeof(capacity));
	memset(cfg, 0, sizeof(*cfg));
	cfg->offset = req->offset;
	cfg->length = req->length;
	if (off < sizeof(space) && len <= sizeof(space) - off)
		memcpy(cfg + 1, space + off, len);
	return sizeof(*cfg) + len;
}

static uint16_t answer_vqueue(struct backend *b, uint32_t index, void *out)
{
	struct vmsg_get_vqueue_resp *vq = out;
	const struct vmsg_set_vqueue *set = &b->vq[le32toh(index) % 2];

	memset(vq, 0, sizeof(*vq));
	vq->index = index;
	vq->max_size = htole32(QUEUE_SIZE);
	vq->cur_size = set->size;
	vq->desc_addr = set->desc_addr;
	vq->driver_addr = set->driver_addr;
	vq->device_addr = set->device_addr;
	return sizeof(*vq);
}

static uint16_t answer_device(struct backend *b, const struct vmsg_header *req,
			      void *out)
{
	struct vmsg_device_info_resp *info = out;
	const struct vmsg_set_vqueue *set;
	struct vmsg_status *status = out;
	uint32_t *word = out;

	switch (req->msg_id) {
	case VMSG_GET_DEVICE_INFO:
		*info = (struct vmsg_device_info_resp) {
			.device_id = htole32(b->device_id),
			.num_feature_bits = htole32(64),
			.config_size = htole32(64),
			.max_virtqueues = htole32(3 - b->device_id),
		};
		return sizeof(*info);
	case VMSG_GET_DEVICE_FEATURES:
		word[0] = 0;
		word[1] = htole32(2);
		word[2] = 0;
		word[3] = htole32(3);	/* VERSION_1, ACCESS_PLATFORM */
		return 16;
	case VMSG_GET_CONFIG:
		return answer_config((const void *)(req + 1), out);
	case VMSG_SET_DEVICE_STATUS:
		b->status = *(const uint32_t *)(req + 1);
		if (!b->status)
			memset(b->vq, 0, sizeof(b->vq));
		status->status = b->status;
		return sizeof(*status);
	case VMSG_GET_DEVICE_STATUS:
		status->status = b->status;
		return sizeof(*status);
	case VMSG_GET_VQUEUE:
		return answer_vqueue(b, *(const uint32_t *)(req + 1), out);
	case VMSG_SET_VQUEUE:
		set = (const void *)(req + 1);
		b->vq[le32toh(set->index) % 2] = *set;
		return 0;
	default:
		return 0;
	}
}

/* Answer as a device does; the size of the answer. */
static void answer(struct backend *b, const struct vmsg_header *req, void *out)
{
	struct vmsg_header *resp = out;
	uint16_t len;

	*resp = *req;
	resp->type |= VMSG_TYPE_RESPONSE;
	if (req->type & VMSG_TYPE_BUS)
		len = answer_bus(b, req, resp + 1);
	else
		len = answer_device(b, req, resp + 1);
	resp->msg_size = htole16(sizeof(*resp) + len);
}

static void send_garbage(struct backend *b, const struct vmsg_header *req)
{
	uint8_t buf[VMSG_XEN_SLOT_SIZE];
	struct vmsg_header *msg = (void *)buf;
	int i;

	for (i = 0; i < 8; i++) {
		randomise(buf, sizeof(buf));
		if (i % 4 == 1) {	/* an event of a device */
			msg->type = 0;
			msg->msg_id = 0x40 + rand() % 4;
			msg->dev_num = 0;
			msg->msg_size = htole16(8 + rand() % 24);
		} else if (i % 4 == 2) {	/* an answer of a wrong size */
			*msg = *req;
			msg->type |= VMSG_TYPE_RESPONSE;
			msg->msg_size = htole16(rand() % 300);
		} else if (i % 4 == 3) {	/* an answer to something else */
			*msg = *req;
			msg->type |= VMSG_TYPE_RESPONSE;
			msg->token ^= htole16(1 + rand() % 0xffff);
		}
		send(b, buf);
	}
}

static void misbehave(struct backend *b, const struct vmsg_header *req)
{
	uint8_t buf[VMSG_XEN_SLOT_SIZE] = { 0 };
	struct vmsg_header *resp = (void *)buf;

	switch (b->mode) {
	case SILENT:
		break;
	case GARBAGE:
		send_garbage(b, req);
		break;
	case WRONG:
		answer(b, req, buf);
		randomise(resp + 1, le16toh(resp->msg_size) - sizeof(*resp));
		send(b, buf);
		break;
	case INDEX:
		__atomic_store_n(&b->page->device_prod,
				 htole32(b->prod + 17 + rand() % 1000),
				 __ATOMIC_RELEASE);
		xenevtchn_notify(b->xce, b->port);
		break;
	case STORM:
		for (int i = 0; i < 20000; i++)
			xenevtchn_notify(b->xce, b->port);
		break;
	case EXIT:
		exit(0);
	case CLOSED:
		write_int(b, "state", 6);
		exit(0);
	case VANISH:
		if (!xs_rm(b->xs, XBT_NULL, b->dir))
			die("xs_rm");
		exit(0);
	case KEEP:
		break;
	}
}

static void serve(struct backend *b)
{
	uint8_t in[VMSG_XEN_SLOT_SIZE], out[VMSG_XEN_SLOT_SIZE];
	struct vmsg_header *req = (void *)in;

	while (le32toh(__atomic_load_n(&b->page->driver_prod,
				       __ATOMIC_ACQUIRE)) != b->cons) {
		memcpy(in, b->page->driver_ring[b->cons % VMSG_XEN_SLOTS],
		       sizeof(in));
		b->cons++;
		__atomic_store_n(&b->page->driver_cons, htole32(b->cons),
				 __ATOMIC_RELEASE);
		if (VMSG_ID_IS_EVENT(req->msg_id))
			continue;
		if (b->good || b->mode == KEEP) {
			b->good -= !!b->good;
			memset(out, 0, sizeof(out));
			answer(b, req, out);
			send(b, out);
		} else {
			misbehave(b, req);
		}
	}
}

static void connect_frontend(struct backend *b)
{
	int ref, port, local;

	write_int(b, "min-version", 1);
	write_int(b, "max-version", 1);
	write_int(b, "state", 2);
	await_state(b, 3);

	ref = read_int(b, b->frontend, VMSG_XEN_NODE_BUS_REF);
	port = read_int(b, b->frontend, VMSG_XEN_NODE_EVTCHN);
	b->page = xengnttab_map_grant_ref(b->xgt, b->domid, ref, 3);
	if (!b->page)
		die("mapping the bus page");
	local = xenevtchn_bind_interdomain(b->xce, b->domid, port);
	if (local < 0)
		die("binding the event channel");
	b->port = local;
	write_int(b, "state", 4);
}

/* Says that all is unmapped, and lies. */
static int keep(struct backend *b, int seconds)
{
	write_int(b, "state", 6);
	sleep(seconds);
	return 0;
}

static int run(struct backend *b, int seconds)
{
	struct pollfd pfd = { .fd = xenevtchn_fd(b->xce), .events = POLLIN };
	time_t end = time(NULL) + (b->mode == KEEP ? 120 : seconds);
	int port, state;

	while (time(NULL) < end) {
		if (poll(&pfd, 1, 100) > 0) {
			port = xenevtchn_pending(b->xce);
			if (port >= 0)
				xenevtchn_unmask(b->xce, port);
		}
		serve(b);
		state = read_int(b, b->frontend, "state");
		if (state == 5 || state == 6 || state < 0)
			break;
	}

	if (b->mode == KEEP)
		return keep(b, seconds);
	/* A good loser: what it has mapped, it lets go of. */
	xengnttab_unmap(b->xgt, b->page, 1);
	if (read_int(b, b->dir, "state") >= 0)
		write_int(b, "state", 6);
	return 0;
}

int main(int argc, char **argv)
{
	struct backend b = { .status = 0 };
	int i, id;

	if (argc != 7) {
		fprintf(stderr,
			"usage: hostile-backend DOMID ID blk|net MODE GOOD SECONDS\n");
		return 2;
	}
	b.device_id = strcmp(argv[3], "net") ? 2 : 1;
	b.domid = atoi(argv[1]);
	id = atoi(argv[2]);
	for (i = 0; modes[i] && strcmp(modes[i], argv[4]); i++)
		;
	if (!modes[i]) {
		fprintf(stderr, "hostile-backend: no mode %s\n", argv[4]);
		return 2;
	}
	b.mode = i;
	b.good = atoi(argv[5]);
	srand(b.good * 8 + i);

	b.xs = xs_open(0);
	b.xce = xenevtchn_open(NULL, 0);
	b.xgt = xengnttab_open(NULL, 0);
	if (!b.xs || !b.xce || !b.xgt)
		die("opening Xen's devices");

	snprintf(b.dir, sizeof(b.dir), "backend/" VMSG_XEN_TYPE "/%u/%d",
		 b.domid, id);
	snprintf(b.frontend, sizeof(b.frontend),
		 "/local/domain/%u/device/" VMSG_XEN_TYPE "/%d", b.domid, id);

	connect_frontend(&b);
	return run(&b, atoi(argv[6]));
}
