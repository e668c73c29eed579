// SPDX-License-Identifier: GPL-2.0-only
/*
 * status.c - how a device is, and what it is
 */
#include <stdlib.h>
#include <string.h>

#include "device.h"

static const char *const state_names[BUS_STATES] = {
	"unknown", "initialising", "initwait", "initialised", "connected",
	"closing", "closed", "reconfiguring", "reconfigured",
};

/**
 * bus_state_name() - the word for a XenbusState
 * @state: below BUS_STATES
 *
 * Return: a constant string.
 */
const char *bus_state_name(enum bus_state state)
{
	return state_names[state];
}

/**
 * device_config() - reads what the toolstack wrote for the backend
 * @xs: connection
 * @device: which
 * @key: name of the node
 *
 * Return: an allocated string, or NULL.
 */
char *device_config(struct xs_handle *xs, const struct device *device,
		    const char *key)
{
	char back[STORE_PATH_MAX];

	device_back(device, back);
	return store_read(xs, XBT_NULL, "%s/config/%s", back, key);
}

/**
 * device_target() - what stands behind a device, for people
 * @xs: connection
 * @device: which
 *
 * Return: an allocated string, or NULL.
 */
char *device_target(struct xs_handle *xs, const struct device *device)
{
	static const enum spec_key keys[] = {
		KEY_TARGET, KEY_SOCKET, KEY_BRIDGE, KEY_IFNAME, KEY_MAC,
	};
	char *text = NULL;
	size_t i;

	for (i = 0; !text && i < sizeof(keys) / sizeof(keys[0]); i++)
		text = device_config(xs, device, spec_key_name(keys[i]));
	return text;
}

static enum bus_state read_state(struct xs_handle *xs, const char *directory)
{
	int state = store_read_number(xs, XBT_NULL, "%s/state", directory);

	return state < 0 || state >= BUS_STATES ? BUS_UNKNOWN :
		(enum bus_state)state;
}

/**
 * device_status() - reads how a device is
 * @xs: connection
 * @device: which
 * @status: is filled in; its error is to be freed
 */
void device_status(struct xs_handle *xs, const struct device *device,
		   struct device_status *status)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX];

	device_front(device, front);
	device_back(device, back);
	status->front = read_state(xs, front);
	status->back = read_state(xs, back);
	status->error = store_read(xs, XBT_NULL, "%s/error", back);
	if (status->error && !status->error[0]) {
		free(status->error);
		status->error = NULL;
	}
}

/**
 * device_word() - how a device is, in one word
 * @status: as read
 *
 * Return: a constant string.
 */
const char *device_word(const struct device_status *status)
{
	if (status->error)
		return "error";
	if (status->front == BUS_CONNECTED && status->back == BUS_CONNECTED)
		return "connected";
	if (status->front == BUS_CLOSED || status->back == BUS_CLOSED)
		return "closed";
	if (status->front == BUS_CLOSING || status->back == BUS_CLOSING)
		return "closing";
	if (status->back == BUS_INITIALISING)
		return "starting";
	if (status->back == BUS_INIT_WAIT && status->front == BUS_INITIALISING)
		return "waiting";
	if (status->front == BUS_UNKNOWN || status->back == BUS_UNKNOWN)
		return "unknown";
	return "connecting";
}
