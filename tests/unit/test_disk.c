// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_disk.c - who serves a disk, and what the kernel's disks look like
 *
 * There need be no block device: the choice asks only whether a file is one, and
 * is given the name of one where there is any.
 */
#include <endian.h>
#include <glob.h>
#include <linux/virtio_blk.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "disk.h"
#include "harness.h"
#include "util.h"
#include "vhost_blk.h"
#include "vhost_xen_blk.h"

#define THERE		"/dev/null"
#define NOT_THERE	"/nonexistent/vhost"

static char block[300];		/* a block device, or empty */
static char why[256];

static void find_block_device(void)
{
	struct stat st;
	glob_t found;
	size_t i;

	if (glob("/dev/*", 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc && !block[0]; i++)
		if (!lstat(found.gl_pathv[i], &st) && S_ISBLK(st.st_mode) &&
		    strlen(found.gl_pathv[i]) < sizeof(block))
			strcpy(block, found.gl_pathv[i]);
	globfree(&found);
}

static struct dev_config disk_of(const char *target, enum dev_server server)
{
	struct dev_config cfg = { .type = DEV_BLK, .server = server, .format = "raw" };

	strcpy(cfg.target, target);
	return cfg;
}

static int choose(const struct dev_config *cfg, const char *device)
{
	memset(why, 'E', sizeof(why));
	return disk_server(cfg, device, why, sizeof(why));
}

/* What only the daemon can do: it is taken, unless the kernel is insisted on. */
static void refused(struct dev_config *cfg, const char *complaint)
{
	cfg->server = SERVER_AUTO;
	CHECK_EQ(choose(cfg, THERE), SERVER_DAEMON);
	CHECK(strstr(why, complaint));
	cfg->server = SERVER_KERNEL;
	CHECK(choose(cfg, THERE) < 0);
	CHECK(strstr(why, complaint));
	cfg->server = SERVER_DAEMON;
	CHECK_EQ(choose(cfg, THERE), SERVER_DAEMON);
	CHECK(!why[0]);
}

static void files_are_the_daemons(void)
{
	struct dev_config cfg = disk_of("/dev/null", SERVER_AUTO);

	refused(&cfg, "/dev/null is no block device");
	cfg = disk_of("/nonexistent/disk", SERVER_AUTO);
	refused(&cfg, "No such file");
}

static void extras_are_the_daemons(void)
{
	struct dev_config cfg = disk_of("/dev/null", SERVER_AUTO);

	strcpy(cfg.format, "qcow2");
	refused(&cfg, "format=qcow2");
	cfg = disk_of("/dev/null", SERVER_AUTO);
	strcpy(cfg.aio, "threads");
	refused(&cfg, "aio=threads");
	cfg = disk_of("/dev/null", SERVER_AUTO);
	cfg.cache = CACHE_WRITEBACK;
	refused(&cfg, "cache=writeback");
	cfg = disk_of("/dev/null", SERVER_AUTO);
	cfg.single_grants = true;
	refused(&cfg, "single-grants=1");
}

static void block_devices_are_the_kernels(void)
{
	struct dev_config cfg = disk_of(block, SERVER_AUTO);

	if (!block[0]) {
		puts("# there is no block device here");
		return;
	}
	CHECK_EQ(choose(&cfg, THERE), SERVER_KERNEL);
	CHECK(!why[0]);
	cfg.cache = CACHE_NONE;
	cfg.readonly = true;
	CHECK_EQ(choose(&cfg, THERE), SERVER_KERNEL);
	CHECK_EQ(choose(&cfg, NOT_THERE), SERVER_DAEMON);
	CHECK(strstr(why, NOT_THERE));
	/* Whoever insists on it is to hear what opening it says. */
	cfg.server = SERVER_KERNEL;
	CHECK_EQ(choose(&cfg, NOT_THERE), SERVER_KERNEL);
	cfg.server = SERVER_DAEMON;
	CHECK_EQ(choose(&cfg, THERE), SERVER_DAEMON);
	CHECK(!why[0]);
}

#define F(name)		BIT_ULL(VIRTIO_BLK_F_##name)
#define MODULE		(BIT_ULL(32) | F(FLUSH) | F(DISCARD) | F(WRITE_ZEROES))

static struct virtio_blk_config c;

static uint64_t describe(unsigned int queues, unsigned int size, const struct blk_limits *l,
			 bool readonly)
{
	struct backend be = { .features = MODULE, .nqueues = queues, .queue_size = size };

	memset(be.config, 0xee, sizeof(be.config));
	vhost_blk_describe(&be, l, readonly);
	memset(&c, 0xee, sizeof(c));
	REQUIRE(be.config_size <= sizeof(c));
	memcpy(&c, be.config, be.config_size);
	CHECK_EQ(be.config_size, 60);
	return be.features;
}

static void config_space(void)
{
	struct blk_limits l = {
		.size = 10 << 20, .block = 512, .physical = 4096, .io_min = 4096,
		.io_opt = 65536, .discard_max = 1, .discard_granularity = 4096,
	};

	CHECK_EQ(describe(1, 256, &l, false), MODULE | F(SIZE_MAX) | F(SEG_MAX) | F(BLK_SIZE) |
		 F(TOPOLOGY));
	CHECK_EQ(le64toh(c.capacity), 20480);
	CHECK_EQ(le32toh(c.seg_max), 126);
	CHECK_EQ(le32toh(c.size_max), 32768);
	CHECK_EQ(le32toh(c.blk_size), 512);
	CHECK_EQ(c.physical_block_exp, 3);
	CHECK_EQ(c.alignment_offset, 0);
	CHECK_EQ(le16toh(c.min_io_size), 8);
	CHECK_EQ(le32toh(c.opt_io_size), 128);
	CHECK_EQ(le16toh(c.num_queues), 1);
	CHECK_EQ(le32toh(c.max_discard_sectors), VHOST_XEN_BLK_MAX_RANGE);
	CHECK_EQ(le32toh(c.max_discard_seg), 1);
	CHECK_EQ(le32toh(c.discard_sector_alignment), 8);
	CHECK_EQ(le32toh(c.max_write_zeroes_sectors), VHOST_XEN_BLK_MAX_RANGE);
	CHECK_EQ(le32toh(c.max_write_zeroes_seg), 1);
	CHECK_EQ(c.write_zeroes_may_unmap, 1);
}

static void features(void)
{
	struct blk_limits l = { .size = 4096, .block = 4096, .physical = 4096, .io_min = 4096 };
	uint64_t f;

	f = describe(4, 256, &l, false);
	CHECK((f & F(MQ)) && !(f & F(DISCARD)) && (f & F(WRITE_ZEROES)) && !(f & F(RO)));
	CHECK_EQ(le16toh(c.num_queues), 4);
	CHECK_EQ(c.physical_block_exp, 0);
	CHECK_EQ(le32toh(c.opt_io_size), 0);
	CHECK_EQ(le32toh(c.discard_sector_alignment), 8);
	l.discard_max = 1 << 20;
	f = describe(1, 256, &l, true);
	CHECK(!(f & (F(DISCARD) | F(WRITE_ZEROES) | F(MQ))) && (f & F(RO)) && (f & F(FLUSH)));
	/* What no device should say must not hang, or overflow. */
	l.physical = ~0U;
	l.io_min = ~0U;
	l.block = 512;
	l.discard_granularity = ~0ULL;
	describe(1, 256, &l, false);
	CHECK_EQ(c.physical_block_exp, 22);
	CHECK_EQ(le16toh(c.min_io_size), 0);
	CHECK_EQ(le32toh(c.discard_sector_alignment), 1);
}

/* Whatever a guest makes of these, the module takes it. */
static void no_request_is_too_long(void)
{
	struct blk_limits l = { .size = 4096, .block = 512, .physical = 512, .io_min = 512 };
	unsigned int size;

	for (size = 2; size <= MAX_QUEUE_SIZE; size *= 2) {
		uint64_t segs, seg;

		describe(1, size, &l, false);
		segs = le32toh(c.seg_max);
		seg = le32toh(c.size_max);
		CHECK(segs >= 1 && segs <= 254 && (size == 2 || segs + 2 <= size));
		CHECK(seg >= 4096 && !(seg % 4096));
		CHECK(segs * seg <= VHOST_XEN_BLK_MAX_DATA);
	}
}

int main(void)
{
	find_block_device();
	RUN(files_are_the_daemons);
	RUN(extras_are_the_daemons);
	RUN(block_devices_are_the_kernels);
	RUN(config_space);
	RUN(features);
	RUN(no_request_is_too_long);
	return test_done();
}
