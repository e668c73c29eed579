/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/virtio_config.h - the kernel's, and what older ones lack of it
 *
 * Since 6.11 find_vqs takes an array of struct virtqueue_info; before, it took
 * one array for each of its members.
 */
#ifndef VXEN_COMPAT_LINUX_VIRTIO_CONFIG_H
#define VXEN_COMPAT_LINUX_VIRTIO_CONFIG_H

#include_next <linux/virtio_config.h>

#ifndef VIRTIO_F_NOTIFICATION_DATA
#define VIRTIO_F_NOTIFICATION_DATA	38
#endif

#ifdef VXEN_HAVE_VIRTQUEUE_INFO

#define VXEN_FIND_VQS(fn)	fn
#define VXEN_DEFINE_FIND_VQS(fn)

#else

#include <linux/slab.h>

struct virtqueue_info {
	const char *name;
	vq_callback_t *callback;
	bool ctx;
};

#define VXEN_FIND_VQS(fn)	fn##_arrays

/* Define the function of the older type that calls @fn. */
#define VXEN_DEFINE_FIND_VQS(fn)					\
static int fn##_arrays(struct virtio_device *vdev, unsigned int nvqs,	\
		       struct virtqueue *vqs[],				\
		       vq_callback_t *callbacks[],			\
		       const char * const names[], const bool *ctx,	\
		       struct irq_affinity *desc)			\
{									\
	struct virtqueue_info *info;					\
	unsigned int i;							\
	int err;							\
									\
	info = kcalloc(nvqs, sizeof(*info), GFP_KERNEL);		\
	if (!info)							\
		return -ENOMEM;						\
	for (i = 0; i < nvqs; i++) {					\
		info[i].name = names[i];				\
		info[i].callback = callbacks[i];			\
		info[i].ctx = ctx && ctx[i];				\
	}								\
	err = fn(vdev, nvqs, vqs, info, desc);				\
	kfree(info);							\
	return err;							\
}

#endif /* VXEN_HAVE_VIRTQUEUE_INFO */

#endif /* VXEN_COMPAT_LINUX_VIRTIO_CONFIG_H */
