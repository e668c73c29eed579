/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_bus.h - a bus with one device that does as it is told, or as it is told
 *	not to do
 */
#ifndef VXEN_FAKE_BUS_H
#define VXEN_FAKE_BUS_H

#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "fake_device.h"

#define FAKE_DEVICE_ID		0x7abc
#define FAKE_MAX_VQS		8
#define FAKE_CONFIG_SIZE	256
#define FAKE_LOG		64

/* Not a message: bus operations in fake_bus.log and fake_bus.fail_op. */
#define FAKE_PREPARE_VQS	0xf0
#define FAKE_ADD_VQ		0xf1
#define FAKE_DEL_VQ		0xf2

/**
 * struct fake_vq - a virtqueue as the device knows it
 * @max: entries at most
 * @cur: entries; 0: not configured
 * @desc: address as in SET_VQUEUE
 * @driver: likewise
 * @device: likewise
 * @added: its notifications work
 * @refuse: take no SET_VQUEUE
 */
struct fake_vq {
	u32 max;
	u32 cur;
	u64 desc;
	u64 driver;
	u64 device;
	bool added;
	bool refuse;
};

/**
 * struct fake_bus - the device at the other end
 * @fd: where DMA goes
 * @md: the device at this end, or NULL
 * @info: answer to GET_DEVICE_INFO
 * @features: offered, in blocks of 32
 * @driver_features: as set by the driver
 * @config: the configuration
 * @generation: of the configuration
 * @moving: the generation goes up after so many reads of the configuration,
 *	each time; 0: never
 * @rejects: so many SET_CONFIG are answered as stale; each brings a new
 *	generation
 * @status: the device's status
 * @status_add: bits that are in every answer to SET_DEVICE_STATUS but of a
 *	reset
 * @status_drop: bits that are not
 * @slow_reset: so many GET_DEVICE_STATUS are answered "not yet" after a reset
 * @vqs: the virtqueues
 * @tamper: changes an answer before it is sent; may change its length
 * @fail_op: message or FAKE_* that fails...
 * @fail_nth: ...when it comes for the nth time, or 0 for never; if @fail_op
 *	is 0, the nth of any
 * @fail_err: the error
 * @requests: messages of each kind, answered or not
 * @ops: of all kinds, with FAKE_*
 * @malformed: requests that are not as include/virtio_msg.h has them
 * @log: what was called, in order: messages and FAKE_*
 * @nr_log: entries in it
 * @fails: how often the device was declared broken
 * @why: for what reason, the last time
 * @entries: as given to prepare_vqs, of all virtqueues
 * @shrink: it divides each virtqueue's by two to this
 * @syncs: calls of synchronize
 * @notified: virtqueues that were notified, one bit each
 * @affine: virtqueues whose affinity was set, likewise
 */
struct fake_bus {
	struct fake_device fd;
	struct vmsg_device *md;

	struct vmsg_device_info_resp info;
	u32 features[4];
	u32 driver_features[4];
	u8 config[FAKE_CONFIG_SIZE];
	u32 generation;
	unsigned int moving;
	unsigned int rejects;
	u32 status;
	u32 status_add;
	u32 status_drop;
	unsigned int slow_reset;
	struct fake_vq vqs[FAKE_MAX_VQS];

	void (*tamper)(struct fake_bus *fb, u8 msg_id, void *resp, size_t *len);
	u8 fail_op;
	unsigned int fail_nth;
	int fail_err;

	unsigned int requests[256];
	unsigned int ops;
	unsigned int malformed;
	u8 log[FAKE_LOG];
	unsigned int nr_log;
	unsigned int fails;
	const char *why;
	u32 entries;
	unsigned int shrink;
	unsigned int syncs;
	unsigned long notified;
	unsigned long affine;
};

extern struct vmsg_bus_ops fake_bus_ops;

void fake_bus_init_model(struct fake_bus *fb);
size_t fake_bus_answer(struct fake_bus *fb, u8 msg_id, const void *req,
		       size_t len, void *resp);
int fake_bus_init(struct kunit *test);
void fake_bus_exit(struct kunit *test);
struct vmsg_device *fake_bus_connect(struct kunit *test);
void fake_bus_disconnect(struct fake_bus *fb);
void fake_bus_event(struct fake_bus *fb, u8 msg_id, const void *payload,
		    size_t len);
int fake_spread_vqs(struct virtio_device *vdev, unsigned int nvqs,
		    struct virtqueue *vqs[], const char * const names[],
		    vq_callback_t *callback, struct irq_affinity *desc);
int fake_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
		  struct virtqueue *vqs[], const char * const names[],
		  vq_callback_t *callback);

/* Forget what has been counted so far. */
static inline void fake_bus_forget(struct fake_bus *fb)
{
	memset(fb->requests, 0, sizeof(fb->requests));
	fb->ops = 0;
	fb->nr_log = 0;
	fb->fails = 0;
	fb->syncs = 0;
}

#endif /* VXEN_FAKE_BUS_H */
