// SPDX-License-Identifier: GPL-2.0-only
/*
 * create.c - creates a domain with its devices
 *
 * xl makes the domain paused, so that its devices are there, and their
 * bridge ready, before the guest looks for them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "config.h"
#include "domain.h"
#include "report.h"
#include "run.h"

#define DOMID_TEXT	16

/* Which devices are there already, for undoing. */
struct attached {
	struct device *devices;
	int count;
};

static int attach_all(struct xs_handle *xs, unsigned int domid,
		      struct config *config, const struct options *options,
		      struct attached *attached)
{
	attached->count = 0;
	attached->devices = calloc((size_t)config->count + 1,
				   sizeof(*attached->devices));
	if (!attached->devices)
		return fail("out of memory");
	for (int i = 0; i < config->count; i++) {
		if (attach_device(xs, domid, &config->specs[i], options,
				  &attached->devices[i]))
			return fail("device %d (%s) could not be attached",
				    i + 1, config->text[i]);
		attached->count++;
	}
	return 0;
}

static void print_plan(const struct config *config, const char *domain)
{
	for (int i = 0; i < config->count; i++) {
		printf("virtio-xen attach %s ", domain);
		print_safe(stdout, config->text[i]);
		putchar('\n');
	}
}

static int attach_config(struct xs_handle *xs, struct config *config,
			 const struct options *options)
{
	int domid = domain_find(xs, options->args[0]);
	struct attached attached;
	int i, code = EXIT_DONE;

	if (domid < 0 || attach_check(xs, config->specs, config->count))
		return EXIT_FAILED;
	if (options->given & OPTION_DRY_RUN) {
		print_plan(config, options->args[0]);
		return EXIT_DONE;
	}
	if (attach_all(xs, (unsigned int)domid, config, options, &attached)) {
		/* The guest may use them already: the polite way. */
		for (i = 0; i < attached.count; i++)
			device_detach(xs, &attached.devices[i], false);
		if (attached.count)
			warn("detaching the devices before it");
		code = EXIT_FAILED;
	}
	free(attached.devices);
	return code;
}

/**
 * run_attach_config() - attach-config DOMAIN CFG
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_attach_config(struct xs_handle *xs, const struct options *options)
{
	struct config config;
	int code = EXIT_FAILED;

	if (!config_read(&config, options->args[1], NULL, 0)) {
		if (!config.count)
			warn("%s has no devices in its key %s",
			     options->args[1], CONFIG_KEY);
		code = attach_config(xs, &config, options);
	}
	config_free(&config);
	return code;
}

/* xl create -p and what was given; the array only is allocated. */
static char **create_line(const struct options *options)
{
	static char *const start[] = {
		(char *)"xl", (char *)"create", (char *)"-p",
	};
	size_t fixed = sizeof(start) / sizeof(start[0]);
	char **line = calloc(fixed + (size_t)options->xl_count +
			     (size_t)options->count + 1, sizeof(*line));

	if (!line)
		return NULL;
	memcpy(line, start, sizeof(start));
	memcpy(line + fixed, options->xl,
	       (size_t)options->xl_count * sizeof(*line));
	memcpy(line + fixed + options->xl_count, options->args,
	       (size_t)options->count * sizeof(*line));
	return line;
}

static int xl(const char *verb, unsigned int domid)
{
	char number[DOMID_TEXT];
	char *line[] = { (char *)"xl", (char *)verb, number, NULL };

	snprintf(number, sizeof(number), "%u", domid);
	return run_program(line);
}

/* Replaces this process, as a console has nothing more to wait for. */
static int console(unsigned int domid)
{
	char number[DOMID_TEXT];

	snprintf(number, sizeof(number), "%u", domid);
	fflush(NULL);
	execlp("xl", "xl", "console", number, (char *)NULL);
	fail("cannot run xl console: %s", strerror(errno));
	return EXIT_FAILED;
}

/* The domain is ours: nobody has seen it run. */
static void undo(struct xs_handle *xs, unsigned int domid,
		 const struct attached *attached)
{
	int i;

	if (xl("destroy", domid))
		warn("domain %u is left paused: 'xl destroy %u' removes it",
		     domid, domid);
	else
		warn("the domain has been destroyed again");
	for (i = 0; i < attached->count; i++)
		device_remove(xs, &attached->devices[i]);
}

/* From the domain's creation on. */
static int equip(struct xs_handle *xs, struct config *config,
		 const struct options *options)
{
	int domid = domain_by_name(xs, config->name);
	struct attached attached;

	if (domid < 0) {
		fail("xl has made no domain named '%s'", config->name);
		return EXIT_FAILED;
	}
	if (attach_all(xs, (unsigned int)domid, config, options, &attached) ||
	    (!options->paused && xl("unpause", (unsigned int)domid))) {
		undo(xs, (unsigned int)domid, &attached);
		free(attached.devices);
		return EXIT_FAILED;
	}
	free(attached.devices);
	return options->console ? console((unsigned int)domid) : EXIT_DONE;
}

static int plan_only(const struct config *config, const struct options *options,
		     char *const *line)
{
	print_program(line);
	print_plan(config, config->name);
	if (!options->paused)
		printf("xl unpause %s\n", config->name);
	if (options->console)
		printf("xl console %s\n", config->name);
	return EXIT_DONE;
}

static int create(struct xs_handle *xs, struct config *config,
		  const struct options *options)
{
	int code = EXIT_FAILED;
	char **line;
	int domid;

	if (!config->name) {
		fail("%s does not name the domain: add name = \"...\"",
		     options->args[0]);
		return EXIT_FAILED;
	}
	/* Else the devices could end up in the wrong one. */
	domid = domain_by_name(xs, config->name);
	if (domid >= 0) {
		fail("there is a domain '%s' already, number %d", config->name,
		     domid);
		return EXIT_FAILED;
	}
	if (attach_check(xs, config->specs, config->count))
		return EXIT_FAILED;
	line = create_line(options);
	if (!line)
		fail("out of memory");
	else if (options->given & OPTION_DRY_RUN)
		code = plan_only(config, options, line);
	else if (!run_program(line))
		code = equip(xs, config, options);
	free(line);
	return code;
}

/**
 * run_create() - create CFG [XL-OPTION|KEY=VALUE]...
 * @xs: connection
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_create(struct xs_handle *xs, const struct options *options)
{
	struct config config;
	int code = EXIT_FAILED;

	if (!config_read(&config, options->args[0], options->args + 1,
			 options->count - 1))
		code = create(xs, &config, options);
	config_free(&config);
	return code;
}
