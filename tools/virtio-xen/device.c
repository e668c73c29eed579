// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - a virtio-msg device's nodes in xenstore
 *
 * Devices are found by their backends' directories. The guest owns its own
 * directory and may write there what it likes, so nothing but its state is
 * read from it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "domain.h"
#include "report.h"
#include "values.h"
#include "virtio_msg_xen.h"

#define TYPE	VMSG_XEN_TYPE

/* Above .../backend/virtio-msg/<guest>/<id>: the guest's, then the type's. */
#define BACK_PARENTS	2
/* Above .../device/virtio-msg/<id>: the type's. */
#define FRONT_PARENTS	1

/* A transaction fails if someone else wrote there; then it is tried again. */
#define TRANSACTION_TRIES	100

typedef int (*transaction_body)(struct xs_handle *xs, xs_transaction_t t,
				struct device *device, const void *data);

/**
 * device_front() - path of the guest's end
 * @device: which
 * @path: is filled in
 */
void device_front(const struct device *device, char path[STORE_PATH_MAX])
{
	snprintf(path, STORE_PATH_MAX, "/local/domain/%u/device/" TYPE "/%u",
		 device->domid, device->id);
}

/**
 * device_back() - path of the backend's end
 * @device: which
 * @path: is filled in
 */
void device_back(const struct device *device, char path[STORE_PATH_MAX])
{
	snprintf(path, STORE_PATH_MAX,
		 "/local/domain/%u/backend/" TYPE "/%u/%u",
		 device->backend, device->domid, device->id);
}

/* Runs body in a transaction; errno is that of what failed. */
static int transact(struct xs_handle *xs, transaction_body body,
		    struct device *device, const void *data)
{
	int tries, result, saved;

	for (tries = 0; tries < TRANSACTION_TRIES; tries++) {
		xs_transaction_t t = xs_transaction_start(xs);

		if (t == XBT_NULL)
			return -1;
		result = body(xs, t, device, data);
		saved = errno;
		if (xs_transaction_end(xs, t, result != 0) || result) {
			errno = saved;
			return result;
		}
		if (errno != EAGAIN)
			return -1;
	}
	errno = EBUSY;
	return -1;
}

/* Either end may linger without the other; neither is written over. */
static bool id_taken(struct xs_handle *xs, xs_transaction_t t,
		     const struct device *device)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX];

	device_front(device, front);
	device_back(device, back);
	return store_exists(xs, t, "%s", front) ||
		store_exists(xs, t, "%s", back);
}

static int choose_id(struct xs_handle *xs, xs_transaction_t t,
		     struct device *device, const struct spec *spec)
{
	int wanted = spec_id(spec);

	device->id = wanted < 0 ? 0 : (unsigned int)wanted;
	while (id_taken(xs, t, device)) {
		if (wanted >= 0 || device->id == ID_MAX) {
			errno = EEXIST;
			return -1;
		}
		device->id++;
	}
	return 0;
}

static bool write_front(struct xs_handle *xs, xs_transaction_t t,
			const struct device *device)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX], backend[16];

	device_front(device, front);
	device_back(device, back);
	snprintf(backend, sizeof(backend), "%u", device->backend);
	return store_mkdir(xs, t, front, device->domid, (int)device->backend) &&
		store_write(xs, t, back, "%s/backend", front) &&
		store_write(xs, t, backend, "%s/backend-id", front) &&
		store_write(xs, t, "1", "%s/state", front);
}

static bool write_config(struct xs_handle *xs, xs_transaction_t t,
			 const struct device *device, const struct spec *spec)
{
	char config[STORE_PATH_MAX + 8], back[STORE_PATH_MAX];
	int key;

	device_back(device, back);
	snprintf(config, sizeof(config), "%s/config", back);
	/*
	 * The guest may read the backend's directory, but is not to know the
	 * host's paths. The children inherit it from their directory.
	 */
	if (!store_mkdir(xs, t, config, device->backend, -1) ||
	    !store_write(xs, t, spec_type_name(spec->type), "%s/type", config))
		return false;
	for (key = 0; key < KEYS_CONFIG; key++)
		if (spec->value[key] &&
		    !store_write(xs, t, spec->value[key], "%s/%s", config,
				 spec_key_name((enum spec_key)key)))
			return false;
	return true;
}

static bool write_back(struct xs_handle *xs, xs_transaction_t t,
		       const struct device *device, const struct spec *spec)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX], guest[16];

	device_front(device, front);
	device_back(device, back);
	snprintf(guest, sizeof(guest), "%u", device->domid);
	return store_mkdir(xs, t, back, device->backend, (int)device->domid) &&
		store_write(xs, t, front, "%s/frontend", back) &&
		store_write(xs, t, guest, "%s/frontend-id", back) &&
		store_write(xs, t, "1", "%s/online", back) &&
		write_config(xs, t, device, spec) &&
		/* Last: for a bridge that looks at it as it comes. */
		store_write(xs, t, "1", "%s/state", back);
}

static int create_body(struct xs_handle *xs, xs_transaction_t t,
		       struct device *device, const void *data)
{
	const struct spec *spec = data;

	if (choose_id(xs, t, device, spec))
		return -1;
	return write_front(xs, t, device) && write_back(xs, t, device, spec) ?
		0 : -1;
}

/**
 * device_create() - writes both ends of a device
 * @xs: connection
 * @device: guest and backend are set; the id is chosen here
 * @spec: complete
 *
 * Return: 0, or -1 after an error message.
 */
int device_create(struct xs_handle *xs, struct device *device,
		  const struct spec *spec)
{
	if (!transact(xs, create_body, device, spec))
		return 0;
	if (errno == EEXIST && spec_id(spec) < 0)
		return fail("domain %u has no free id left", device->domid);
	if (errno == EEXIST)
		return fail("domain %u has a device %u already: choose another id, or detach it first",
			    device->domid, device->id);
	return fail("cannot write the device of domain %u: %s", device->domid,
		    store_error());
}

static int detach_body(struct xs_handle *xs, xs_transaction_t t,
		       struct device *device, const void *data)
{
	const bool *force = data;
	char back[STORE_PATH_MAX];

	device_back(device, back);
	/* Else a backend that has just gone would get half a directory. */
	if (!store_exists(xs, t, "%s/frontend", back)) {
		errno = ENOENT;
		return -1;
	}
	if (*force && !store_write(xs, t, "1", "%s/force", back))
		return -1;
	return store_write(xs, t, "0", "%s/online", back) &&
		store_write(xs, t, "5", "%s/state", back) ? 0 : -1;
}

/**
 * device_detach() - asks the backend to remove a device
 * @xs: connection
 * @device: which
 * @force: without waiting for the guest
 *
 * Return: 0, or -1 after an error message.
 */
int device_detach(struct xs_handle *xs, const struct device *device, bool force)
{
	struct device copy = *device;

	if (!transact(xs, detach_body, &copy, &force) || errno == ENOENT)
		return 0;
	return fail("cannot detach device %u of domain %u: %s", device->id,
		    device->domid, store_error());
}

static int remove_body(struct xs_handle *xs, xs_transaction_t t,
		       struct device *device, const void *data)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX];

	(void)data;
	device_front(device, front);
	device_back(device, back);
	/* A parent that is missing is as good as one that is empty. */
	return store_remove(xs, t, front, FRONT_PARENTS) &&
		store_remove(xs, t, back, BACK_PARENTS) ? 0 : -1;
}

/**
 * device_remove() - removes what is left of both ends of a device
 * @xs: connection
 * @device: which
 *
 * Return: 0, or -1 after an error message.
 */
int device_remove(struct xs_handle *xs, const struct device *device)
{
	struct device copy = *device;

	if (!transact(xs, remove_body, &copy, NULL))
		return 0;
	return fail("cannot remove device %u of domain %u from xenstore: %s",
		    device->id, device->domid, store_error());
}

/**
 * device_present() - whether a device's backend directory is there
 * @xs: connection
 * @device: which
 *
 * Return: true if it is.
 */
bool device_present(struct xs_handle *xs, const struct device *device)
{
	char back[STORE_PATH_MAX];

	device_back(device, back);
	return store_exists(xs, XBT_NULL, "%s/frontend", back) ||
		store_exists(xs, XBT_NULL, "%s/state", back);
}

struct device_array {
	struct device *devices;
	unsigned int count;
};

static bool array_add(struct device_array *array, const struct device *device)
{
	/* Grows to the next power of two, when count is one. */
	if (!(array->count & (array->count - 1))) {
		size_t room = array->count ? array->count * 2UL : 1;
		void *bigger = reallocarray(array->devices, room,
					    sizeof(*array->devices));

		if (!bigger)
			return false;
		array->devices = bigger;
	}
	array->devices[array->count++] = *device;
	return true;
}

/* Devices of one guest behind one backend. */
static void list_pair(struct xs_handle *xs, struct device_array *array,
		      unsigned int backend, unsigned int domid)
{
	struct device device = { .domid = domid, .backend = backend };
	unsigned int count, i;
	char **names = store_list(xs, XBT_NULL, &count,
				  "/local/domain/%u/backend/" TYPE "/%u",
				  backend, domid);

	for (i = 0; i < count; i++) {
		unsigned long id;

		if (!value_number(names[i], ID_MAX, &id))
			continue;
		device.id = (unsigned int)id;
		if (!array_add(array, &device))
			break;
	}
	free(names);
}

static void list_backend(struct xs_handle *xs, struct device_array *array,
			 unsigned int backend)
{
	unsigned int count, i;
	char **names = store_list(xs, XBT_NULL, &count,
				  "/local/domain/%u/backend/" TYPE, backend);

	for (i = 0; i < count; i++) {
		unsigned long domid;

		if (value_number(names[i], DOMAIN_MAX, &domid))
			list_pair(xs, array, backend, (unsigned int)domid);
	}
	free(names);
}

static int compare(const void *left, const void *right)
{
	const struct device *a = left, *b = right;

	if (a->domid != b->domid)
		return a->domid < b->domid ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->backend < b->backend ? -1 : a->backend > b->backend;
}

/**
 * device_list() - finds devices
 * @xs: connection
 * @domid: the guest, or -1 for all
 * @count: is set
 *
 * Return: an allocated array in order of guest and id; NULL if empty.
 */
struct device *device_list(struct xs_handle *xs, int domid, unsigned int *count)
{
	struct device_array array = { 0 };
	unsigned int domains, i;
	unsigned int *domids = domain_list(xs, &domains);

	for (i = 0; i < domains; i++) {
		if (domid < 0)
			list_backend(xs, &array, domids[i]);
		else
			list_pair(xs, &array, domids[i], (unsigned int)domid);
	}
	free(domids);
	if (array.count)
		qsort(array.devices, array.count, sizeof(*array.devices),
		      compare);
	*count = array.count;
	return array.devices;
}

/**
 * device_find() - finds one device
 * @xs: connection
 * @domid: the guest
 * @id: among the guest's
 * @device: is filled in
 *
 * Return: 0, or -1 after an error message.
 */
int device_find(struct xs_handle *xs, unsigned int domid, unsigned int id,
		struct device *device)
{
	unsigned int count, i;
	struct device *devices = device_list(xs, (int)domid, &count);

	for (i = 0; i < count && devices[i].id != id; i++)
		;
	if (i < count)
		*device = devices[i];
	free(devices);
	if (i == count)
		return fail("domain %u has no device %u: see 'virtio-xen list'",
			    domid, id);
	return 0;
}
