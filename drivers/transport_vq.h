/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transport_vq.h - the config operations that concern virtqueues
 */
#ifndef VMSG_TRANSPORT_VQ_H
#define VMSG_TRANSPORT_VQ_H

#include <linux/virtio_config.h>

struct irq_affinity;

int vmsg_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
		  struct virtqueue *vqs[], struct virtqueue_info info[],
		  struct irq_affinity *desc);
void vmsg_del_vqs(struct virtio_device *vdev);
int vmsg_set_vq_affinity(struct virtqueue *vq, const struct cpumask *mask);
const struct cpumask *vmsg_get_vq_affinity(struct virtio_device *vdev,
					   int index);
int vmsg_disable_vq_and_reset(struct virtqueue *vq);
int vmsg_enable_vq_after_reset(struct virtqueue *vq);

#endif /* VMSG_TRANSPORT_VQ_H */
