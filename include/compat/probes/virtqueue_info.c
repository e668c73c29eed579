// SPDX-License-Identifier: GPL-2.0-only
/* Compiles where find_vqs takes struct virtqueue_info (since 6.11). */
#include <linux/virtio_config.h>

size_t probe(void);

size_t probe(void)
{
	return sizeof(struct virtqueue_info);
}
