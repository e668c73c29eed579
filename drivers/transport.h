/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transport.h - virtio config operations over virtio-msg, on any bus
 */
#ifndef VMSG_TRANSPORT_H
#define VMSG_TRANSPORT_H

#include <linux/cpumask.h>
#include <linux/irqreturn.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/virtio.h>
#include <linux/workqueue.h>

#include "../include/virtio_msg.h"

struct vmsg_device;

/**
 * struct vmsg_vq_count - what a virtqueue has done so far
 * @kicks: notifications sent to the device
 * @interrupts: notifications from the device
 * @spurious: of these, how many found nothing used
 *
 * Whoever counts is the only one at that time; readers see a snapshot.
 */
struct vmsg_vq_count {
	unsigned long kicks;
	unsigned long interrupts;
	unsigned long spurious;
};

/**
 * struct vmsg_vq - what the transport knows of a virtqueue
 * @md: its device
 * @vq: the virtqueue
 * @index: its number on the device, which need not be @vq's
 * @stopped: the device does not serve it: events for it are dropped
 * @cpus: whose requests it is for, if the driver has virtqueues for all of them;
 *	else empty
 * @count: counters for people
 * @bus_priv: the bus's
 */
struct vmsg_vq {
	struct vmsg_device *md;
	struct virtqueue *vq;
	u32 index;
	bool stopped;
	cpumask_var_t cpus;
	struct vmsg_vq_count count;
	void *bus_priv;
};

/**
 * struct vmsg_bus_ops - what a bus does for the transport
 * @max_msg_size: bytes in a message, header included
 * @max_vqs: virtqueues that a device may have at most
 * @request: send a transport request and wait for its response; returns the
 *	bytes of payload received, between @resp_min and @resp_max, or a
 *	negative errno. Says in the log why it failed. May sleep; waits for a
 *	bounded time.
 * @features: the driver has chosen &virtio_device.features; the bus may take
 *	away what it does not want used. May be NULL. May sleep.
 * @prepare_vqs: that many virtqueues of up to so many entries each are about to
 *	be made; the bus may make @entries smaller, by powers of two. May sleep.
 * @add_vq: make the notifications of a virtqueue work. May sleep.
 * @del_vq: undo @add_vq. May sleep.
 * @notify: tell the device that @vq has buffers available; @vq->priv is the
 *	&struct vmsg_vq. Any context.
 * @fail: the device broke the protocol: log @why, break the device. Any
 *	context.
 * @synchronize: wait until no event is being delivered. May sleep.
 * @set_affinity: let @vq's interrupt go to these CPUs. May sleep.
 * @name: what the bus calls the device
 */
struct vmsg_bus_ops {
	u16 max_msg_size;
	u32 max_vqs;
	int (*request)(struct vmsg_device *md, u8 msg_id, const void *req,
		       size_t req_len, void *resp, size_t resp_min,
		       size_t resp_max);
	void (*features)(struct virtio_device *vdev);
	int (*prepare_vqs)(struct vmsg_device *md, u32 *entries,
			   unsigned int nvqs);
	int (*add_vq)(struct vmsg_vq *q);
	void (*del_vq)(struct vmsg_vq *q);
	bool (*notify)(struct virtqueue *vq);
	void (*fail)(struct vmsg_device *md, const char *why);
	void (*synchronize)(struct vmsg_device *md);
	int (*set_affinity)(struct vmsg_vq *q, const struct cpumask *mask);
	const char *(*name)(struct vmsg_device *md);
};

/**
 * struct vmsg_device - a virtio device behind messages
 * @vdev: the virtio device
 * @bus: its bus
 * @bus_priv: the bus's
 * @dev_num: device number on the bus
 * @feature_blocks: blocks of 32 feature bits that the device has
 * @config_size: bytes in the config space
 * @max_vqs: virtqueues that the device has at most, and the entries in @vqs
 * @generation: of the configuration, as last seen
 * @status: the device status that the driver has set and the device confirmed
 * @vqs: by index on the device; NULL where there is none
 * @vqs_lock: keeps a virtqueue there for those who only look at it
 * @broken_work: breaks the virtqueues in process context
 */
struct vmsg_device {
	struct virtio_device vdev;
	const struct vmsg_bus_ops *bus;
	void *bus_priv;
	u16 dev_num;
	u32 feature_blocks;
	u32 config_size;
	u32 max_vqs;
	u32 generation;
	u8 status;
	struct vmsg_vq **vqs;
	struct mutex vqs_lock;	/* entries of vqs against being freed */
	struct work_struct broken_work;
};

#define to_vmsg_device(_vdev) container_of(_vdev, struct vmsg_device, vdev)

struct vmsg_device *vmsg_device_create(struct device *parent,
				       const struct vmsg_bus_ops *bus,
				       void *bus_priv, u16 dev_num);
int vmsg_device_register(struct vmsg_device *md);
void vmsg_device_unregister(struct vmsg_device *md);
void vmsg_device_free(struct vmsg_device *md);
void vmsg_device_broken(struct vmsg_device *md);
irqreturn_t vmsg_vq_interrupt(struct vmsg_vq *q);
bool vmsg_vq_count(struct vmsg_device *md, u32 index,
		   struct vmsg_vq_count *count, u32 *entries);
void vmsg_device_event(struct vmsg_device *md, const struct vmsg_header *msg,
		       size_t size);

#endif /* VMSG_TRANSPORT_H */
