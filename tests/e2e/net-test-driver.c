// SPDX-License-Identifier: GPL-2.0-only
/*
 * net-test-driver.c - a small driver of virtio networks, for net-test
 *
 * As a real driver it sleeps until the device calls, and kicks only when the device
 * wants it: a notification that is lost on the way is a failure here.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net-test-driver.h"

#define MTU		65500

/* A frame: to everybody, of that protocol, and bytes by a seed. */
static void make_frame(uint8_t *p, uint32_t len, uint64_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		p[i] = (seed + i / 8) * 0xbf58476d1ce4e5b9ULL >> (i % 8 * 8);
	if (len < ETH_HLEN)
		return;
	memset(p, 0xff, ETH_ALEN);
	p[ETH_ALEN] = 2;
	p[12] = PROTOCOL >> 8;
	p[13] = PROTOCOL & 0xff;
}

static bool is_frame(const uint8_t *p, uint32_t len, uint64_t seed)
{
	static uint8_t frame[MTU + ETH_HLEN];

	make_frame(frame, len, seed);
	return !memcmp(p, frame, len);
}

int dev_ioctl(const struct dev *d, unsigned long request, const void *arg)
{
	return vhost_ioctl(d->fd, request, arg);
}

int dev_push_regions(const struct dev *d)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region regions[ARRAY_SIZE(d->regions)];
	} table = { .head.nregions = d->nr };

	memcpy(table.regions, d->regions, sizeof(table.regions));
	return dev_ioctl(d, VHOST_SET_MEM_TABLE, &table);
}

void dev_add_region(struct dev *d, uint64_t gpa, size_t size)
{
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	if (!d->nr)
		d->mem = p;
	d->regions[d->nr++] = (struct vhost_memory_region){
		.guest_phys_addr = gpa, .memory_size = size, .userspace_addr = (uintptr_t)p,
	};
	CHECK(dev_push_regions(d) == 0);
}

void dev_open_bare(struct dev *d, uint64_t features)
{
	*d = (struct dev){
		.fd = open(VHOST_XEN_NET_DEVICE, O_RDWR | O_CLOEXEC), .features = features,
		.socket = -1,
	};
	if (d->fd < 0) {
		perror(VHOST_XEN_NET_DEVICE);
		exit(1);
	}
	CHECK(dev_ioctl(d, VHOST_SET_OWNER, NULL) == 0);
	CHECK(dev_ioctl(d, VHOST_SET_FEATURES, &features) == 0);
}

static void set(const struct dev *d, unsigned long request, unsigned int index, unsigned int num)
{
	struct vhost_vring_state s = { .index = index, .num = num };

	CHECK(dev_ioctl(d, request, &s) == 0);
}

static void set_fd(const struct dev *d, unsigned long request, unsigned int index, int fd)
{
	struct vhost_vring_file f = { .index = index, .fd = fd };

	CHECK(dev_ioctl(d, request, &f) == 0);
}

/* Each queue has its share of the memory; the ring comes first. */
static void queue_start(struct dev *d, struct queue *q)
{
	size_t share = MEM / d->nqueues / PAGE * PAGE;
	uint8_t *ring = d->mem + q->index * share;
	struct vhost_vring_addr addr = { .index = q->index };

	memset(ring, 0, 4 * PAGE);
	vring_init(&q->vr, SIZE, ring, PAGE);
	q->data = ring + 4 * PAGE;
	q->room = share - 4 * PAGE;
	q->avail_idx = 0;
	q->used_idx = 0;
	addr.desc_user_addr = (uintptr_t)q->vr.desc;
	addr.avail_user_addr = (uintptr_t)q->vr.avail;
	addr.used_user_addr = (uintptr_t)q->vr.used;
	set(d, VHOST_SET_VRING_NUM, q->index, SIZE);
	set(d, VHOST_SET_VRING_BASE, q->index, 0);
	set(d, VHOST_SET_VRING_BUSYLOOP_TIMEOUT, q->index, 2000);
	CHECK(dev_ioctl(d, VHOST_SET_VRING_ADDR, &addr) == 0);
	set_fd(d, VHOST_SET_VRING_KICK, q->index, q->kick);
	set_fd(d, VHOST_SET_VRING_CALL, q->index, q->call);
	set_fd(d, VHOST_SET_VRING_ERR, q->index, q->err);
	set_fd(d, VHOST_XEN_NET_SET_BACKEND, q->index, 0);
}

void queue_stop(struct dev *d, struct queue *q)
{
	set_fd(d, VHOST_XEN_NET_SET_BACKEND, q->index, -1);
}

void queue_renew(struct dev *d, struct queue *q)
{
	queue_stop(d, q);
	take(q->err);
	queue_start(d, q);
}

static void bring_up(struct dev *d)
{
	struct vhost_xen_net_interface i = { .name = "vxtest%d", .pairs = d->pairs };
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(PROTOCOL) };
	struct ifreq ifr = { .ifr_mtu = MTU };
	int big = 4 << 20;

	CHECK(dev_ioctl(d, VHOST_XEN_NET_CREATE, &i) == 0);
	strcpy(d->name, i.name);
	strcpy(ifr.ifr_name, i.name);
	d->ifindex = if_nametoindex(i.name);
	d->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	CHECK(d->socket >= 0 && ioctl(d->socket, SIOCSIFMTU, &ifr) == 0);
	ifr.ifr_flags = IFF_UP;
	CHECK(ioctl(d->socket, SIOCSIFFLAGS, &ifr) == 0);
	at.sll_ifindex = d->ifindex;
	CHECK(bind(d->socket, (void *)&at, sizeof(at)) == 0);
	setsockopt(d->socket, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	setsockopt(d->socket, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof(big));
}

static bool has_carrier(const struct dev *d)
{
	struct ifreq ifr = { 0 };

	strcpy(ifr.ifr_name, d->name);
	return ioctl(d->socket, SIOCGIFFLAGS, &ifr) == 0 && ifr.ifr_flags & IFF_RUNNING;
}

static void dev_start(struct dev *d, uint64_t features, unsigned int pairs)
{
	unsigned int i, waited = 0;

	dev_open_bare(d, features);
	d->pairs = pairs;
	d->nqueues = 2 * pairs + !!(features & CTRL_VQ);
	dev_add_region(d, GPA, MEM);
	bring_up(d);
	CHECK(!has_carrier(d));
	for (i = 0; i < d->nqueues; i++) {
		struct queue *q = &d->q[i];

		q->index = i;
		q->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		q->call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		q->err = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		queue_start(d, q);
	}
	/* What the link's change sets going is the kernel's work, not done at once. */
	while (!has_carrier(d) && waited++ < 500)
		usleep(10000);
	CHECK(has_carrier(d));
}

void dev_open(struct dev *d, uint64_t features)
{
	dev_start(d, features, 1);
}

void dev_open_pairs(struct dev *d, uint64_t features)
{
	dev_start(d, features | CTRL_VQ | MQ, MAX_PAIRS);
}

/* The memory goes at once: whatever the device still does must not need it. */
void dev_close(struct dev *d)
{
	unsigned int i;

	close(d->fd);
	for (i = 0; i < d->nr; i++)
		munmap((void *)(uintptr_t)d->regions[i].userspace_addr,
		       d->regions[i].memory_size);
	for (i = 0; i < d->nqueues; i++) {
		close(d->q[i].kick);
		close(d->q[i].call);
		close(d->q[i].err);
	}
	close(d->socket);
	CHECK(!if_nametoindex(d->name));
}

static uint64_t address(const struct dev *d, const void *p)
{
	return GPA + ((const uint8_t *)p - d->mem);
}

static void describe(struct dev *d, struct queue *q, unsigned int i, const void *p, uint32_t len,
		     uint16_t flags, uint16_t next)
{
	q->vr.desc[i % SIZE] = (struct vring_desc){
		.addr = address(d, p), .len = len, .flags = flags, .next = next,
	};
}

/* The device wants to be kicked when the available index passes this one. */
static uint16_t *avail_event(const struct queue *q)
{
	void *end = &q->vr.used->ring[SIZE];

	return end;
}

/* Shows the device chains that begin with the next entries, and kicks if it wants to. */
static void show(struct dev *d, struct queue *q, unsigned int n)
{
	uint16_t old = q->avail_idx;

	q->avail_idx += n;
	__atomic_store_n(&q->vr.avail->idx, q->avail_idx, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (d->features & EVENT_IDX ?
	    vring_need_event(__atomic_load_n(avail_event(q), __ATOMIC_RELAXED), q->avail_idx, old) :
	    !(*(volatile uint16_t *)&q->vr.used->flags & VRING_USED_F_NO_NOTIFY))
		signal_it(q->kick);
}

static bool answered(const struct queue *q)
{
	return __atomic_load_n(&q->vr.used->idx, __ATOMIC_ACQUIRE) != q->used_idx;
}

/* Waits for an answer, as a driver does: asks to be called, looks, sleeps. */
static bool wait_answer(struct queue *q)
{
	for (;;) {
		__atomic_store_n(&vring_used_event(&q->vr), q->used_idx, __ATOMIC_SEQ_CST);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (answered(q))
			return true;
		if (!readable(q->call, WAIT_MS))
			return CHECK(answered(q));
		if (!CHECK(take(q->call)))
			return false;
	}
}

/* Transmits what lies in @q's data, in so many pieces. */
static bool transmit_data(struct dev *d, struct queue *q, uint32_t len, unsigned int pieces)
{
	uint16_t head = q->avail_idx % SIZE;
	struct vring_used_elem *e;
	uint32_t done = 0;
	unsigned int i;

	for (i = 0; i < pieces; i++) {
		uint32_t left = len - done;
		uint32_t n = i + 1 == pieces || left <= pieces ? left : 1 + rnd(left - pieces);
		bool last = done + n == len;

		describe(d, q, head + i, q->data + done, n, last ? 0 : VRING_DESC_F_NEXT,
			 (head + i + 1) % SIZE);
		done += n;
		if (last)
			break;
	}
	q->vr.avail->ring[q->avail_idx % SIZE] = head;
	show(d, q, 1);
	if (!wait_answer(q))
		return false;
	e = &q->vr.used->ring[q->used_idx++ % SIZE];
	return CHECK(e->id == head) && CHECK(e->len == 0);
}

bool transmit(struct dev *d, uint32_t len, uint64_t seed, unsigned int pieces)
{
	memset(d->q[TX].data, 0, HDR);
	make_frame(d->q[TX].data + HDR, len, seed);
	return transmit_data(d, &d->q[TX], HDR + len, pieces);
}

bool transmit_in(struct dev *d, unsigned int pair, uint32_t len, uint64_t seed)
{
	struct queue *q = &d->q[VHOST_XEN_NET_TX(pair)];

	memset(q->data, 0, HDR);
	make_frame(q->data + HDR, len, seed);
	return transmit_data(d, q, HDR + len, 1);
}

bool transmit_raw(struct dev *d, const struct virtio_net_hdr_mrg_rxbuf *hdr, uint32_t len)
{
	memset(d->q[TX].data, 0, HDR);
	if (hdr)
		memcpy(d->q[TX].data, hdr, HDR);
	if (len > HDR)
		make_frame(d->q[TX].data + HDR, len - HDR, 1);
	return transmit_data(d, &d->q[TX], len, 1);
}

/* Of whose answers nobody wants to hear. */
void transmit_nothing(struct dev *d, unsigned int packets)
{
	struct queue *q = &d->q[TX];
	unsigned int i;

	memset(q->data, 0, HDR);
	make_frame(q->data + HDR, 60, 1);
	for (i = 0; i < packets; i++) {
		uint16_t head = (q->avail_idx + i) % SIZE;

		describe(d, q, head, q->data, HDR + 60, 0, 0);
		q->vr.avail->ring[head] = head;
	}
	show(d, q, packets);
}

bool arrives(struct dev *d, uint32_t len, uint64_t seed)
{
	static uint8_t frame[MTU + 100];
	ssize_t n;

	if (!CHECK(readable(d->socket, WAIT_MS)))
		return false;
	n = recv(d->socket, frame, sizeof(frame), 0);
	return CHECK(n == (ssize_t)len) && CHECK(is_frame(frame, len, seed));
}

/* All of the receive queue's descriptors that the device does not have, as buffers. */
void offer(struct dev *d, uint32_t size)
{
	offer_in(d, 0, size);
}

void offer_in(struct dev *d, unsigned int pair, uint32_t size)
{
	struct queue *q = &d->q[VHOST_XEN_NET_RX(pair)];
	uint16_t most = q->room / size < SIZE ? q->room / size : SIZE;
	uint16_t n = most - (uint16_t)(q->avail_idx - q->used_idx);
	unsigned int i;

	if (q->avail_idx == q->used_idx)
		q->buffer = size;
	for (i = 0; i < n; i++) {
		uint16_t head = (q->avail_idx + i) % most;
		uint8_t *p = q->data + (size_t)head * q->buffer;

		memset(p, 0xa5, q->buffer);
		describe(d, q, head, p, q->buffer, VRING_DESC_F_WRITE, 0);
		q->vr.avail->ring[(q->avail_idx + i) % SIZE] = head;
	}
	if (n)
		show(d, q, n);
}

void send_packet(struct dev *d, uint32_t len, uint64_t seed)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = d->ifindex,
				  .sll_halen = ETH_ALEN };
	static uint8_t frame[MTU + ETH_HLEN];

	make_frame(frame, len, seed);
	CHECK(sendto(d->socket, frame, len, 0, (void *)&to, sizeof(to)) == (ssize_t)len);
}

/* The next packet in the receive queue's buffers is that one. */
bool delivered(struct dev *d, uint32_t len, uint64_t seed)
{
	return delivered_in(d, 0, len, seed);
}

bool delivered_in(struct dev *d, unsigned int pair, uint32_t len, uint64_t seed)
{
	static uint8_t got[MTU + 2 * PAGE];
	struct virtio_net_hdr_mrg_rxbuf hdr;
	struct queue *q = &d->q[VHOST_XEN_NET_RX(pair)];
	uint32_t n = 0;
	unsigned int i, chains = 1;

	for (i = 0; i < chains; i++) {
		const struct vring_used_elem *e;
		const uint8_t *p;

		if (!wait_answer(q))
			return false;
		e = &q->vr.used->ring[q->used_idx++ % SIZE];
		if (!CHECK(e->id < SIZE && e->len && e->len <= q->buffer) ||
		    !CHECK(n + e->len <= sizeof(got)))
			return false;
		p = q->data + (size_t)e->id * q->buffer;
		memcpy(got + n, p, e->len);
		n += e->len;
		CHECK(e->len == q->buffer || p[e->len] == 0xa5);
		if (!i) {
			memcpy(&hdr, got, HDR);
			chains = hdr.num_buffers;
			CHECK(chains > 0 && chains <= SIZE);
			CHECK(chains == 1 || d->features & MRG_RXBUF);
		}
		/* They are to be seen all at once. */
		CHECK((uint16_t)(q->vr.used->idx - q->used_idx) >= chains - i - 1);
	}
	return CHECK(n == HDR + len) && CHECK(!hdr.hdr.flags && !hdr.hdr.gso_type) &&
		CHECK(is_frame(got + HDR, len, seed));
}

/* The answer to a command, cut into so many pieces; -1 if there is none. */
int command(struct dev *d, const void *data, uint32_t len, unsigned int pieces)
{
	struct queue *q = &d->q[VHOST_XEN_NET_CTRL(d->pairs)];
	uint16_t head = q->avail_idx % SIZE;
	struct vring_used_elem *e;
	uint32_t done = 0, n;
	unsigned int i;
	uint8_t *ack = q->data + PAGE;

	memcpy(q->data, data, len);
	*ack = 0xff;
	for (i = 0; i < pieces; i++, done += n) {
		n = i + 1 == pieces ? len - done : 1;
		describe(d, q, head + i, q->data + done, n, VRING_DESC_F_NEXT,
			 (head + i + 1) % SIZE);
	}
	describe(d, q, head + pieces, ack, 1, VRING_DESC_F_WRITE, 0);
	q->vr.avail->ring[head] = head;
	show(d, q, 1);
	if (!wait_answer(q))
		return -1;
	e = &q->vr.used->ring[q->used_idx++ % SIZE];
	return CHECK(e->id == head) && CHECK(e->len == 1) ? *ack : -1;
}

/* Gives a command that makes no sense, of these descriptors; addresses are of data. */
void break_command(struct dev *d, const struct vring_desc *desc, unsigned int n)
{
	struct queue *q = &d->q[VHOST_XEN_NET_CTRL(d->pairs)];
	unsigned int i;

	for (i = 0; i < n; i++) {
		q->vr.desc[i] = desc[i];
		q->vr.desc[i].addr += address(d, q->data);
	}
	q->vr.avail->ring[q->avail_idx++ % SIZE] = 0;
	q->vr.avail->idx = q->avail_idx;
	signal_it(q->kick);
}

void break_ring(struct dev *d, struct queue *q, enum break_how how)
{
	uint16_t flags = q->index == RX ? VRING_DESC_F_WRITE : 0;
	unsigned int entries = 1;
	uint16_t head = 0;

	describe(d, q, 0, q->data, 4, flags, 0);
	describe(d, q, 1, q->data, 4, flags, 0);
	if (how == BREAK_HEAD)
		head = SIZE;
	else if (how == BREAK_INDEX)
		entries = SIZE + 1;
	else if (how == BREAK_OUTSIDE)
		describe(d, q, 0, d->mem + MEM - 3, 4, flags, 0);
	else if (how == BREAK_WRAPS)
		q->vr.desc[0].addr = -2ULL;
	else if (how == BREAK_EMPTY)
		q->vr.desc[0].len = 0;
	else if (how == BREAK_DIRECTION)
		q->vr.desc[0].flags ^= VRING_DESC_F_WRITE;
	else if (how == BREAK_INDIRECT)
		q->vr.desc[0].flags |= VRING_DESC_F_INDIRECT;
	else if (how == BREAK_NEXT)
		describe(d, q, 0, q->data, 4, flags | VRING_DESC_F_NEXT, SIZE);
	else if (how == BREAK_LOOP)
		describe(d, q, 0, q->data, 4, flags | VRING_DESC_F_NEXT, 0);
	q->vr.avail->ring[0] = head;
	q->vr.avail->idx = entries;
	signal_it(q->kick);
}

/* Writes whatever into both rings, for ever; what is valid often enough to get far. */
void spoil(struct dev *d)
{
	static const uint32_t lens[] = { 0, 1, 12, 60, 100, 4096, 70000, -1U };

	for (;;) {
		struct queue *q = &d->q[rnd(d->nqueues)];
		struct vring_desc *desc = &q->vr.desc[rnd(SIZE)];

		desc->addr = GPA + rnd(MEM) - (rnd(8) ? 0 : rnd(4096));
		desc->len = lens[rnd(ARRAY_SIZE(lens))];
		desc->flags = (q->index & 1 ? 0 : VRING_DESC_F_WRITE) ^
			(rnd(4) ? 0 : rnd(8));
		desc->next = rnd(rnd(16) ? SIZE : 65536);
		q->vr.avail->ring[rnd(SIZE)] = rnd(rnd(64) ? SIZE : 65536);
		q->vr.avail->flags = rnd(2);
		vring_used_event(&q->vr) = rnd(65536);
		q->data[rnd(4096)] = rnd(256);
		__atomic_store_n(&q->vr.avail->idx,
				 (uint16_t)(q->vr.used->idx + rnd(rnd(64) ? SIZE : 65536)),
				 __ATOMIC_RELEASE);
	}
}

unsigned long statistic(const struct dev *d, const char *name)
{
	unsigned long n = -1UL;
	char path[100];
	FILE *f;

	/* sysfs shows the interfaces of who has mounted it. */
	f = fopen("/proc/net/dev", "re");
	if (!f)
		return n;
	while (fgets(path, sizeof(path), f)) {
		unsigned long v[12];
		char *p = strstr(path, d->name);

		if (!p || sscanf(p + strlen(d->name) + 1,
				 "%lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu %lu", &v[0], &v[1],
				 &v[2], &v[3], &v[4], &v[5], &v[6], &v[7], &v[8], &v[9], &v[10],
				 &v[11]) != 12)
			continue;
		n = v[!strcmp(name, "rx_errors") ? 2 : 11];
	}
	fclose(f);
	return n;
}
