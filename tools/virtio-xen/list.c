// SPDX-License-Identifier: GPL-2.0-only
/*
 * list.c - shows devices, as a table, as JSON, or one in full
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "device.h"
#include "domain.h"
#include "report.h"
#include "values.h"

/* Depth of a device's tree is two; a guest might make it deeper. */
#define DUMP_DEPTH	8

/* Columns of the table; longer text pushes the next ones to the right. */
#define TYPE_WIDTH	10
#define BACKEND_WIDTH	10
#define STATE_WIDTH	25	/* initialising/initialising */

static void json_field(const char *name, const char *value)
{
	printf(", \"%s\": ", name);
	print_json(stdout, value);
}

static void json_config(struct xs_handle *xs, const struct device *device)
{
	char back[STORE_PATH_MAX];
	unsigned int count, i;
	char **names;

	device_back(device, back);
	names = store_list(xs, XBT_NULL, &count, "%s/config", back);
	fputs(", \"config\": {", stdout);
	for (i = 0; i < count; i++) {
		char *value = device_config(xs, device, names[i]);

		fputs(i ? ", " : "", stdout);
		print_json(stdout, names[i]);
		fputs(": ", stdout);
		print_json(stdout, value);
		free(value);
	}
	fputc('}', stdout);
	free(names);
}

static void json_device(struct xs_handle *xs, const struct device *device)
{
	char *domain = domain_name(xs, device->domid);
	char *backend = domain_name(xs, device->backend);
	char *type = device_config(xs, device, "type");
	char *target = device_target(xs, device);
	struct device_status status;

	device_status(xs, device, &status);
	printf("{\"domid\": %u", device->domid);
	json_field("domain", domain);
	printf(", \"id\": %u", device->id);
	json_field("type", type);
	printf(", \"backend_domid\": %u", device->backend);
	json_field("backend", backend);
	json_field("state", device_word(&status));
	json_field("frontend_state", bus_state_name(status.front));
	json_field("backend_state", bus_state_name(status.back));
	json_field("target", target);
	json_field("error", status.error);
	json_config(xs, device);
	fputc('}', stdout);
	free(status.error);
	free(target);
	free(type);
	free(backend);
	free(domain);
}

static void list_json(struct xs_handle *xs, const struct device *devices,
		      unsigned int count)
{
	unsigned int i;

	fputs("[", stdout);
	for (i = 0; i < count; i++) {
		fputs(i ? ",\n " : "", stdout);
		json_device(xs, &devices[i]);
	}
	fputs("]\n", stdout);
}

static void list_row(struct xs_handle *xs, const struct device *device,
		     int width)
{
	char *domain = domain_name(xs, device->domid);
	char *backend = domain_name(xs, device->backend);
	char *type = device_config(xs, device, "type");
	char *target = device_target(xs, device);
	struct device_status status;
	char number[16], states[32];

	device_status(xs, device, &status);
	/* A name is missing where the domain is dead. */
	snprintf(number, sizeof(number), "%u", device->domid);
	snprintf(states, sizeof(states), "%s/%s", bus_state_name(status.front),
		 bus_state_name(status.back));
	print_column(domain ? domain : number, width);
	printf("%4u ", device->id);
	print_column(type, TYPE_WIDTH);
	print_column(backend, BACKEND_WIDTH);
	print_column(states, STATE_WIDTH);
	print_safe(stdout, target ? target : "-");
	if (status.error) {
		fputs("  (error: ", stdout);
		print_safe(stdout, status.error);
		fputc(')', stdout);
	}
	fputc('\n', stdout);
	free(status.error);
	free(target);
	free(type);
	free(backend);
	free(domain);
}

static void list_table(struct xs_handle *xs, const struct device *devices,
		       unsigned int count)
{
	size_t width = strlen("DOMAIN");
	unsigned int i;

	for (i = 0; i < count; i++) {
		char *domain = domain_name(xs, devices[i].domid);

		if (domain && strlen(domain) > width)
			width = strlen(domain);
		free(domain);
	}
	printf("%-*s %4s %-*s %-*s %-*s %s\n", (int)width, "DOMAIN", "ID",
	       TYPE_WIDTH, "TYPE", BACKEND_WIDTH, "BACKEND",
	       STATE_WIDTH, "STATE", "TARGET");
	for (i = 0; i < count; i++)
		list_row(xs, &devices[i], (int)width);
}

/**
 * run_list() - list [DOMAIN]
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_list(struct xs_handle *xs, const struct options *options)
{
	struct device *devices;
	unsigned int count;
	int domid = -1;

	if (options->count) {
		domid = domain_number(xs, options->args[0]);
		if (domid < 0)
			return EXIT_FAILED;
	}
	devices = device_list(xs, domid, &count);
	/* A dead domain's devices are worth showing, but not its absence. */
	if (!count && domid >= 0 && !domain_exists(xs, (unsigned int)domid)) {
		fail("no domain %d: see 'xl list'", domid);
		return EXIT_FAILED;
	}
	if (options->given & OPTION_JSON)
		list_json(xs, devices, count);
	else
		list_table(xs, devices, count);
	free(devices);
	return EXIT_DONE;
}

static void dump(struct xs_handle *xs, const char *path, int depth)
{
	char child[STORE_PATH_MAX];
	unsigned int count, i;
	char *value = store_read(xs, XBT_NULL, "%s", path);
	char **names = store_list(xs, XBT_NULL, &count, "%s", path);

	if (value && (*value || !count)) {
		print_safe(stdout, path);
		fputs(" = \"", stdout);
		print_safe(stdout, value);
		fputs("\"\n", stdout);
	}
	for (i = 0; i < count && depth < DUMP_DEPTH; i++)
		if (snprintf(child, sizeof(child), "%s/%s", path, names[i]) <
		    (int)sizeof(child))
			dump(xs, child, depth + 1);
	free(names);
	free(value);
}

/**
 * run_state() - state DOMAIN ID
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_state(struct xs_handle *xs, const struct options *options)
{
	int domid = domain_number(xs, options->args[0]);
	char path[STORE_PATH_MAX];
	struct device_status status;
	struct device device;
	unsigned long id;
	bool connected;

	if (domid < 0)
		return EXIT_FAILED;
	if (!value_number(options->args[1], ID_MAX, &id)) {
		fail("'%s' is no device id: see 'virtio-xen list %d'",
		     options->args[1], domid);
		return EXIT_USAGE;
	}
	if (device_find(xs, (unsigned int)domid, (unsigned int)id, &device))
		return EXIT_FAILED;
	device_status(xs, &device, &status);
	puts(device_word(&status));
	connected = !strcmp(device_word(&status), "connected");
	free(status.error);
	if (options->given & OPTION_VERBOSE) {
		device_front(&device, path);
		dump(xs, path, 0);
		device_back(&device, path);
		dump(xs, path, 0);
	}
	return connected ? EXIT_DONE : EXIT_NOT_CONNECTED;
}
