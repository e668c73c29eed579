// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach.c - gives a domain a device
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "attach.h"
#include "check.h"
#include "domain.h"
#include "report.h"

/* Domain that is to serve a device; -1 after an error message. */
static int backend_of(struct xs_handle *xs, const struct spec *spec)
{
	return spec->value[KEY_BACKEND] ?
		domain_find(xs, spec->value[KEY_BACKEND]) : 0;
}

/* Whether two specifications of one command can both be. */
static int check_two(struct xs_handle *xs, const struct spec *spec,
		     const struct spec *other)
{
	int backend = backend_of(xs, spec);
	int key;

	if (spec_id(spec) >= 0 && spec_id(spec) == spec_id(other))
		return fail("id %d is given to two devices", spec_id(spec));
	if (backend != backend_of(xs, other))
		return 0;
	key = check_conflict(spec, other,
			     (unsigned int)backend == domain_self(xs));
	if (key < 0)
		return 0;
	return fail("%s %s is given to two devices",
		    spec_key_name((enum spec_key)key), spec->value[key]);
}

/**
 * attach_check() - all that can be checked without a guest
 * @xs: connection
 * @specs: complete
 * @count: of @specs, which are to be attached together
 *
 * Return: 0, or -1 after an error message.
 */
int attach_check(struct xs_handle *xs, const struct spec *specs, int count)
{
	int i, k;

	for (i = 0; i < count; i++) {
		int backend = backend_of(xs, &specs[i]);

		if (backend < 0)
			return -1;
		if ((unsigned int)backend == domain_self(xs) &&
		    check_host(&specs[i]))
			return -1;
		if (check_attached(xs, &specs[i], (unsigned int)backend))
			return -1;
		for (k = 0; k < i; k++)
			if (check_two(xs, &specs[i], &specs[k]))
				return -1;
	}
	return 0;
}

/* Written by us rather than chosen by the bridge, so that it stays. */
static int choose_mac(struct spec *spec)
{
	unsigned char byte[3];
	char mac[18], error[SPEC_ERROR_MAX];

	if (!spec_wants_mac(spec) || spec->value[KEY_MAC])
		return 0;
	if (getrandom(byte, sizeof(byte), 0) != sizeof(byte))
		return fail("no random numbers for a MAC address: give mac=...");
	/* Xen's own range; addresses up to 7f:ff:ff are for such use. */
	snprintf(mac, sizeof(mac), "00:16:3e:%02x:%02x:%02x", byte[0] & 0x7f,
		 byte[1], byte[2]);
	if (spec_set(spec, "mac", mac, error))
		return fail("%s", error);
	return 0;
}

static int choose_queues(struct xs_handle *xs, unsigned int domid,
			 struct spec *spec)
{
	char error[SPEC_ERROR_MAX];

	if (spec_spread_queues(spec, domain_vcpus(xs, domid), error))
		return fail("%s", error);
	return 0;
}

static enum store_verdict look_ready(struct xs_handle *xs, void *data)
{
	const struct device *device = data;
	struct device_status status;

	device_status(xs, device, &status);
	if (status.error) {
		free(status.error);
		return STORE_FAILED;
	}
	switch (status.back) {
	case BUS_INIT_WAIT:
	case BUS_CONNECTED:
		return STORE_READY;
	case BUS_CLOSING:
	case BUS_CLOSED:
		return STORE_FAILED;
	case BUS_UNKNOWN:
		return device_present(xs, device) ? STORE_WAIT : STORE_FAILED;
	default:
		return STORE_WAIT;
	}
}

/* Says why a device did not come to be. */
static void report(struct xs_handle *xs, const struct device *device,
		   enum store_verdict verdict, unsigned int seconds)
{
	struct device_status status;

	device_status(xs, device, &status);
	if (verdict == STORE_INTERRUPTED) {
		fail("interrupted");
	} else if (verdict == STORE_TIMEOUT) {
		fail("the bridge does not answer within %u s; is vhost-xen running in domain %u?",
		     seconds, device->backend);
	} else if (status.error) {
		fflush(stdout);
		fputs("virtio-xen: the bridge refuses the device: ", stderr);
		/* A driver domain is not to command our terminal. */
		print_safe(stderr, status.error);
		fputc('\n', stderr);
	} else {
		fail("the bridge has closed the device (%s); see the log of vhost-xen in domain %u",
		     bus_state_name(status.back), device->backend);
	}
	free(status.error);
}

/**
 * attach_device() - gives a domain a device
 * @xs: connection
 * @domid: the guest
 * @spec: complete and checked; gets a MAC address if it needs one, and queues
 * @options: whether to wait, and how long
 * @device: is filled in
 *
 * Return: 0, or -1 after an error message, with nothing left behind.
 */
int attach_device(struct xs_handle *xs, unsigned int domid, struct spec *spec,
		  const struct options *options, struct device *device)
{
	char back[STORE_PATH_MAX];
	enum store_verdict verdict;
	int backend = backend_of(xs, spec);

	if (backend < 0 || choose_mac(spec) || choose_queues(xs, domid, spec))
		return -1;
	if (domid == (unsigned int)backend)
		return fail("domain %u cannot be its own backend", domid);
	*device = (struct device){
		.domid = domid, .backend = (unsigned int)backend,
	};
	if (device_create(xs, device, spec))
		return -1;
	if (!(options->given & OPTION_NO_WAIT)) {
		device_back(device, back);
		verdict = store_wait(xs, back, options->timeout, look_ready,
				     device);
		if (verdict != STORE_READY) {
			report(xs, device, verdict, options->timeout);
			device_remove(xs, device);
			return -1;
		}
	}
	printf("attached: d%u virtio-msg %u (%s)\n", domid, device->id,
	       spec_type_name(spec->type));
	fflush(stdout);
	return 0;
}

/* From a complete specification on. */
static int attach_checked(struct xs_handle *xs, struct spec *spec,
			  const struct options *options)
{
	int domid = domain_find(xs, options->args[0]);
	struct device device;

	if (domid < 0 || attach_check(xs, spec, 1) ||
	    attach_device(xs, (unsigned int)domid, spec, options, &device))
		return EXIT_FAILED;
	return EXIT_DONE;
}

static int bad_spec(struct spec *spec, const char *error)
{
	fail("%s", error);
	spec_free(spec);
	return EXIT_USAGE;
}

/**
 * run_attach() - attach DOMAIN SPEC
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_attach(struct xs_handle *xs, const struct options *options)
{
	char error[SPEC_ERROR_MAX];
	struct spec spec;
	int code;

	if (spec_parse(&spec, options->args[1], error))
		return bad_spec(&spec, error);
	code = attach_checked(xs, &spec, options);
	spec_free(&spec);
	return code;
}

/**
 * run_block_attach() - block-attach DOMAIN TARGET [FORMAT] [ro|rw]
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_block_attach(struct xs_handle *xs, const struct options *options)
{
	struct spec spec = { .type = SPEC_BLK };
	char error[SPEC_ERROR_MAX];
	int i, code;

	code = spec_set(&spec, "target", options->args[1], error);
	for (i = 2; i < options->count && !code; i++) {
		const char *word = options->args[i];

		if (!strcmp(word, "ro") || !strcmp(word, "rw"))
			code = spec_set(&spec, "readonly",
					word[1] == 'o' ? "1" : "0", error);
		else
			code = spec_set(&spec, "format", word, error);
	}
	if (code)
		return bad_spec(&spec, error);
	code = attach_checked(xs, &spec, options);
	spec_free(&spec);
	return code;
}

/**
 * run_network_attach() - network-attach DOMAIN [KEY=VALUE]...
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_network_attach(struct xs_handle *xs, const struct options *options)
{
	struct spec spec = { .type = SPEC_NET };
	char error[SPEC_ERROR_MAX];
	int i, code = 0;

	for (i = 1; i < options->count && !code; i++) {
		char *value = strchr(options->args[i], '=');

		if (value)
			*value++ = '\0';
		code = spec_set(&spec, options->args[i], value, error);
	}
	if (code)
		return bad_spec(&spec, error);
	code = attach_checked(xs, &spec, options);
	spec_free(&spec);
	return code;
}
