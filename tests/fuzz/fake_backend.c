// SPDX-License-Identifier: GPL-2.0-only
/* fake_backend.c - a fake backend that minds what it is asked for */
#include <errno.h>
#include <linux/virtio_config.h>
#include <stdlib.h>
#include <string.h>

#include "fake_backend.h"
#include "util.h"

#define VERSION_1	BIT_ULL(VIRTIO_F_VERSION_1)
/* Bits that concern the transport: none of a backend's business */
#define NOT_FOR_IT	(BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) | BIT_ULL(40) /* RING_RESET */)

struct fake_backend fake;

/* Fails if the input wants it; once. */
static int answer(void)
{
	bool fail = fake.fail;

	FUZZ_CHECK(fake.open);
	fake.fail = false;
	return fail ? -EIO : 0;
}

static const struct window *holder(uint64_t addr, uint64_t len)
{
	unsigned int i;

	for (i = 0; i < MAX_WINDOWS; i++) {
		const struct window *w = &fake.windows[i];

		if (w->used && addr >= window_base(w) &&
		    addr - window_base(w) < window_size(w) &&
		    len <= window_size(w) - (addr - window_base(w)))
			return w;
	}
	return NULL;
}

static int set_features(struct backend *be, uint64_t features)
{
	unsigned int i;

	FUZZ_CHECK(!(features & NOT_FOR_IT) && !(features & ~be->features));
	FUZZ_CHECK(features & VERSION_1);
	for (i = 0; i < MAX_QUEUES; i++)
		FUZZ_CHECK(!fake.running[i]);
	fake.features = features;
	fake.has_features = true;
	return answer();
}

static int set_config(struct backend *be, uint32_t offset, const void *data, uint32_t len)
{
	FUZZ_CHECK(offset <= be->config_size && len <= be->config_size - offset);
	memcpy(be->config + offset, data, len);
	/* A device may change more than what was written. */
	if (len % 2)
		be->config[0]++;
	return answer();
}

static int add_window(struct backend *be, const struct window *w)
{
	struct window *room = NULL;
	unsigned int i;
	int fd, err = answer();

	FUZZ_CHECK(w->frames && (w->own || w->frames <= MAX_WINDOW_FRAMES));
	for (i = 0; i < MAX_WINDOWS; i++) {
		struct window *o = &fake.windows[i];

		if (!o->used) {
			room = o;
			continue;
		}
		FUZZ_CHECK(o->id != w->id);
		FUZZ_CHECK(window_base(w) - window_base(o) >= window_size(o) &&
			   window_base(o) - window_base(w) >= window_size(w));
	}
	FUZZ_CHECK(room);
	if (err)
		return err;
	if (be->host && be->host->region_fd) {
		fd = be->host->region_fd(be->host, w);
		if (fd < 0)
			return fd;
		close(fd);
	}
	*room = *w;
	room->used = true;
	return 0;
}

static int remove_window(struct backend *be, const struct window *w)
{
	unsigned int i, k;
	int err = answer();

	for (i = 0; i < MAX_WINDOWS; i++)
		if (fake.windows[i].used && fake.windows[i].id == w->id)
			break;
	FUZZ_CHECK(i < MAX_WINDOWS && fake.windows[i].first_ref == w->first_ref);
	for (k = 0; k < be->nqueues; k++)
		if (fake.running[k])
			FUZZ_CHECK(holder(fake.areas[k].desc, 1) != &fake.windows[i] &&
				   holder(fake.areas[k].driver, 1) != &fake.windows[i] &&
				   holder(fake.areas[k].device, 1) != &fake.windows[i]);
	if (!err)
		fake.windows[i].used = false;
	return err;
}

static void check_areas(const struct vring_areas *a)
{
	uint64_t n = a->size;

	FUZZ_CHECK(n && n <= fake.be->queue_size);
	if (fake.features & BIT_ULL(VIRTIO_F_RING_PACKED)) {
		FUZZ_CHECK(holder(a->desc, 16 * n) && holder(a->driver, 4) &&
			   holder(a->device, 4));
		return;
	}
	FUZZ_CHECK(!(n & (n - 1)) && a->desc % 16 == 0 && a->driver % 2 == 0 &&
		   a->device % 4 == 0);
	FUZZ_CHECK(holder(a->desc, 16 * n) && holder(a->driver, 6 + 2 * n) &&
		   holder(a->device, 6 + 8 * n));
}

static int start_queue(struct backend *be, unsigned int index, const struct vring_areas *a,
		       int kick, int call)
{
	int err = answer();

	FUZZ_CHECK(index < be->nqueues && !fake.running[index]);
	FUZZ_CHECK(fake.has_features && !fake.stop_failed && kick >= 0 && call >= 0);
	check_areas(a);
	if (err)
		return err;
	fake.running[index] = true;
	fake.areas[index] = *a;
	fake.kick[index] = kick;
	fake.call[index] = call;
	return 0;
}

static int stop_queue(struct backend *be, unsigned int index)
{
	int err = answer();

	FUZZ_CHECK(index < be->nqueues);
	fake.running[index] = false;
	fake.stop_failed = fake.stop_failed || err;
	return err;
}

static int stop_all(struct backend *be)
{
	int err = answer();

	(void)be;
	memset(fake.running, 0, sizeof(fake.running));
	fake.has_features = false;
	fake.stop_failed = fake.stop_failed || err;
	return err;
}

static void set_single_grants(struct backend *be, bool on)
{
	(void)be;
	fake.single = on;
}

static bool kick(struct backend *be, unsigned int index)
{
	FUZZ_CHECK(index < be->nqueues);
	return fake.single;
}

static void close_backend(struct backend *be)
{
	FUZZ_CHECK(fake.open && be == fake.be);
	fake.open = false;
	free(be);
}

static struct backend_ops ops;

static const struct backend_ops all_ops = {
	.name = "fake",
	.set_features = set_features,
	.set_config = set_config,
	.add_window = add_window,
	.remove_window = remove_window,
	.start_queue = start_queue,
	.stop_queue = stop_queue,
	.stop_all = stop_all,
	.set_single_grants = set_single_grants,
	.kick = kick,
	.close = close_backend,
};

/**
 * fake_open() - Make a backend
 * @in: says what it can do
 * @host: who uses it; NULL for one that maps nothing
 *
 * Return: the backend
 */
struct backend *fake_open(struct fuzz_in *in, struct backend_host *host)
{
	struct backend *be = calloc(1, sizeof(*be));
	uint8_t can = in_u8(in), queues = in_u8(in);
	unsigned int i;

	FUZZ_CHECK(be);
	ops = all_ops;
	if (can & 1)
		ops.set_config = NULL;
	/* The shadow has these itself. */
	if (can & 2 || host) {
		ops.set_single_grants = NULL;
		ops.kick = NULL;
	}
	be->ops = &ops;
	be->host = host;
	be->device_id = 1 + can / 16;
	be->nqueues = queues == UINT8_MAX ? MAX_QUEUES : 1 + queues % 3;
	be->queue_size = 2U << (in_u8(in) % 10);
	be->features = ~in_u64(in) | (can & 4 ? 0 : VERSION_1);
	be->config_size = in_u16(in) % (MAX_DEV_CONFIG + 1);
	for (i = 0; i < MAX_DEV_CONFIG; i++)
		be->config[i] = i;
	memset(&fake, 0, sizeof(fake));
	fake.be = be;
	fake.open = true;
	return be;
}

/**
 * fake_close() - The bridge must have closed the backend, or it is closed now
 */
void fake_close(void)
{
	if (fake.open)
		close_backend(fake.be);
}
