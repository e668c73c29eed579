/* SPDX-License-Identifier: GPL-2.0-only */
/* device.h - the virtio device that a guest sees */
#ifndef VX_DEVICE_H
#define VX_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "backend.h"
#include "bus.h"
#include "vring.h"
#include "windows.h"

/**
 * struct vqueue - one virtqueue
 * @areas: where it lies; size 0 while it is not configured
 * @running: the backend serves it
 * @used_pending: an EVENT_USED is to be sent
 * @kick: eventfd, we signal, the backend waits
 * @call: eventfd, the backend signals, we wait
 * @port: our end of the queue's event channel, 0 for none
 */
struct vqueue {
	struct vring_areas areas;
	bool running;
	bool used_pending;
	int kick;
	int call;
	uint32_t port;
};

struct device;

/**
 * struct port_ops - event channels, as the device needs them
 * @bind: bind a port of the guest's to a queue and set its @port;
 *	returns 0 or a negative errno
 * @unbind: close the queue's port and clear its @port
 */
struct port_ops {
	int (*bind)(struct device *dev, unsigned int index, uint32_t remote);
	void (*unbind)(struct device *dev, unsigned int index);
};

/**
 * struct device - one virtio device
 * @be: who does the work
 * @ports: event channels
 * @ports_priv: for the implementation of @ports
 * @bus_features: VMSG_XEN_F_* that HELLO offers
 * @bus_agreed: of these, what both use
 * @hello: HELLO has been answered
 * @max_msg: largest message, bytes
 * @dead: the backend failed, only a new connection helps
 * @was_reset: the driver has reset it since it connected
 * @status: virtio device status
 * @generation: of the config space
 * @config_pending: an EVENT_CONFIG is to be sent
 * @features: what the driver has chosen
 * @foreign_features: it has chosen bits beyond the 64 that there are
 * @windows: what the guest has granted
 * @queues: by index, the backend's nqueues of them
 */
struct device {
	struct backend *be;
	const struct port_ops *ports;
	void *ports_priv;
	uint32_t bus_features;
	uint32_t bus_agreed;
	bool hello;
	uint32_t max_msg;
	bool dead;
	bool was_reset;
	uint32_t status;
	uint32_t generation;
	bool config_pending;
	uint64_t features;
	bool foreign_features;
	struct windows windows;
	struct vqueue queues[MAX_QUEUES];
};

#define DEVICE_FEATURE_BITS	64

int device_init(struct device *dev, struct backend *be, const struct port_ops *ports,
		uint32_t bus_features);
void device_fini(struct device *dev);

void device_agree(struct device *dev, uint32_t bus_features);
uint64_t device_features(const struct device *dev);
int device_set_features(struct device *dev, uint64_t features, bool foreign);
void device_set_status(struct device *dev, uint32_t status);
int device_set_vqueue(struct device *dev, unsigned int index, const struct vring_areas *a);
int device_reset_vqueue(struct device *dev, unsigned int index);
int device_add_window(struct device *dev, uint16_t id, uint32_t first_ref, uint32_t frames);
int device_remove_window(struct device *dev, uint16_t id);
void device_kick(struct device *dev, unsigned int index);
void device_config_changed(struct device *dev);
void device_broken(struct device *dev);
void device_invalid(struct device *dev, const char *what);
int device_flush_events(struct device *dev, struct bus *bus);

#endif /* VX_DEVICE_H */
