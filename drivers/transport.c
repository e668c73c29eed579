// SPDX-License-Identifier: GPL-2.0-only
/*
 * transport.c - virtio config operations over virtio-msg, on any bus
 *
 * Theory of operation
 * -------------------
 * Each config operation becomes one or a few requests (include/virtio_msg.h);
 * the bus carries them. Virtqueues are in transport_vq.c.
 *
 * Nothing that the device answers is believed beyond its meaning:
 *
 * - the status that virtio sees is the one that the driver has set, less what
 *   the device did not confirm; a device can take FEATURES_OK away, it can't
 *   add bits or keep them over a reset;
 * - an answer must be for what was asked: offset, length, index and block
 *   number are compared, and the device is broken if they differ;
 * - a device that changes its configuration faster than it can be read is given
 *   up after a few attempts.
 *
 * Config operations have no way to fail: when the bus is broken, reads return
 * zeros, writes go nowhere, and the virtqueues are broken (virtio_break_device)
 * so that the driver sees errors instead of silence.
 *
 * Operations are called in process context and may sleep; notify may not
 * (transport_vq.c). vmsg_device_event() comes from interrupts; it does nothing
 * while the status is 0, that is before the device is set up and after a reset.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "transport.h"
#include "transport_vq.h"

/* Blocks of 32 feature bits that this kernel can hold. */
#define KERNEL_FEATURE_BLOCKS	2

/* How often a read or write is repeated because the configuration changed. */
#define CONFIG_ATTEMPTS		16

/* How long a device may take to reset after it has answered the request. */
#define RESET_TIMEOUT_MS	5000

struct features_msg {
	struct vmsg_features hdr;
	__le32 block[KERNEL_FEATURE_BLOCKS];
};

struct config_msg {
	struct vmsg_config hdr;
	u8 data[VMSG_MAX_MAX_SIZE - sizeof(struct vmsg_header) -
		sizeof(struct vmsg_config)];
};

/* Bytes of configuration that one message carries. */
static u32 config_piece(const struct vmsg_device *md)
{
	return md->bus->max_msg_size - sizeof(struct vmsg_header) -
	       sizeof(struct vmsg_config);
}

static u32 feature_blocks(const struct vmsg_device *md)
{
	return min_t(u32, md->feature_blocks, KERNEL_FEATURE_BLOCKS);
}

static u64 vmsg_get_features(struct virtio_device *vdev)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	u32 blocks = feature_blocks(md);
	size_t size = sizeof(struct vmsg_features) +
		      blocks * sizeof(__le32);
	struct vmsg_features req = { .num_blocks = cpu_to_le32(blocks) };
	struct features_msg resp = {};
	u64 features = 0;

	if (!blocks ||
	    md->bus->request(md, VMSG_GET_DEVICE_FEATURES, &req, sizeof(req),
			     &resp, size, size) < 0)
		return 0;

	if (resp.hdr.block_index || resp.hdr.num_blocks != req.num_blocks) {
		md->bus->fail(md, "GET_DEVICE_FEATURES answers another question");
		return 0;
	}

	while (blocks--)
		features = features << 32 | le32_to_cpu(resp.block[blocks]);

	return features;
}

static int vmsg_finalize_features(struct virtio_device *vdev)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	bool ring_reset = __virtio_test_bit(vdev, VIRTIO_F_RING_RESET);
	u32 i, blocks = feature_blocks(md);
	struct features_msg req = { .hdr.num_blocks = cpu_to_le32(blocks) };
	int ret;

	vring_transport_features(vdev);
	if (ring_reset)
		__virtio_set_bit(vdev, VIRTIO_F_RING_RESET);
	/* Notifications are events, they carry no data. */
	__virtio_clear_bit(vdev, VIRTIO_F_NOTIFICATION_DATA);
	/* The other end is a CPU: the barriers between CPUs are enough. */
	__virtio_clear_bit(vdev, VIRTIO_F_ORDER_PLATFORM);
	if (md->bus->features)
		md->bus->features(vdev);

	if (!__virtio_test_bit(vdev, VIRTIO_F_VERSION_1) ||
	    !__virtio_test_bit(vdev, VIRTIO_F_ACCESS_PLATFORM)) {
		dev_err(&vdev->dev,
			"the device lacks VERSION_1 or ACCESS_PLATFORM\n");
		return -EINVAL;
	}

	for (i = 0; i < blocks; i++)
		req.block[i] = cpu_to_le32(vdev->features >> (32 * i));

	ret = md->bus->request(md, VMSG_SET_DRIVER_FEATURES, &req,
			       sizeof(req.hdr) + blocks * sizeof(__le32), NULL,
			       0, 0);
	return ret < 0 ? ret : 0;
}

static bool in_config(struct vmsg_device *md, u32 offset, u32 len)
{
	if (offset <= md->config_size && len <= md->config_size - offset)
		return true;

	dev_warn_once(&md->vdev.dev,
		      "access to bytes %u to %u of a configuration of %u\n",
		      offset, offset + len, md->config_size);
	return false;
}

/* Read a piece that fits into one message; @buf may be NULL. */
static int get_config_piece(struct vmsg_device *md, u32 offset, u8 *buf,
			    u32 len, u32 *generation)
{
	struct vmsg_get_config req = {
		.offset = cpu_to_le32(offset),
		.length = cpu_to_le32(len),
	};
	struct config_msg resp;
	int ret;

	ret = md->bus->request(md, VMSG_GET_CONFIG, &req, sizeof(req), &resp,
			       sizeof(resp.hdr) + len, sizeof(resp.hdr) + len);
	if (ret < 0)
		return ret;

	if (resp.hdr.offset != req.offset || resp.hdr.length != req.length) {
		md->bus->fail(md, "GET_CONFIG answers another question");
		return -EPROTO;
	}

	if (buf)
		memcpy(buf, resp.data, len);
	*generation = le32_to_cpu(resp.hdr.generation);
	return 0;
}

/* Read it all at one generation; -EAGAIN if that changed on the way. */
static int get_config_once(struct vmsg_device *md, u32 offset, u8 *buf,
			   u32 len)
{
	u32 done, piece, generation, first = 0;
	int err;

	for (done = 0; done < len; done += piece) {
		piece = min(len - done, config_piece(md));
		err = get_config_piece(md, offset + done, buf + done, piece,
				       &generation);
		if (err)
			return err;
		if (!done)
			first = generation;
		WRITE_ONCE(md->generation, generation);
		if (generation != first)
			return -EAGAIN;
	}

	return 0;
}

static void vmsg_get(struct virtio_device *vdev, unsigned int offset,
		     void *buf, unsigned int len)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	int i, err = -EINVAL;

	if (in_config(md, offset, len)) {
		for (i = 0; i < CONFIG_ATTEMPTS; i++) {
			err = get_config_once(md, offset, buf, len);
			if (err != -EAGAIN)
				break;
		}
		if (err == -EAGAIN)
			md->bus->fail(md, "its configuration never holds still");
	}

	if (err)
		memset(buf, 0, len);
}

/* Write a piece; -EAGAIN if the device has a newer configuration. */
static int set_config_piece(struct vmsg_device *md, u32 offset, const u8 *buf,
			    u32 len)
{
	struct config_msg req = {
		.hdr.generation = cpu_to_le32(READ_ONCE(md->generation)),
		.hdr.offset = cpu_to_le32(offset),
		.hdr.length = cpu_to_le32(len),
	};
	struct config_msg resp;
	int ret;

	memcpy(req.data, buf, len);
	ret = md->bus->request(md, VMSG_SET_CONFIG, &req, sizeof(req.hdr) + len,
			       &resp, sizeof(resp.hdr), sizeof(resp.hdr) + len);
	if (ret < 0)
		return ret;

	WRITE_ONCE(md->generation, le32_to_cpu(resp.hdr.generation));
	if (!resp.hdr.length)
		return -EAGAIN;
	if (resp.hdr.offset != req.hdr.offset ||
	    resp.hdr.length != req.hdr.length) {
		md->bus->fail(md, "SET_CONFIG answers another question");
		return -EPROTO;
	}

	return 0;
}

static void vmsg_set(struct virtio_device *vdev, unsigned int offset,
		     const void *buf, unsigned int len)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	unsigned int attempts = CONFIG_ATTEMPTS;
	u32 done = 0;
	int err;

	if (!in_config(md, offset, len))
		return;

	while (done < len) {
		u32 generation, piece = min(len - done, config_piece(md));

		err = set_config_piece(md, offset + done, buf + done, piece);
		if (!err) {
			done += piece;
			continue;
		}
		if (err != -EAGAIN)
			return;
		if (!--attempts) {
			/* Or it is read-only: then this is all there is to say. */
			dev_warn(&vdev->dev,
				 "the device rejects a write to its configuration at %u\n",
				 offset + done);
			return;
		}

		/* virtio-msg wants it read again before the next attempt. */
		err = get_config_piece(md, offset + done, NULL, piece,
				       &generation);
		if (err)
			return;
		WRITE_ONCE(md->generation, generation);
	}
}

static u32 vmsg_generation(struct virtio_device *vdev)
{
	/*
	 * Every read brings the generation that it belongs to. The caller reads
	 * between two calls of this and repeats if they differ: what the last
	 * read brought is just what it needs to know.
	 */
	return READ_ONCE(to_vmsg_device(vdev)->generation);
}

static u8 vmsg_get_status(struct virtio_device *vdev)
{
	return READ_ONCE(to_vmsg_device(vdev)->status);
}

static int request_status(struct vmsg_device *md, u8 msg_id, u32 status,
			  u32 *result)
{
	struct vmsg_status req = { .status = cpu_to_le32(status) };
	struct vmsg_status resp;
	int ret;

	ret = md->bus->request(md, msg_id, &req,
			       msg_id == VMSG_SET_DEVICE_STATUS ? sizeof(req) :
								  0,
			       &resp, sizeof(resp), sizeof(resp));
	if (ret < 0)
		return ret;

	*result = le32_to_cpu(resp.status);
	return 0;
}

static void vmsg_set_status(struct virtio_device *vdev, u8 status)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	u32 result;

	/* Writing 0 means reset, and has an operation of its own. */
	if (WARN_ON_ONCE(!status))
		return;

	if (request_status(md, VMSG_SET_DEVICE_STATUS, status, &result))
		return;

	if (status & ~result & ~VIRTIO_CONFIG_S_FEATURES_OK &
	    ~VIRTIO_CONFIG_S_FAILED) {
		md->bus->fail(md, "it does not take the status that is set");
		return;
	}

	WRITE_ONCE(md->status, status & (result | VIRTIO_CONFIG_S_FAILED));
}

static void vmsg_reset(struct virtio_device *vdev)
{
	struct vmsg_device *md = to_vmsg_device(vdev);
	unsigned long end = jiffies + msecs_to_jiffies(RESET_TIMEOUT_MS);
	u32 status;
	int err;

	/* Whatever the device makes of it: for this end it is reset. */
	WRITE_ONCE(md->status, 0);

	err = request_status(md, VMSG_SET_DEVICE_STATUS, 0, &status);
	while (!err && status) {
		if (time_after(jiffies, end)) {
			md->bus->fail(md, "it does not finish its reset");
			break;
		}
		msleep(20);
		err = request_status(md, VMSG_GET_DEVICE_STATUS, 0, &status);
	}

	/* Nobody is being told of anything from before the reset any more. */
	md->bus->synchronize(md);
}

static void vmsg_synchronize_cbs(struct virtio_device *vdev)
{
	struct vmsg_device *md = to_vmsg_device(vdev);

	md->bus->synchronize(md);
}

static const char *vmsg_bus_name(struct virtio_device *vdev)
{
	struct vmsg_device *md = to_vmsg_device(vdev);

	return md->bus->name(md);
}

VXEN_DEFINE_FIND_VQS(vmsg_find_vqs)

static const struct virtio_config_ops vmsg_config_ops = {
	.get = vmsg_get,
	.set = vmsg_set,
	.generation = vmsg_generation,
	.get_status = vmsg_get_status,
	.set_status = vmsg_set_status,
	.reset = vmsg_reset,
	.find_vqs = VXEN_FIND_VQS(vmsg_find_vqs),
	.del_vqs = vmsg_del_vqs,
	.synchronize_cbs = vmsg_synchronize_cbs,
	.get_features = vmsg_get_features,
	.finalize_features = vmsg_finalize_features,
	.bus_name = vmsg_bus_name,
	.set_vq_affinity = vmsg_set_vq_affinity,
	.get_vq_affinity = vmsg_get_vq_affinity,
	.disable_vq_and_reset = vmsg_disable_vq_and_reset,
	.enable_vq_after_reset = vmsg_enable_vq_after_reset,
};

static void config_event(struct vmsg_device *md, const void *payload,
			 size_t len)
{
	const struct vmsg_event_config *ev = payload;

	/* Without data, the range that it names is what has changed. */
	if (len < sizeof(*ev) ||
	    (len > sizeof(*ev) &&
	     le32_to_cpu(ev->length) != len - sizeof(*ev))) {
		dev_warn_ratelimited(&md->vdev.dev,
				     "malformed EVENT_CONFIG dropped\n");
		return;
	}

	WRITE_ONCE(md->generation, le32_to_cpu(ev->generation));
	if (le32_to_cpu(ev->device_status) & VIRTIO_CONFIG_S_NEEDS_RESET) {
		/* What its configuration would say now means nothing. */
		md->bus->fail(md, "its backend says that it needs a reset");
		return;
	}

	virtio_config_changed(&md->vdev);
}

static void used_event(struct vmsg_device *md, const void *payload, size_t len)
{
	const struct vmsg_event_used *ev = payload;
	u32 index = len == sizeof(*ev) ? le32_to_cpu(ev->vq_index) : U32_MAX;
	struct vmsg_vq *q = index < md->max_vqs ? READ_ONCE(md->vqs[index]) :
						   NULL;

	if (q && !READ_ONCE(q->stopped))
		vmsg_vq_interrupt(q);
	else
		dev_warn_ratelimited(&md->vdev.dev,
				     "EVENT_USED for no virtqueue dropped\n");
}

/**
 * vmsg_device_event() - take an event from the device
 * @md: the device
 * @msg: a private copy of the message
 * @size: its bytes, header included
 *
 * Implements EVENT_CONFIG and EVENT_USED of virtio-msg.
 *
 * Context: interrupts; the bus's @synchronize waits for it.
 */
void vmsg_device_event(struct vmsg_device *md, const struct vmsg_header *msg,
		       size_t size)
{
	if (!READ_ONCE(md->status))
		return;

	switch (msg->msg_id) {
	case VMSG_EVENT_CONFIG:
		config_event(md, msg + 1, size - sizeof(*msg));
		break;
	case VMSG_EVENT_USED:
		used_event(md, msg + 1, size - sizeof(*msg));
		break;
	default:
		dev_warn_ratelimited(&md->vdev.dev,
				     "unknown event 0x%02x dropped\n",
				     msg->msg_id);
	}
}

static void break_device(struct work_struct *work)
{
	struct vmsg_device *md = container_of(work, struct vmsg_device,
					      broken_work);

	virtio_break_device(&md->vdev);
}

/**
 * vmsg_device_broken() - the bus is broken: break the virtqueues
 * @md: the device, registered
 *
 * Context: any. It is done a little later, where locks can be taken.
 */
void vmsg_device_broken(struct vmsg_device *md)
{
	/* Before the status is set there is no virtqueue to break. */
	if (READ_ONCE(md->status))
		schedule_work(&md->broken_work);
}

static void release_device(struct device *dev)
{
	struct vmsg_device *md = to_vmsg_device(dev_to_virtio(dev));

	kfree(md->vqs);
	kfree(md);
}

/* Fill in what GET_DEVICE_INFO says. */
static int get_info(struct vmsg_device *md)
{
	struct vmsg_device_info_resp info;
	u32 bits;
	int ret;

	ret = md->bus->request(md, VMSG_GET_DEVICE_INFO, NULL, 0, &info,
			       sizeof(info), sizeof(info));
	if (ret < 0)
		return ret;

	bits = le32_to_cpu(info.num_feature_bits);
	md->vdev.id.device = le32_to_cpu(info.device_id);
	md->vdev.id.vendor = le32_to_cpu(info.vendor_id);
	md->feature_blocks = bits / 32;
	md->config_size = le32_to_cpu(info.config_size);
	md->max_vqs = le32_to_cpu(info.max_virtqueues);

	if (!md->vdev.id.device || bits % 32 || !md->max_vqs ||
	    md->max_vqs > md->bus->max_vqs) {
		md->bus->fail(md, "GET_DEVICE_INFO makes no sense");
		return -EPROTO;
	}

	return 0;
}

/**
 * vmsg_device_create() - ask a device what it is
 * @parent: device that the virtio device is a child of, and that DMA is
 *	mapped for
 * @bus: the bus
 * @bus_priv: the bus's
 * @dev_num: device number on the bus
 *
 * Context: may sleep.
 * Return: the device, not yet registered, or an ERR_PTR.
 */
struct vmsg_device *vmsg_device_create(struct device *parent,
				       const struct vmsg_bus_ops *bus,
				       void *bus_priv, u16 dev_num)
{
	struct vmsg_device *md;
	int err;

	md = kzalloc(sizeof(*md), GFP_KERNEL);
	if (!md)
		return ERR_PTR(-ENOMEM);

	md->bus = bus;
	md->bus_priv = bus_priv;
	md->dev_num = dev_num;
	md->vdev.dev.parent = parent;
	md->vdev.dev.release = release_device;
	md->vdev.config = &vmsg_config_ops;
	INIT_WORK(&md->broken_work, break_device);

	err = get_info(md);
	if (err)
		goto err_free;

	err = -ENOMEM;
	mutex_init(&md->vqs_lock);
	md->vqs = kcalloc(md->max_vqs, sizeof(*md->vqs), GFP_KERNEL);
	if (!md->vqs)
		goto err_free;

	return md;

err_free:
	kfree(md);
	return ERR_PTR(err);
}

/**
 * vmsg_device_register() - give a device to its virtio driver
 * @md: the device
 *
 * A driver that is there is probed before this returns.
 *
 * Context: may sleep.
 * Return: 0 or a negative errno; vmsg_device_free() is due in either case.
 */
int vmsg_device_register(struct vmsg_device *md)
{
	return register_virtio_device(&md->vdev);
}

/**
 * vmsg_device_unregister() - take a device from its driver
 * @md: the device, registered
 *
 * The driver resets it on its way, through the bus.
 *
 * Context: may sleep.
 */
void vmsg_device_unregister(struct vmsg_device *md)
{
	/* For vmsg_device_free() to drop. */
	get_device(&md->vdev.dev);
	unregister_virtio_device(&md->vdev);
}

/**
 * vmsg_device_free() - free a device
 * @md: the device, unregistered or failed to register. The bus has stopped
 *	calling vmsg_device_event() and vmsg_device_broken().
 *
 * Context: may sleep.
 */
void vmsg_device_free(struct vmsg_device *md)
{
	cancel_work_sync(&md->broken_work);
	put_device(&md->vdev.dev);
}
