/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - a virtio-msg device in xenstore; see Documentation/protocol.rst
 */
#ifndef VIRTIO_XEN_DEVICE_H
#define VIRTIO_XEN_DEVICE_H

#include <stdbool.h>
#include <xenstore.h>

#include "spec.h"
#include "store.h"

/* XenbusState, as in xen/io/xenbus.h. */
enum bus_state {
	BUS_UNKNOWN,
	BUS_INITIALISING,
	BUS_INIT_WAIT,
	BUS_INITIALISED,
	BUS_CONNECTED,
	BUS_CLOSING,
	BUS_CLOSED,
	BUS_RECONFIGURING,
	BUS_RECONFIGURED,
	BUS_STATES,
};

/**
 * struct device - names a device
 * @domid: the guest
 * @backend: domain that serves it
 * @id: among the guest's
 */
struct device {
	unsigned int domid;
	unsigned int backend;
	unsigned int id;
};

/**
 * struct device_status - how a device is
 * @front: state of the guest's end
 * @back: state of the backend's end
 * @error: why the backend is not ready, allocated, or NULL
 */
struct device_status {
	enum bus_state front;
	enum bus_state back;
	char *error;
};

void device_front(const struct device *device, char path[STORE_PATH_MAX]);
void device_back(const struct device *device, char path[STORE_PATH_MAX]);

int device_create(struct xs_handle *xs, struct device *device,
		  const struct spec *spec);
int device_detach(struct xs_handle *xs, const struct device *device, bool force);
int device_remove(struct xs_handle *xs, const struct device *device);

struct device *device_list(struct xs_handle *xs, int domid, unsigned int *count);
int device_find(struct xs_handle *xs, unsigned int domid, unsigned int id,
		struct device *device);
bool device_present(struct xs_handle *xs, const struct device *device);

char *device_config(struct xs_handle *xs, const struct device *device,
		    const char *key);
char *device_target(struct xs_handle *xs, const struct device *device);
void device_status(struct xs_handle *xs, const struct device *device,
		   struct device_status *status);
const char *device_word(const struct device_status *status);
const char *bus_state_name(enum bus_state state);

#endif /* VIRTIO_XEN_DEVICE_H */
