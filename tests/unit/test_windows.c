// SPDX-License-Identifier: GPL-2.0-only
/* test_windows.c - windows and the virtqueues in them */
#include <string.h>

#include "harness.h"
#include "virtio_msg_xen.h"
#include "vring.h"
#include "windows.h"

#define FLAG	VMSG_XEN_DMA_FLAG

static struct windows ws;

static int add(uint16_t id, uint32_t ref, uint32_t frames)
{
	int status = windows_check(&ws, id, ref, frames);

	if (status == VMSG_XEN_OK)
		REQUIRE(windows_insert(&ws, id, ref, frames));
	return status;
}

static void clear(void)
{
	memset(&ws, 0, sizeof(ws));
}

static void bounds(void)
{
	clear();
	CHECK_EQ(add(0, 8, 0), VMSG_XEN_EINVAL);
	CHECK_EQ(add(0, 8, MAX_WINDOW_FRAMES + 1), VMSG_XEN_EINVAL);
	CHECK_EQ(add(0, UINT32_MAX, 1), VMSG_XEN_EINVAL);
	CHECK_EQ(add(0, UINT32_MAX - 1, 4), VMSG_XEN_EINVAL);
	CHECK_EQ(add(0, 8, UINT32_MAX), VMSG_XEN_EINVAL);
	CHECK_EQ(add(0, 8, 4096), VMSG_XEN_OK);
}

static void overlap(void)
{
	clear();
	CHECK_EQ(add(0, 100, 10), VMSG_XEN_OK);
	CHECK_EQ(add(0, 500, 10), VMSG_XEN_EINVAL);	/* same name */
	CHECK_EQ(add(1, 100, 10), VMSG_XEN_EINVAL);
	CHECK_EQ(add(1, 91, 10), VMSG_XEN_EINVAL);
	CHECK_EQ(add(1, 109, 1), VMSG_XEN_EINVAL);
	CHECK_EQ(add(1, 50, 100), VMSG_XEN_EINVAL);
	CHECK_EQ(add(1, 90, 10), VMSG_XEN_OK);
	CHECK_EQ(add(2, 110, 10), VMSG_XEN_OK);
}

static void room(void)
{
	unsigned int i;

	clear();
	for (i = 0; i < MAX_WINDOWS; i++)
		CHECK_EQ(add(i, 1000 * (i + 1), 1), VMSG_XEN_OK);
	CHECK_EQ(add(i, 100000, 1), VMSG_XEN_ENOMEM);

	clear();
	CHECK_EQ(add(0, 0, MAX_WINDOW_FRAMES - 1), VMSG_XEN_OK);
	CHECK_EQ(add(1, 1 << 20, 2), VMSG_XEN_ENOMEM);
	CHECK_EQ(add(1, 1 << 20, 1), VMSG_XEN_OK);
}

static void lookup(void)
{
	uint64_t base = FLAG | 100ULL << 12;

	clear();
	CHECK_EQ(add(0, 100, 2), VMSG_XEN_OK);
	CHECK_EQ(add(1, 102, 1), VMSG_XEN_OK);
	CHECK(windows_lookup(&ws, base, 8192));
	CHECK(windows_lookup(&ws, base + 8191, 1));
	CHECK(!windows_lookup(&ws, base, 8193));	/* adjacent, but another window */
	CHECK(!windows_lookup(&ws, base - 1, 1));
	CHECK(!windows_lookup(&ws, base - 1, 8192));
	CHECK(!windows_lookup(&ws, base & ~FLAG, 1));
	CHECK(!windows_lookup(&ws, base, UINT64_MAX));
	CHECK(!windows_lookup(&ws, base + 8191, UINT64_MAX));
	CHECK(!windows_lookup(&ws, 0, 1));
	CHECK(windows_find(&ws, 1) && windows_find(&ws, 1)->first_ref == 102);
	CHECK(!windows_find(&ws, 2));
}

static void unused_entry_is_no_window(void)
{
	clear();
	CHECK(!windows_lookup(&ws, FLAG, 1));
	ws.w[0] = (struct window){ .first_ref = 5, .frames = 5 };
	CHECK(!windows_lookup(&ws, FLAG | 5 << 12, 1));
}

static struct vring_areas areas(uint32_t size, uint64_t desc, uint64_t driver, uint64_t device)
{
	uint64_t base = FLAG | 100ULL << 12;

	return (struct vring_areas){
		.size = size, .desc = base + desc, .driver = base + driver,
		.device = base + device,
	};
}

static bool split_ok(struct vring_areas a)
{
	return vring_check(&a, false, 256, &ws);
}

static bool packed_ok(struct vring_areas a)
{
	return vring_check(&a, true, 256, &ws);
}

static void split_rings(void)
{
	clear();
	CHECK_EQ(add(0, 100, 2), VMSG_XEN_OK);
	CHECK(split_ok(areas(256, 0, 4096, 4096 + 1024)));
	CHECK(!split_ok(areas(0, 0, 4096, 5120)));
	CHECK(!split_ok(areas(512, 0, 4096, 5120)));
	CHECK(!split_ok(areas(100, 0, 4096, 5120)));	/* no power of two */
	CHECK(!split_ok(areas(16, 8, 4096, 5120)));	/* misaligned */
	CHECK(!split_ok(areas(16, 0, 4097, 5120)));
	CHECK(!split_ok(areas(16, 0, 4096, 5122)));
	/* Each area up to the last byte of the window, and one entry too far. */
	CHECK(split_ok(areas(16, 8192 - 256, 0, 1024)));
	CHECK(!split_ok(areas(16, 8192 - 240, 0, 1024)));
	CHECK(split_ok(areas(16, 0, 8192 - 38, 1024)));
	CHECK(!split_ok(areas(16, 0, 8192 - 36, 1024)));
	CHECK(split_ok(areas(16, 0, 1024, 8192 - 136)));
	CHECK(!split_ok(areas(16, 0, 1024, 8192 - 132)));
	CHECK(!split_ok((struct vring_areas){ .size = 16 }));
}

static void packed_rings(void)
{
	clear();
	CHECK_EQ(add(0, 100, 2), VMSG_XEN_OK);
	CHECK(packed_ok(areas(100, 0, 4096, 4100)));
	CHECK(!packed_ok(areas(257, 0, 4096 + 64, 4200)));
	CHECK(!packed_ok(areas(100, 0, 4098, 4100)));
	CHECK(packed_ok(areas(100, 0, 8188, 4100)));
	CHECK(!packed_ok(areas(100, 0, 8192, 4100)));
	CHECK(!packed_ok(areas(100, 8192 - 1584, 0, 4)));
}

static void ring_keeps_its_window(void)
{
	struct vring_areas a = areas(16, 0, 4096, 8192);
	struct window w = { .used = true, .first_ref = 100, .frames = 1 };

	CHECK(vring_in_window(&a, &w));
	w.first_ref = 101;
	CHECK(vring_in_window(&a, &w));
	w.first_ref = 102;
	CHECK(vring_in_window(&a, &w));
	w.first_ref = 103;
	CHECK(!vring_in_window(&a, &w));
	w.first_ref = 99;
	CHECK(!vring_in_window(&a, &w));
}

int main(void)
{
	RUN(bounds);
	RUN(overlap);
	RUN(room);
	RUN(lookup);
	RUN(unused_entry_is_no_window);
	RUN(split_rings);
	RUN(packed_rings);
	RUN(ring_keeps_its_window);
	return test_done();
}
