/* SPDX-License-Identifier: MIT */
/*
 * vhost_xen_blk.h - virtio disks served by the backend domain's kernel
 *
 * What /dev/vhost-xen-blk (the module vhost_xen_blk) understands: the ioctls of
 * vhost, as <linux/vhost.h> has them, and one that names the disk. Each open
 * file is one virtio device.
 *
 * Of the generic ones there are VHOST_SET_OWNER, _GET_FEATURES, _SET_FEATURES,
 * _SET_MEM_TABLE, _SET_VRING_NUM, _BASE, _ADDR, _KICK, _CALL and _ERR,
 * _GET_VRING_BASE and _SET_VRING_BUSYLOOP_TIMEOUT. They are the owner's alone.
 *
 * Requests are virtio-blk's. Their data goes between the memory and the disk as
 * it is, so what lies in one page has to begin and end at a multiple of 512 bytes,
 * or of what the block device asks for. A request for which that is not so fails.
 */
#ifndef VHOST_XEN_BLK_H
#define VHOST_XEN_BLK_H

#include <linux/ioctl.h>
#include <linux/vhost.h>

#define VHOST_XEN_BLK_DEVICE	"/dev/vhost-xen-blk"

/* Virtqueues that a device may have. */
#define VHOST_XEN_BLK_MAX_QUEUES	64

/* Largest size of a virtqueue, entries. */
#define VHOST_XEN_BLK_MAX_SIZE		1024

/* Most data of one request, bytes. A longer one fails. */
#define VHOST_XEN_BLK_MAX_DATA		(4 << 20)

/* Most sectors, of 512 bytes, that one DISCARD or WRITE_ZEROES may name. */
#define VHOST_XEN_BLK_MAX_RANGE		(2 << 20)

/*
 * Begin to serve a queue from the block device that is open as @fd, as far as
 * the file's mode allows. With an @fd of -1 no longer: this waits for what is
 * in flight, and nothing touches the queue's memory afterwards. Every request
 * that was taken from the queue has been answered then, so the next one to
 * take is the used ring's index.
 */
#define VHOST_XEN_BLK_SET_BACKEND \
	_IOW(VHOST_VIRTIO, 0xFF, struct vhost_vring_file)

#endif /* VHOST_XEN_BLK_H */
