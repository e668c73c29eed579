// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_bus.c - a bus with one device, for the tests of the transport
 *
 * Its device is a good one by default: a small model of a virtio device as
 * virtio-msg describes it. Tests then make it a bad one, in one respect.
 */
#include <linux/irqflags.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/virtio_config.h>

#include "fake_bus.h"

#define FAKE_WINDOW	SZ_1M
#define FAKE_MAX_MSG	112

static struct fake_bus *to_fake_bus(struct vmsg_device *md)
{
	return md->bus_priv;
}

/* Note an operation; returns whether it is to fail. */
static bool note(struct fake_bus *fb, u8 op)
{
	if (fb->nr_log < FAKE_LOG)
		fb->log[fb->nr_log++] = op;
	fb->requests[op]++;
	fb->ops++;

	return fb->fail_nth && fb->fail_nth ==
	       (fb->fail_op ? fb->requests[fb->fail_op] : fb->ops) &&
	       (!fb->fail_op || fb->fail_op == op);
}

static size_t answer_get_features(struct fake_bus *fb,
				  const struct vmsg_features *req,
				  struct vmsg_features *resp)
{
	u32 i, first = le32_to_cpu(req->block_index);
	u32 nr = le32_to_cpu(req->num_blocks);
	__le32 *block = (__le32 *)(resp + 1);

	*resp = *req;
	for (i = 0; i < nr; i++)
		block[i] = cpu_to_le32(first + i < 4 ? fb->features[first + i] :
						       0);
	return sizeof(*resp) + nr * sizeof(*block);
}

static void take_features(struct fake_bus *fb, const struct vmsg_features *req,
			  size_t len)
{
	u32 i, first = le32_to_cpu(req->block_index);
	u32 nr = le32_to_cpu(req->num_blocks);
	const __le32 *block = (const __le32 *)(req + 1);

	if (len != sizeof(*req) + nr * sizeof(*block) || first + nr > 4) {
		fb->malformed++;
		return;
	}
	for (i = 0; i < nr; i++)
		fb->driver_features[first + i] = le32_to_cpu(block[i]);
}

static size_t answer_get_config(struct fake_bus *fb,
				const struct vmsg_get_config *req,
				struct vmsg_config *resp)
{
	u32 off = le32_to_cpu(req->offset), len = le32_to_cpu(req->length);

	if (off + len > FAKE_CONFIG_SIZE ||
	    sizeof(struct vmsg_header) + sizeof(*resp) + len > FAKE_MAX_MSG) {
		fb->malformed++;
		return 0;
	}
	resp->generation = cpu_to_le32(fb->generation);
	resp->offset = req->offset;
	resp->length = req->length;
	memcpy(resp + 1, fb->config + off, len);
	if (fb->moving && fb->requests[VMSG_GET_CONFIG] % fb->moving == 0)
		fb->generation++;

	return sizeof(*resp) + len;
}

static size_t answer_set_config(struct fake_bus *fb,
				const struct vmsg_config *req, size_t req_len,
				struct vmsg_config *resp)
{
	u32 off = le32_to_cpu(req->offset), len = le32_to_cpu(req->length);

	if (off + len > FAKE_CONFIG_SIZE || req_len != sizeof(*req) + len)
		fb->malformed++;
	*resp = *req;
	if (fb->rejects) {
		fb->rejects--;
		fb->generation++;
	}
	resp->generation = cpu_to_le32(fb->generation);
	if (req->generation != resp->generation) {
		resp->length = 0;
		return sizeof(*resp);
	}
	memcpy(fb->config + off, req + 1, len);
	memcpy(resp + 1, req + 1, len);
	return sizeof(*resp) + len;
}

static size_t answer_status(struct fake_bus *fb, u8 msg_id,
			    const struct vmsg_status *req,
			    struct vmsg_status *resp)
{
	unsigned int i;

	if (msg_id == VMSG_GET_DEVICE_STATUS) {
		if (fb->slow_reset && !--fb->slow_reset)
			fb->status = 0;
	} else if (req->status) {
		fb->status = le32_to_cpu(req->status);
		fb->status |= fb->status_add;
		fb->status &= ~fb->status_drop;
	} else {
		if (!fb->slow_reset)
			fb->status = 0;
		for (i = 0; i < FAKE_MAX_VQS; i++)
			fb->vqs[i].cur = 0;
	}
	resp->status = cpu_to_le32(fb->status);
	return sizeof(*resp);
}

static size_t answer_get_vqueue(struct fake_bus *fb,
				const struct vmsg_vqueue_index *req,
				struct vmsg_get_vqueue_resp *resp)
{
	u32 index = le32_to_cpu(req->index);

	memset(resp, 0, sizeof(*resp));
	resp->index = req->index;
	if (index < FAKE_MAX_VQS) {
		struct fake_vq *vq = &fb->vqs[index];

		resp->max_size = cpu_to_le32(vq->max);
		resp->cur_size = cpu_to_le32(vq->cur);
		resp->desc_addr = cpu_to_le64(vq->cur ? vq->desc : 0);
		resp->driver_addr = cpu_to_le64(vq->cur ? vq->driver : 0);
		resp->device_addr = cpu_to_le64(vq->cur ? vq->device : 0);
	}
	return sizeof(*resp);
}

static void take_vqueue(struct fake_bus *fb, const struct vmsg_set_vqueue *req)
{
	u32 index = le32_to_cpu(req->index);
	struct fake_vq *vq = &fb->vqs[index % FAKE_MAX_VQS];

	if (index >= FAKE_MAX_VQS || vq->cur || !vq->added ||
	    req->reserved0 || req->reserved1 ||
	    le32_to_cpu(req->size) > vq->max) {
		fb->malformed++;
		return;
	}
	if (vq->refuse)
		return;
	vq->cur = le32_to_cpu(req->size);
	vq->desc = le64_to_cpu(req->desc_addr);
	vq->driver = le64_to_cpu(req->driver_addr);
	vq->device = le64_to_cpu(req->device_addr);
}

static void reset_vqueue(struct fake_bus *fb,
			 const struct vmsg_vqueue_index *req)
{
	u32 index = le32_to_cpu(req->index);

	if (index >= FAKE_MAX_VQS || !fb->vqs[index].cur)
		fb->malformed++;
	else
		fb->vqs[index].cur = 0;
}

/* Bytes that a request has, where that is always the same. */
static const u8 request_size[] = {
	[VMSG_GET_DEVICE_INFO] = 0,
	[VMSG_GET_DEVICE_FEATURES] = sizeof(struct vmsg_features),
	[VMSG_GET_CONFIG] = sizeof(struct vmsg_get_config),
	[VMSG_GET_DEVICE_STATUS] = 0,
	[VMSG_SET_DEVICE_STATUS] = sizeof(struct vmsg_status),
	[VMSG_GET_VQUEUE] = sizeof(struct vmsg_vqueue_index),
	[VMSG_SET_VQUEUE] = sizeof(struct vmsg_set_vqueue),
	[VMSG_RESET_VQUEUE] = sizeof(struct vmsg_vqueue_index),
};

/* What the device answers, and the bytes of it. */
size_t fake_bus_answer(struct fake_bus *fb, u8 msg_id, const void *req,
		       size_t len, void *resp)
{
	if (sizeof(struct vmsg_header) + len > FAKE_MAX_MSG ||
	    msg_id >= ARRAY_SIZE(request_size) ||
	    (msg_id != VMSG_SET_CONFIG && msg_id != VMSG_SET_DRIVER_FEATURES &&
	     len != request_size[msg_id])) {
		fb->malformed++;
		return 0;
	}

	switch (msg_id) {
	case VMSG_GET_DEVICE_INFO:
		memcpy(resp, &fb->info, sizeof(fb->info));
		return sizeof(fb->info);
	case VMSG_GET_DEVICE_FEATURES:
		return answer_get_features(fb, req, resp);
	case VMSG_SET_DRIVER_FEATURES:
		take_features(fb, req, len);
		return 0;
	case VMSG_GET_CONFIG:
		return answer_get_config(fb, req, resp);
	case VMSG_SET_CONFIG:
		return answer_set_config(fb, req, len, resp);
	case VMSG_GET_DEVICE_STATUS:
	case VMSG_SET_DEVICE_STATUS:
		return answer_status(fb, msg_id, req, resp);
	case VMSG_GET_VQUEUE:
		return answer_get_vqueue(fb, req, resp);
	case VMSG_SET_VQUEUE:
		take_vqueue(fb, req);
		return 0;
	default:
		reset_vqueue(fb, req);
		return 0;
	}
}

static int fake_request(struct vmsg_device *md, u8 msg_id, const void *req,
			size_t req_len, void *resp, size_t resp_min,
			size_t resp_max)
{
	struct fake_bus *fb = to_fake_bus(md);
	u8 buf[VMSG_MAX_MAX_SIZE] __aligned(8) = {};
	size_t len;

	might_sleep();
	if (note(fb, msg_id))
		return fb->fail_err;

	len = fake_bus_answer(fb, msg_id, req, req_len, buf);
	if (fb->tamper)
		fb->tamper(fb, msg_id, buf, &len);
	/* As the Xen bus: too long is dropped, too short breaks it. */
	if (len < resp_min || len > resp_max)
		return -EIO;
	memcpy(resp, buf, len);
	return len;
}

static int fake_prepare_vqs(struct vmsg_device *md, u32 *entries,
			    unsigned int nvqs)
{
	struct fake_bus *fb = to_fake_bus(md);
	unsigned int i;

	might_sleep();
	fb->entries = 0;
	for (i = 0; i < nvqs; i++) {
		fb->entries += entries[i];
		entries[i] >>= fb->shrink;
	}
	return note(fb, FAKE_PREPARE_VQS) ? fb->fail_err : 0;
}

static int fake_add_vq(struct vmsg_vq *q)
{
	struct fake_bus *fb = to_fake_bus(q->md);

	might_sleep();
	if (note(fb, FAKE_ADD_VQ))
		return fb->fail_err;
	if (fb->vqs[q->index].added)
		fb->malformed++;
	fb->vqs[q->index].added = true;
	return 0;
}

static void fake_del_vq(struct vmsg_vq *q)
{
	struct fake_bus *fb = to_fake_bus(q->md);

	might_sleep();
	note(fb, FAKE_DEL_VQ);
	if (!fb->vqs[q->index].added)
		fb->malformed++;
	fb->vqs[q->index].added = false;
}

static bool fake_notify(struct virtqueue *vq)
{
	struct vmsg_vq *q = vq->priv;

	__set_bit(q->index, &to_fake_bus(q->md)->notified);
	return true;
}

static void fake_fail(struct vmsg_device *md, const char *why)
{
	struct fake_bus *fb = to_fake_bus(md);

	fb->fails++;
	fb->why = why;
}

static void fake_synchronize(struct vmsg_device *md)
{
	might_sleep();
	to_fake_bus(md)->syncs++;
}

static int fake_set_affinity(struct vmsg_vq *q, const struct cpumask *mask)
{
	__set_bit(q->index, &to_fake_bus(q->md)->affine);
	return 0;
}

static const char *fake_name(struct vmsg_device *md)
{
	return "fake";
}

struct vmsg_bus_ops fake_bus_ops = {
	.max_msg_size = FAKE_MAX_MSG,
	.max_vqs = FAKE_MAX_VQS,
	.request = fake_request,
	.prepare_vqs = fake_prepare_vqs,
	.add_vq = fake_add_vq,
	.del_vq = fake_del_vq,
	.notify = fake_notify,
	.fail = fake_fail,
	.synchronize = fake_synchronize,
	.set_affinity = fake_set_affinity,
	.name = fake_name,
};

/* A good device. */
void fake_bus_init_model(struct fake_bus *fb)
{
	unsigned int i;

	fb->info.device_id = cpu_to_le32(FAKE_DEVICE_ID);
	fb->info.vendor_id = cpu_to_le32(0x1af4);
	fb->info.num_feature_bits = cpu_to_le32(64);
	fb->info.config_size = cpu_to_le32(FAKE_CONFIG_SIZE);
	fb->info.max_virtqueues = cpu_to_le32(FAKE_MAX_VQS);
	fb->features[0] = 0x0000ff01;
	fb->features[1] = BIT(VIRTIO_F_VERSION_1 - 32) |
			  BIT(VIRTIO_F_ACCESS_PLATFORM - 32);
	for (i = 0; i < FAKE_CONFIG_SIZE; i++)
		fb->config[i] = i ^ 0x5a;
	fb->generation = 100;
	for (i = 0; i < FAKE_MAX_VQS; i++)
		fb->vqs[i].max = 64;
	fb->fail_err = -EIO;
}

/* For suites: test->priv is the bus, with a good device on it. */
int fake_bus_init(struct kunit *test)
{
	struct fake_bus *fb = kunit_kzalloc(test, sizeof(*fb), GFP_KERNEL);

	if (!fb)
		return -ENOMEM;

	test->priv = fb;
	fake_bus_init_model(fb);
	return fake_device_init(test, &fb->fd, FAKE_WINDOW);
}

void fake_bus_exit(struct kunit *test)
{
	struct fake_bus *fb = test->priv;

	if (!fb)
		return;

	fake_bus_disconnect(fb);
	KUNIT_EXPECT_EQ(test, fb->malformed, 0U);
	fake_device_exit(test, &fb->fd);
}

/* Make the device and register it. */
struct vmsg_device *fake_bus_connect(struct kunit *test)
{
	struct fake_bus *fb = test->priv;
	struct vmsg_device *md;
	int err;

	md = vmsg_device_create(fb->fd.dev, &fake_bus_ops, fb, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR(md));
	err = vmsg_device_register(md);
	if (err)
		vmsg_device_free(md);
	KUNIT_ASSERT_EQ(test, err, 0);
	fb->md = md;

	return md;
}

/* May be called again. */
void fake_bus_disconnect(struct fake_bus *fb)
{
	if (!fb->md)
		return;

	/* A driver does that itself. */
	if (!fb->md->vdev.dev.driver)
		fb->md->vdev.config->del_vqs(&fb->md->vdev);
	vmsg_device_unregister(fb->md);
	vmsg_device_free(fb->md);
	fb->md = NULL;
}

/* Deliver an event as the interrupt handler does. */
void fake_bus_event(struct fake_bus *fb, u8 msg_id, const void *payload,
		    size_t len)
{
	/* Just as large, so that KASAN sees a step beyond. */
	struct vmsg_header *msg = kzalloc(sizeof(*msg) + len, GFP_KERNEL);
	unsigned long flags;

	if (WARN_ON(!msg))
		return;

	msg->msg_id = msg_id;
	msg->msg_size = cpu_to_le16(sizeof(*msg) + len);
	memcpy(msg + 1, payload, len);
	local_irq_save(flags);
	vmsg_device_event(fb->md, msg, sizeof(*msg) + len);
	local_irq_restore(flags);
	kfree(msg);
}

/* Through the operation itself, whichever type it has in this kernel. */
int fake_spread_vqs(struct virtio_device *vdev, unsigned int nvqs,
		    struct virtqueue *vqs[], const char * const names[],
		    vq_callback_t *callback, struct irq_affinity *desc)
{
	unsigned int i;
#ifdef VXEN_HAVE_VIRTQUEUE_INFO
	struct virtqueue_info info[FAKE_MAX_VQS + 2] = {};

	for (i = 0; i < nvqs; i++) {
		info[i].name = names[i];
		info[i].callback = callback;
	}
	return vdev->config->find_vqs(vdev, nvqs, vqs, info, desc);
#else
	vq_callback_t *callbacks[FAKE_MAX_VQS + 2];

	for (i = 0; i < nvqs; i++)
		callbacks[i] = callback;
	return vdev->config->find_vqs(vdev, nvqs, vqs, callbacks, names, NULL,
				      desc);
#endif
}

int fake_find_vqs(struct virtio_device *vdev, unsigned int nvqs,
		  struct virtqueue *vqs[], const char * const names[],
		  vq_callback_t *callback)
{
	return fake_spread_vqs(vdev, nvqs, vqs, names, callback, NULL);
}
