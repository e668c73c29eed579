// SPDX-License-Identifier: GPL-2.0-only
/*
 * detach.c - takes a device away
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "domain.h"
#include "report.h"
#include "values.h"

static enum store_verdict look_gone(struct xs_handle *xs, void *data)
{
	return device_present(xs, data) ? STORE_WAIT : STORE_READY;
}

/* The bridge, or if that was given up its directory, is gone: tidy up. */
static int finish(struct xs_handle *xs, const struct device *device)
{
	if (device_remove(xs, device))
		return EXIT_FAILED;
	printf("detached: d%u virtio-msg %u\n", device->domid, device->id);
	return EXIT_DONE;
}

static int give_up(struct xs_handle *xs, const struct device *device,
		   enum store_verdict verdict, const struct options *options)
{
	struct device_status status;

	device_status(xs, device, &status);
	free(status.error);
	if (verdict == STORE_INTERRUPTED) {
		fail("interrupted; the device is still being detached");
		return EXIT_FAILED;
	}
	if (!(options->given & OPTION_FORCE)) {
		fail("device %u of domain %u is not gone after %u s (guest %s, bridge %s): wait, or use --force",
		     device->id, device->domid, options->timeout,
		     bus_state_name(status.front), bus_state_name(status.back));
		return EXIT_FAILED;
	}
	warn("the bridge in domain %u does not answer; removing the device from xenstore",
	     device->backend);
	return finish(xs, device);
}

static int detach(struct xs_handle *xs, const struct options *options,
		  const struct device *device)
{
	struct device watched = *device;
	char back[STORE_PATH_MAX];
	enum store_verdict verdict;

	if (device_detach(xs, device, options->given & OPTION_FORCE))
		return EXIT_FAILED;
	device_back(device, back);
	verdict = store_wait(xs, back, options->timeout, look_gone, &watched);
	if (verdict == STORE_READY)
		return finish(xs, device);
	return give_up(xs, device, verdict, options);
}

/* type: that the device has to be of, or NULL. */
static int find_and_detach(struct xs_handle *xs, const struct options *options,
			   const char *type)
{
	/* The guest may be dead already, and its device left. */
	int domid = domain_number(xs, options->args[0]);
	struct device device;
	unsigned long id;
	char *found;
	bool right;

	if (domid < 0)
		return EXIT_FAILED;
	if (!value_number(options->args[1], ID_MAX, &id)) {
		fail("'%s' is no device id: see 'virtio-xen list %d'",
		     options->args[1], domid);
		return EXIT_USAGE;
	}
	if (device_find(xs, (unsigned int)domid, (unsigned int)id, &device))
		return EXIT_FAILED;
	if (type) {
		found = device_config(xs, &device, "type");
		right = found && !strcmp(found, type);
		free(found);
		if (!right) {
			fail("device %lu of domain %d is no %s device: see 'virtio-xen list %d'",
			     id, domid, type, domid);
			return EXIT_FAILED;
		}
	}
	return detach(xs, options, &device);
}

/**
 * run_detach() - detach DOMAIN ID
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_detach(struct xs_handle *xs, const struct options *options)
{
	return find_and_detach(xs, options, NULL);
}

/**
 * run_block_detach() - block-detach DOMAIN ID
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_block_detach(struct xs_handle *xs, const struct options *options)
{
	return find_and_detach(xs, options, "blk");
}

/**
 * run_network_detach() - network-detach DOMAIN ID
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_network_detach(struct xs_handle *xs, const struct options *options)
{
	return find_and_detach(xs, options, "net");
}
