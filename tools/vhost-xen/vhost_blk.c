// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_blk.c - the kernel's vhost_xen_blk and a block device as the backend of a
 * disk
 *
 * Theory of operation
 *
 * vhost_kernel.c is most of it. The module reads and writes the block device that
 * each queue is given, past the page cache. It knows no config space: that is
 * made here, of what the kernel says of the block device.
 *
 * The config space stays as it is. A block device that is made larger is larger
 * for the guest when the device is opened again, as with the storage daemon.
 *
 * A block device that the guest may write is opened for us alone: what is mounted,
 * or another guest's, is refused. Many may read one.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/virtio_blk.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "util.h"
#include "vhost_blk.h"
#include "vhost_kernel.h"
#include "vhost_xen_blk.h"

#define SECTOR		512
#define FRAME		4096
#define MAX_SEGMENTS	126	/* as the storage daemon has, with a queue of 128 */

#define OWN_FEATURES	(BIT_ULL(VIRTIO_BLK_F_SIZE_MAX) | BIT_ULL(VIRTIO_BLK_F_SEG_MAX) | \
			 BIT_ULL(VIRTIO_BLK_F_BLK_SIZE) | BIT_ULL(VIRTIO_BLK_F_TOPOLOGY))

_Static_assert(MAX_QUEUES <= VHOST_XEN_BLK_MAX_QUEUES, "queues");
_Static_assert(MAX_QUEUE_SIZE <= VHOST_XEN_BLK_MAX_SIZE, "size of a queue");
_Static_assert(sizeof(struct virtio_blk_config) <= MAX_DEV_CONFIG, "config space");

/*
 * Header and status take a descriptor each. Where there is no indirect table all
 * of them have to fit into the queue.
 */
static uint32_t max_segments(uint32_t queue_size)
{
	uint32_t n = queue_size > 2 ? queue_size - 2 : 1;

	return n < MAX_SEGMENTS ? n : MAX_SEGMENTS;
}

/*
 * A longer request than the module takes would fail, and nothing but the number
 * and the size of segments tells a guest how long one may be: Linux makes them as
 * long as these allow if its administrator says so (max_sectors_kb), or the
 * device's best size. With 126 segments that is 32 KiB for each. Larger
 * segments would be fewer descriptors, but what lies scattered in pages of 4 KiB,
 * as the page cache does, would take more requests. The guest maps a segment in
 * pieces of 64 KiB at most in any case.
 */
static uint32_t max_segment_size(uint32_t segments)
{
	return VHOST_XEN_BLK_MAX_DATA / segments / FRAME * FRAME;
}

static void fill_topology(struct virtio_blk_config *c, const struct blk_limits *l)
{
	unsigned int min = l->io_min / l->block;

	while ((uint64_t)l->block << (c->physical_block_exp + 1) <= l->physical)
		c->physical_block_exp++;
	c->min_io_size = htole16(min <= UINT16_MAX ? min : 0);
	c->opt_io_size = htole32(l->io_opt / l->block);
}

static void fill_ranges(struct virtio_blk_config *c, const struct blk_limits *l)
{
	uint64_t unit = l->discard_granularity;

	if (unit < l->block || unit / SECTOR > UINT32_MAX)
		unit = l->block;
	c->max_discard_sectors = htole32(VHOST_XEN_BLK_MAX_RANGE);
	c->max_discard_seg = htole32(1);
	c->discard_sector_alignment = htole32(unit / SECTOR);
	c->max_write_zeroes_sectors = htole32(VHOST_XEN_BLK_MAX_RANGE);
	c->max_write_zeroes_seg = htole32(1);
	c->write_zeroes_may_unmap = 1;
}

/**
 * vhost_blk_describe() - Make features and config space of a disk
 * @be: @features are what the module knows; @nqueues and @queue_size are set
 * @l: what the block device is
 * @readonly: the guest may not write
 */
void vhost_blk_describe(struct backend *be, const struct blk_limits *l, bool readonly)
{
	uint32_t segments = max_segments(be->queue_size);
	struct virtio_blk_config c = {
		.capacity = htole64(l->size / SECTOR),
		.size_max = htole32(max_segment_size(segments)),
		.seg_max = htole32(segments),
		.blk_size = htole32(l->block),
		.num_queues = htole16(be->nqueues),
	};

	fill_topology(&c, l);
	fill_ranges(&c, l);
	memcpy(be->config, &c, sizeof(c));
	/* What follows is for features that nobody offers here. */
	be->config_size = offsetof(struct virtio_blk_config, max_secure_erase_sectors);

	be->features |= OWN_FEATURES;
	if (be->nqueues > 1)
		be->features |= BIT_ULL(VIRTIO_BLK_F_MQ);
	if (readonly) {
		be->features |= BIT_ULL(VIRTIO_BLK_F_RO);
		be->features &= ~BIT_ULL(VIRTIO_BLK_F_WRITE_ZEROES);
	}
	if (readonly || !l->discard_max)
		be->features &= ~BIT_ULL(VIRTIO_BLK_F_DISCARD);
}

/* Returns 0 if it can't be told, which stands for "no" in what is asked here. */
static uint64_t read_limit(dev_t dev, const char *name)
{
	/* A partition has what the disk has. */
	static const char *const dirs[] = { "queue", "../queue" };
	uint64_t v = 0;
	char path[96];
	unsigned int i;
	FILE *f;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s/%s", major(dev),
			 minor(dev), dirs[i], name);
		f = fopen(path, "re");
		if (!f)
			continue;
		if (fscanf(f, "%" SCNu64, &v) != 1)
			v = 0;
		fclose(f);
		break;
	}
	return v;
}

static int read_limits(int fd, struct blk_limits *l)
{
	struct stat st;
	int block;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	if (ioctl(fd, BLKGETSIZE64, &l->size) < 0 || ioctl(fd, BLKSSZGET, &block) < 0 ||
	    ioctl(fd, BLKPBSZGET, &l->physical) < 0 || ioctl(fd, BLKIOMIN, &l->io_min) < 0 ||
	    ioctl(fd, BLKIOOPT, &l->io_opt) < 0)
		return -errno;
	if (block < SECTOR)
		return -EINVAL;
	l->block = block;
	l->discard_max = read_limit(st.st_rdev, "discard_max_bytes");
	l->discard_granularity = read_limit(st.st_rdev, "discard_granularity");
	return 0;
}

static int open_target(const struct dev_config *cfg, struct blk_limits *l, char *why,
		       size_t len)
{
	int fd, err;

	fd = open(cfg->target, (cfg->readonly ? O_RDONLY : O_RDWR | O_EXCL) | O_CLOEXEC);
	err = fd < 0 ? -errno : read_limits(fd, l);
	if (!err)
		return fd;
	if (err == -EBUSY)
		snprintf(why, len, "%.150s is in use, mounted or another guest's; "
			 "server=daemon does not mind", cfg->target);
	else
		snprintf(why, len, "%.200s: %s", cfg->target, strerror(-err));
	close_fd(&fd);
	return err;
}

static const struct backend_ops vhost_blk_ops = {
	.name = "vhost-xen-blk",
	.set_features = vhost_kernel_set_features,
	.add_window = vhost_kernel_add_window,
	.remove_window = vhost_kernel_remove_window,
	.start_queue = vhost_kernel_start_queue,
	.stop_queue = vhost_kernel_stop_queue,
	.stop_all = vhost_kernel_stop_all,
	.close = vhost_kernel_close,
};

/**
 * vhost_blk_open() - Have the kernel serve a block device as a disk
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vhost_blk_open(struct backend **be, struct backend_host *host,
		   const struct dev_config *cfg, char *why, size_t len)
{
	struct vhost_kernel *k = vhost_kernel_new(&vhost_blk_ops, host, cfg);
	struct blk_limits limits;
	int err;

	if (!k) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	k->be.nqueues = cfg->queues ? cfg->queues : 1;
	k->set_backend = VHOST_XEN_BLK_SET_BACKEND;
	err = vhost_kernel_open(k, VHOST_XEN_BLK_DEVICE, why, len);
	if (err == -ENOENT)
		snprintf(why, len, "%s: the module vhost_xen_blk is not loaded",
			 VHOST_XEN_BLK_DEVICE);
	if (err)
		goto close;
	k->target = open_target(cfg, &limits, why, len);
	if (k->target < 0) {
		err = k->target;
		goto close;
	}
	k->be.features = k->features;
	vhost_blk_describe(&k->be, &limits, cfg->readonly);
	*be = &k->be;
	return 0;
close:
	vhost_kernel_close(&k->be);
	return err;
}
