// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant_copy.c - copies between granted frames and memory of our own
 *
 * The hypervisor copies (GNTTABOP_copy): nothing is mapped, so nothing is left
 * mapped, and it checks each reference, its direction and the bounds of the
 * frame by itself. One call carries many copies.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include "grant_copy.h"
#include "virtio_msg_xen.h"

#define GNTDEV_PATH	"/dev/xen/gntdev"
#define BATCH		128

/**
 * grant_split() - Cut the copy of a buffer at the bounds of frames
 * @segs: where the pieces go
 * @max: room in @segs
 * @addr: DMA address of the buffer
 * @len: its length, not 0
 * @local: our memory
 * @to_guest: direction
 *
 * Return: number of pieces, 0 if they are more than @max
 */
unsigned int grant_split(struct grant_seg *segs, unsigned int max, uint64_t addr, uint32_t len,
			 void *local, bool to_guest)
{
	uint64_t frame = (addr & ~VMSG_XEN_DMA_FLAG) >> VMSG_XEN_FRAME_SHIFT;
	uint32_t offset = addr % VMSG_XEN_FRAME_SIZE;
	char *p = local;
	unsigned int n;

	for (n = 0; len; n++) {
		uint32_t piece = VMSG_XEN_FRAME_SIZE - offset;

		if (n == max)
			return 0;
		if (piece > len)
			piece = len;
		segs[n] = (struct grant_seg){
			.ref = frame++, .offset = offset, .len = piece,
			.to_guest = to_guest, .local = p,
		};
		p += piece;
		len -= piece;
		offset = 0;
	}
	return n;
}

/**
 * grant_copy_open() - Get ready for copies
 *
 * Return: a descriptor for grant_copy(), or a negative errno
 */
int grant_copy_open(void)
{
	int fd = open(GNTDEV_PATH, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static struct gntdev_grant_copy_segment segment(uint16_t domid, const struct grant_seg *s)
{
	struct gntdev_grant_copy_segment c = { .len = s->len };

	if (s->to_guest) {
		c.flags = GNTCOPY_dest_gref;
		c.source.virt = s->local;
		c.dest.foreign.ref = s->ref;
		c.dest.foreign.offset = s->offset;
		c.dest.foreign.domid = domid;
	} else {
		c.flags = GNTCOPY_source_gref;
		c.source.foreign.ref = s->ref;
		c.source.foreign.offset = s->offset;
		c.source.foreign.domid = domid;
		c.dest.virt = s->local;
	}
	return c;
}

/**
 * grant_copy() - Copy all segments
 * @fd: from grant_copy_open()
 * @domid: the guest
 * @segs: the copies
 * @n: how many
 *
 * Return: 0, -EFAULT if the guest's grants do not allow one of them, or
 * another negative errno; any number of them may have been made then
 */
int grant_copy(int fd, uint16_t domid, const struct grant_seg *segs, unsigned int n)
{
	struct gntdev_grant_copy_segment batch[BATCH];
	struct ioctl_gntdev_grant_copy req = { .segments = batch };
	unsigned int i;

	for (; n; n -= req.count, segs += req.count) {
		req.count = n < BATCH ? n : BATCH;
		for (i = 0; i < req.count; i++)
			batch[i] = segment(domid, &segs[i]);
		if (ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, &req) < 0)
			return -errno;
		for (i = 0; i < req.count; i++)
			if (batch[i].status != GNTST_okay)
				return -EFAULT;
	}
	return 0;
}
