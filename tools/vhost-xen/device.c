// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - the virtio device that a guest sees
 *
 * Theory of operation
 *
 * This is the device half of the VIRTIO specification's initialisation and
 * reset: status bits, feature negotiation, virtqueues. What comes from the
 * guest has been taken apart by vmsg.c and busmsg.c and is checked here
 * against the state of the device; the backend is asked only for what makes
 * sense.
 *
 * When the guest does what a driver never does, or the backend fails, the
 * device gets DEVICE_NEEDS_RESET and goes on answering messages. A failed
 * backend is not opened again in this connection.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_config.h>
#include <string.h>
#include <sys/eventfd.h>

#include "device.h"
#include "log.h"
#include "util.h"

/* What a driver may set; NEEDS_RESET is ours. */
#define DRIVER_STATUS	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | \
			 VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK | \
			 VIRTIO_CONFIG_S_FAILED)

/* Bits that concern the transport, so are offered by the bridge. */
#define OWN_FEATURES	(BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) | BIT_ULL(VIRTIO_F_RING_RESET))

#define MUST_FEATURES	(BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM))

/*
 * Bits that may come from the backend: those of the device type (0 to 23 and
 * 50 to 63), and of the virtqueue formats. Not NOTIFICATION_DATA,
 * ORDER_PLATFORM, SR_IOV or ADMIN_VQ, and not what vhost keeps for itself in
 * the legacy bits.
 */
#define BACKEND_FEATURES (0xffffffULL | ~0ULL << 50 | BIT_ULL(28) /* INDIRECT_DESC */ | \
			  BIT_ULL(29) /* EVENT_IDX */ | BIT_ULL(VIRTIO_F_VERSION_1) | \
			  BIT_ULL(VIRTIO_F_RING_PACKED) | BIT_ULL(VIRTIO_F_IN_ORDER))

/**
 * device_init() - Make a device of an open backend
 * @dev: to be filled in
 * @be: stays owned by the caller
 * @ports: how to bind event channels
 * @bus_features: to offer in HELLO
 *
 * Return: 0 or a negative errno
 */
int device_init(struct device *dev, struct backend *be, const struct port_ops *ports,
		uint32_t bus_features)
{
	unsigned int i;
	int err;

	*dev = (struct device){
		.be = be, .ports = ports, .bus_features = bus_features,
		.max_msg = VMSG_XEN_MAX_MSG_SIZE,
	};
	for (i = 0; i < MAX_QUEUES; i++)
		dev->queues[i].kick = dev->queues[i].call = -1;
	for (i = 0; i < be->nqueues; i++) {
		struct vqueue *q = &dev->queues[i];

		q->kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		q->call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (q->kick >= 0 && q->call >= 0)
			continue;
		err = -errno;
		device_fini(dev);
		return err;
	}
	return 0;
}

/**
 * device_fini() - Undo device_init()
 * @dev: its backend has been closed
 */
void device_fini(struct device *dev)
{
	unsigned int i;

	for (i = 0; i < MAX_QUEUES; i++) {
		close_fd(&dev->queues[i].kick);
		close_fd(&dev->queues[i].call);
	}
}

/**
 * device_broken() - The backend can't go on
 * @dev: the device
 */
void device_broken(struct device *dev)
{
	dev->dead = true;
	if (dev->status & VIRTIO_CONFIG_S_DRIVER_OK) {
		dev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
		dev->config_pending = true;
	}
}

/**
 * device_invalid() - The driver has asked for what makes no sense
 * @dev: the device; it needs a reset now
 * @what: for the log
 *
 * For requests whose answer has no room to say so.
 */
void device_invalid(struct device *dev, const char *what)
{
	log_guest("invalid %s", what);
	dev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	dev->config_pending = true;
}

/**
 * device_config_changed() - The backend has a new config space
 * @dev: the device
 */
void device_config_changed(struct device *dev)
{
	dev->generation++;
	dev->config_pending = true;
}

/**
 * device_agree() - Settle the features of the bus
 * @dev: the device
 * @bus_features: VMSG_XEN_F_* that the driver has asked for
 */
void device_agree(struct device *dev, uint32_t bus_features)
{
	const struct backend_ops *ops = dev->be->ops;

	dev->bus_agreed = bus_features & dev->bus_features;
	dev->hello = true;
	if (ops->set_single_grants)
		ops->set_single_grants(dev->be,
				       dev->bus_agreed & BIT_ULL(VMSG_XEN_F_SINGLE_GRANTS));
}

/**
 * device_features() - What the device offers
 * @dev: the device
 *
 * Return: virtio feature bits
 */
uint64_t device_features(const struct device *dev)
{
	return (dev->be->features & BACKEND_FEATURES) | OWN_FEATURES;
}

/**
 * device_set_features() - The driver chooses
 * @dev: the device
 * @features: its choice; checked only with FEATURES_OK
 * @foreign: it has also chosen bits that we have no place for
 *
 * Return: 0, or -EBUSY if it is too late
 */
int device_set_features(struct device *dev, uint64_t features, bool foreign)
{
	if (dev->status & VIRTIO_CONFIG_S_FEATURES_OK)
		return -EBUSY;
	dev->features = features;
	dev->foreign_features = foreign;
	return 0;
}

static bool features_ok(struct device *dev)
{
	if (dev->dead || dev->foreign_features)
		return false;
	if (dev->features & ~device_features(dev))
		return false;
	if ((dev->features & MUST_FEATURES) != MUST_FEATURES)
		return false;
	/*
	 * A driver that has not reset the device goes on with rings that are
	 * in use (after save and restore). We have no record of what was in
	 * flight, so we decline, and it resets.
	 */
	if (!dev->was_reset)
		return false;
	return !dev->be->ops->set_features(dev->be, dev->features & ~OWN_FEATURES);
}

static void start_queue(struct device *dev, unsigned int index)
{
	struct vqueue *q = &dev->queues[index];
	int err;

	if (q->running || !q->areas.size || dev->dead)
		return;
	err = dev->be->ops->start_queue(dev->be, index, &q->areas, q->kick, q->call);
	if (err) {
		log_err("queue %u does not start: %s", index, strerror(-err));
		device_broken(dev);
		return;
	}
	q->running = true;
}

static void reset(struct device *dev)
{
	unsigned int i;
	int err;

	err = dev->be->ops->stop_all(dev->be);
	if (err)
		dev->dead = true;
	for (i = 0; i < dev->be->nqueues; i++) {
		dev->queues[i].areas = (struct vring_areas){ 0 };
		dev->queues[i].running = false;
		dev->queues[i].used_pending = false;
	}
	dev->status = 0;
	dev->features = 0;
	dev->foreign_features = false;
	dev->config_pending = false;
	dev->was_reset = true;
}

/**
 * device_set_status() - The driver writes the device status
 * @dev: the device; read the result in its @status
 * @status: 0 resets; otherwise bits are only ever added
 */
void device_set_status(struct device *dev, uint32_t status)
{
	uint32_t want = status & DRIVER_STATUS & ~dev->status;
	unsigned int i;

	if (!status) {
		reset(dev);
		return;
	}
	if ((want & VIRTIO_CONFIG_S_FEATURES_OK) && !features_ok(dev))
		want &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	if (!((dev->status | want) & VIRTIO_CONFIG_S_FEATURES_OK))
		want &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	dev->status |= want;

	if (!(want & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	if (dev->dead)
		device_broken(dev);
	for (i = 0; i < dev->be->nqueues; i++)
		start_queue(dev, i);
}

/**
 * device_set_vqueue() - The driver configures a virtqueue
 * @dev: the device
 * @index: of the queue
 * @a: where it lies
 *
 * Return: 0 or a negative errno
 */
int device_set_vqueue(struct device *dev, unsigned int index, const struct vring_areas *a)
{
	bool packed = dev->features & BIT_ULL(VIRTIO_F_RING_PACKED);

	if (index >= dev->be->nqueues || !(dev->status & VIRTIO_CONFIG_S_FEATURES_OK))
		return -EINVAL;
	if (dev->queues[index].areas.size)
		return -EBUSY;
	if (!vring_check(a, packed, dev->be->queue_size, &dev->windows))
		return -EINVAL;
	dev->queues[index].areas = *a;
	if (dev->status & VIRTIO_CONFIG_S_DRIVER_OK)
		start_queue(dev, index);
	return 0;
}

/**
 * device_reset_vqueue() - The driver takes a virtqueue back
 * @dev: the device
 * @index: of the queue
 *
 * Return: 0 or a negative errno
 */
int device_reset_vqueue(struct device *dev, unsigned int index)
{
	struct vqueue *q;

	if (index >= dev->be->nqueues || !(dev->features & BIT_ULL(VIRTIO_F_RING_RESET)))
		return -EINVAL;
	q = &dev->queues[index];
	if (q->running && dev->be->ops->stop_queue(dev->be, index))
		device_broken(dev);
	q->areas = (struct vring_areas){ 0 };
	q->running = false;
	q->used_pending = false;
	return 0;
}

/**
 * device_add_window() - The guest shows a window
 * @dev: the device
 * @id: its name
 * @first_ref: first grant reference
 * @frames: how many
 *
 * Return: VMSG_XEN_OK or another status
 */
int device_add_window(struct device *dev, uint16_t id, uint32_t first_ref, uint32_t frames)
{
	int status = windows_check(&dev->windows, id, first_ref, frames);
	struct window *w;
	int err;

	if (status != VMSG_XEN_OK)
		return status;
	if (windows_count(&dev->windows) >= MAX_WINDOWS - dev->be->own_windows)
		return VMSG_XEN_ENOMEM;
	w = windows_insert(&dev->windows, id, first_ref, frames);
	if (!w)
		return VMSG_XEN_ENOMEM;
	err = dev->be->ops->add_window(dev->be, w);
	if (err) {
		log_guest("window %u, %u frames from reference %u: %s", id, frames, first_ref,
			  strerror(-err));
		w->used = false;
		return VMSG_XEN_EMAP;
	}
	log_debug("window %u: %u frames from reference %u", id, frames, first_ref);
	return VMSG_XEN_OK;
}

/**
 * device_remove_window() - The guest wants a window back
 * @dev: the device
 * @id: the window's name
 *
 * Return: VMSG_XEN_OK when nobody has it mapped, or another status
 */
int device_remove_window(struct device *dev, uint16_t id)
{
	struct window *w = windows_find(&dev->windows, id);
	unsigned int i;

	if (!w)
		return VMSG_XEN_EINVAL;
	for (i = 0; i < dev->be->nqueues; i++)
		if (dev->queues[i].areas.size && vring_in_window(&dev->queues[i].areas, w))
			return VMSG_XEN_EBUSY;
	if (dev->be->ops->remove_window(dev->be, w))
		return VMSG_XEN_EBUSY;
	w->used = false;
	return VMSG_XEN_OK;
}

/**
 * device_kick() - There are new buffers in a queue
 * @dev: the device
 * @index: of the queue, below the backend's nqueues
 */
void device_kick(struct device *dev, unsigned int index)
{
	const struct backend_ops *ops = dev->be->ops;
	uint64_t one = 1;
	ssize_t n;

	if (ops->kick && ops->kick(dev->be, index))
		return;
	n = write(dev->queues[index].kick, &one, sizeof(one));
	(void)n;	/* full means that a kick is pending already */
}

static int send_event(struct bus *bus, uint8_t id, const void *payload, uint32_t len)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE];
	struct vmsg_header hdr = {
		.msg_id = id, .msg_size = htole16(sizeof(hdr) + len),
	};

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), payload, len);
	return bus_put(bus, msg, sizeof(hdr) + len);
}

/**
 * device_flush_events() - Send what events there are, as far as there is room
 * @dev: the device
 * @bus: where to send them
 *
 * Events for the same thing are merged while they wait, so any number of them
 * needs no memory.
 *
 * Return: 0, or a negative errno if the ring is broken
 */
int device_flush_events(struct device *dev, struct bus *bus)
{
	struct vmsg_event_config config = {
		.device_status = htole32(dev->status),
		.generation = htole32(dev->generation),
	};
	unsigned int i;
	int err;

	if (!dev->hello)
		return 0;
	if (dev->config_pending) {
		err = send_event(bus, VMSG_EVENT_CONFIG, &config, sizeof(config));
		if (err)
			return err == -EAGAIN ? 0 : err;
		dev->config_pending = false;
	}
	for (i = 0; i < dev->be->nqueues; i++) {
		struct vmsg_event_used used = { .vq_index = htole32(i) };

		if (!dev->queues[i].used_pending)
			continue;
		err = send_event(bus, VMSG_EVENT_USED, &used, sizeof(used));
		if (err)
			return err == -EAGAIN ? 0 : err;
		dev->queues[i].used_pending = false;
	}
	return 0;
}
