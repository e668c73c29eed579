// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant.c - grants of a guest as files and mappings
 *
 * libxengnttab keeps the descriptor of its gntdev file to itself, and we need
 * to pass one to another process. So gntdev is used directly, one file for
 * each run of grants: the first references told to a file get index 0, which
 * is the offset at which any program maps a file that it knows nothing about.
 *
 * The ioctl only notes the references. The hypervisor is asked at mmap, and
 * the grants are let go when the mapping is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <xen/grant_table.h>
#include <xen/gntdev.h>

#include "grant.h"
#include "util.h"
#include "virtio_msg_xen.h"

#define GNTDEV_PATH	"/dev/xen/gntdev"

/**
 * grant_open() - Open a file whose bytes are a run of grants
 * @domid: the guest
 * @first_ref: first reference
 * @frames: number of frames
 *
 * Return: a descriptor that can be mapped once, as a whole, at offset 0; or a
 * negative errno
 */
int grant_open(uint16_t domid, uint32_t first_ref, uint32_t frames)
{
	struct ioctl_gntdev_map_grant_ref *req;
	int fd, err = 0;
	uint32_t i;

	req = malloc(offsetof(struct ioctl_gntdev_map_grant_ref, refs) +
		     frames * sizeof(req->refs[0]));
	if (!req)
		return -ENOMEM;
	req->count = frames;
	req->pad = 0;
	for (i = 0; i < frames; i++) {
		req->refs[i].domid = domid;
		req->refs[i].ref = first_ref + i;
	}
	fd = open(GNTDEV_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err = -errno;
	else if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, req) < 0)
		err = -errno;
	else if (req->index)
		err = -EIO;
	free(req);
	if (err)
		close_fd(&fd);
	return err ? err : fd;
}

/**
 * grant_map() - Map a run of grants, read-write
 * @domid: the guest
 * @first_ref: first reference
 * @frames: number of frames
 * @addr: where it was mapped
 *
 * Return: 0 or a negative errno
 */
int grant_map(uint16_t domid, uint32_t first_ref, uint32_t frames, void **addr)
{
	int fd = grant_open(domid, first_ref, frames);
	void *p;
	int err = 0;

	if (fd < 0)
		return fd;
	p = mmap(NULL, (size_t)frames << VMSG_XEN_FRAME_SHIFT, PROT_READ | PROT_WRITE,
		 MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		err = -errno;
	else
		*addr = p;
	close(fd);	/* the mapping keeps the file */
	return err;
}

/**
 * grant_unmap() - Undo grant_map()
 * @addr: from grant_map(), or NULL
 * @frames: as given to grant_map()
 */
void grant_unmap(void *addr, uint32_t frames)
{
	if (addr)
		munmap(addr, (size_t)frames << VMSG_XEN_FRAME_SHIFT);
}
