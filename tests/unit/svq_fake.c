// SPDX-License-Identifier: GPL-2.0-only
/* svq_fake.c - a guest, a hypervisor and a backend for the tests of svq*.c */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "svq.h"
#include "svq_fake.h"
#include "util.h"

struct fake_guest g;
struct fake_backend b;

/* The bridge */

static int fake_region_fd(struct backend_host *host, const struct window *w)
{
	char path[32];

	(void)host;
	CHECK_EQ(w->first_ref, WINDOW_REF);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", g.memfd);
	return open(path, O_RDWR | O_CLOEXEC);
}

static void fake_config_changed(struct backend_host *host)
{
	(void)host;
}

static void fake_broken(struct backend_host *host, const char *why)
{
	(void)host;
	(void)why;
	g.broken++;
}

static void fake_used(struct backend_host *host, unsigned int index)
{
	(void)host;
	CHECK_EQ(index, 0);
	g.interrupts++;
}

static void fake_invalid(struct backend_host *host, const char *what)
{
	(void)host;
	(void)what;
	g.invalid++;
}

/* The hypervisor: refuses what Xen refuses. */
static int fake_grant_copy(struct backend_host *host, const struct grant_seg *segs,
			   unsigned int n)
{
	unsigned int i;

	(void)host;
	g.copy_calls++;
	for (i = 0; i < n; i++) {
		const struct grant_seg *s = &segs[i];
		uint32_t frame = s->ref - GRANT_REF;
		uint8_t *p;

		REQUIRE(s->len && s->offset + s->len <= FRAME);
		if (frame >= GRANT_FRAMES || g.right[frame] == NO_GRANT ||
		    (s->to_guest && g.right[frame] != READ_WRITE))
			return -EFAULT;
		p = g.grants + (size_t)frame * FRAME + s->offset;
		memcpy(s->to_guest ? p : s->local, s->to_guest ? s->local : p, s->len);
		g.copies++;
	}
	return 0;
}

/* The backend, as the bridge sees it */

static int set_features(struct backend *be, uint64_t features)
{
	(void)be;
	b.features = features;
	return 0;
}

static int add_window(struct backend *be, const struct window *w)
{
	int fd = be->host->region_fd(be->host, w);

	REQUIRE(fd >= 0 && b.nwindows < MAX_WINDOWS);
	b.windows[b.nwindows] = *w;
	b.mem[b.nwindows] = mmap(NULL, window_size(w), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(b.mem[b.nwindows] != MAP_FAILED);
	close(fd);
	b.nwindows++;
	return 0;
}

static int remove_window(struct backend *be, const struct window *w)
{
	unsigned int i;

	(void)be;
	for (i = 0; i < b.nwindows; i++)
		if (b.windows[i].id == w->id)
			break;
	REQUIRE(i < b.nwindows);
	munmap(b.mem[i], window_size(w));
	b.nwindows--;
	b.windows[i] = b.windows[b.nwindows];
	b.mem[i] = b.mem[b.nwindows];
	return 0;
}

static int start_queue(struct backend *be, unsigned int index, const struct vring_areas *a,
		       int kick, int call)
{
	(void)be;
	CHECK_EQ(index, 0);
	b.running = true;
	b.areas = *a;
	b.kick = kick;
	b.call = call;
	b.last_avail = b.used_idx = b.signalled = 0;
	return 0;
}

static int stop_queue(struct backend *be, unsigned int index)
{
	(void)be;
	(void)index;
	b.running = false;
	return 0;
}

static int stop_all(struct backend *be)
{
	return stop_queue(be, 0);
}

static void close_backend(struct backend *be)
{
	while (b.nwindows)
		remove_window(be, &b.windows[0]);
}

static const struct backend_ops fake_ops = {
	.name = "fake",
	.set_features = set_features,
	.add_window = add_window,
	.remove_window = remove_window,
	.start_queue = start_queue,
	.stop_queue = stop_queue,
	.stop_all = stop_all,
	.close = close_backend,
};

/**
 * fake_up() - Make a device with a window, features agreed on
 * @features: virtio features beside VERSION_1
 * @size: of the queue
 */
void fake_up(uint64_t features, unsigned int size)
{
	struct backend_host *host;

	memset(&g, 0, sizeof(g));
	memset(&b, 0, sizeof(b));
	REQUIRE(!loop_open(&g.loop));
	g.host = (struct backend_host){
		.loop = &g.loop, .name = "0.0", .region_fd = fake_region_fd,
		.config_changed = fake_config_changed, .broken = fake_broken,
		.grant_copy = fake_grant_copy, .used = fake_used, .invalid = fake_invalid,
	};
	g.memfd = memfd_create("window", MFD_CLOEXEC);
	REQUIRE(!ftruncate(g.memfd, WINDOW_FRAMES * FRAME));
	g.window = mmap(NULL, WINDOW_FRAMES * FRAME, PROT_READ | PROT_WRITE, MAP_SHARED,
			g.memfd, 0);
	REQUIRE(g.window != MAP_FAILED);
	/* On the heap, where a sanitizer sees what is beside it. */
	g.grants = calloc(GRANT_FRAMES, FRAME);
	REQUIRE(g.grants);
	g.w = (struct window){ .used = true, .first_ref = WINDOW_REF, .frames = WINDOW_FRAMES };
	g.size = size;
	g.event_idx = features & F_EVENT_IDX;
	g.desc = (void *)(g.window + AT_DESC * FRAME);
	g.avail = (void *)(g.window + AT_AVAIL * FRAME);
	g.used = (void *)(g.window + AT_USED * FRAME);

	host = svq_prepare(&g.host);
	REQUIRE(host);
	b.be = (struct backend){
		.ops = &fake_ops, .host = host, .nqueues = 1, .queue_size = FAKE_MAX_SIZE,
		.features = F_VERSION_1 | F_INDIRECT | F_EVENT_IDX | F_PACKED | F_IN_ORDER,
	};
	g.be = svq_wrap(host, &b.be);
	g.be->ops->set_single_grants(g.be, true);
	REQUIRE(!g.be->ops->add_window(g.be, &g.w));
	REQUIRE(!g.be->ops->set_features(g.be, F_VERSION_1 | features));
}

/**
 * fake_start() - Start the queue, from an empty ring
 *
 * Return: as of the backend's start_queue()
 */
int fake_start(void)
{
	struct vring_areas a = {
		.size = g.size, .desc = win(AT_DESC * FRAME), .driver = win(AT_AVAIL * FRAME),
		.device = win(AT_USED * FRAME),
	};
	int fd = eventfd(0, EFD_CLOEXEC), err;

	memset(g.window, 0, AT_FREE * FRAME);
	g.avail_idx = g.published = g.last_used = 0;
	err = g.be->ops->start_queue(g.be, 0, &a, fd, fd);
	close(fd);
	return err;
}

/**
 * fake_down() - Undo fake_up()
 */
void fake_down(void)
{
	g.be->ops->close(g.be);
	CHECK_EQ(b.nwindows, 0);
	loop_close(&g.loop);
	munmap(g.window, WINDOW_FRAMES * FRAME);
	free(g.grants);
	close(g.memfd);
}

/**
 * run_loop() - Handle all events that there are, a bounded number of them
 */
void run_loop(void)
{
	unsigned int i;

	for (i = 0; i < 64; i++)
		REQUIRE(!loop_run_once(&g.loop, 0));
}

/* The guest */

uint64_t win(uint32_t at)
{
	return window_base(&g.w) + at;
}

uint64_t grant(uint32_t at)
{
	return (VMSG_XEN_DMA_FLAG | (uint64_t)GRANT_REF << VMSG_XEN_FRAME_SHIFT) + at;
}

void put_desc(unsigned int i, uint64_t addr, uint32_t len, uint16_t flags, uint16_t next)
{
	g.desc[i] = (struct vring_desc){
		.addr = htole64(addr), .len = htole32(len), .flags = htole16(flags),
		.next = htole16(next),
	};
}

void make_avail(uint16_t head)
{
	g.avail->ring[g.avail_idx++ % g.size] = htole16(head);
}

static uint16_t *avail_event(struct vring_used *used, unsigned int size)
{
	void *p = &used->ring[size];

	return p;
}

static bool publish(void)
{
	uint16_t old = g.published, new = g.avail_idx;

	__atomic_store_n(&g.avail->idx, htole16(new), __ATOMIC_SEQ_CST);
	g.published = new;
	if (old == new)
		return false;
	if (!g.event_idx)
		return !(le16toh(g.used->flags) & VRING_USED_F_NO_NOTIFY);
	return vring_need_event(le16toh(*avail_event(g.used, g.size)), new, old);
}

void guest_kick(void)
{
	publish();
	g.be->ops->kick(g.be, 0);
}

bool guest_kick_if_wanted(void)
{
	bool wanted = publish();

	if (wanted)
		g.be->ops->kick(g.be, 0);
	return wanted;
}

int guest_take_used(uint16_t *head, uint32_t *len)
{
	struct vring_used_elem *e = &g.used->ring[g.last_used % g.size];

	if (le16toh(__atomic_load_n(&g.used->idx, __ATOMIC_ACQUIRE)) == g.last_used)
		return 0;
	*head = le32toh(e->id);
	*len = le32toh(e->len);
	g.last_used++;
	return 1;
}

void guest_quiet(void)
{
	if (!g.event_idx)
		g.avail->flags = htole16(VRING_AVAIL_F_NO_INTERRUPT);
}

/* Returns true if there is a used chain already. */
bool guest_listen(void)
{
	g.avail->flags = 0;
	g.avail->ring[g.size] = htole16(g.last_used);
	return le16toh(__atomic_load_n(&g.used->idx, __ATOMIC_SEQ_CST)) != g.last_used;
}

/* The backend */

void *backend_ptr(uint64_t addr, uint64_t len, bool *in_window)
{
	unsigned int i;

	for (i = 0; i < b.nwindows; i++) {
		uint64_t size = window_size(&b.windows[i]), off = addr - window_base(&b.windows[i]);

		if (addr < window_base(&b.windows[i]) || off >= size || len > size - off)
			continue;
		if (in_window)
			*in_window = !b.windows[i].own;
		return b.mem[i] + off;
	}
	return NULL;
}

static struct vring_avail *b_avail(void)
{
	return backend_ptr(b.areas.driver, 4, NULL);
}

static struct vring_used *b_used(void)
{
	return backend_ptr(b.areas.device, 4, NULL);
}

bool backend_kicked(void)
{
	uint64_t n;
	bool kicked = b.running && read(b.kick, &n, sizeof(n)) == sizeof(n);

	b.kicks += kicked;
	return kicked;
}

static void add_buffer(struct fake_chain *c, const struct vring_desc *d)
{
	uint32_t len = le32toh(d->len);
	void *p = backend_ptr(le64toh(d->addr), len, &c->in_window[c->n]);

	REQUIRE(p && c->n < FAKE_MAX_CHAIN);
	c->p[c->n] = p;
	c->len[c->n] = len;
	c->write[c->n] = le16toh(d->flags) & VRING_DESC_F_WRITE;
	c->n++;
}

/* Walks a table of @n descriptors. An honest ring is all that is to be seen. */
static void walk(struct fake_chain *c, const struct vring_desc *d, unsigned int n, unsigned int at)
{
	unsigned int steps = 0;

	for (;;) {
		const struct vring_desc *e = &d[at];
		uint16_t flags = le16toh(e->flags);

		REQUIRE(at < n && steps++ < n);
		if (flags & VRING_DESC_F_INDIRECT) {
			uint32_t len = le32toh(e->len);

			CHECK(b.features & F_INDIRECT);
			CHECK(!(flags & VRING_DESC_F_NEXT) && len % sizeof(*d) == 0);
			d = backend_ptr(le64toh(e->addr), len, NULL);
			REQUIRE(d);
			walk(c, d, len / sizeof(*d), 0);
			return;
		}
		add_buffer(c, e);
		if (!(flags & VRING_DESC_F_NEXT))
			return;
		at = le16toh(e->next);
	}
}

bool backend_pop(struct fake_chain *c)
{
	const struct vring_desc *d = backend_ptr(b.areas.desc, 16 * b.areas.size, NULL);
	struct vring_avail *avail = b_avail();
	uint16_t n = le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE)) - b.last_avail;

	if (!n)
		return false;
	REQUIRE(n <= b.areas.size);
	c->head = le16toh(avail->ring[b.last_avail++ % b.areas.size]);
	c->n = 0;
	walk(c, d, b.areas.size, c->head);
	return true;
}

void backend_quiet(void)
{
	if (!(b.features & F_EVENT_IDX))
		b_used()->flags = htole16(VRING_USED_F_NO_NOTIFY);
}

/* Returns true if there is an available chain already. */
bool backend_listen(void)
{
	b_used()->flags = 0;
	*avail_event(b_used(), b.areas.size) = htole16(b.last_avail);
	return le16toh(__atomic_load_n(&b_avail()->idx, __ATOMIC_SEQ_CST)) != b.last_avail;
}

void backend_use(uint32_t head, uint32_t len)
{
	struct vring_used_elem *e = &b_used()->ring[b.used_idx++ % b.areas.size];

	e->id = htole32(head);
	e->len = htole32(len);
}

void backend_call(void)
{
	uint64_t one = 1;

	__atomic_store_n(&b_used()->idx, htole16(b.used_idx), __ATOMIC_SEQ_CST);
	b.signalled = b.used_idx;
	REQUIRE(write(b.call, &one, sizeof(one)) == sizeof(one));
}

bool backend_call_if_wanted(void)
{
	uint16_t old = b.signalled, new = b.used_idx;
	struct vring_avail *avail = b_avail();
	bool wanted;

	__atomic_store_n(&b_used()->idx, htole16(new), __ATOMIC_SEQ_CST);
	if (b.features & F_EVENT_IDX)
		wanted = vring_need_event(le16toh(avail->ring[b.areas.size]), new, old);
	else
		wanted = !(le16toh(avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
	b.signalled = new;
	if (wanted && old != new)
		backend_call();
	return wanted && old != new;
}

/* For the cases */

struct fake_chain chain;

void up(uint64_t features, unsigned int size)
{
	fake_up(features, size);
	REQUIRE(!fake_start());
	run_loop();
}

void allow(unsigned int frame, unsigned int n, enum right right)
{
	while (n--)
		g.right[frame++] = right;
}

void use(uint32_t len)
{
	backend_use(chain.head, len);
	backend_call();
	run_loop();
}

bool used_is(uint16_t head, uint32_t len)
{
	uint16_t h;
	uint32_t l;

	return guest_take_used(&h, &l) && h == head && l == len;
}

void put_table(struct vring_desc *t, unsigned int i, uint64_t addr, uint32_t len,
	       uint16_t flags, uint16_t next)
{
	t[i] = (struct vring_desc){
		.addr = htole64(addr), .len = htole32(len), .flags = htole16(flags),
		.next = htole16(next),
	};
}

/* Its first entry is good. */
void table(uint32_t len, uint16_t flags)
{
	put_table((void *)(g.window + AT_DATA), 0, win(AT_DATA + FRAME), 8, 0, 0);
	put_desc(0, win(AT_DATA), len, INDIRECT | flags, 1);
	put_desc(1, win(AT_DATA), 8, 0, 0);
}

void good_chain(unsigned int at)
{
	put_desc(at, win(AT_DATA), 8, 0, 0);
	make_avail(at);
}
