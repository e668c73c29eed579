// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - virtio-xen: gives Xen guests virtio devices
 *
 * spec.c, values.c    reads what the administrator wrote
 * check.c             looks whether the machine has what it names
 * store.c, domain.c   xenstore, and the domains in it
 * device.c, status.c  a device's nodes
 * attach.c, detach.c, list.c, create.c, config.c, run.c
 *                     the commands
 * stat.c, stat_*.c    the one that runs in the guest
 * xen_libs.c          loads Xen's libraries, which a guest need not have
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "store.h"

#ifndef VERSION
#define VERSION	"unknown"
#endif

static int run(const struct command *command, int argc, char **argv)
{
	struct options options;
	struct xs_handle *xs = NULL;
	int code = options_parse(&options, command, argc, argv);

	if (code < 0) {
		bool needed = !(command->options & OPTION_NO_STORE);

		if (needed)
			xs = store_open();
		code = xs || !needed ? command->run(xs, &options) : EXIT_FAILED;
		if (xs)
			xs_close(xs);
	}
	free(options.xl);
	return code;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		general_help(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		general_help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("virtio-xen " VERSION);
		return EXIT_DONE;
	}
	command = command_find(argv[1]);
	if (!command) {
		fail("unknown command '%s': see 'virtio-xen --help'", argv[1]);
		return EXIT_USAGE;
	}
	return run(command, argc - 1, argv + 1);
}
