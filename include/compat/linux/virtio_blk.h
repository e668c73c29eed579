/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/virtio_blk.h - the kernel's, and what older ones lack of it
 *
 * Zones came with 6.3. A driver that does not know of them does not accept them.
 */
#ifndef VXEN_COMPAT_LINUX_VIRTIO_BLK_H
#define VXEN_COMPAT_LINUX_VIRTIO_BLK_H

#include_next <linux/virtio_blk.h>

#ifndef VIRTIO_BLK_F_ZONED
#define VIRTIO_BLK_F_ZONED	17
#endif

#endif /* VXEN_COMPAT_LINUX_VIRTIO_BLK_H */
