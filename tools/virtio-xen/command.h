/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command.h - the commands, and the options that they share
 */
#ifndef VIRTIO_XEN_COMMAND_H
#define VIRTIO_XEN_COMMAND_H

#include <stdbool.h>
#include <stdio.h>
#include <xenstore.h>

#define TIMEOUT_DEFAULT	10	/* seconds; the frontend waits as long */
#define TIMEOUT_MAX	3600

enum {
	OPTION_TIMEOUT = 1 << 0,
	OPTION_NO_WAIT = 1 << 1,
	OPTION_FORCE = 1 << 2,
	OPTION_JSON = 1 << 3,
	OPTION_VERBOSE = 1 << 4,
	OPTION_DRY_RUN = 1 << 5,
	/* xl create's own, see create.c */
	OPTION_XL = 1 << 6,
	OPTION_WATCH = 1 << 7,
	OPTION_COUNT = 1 << 8,
	/* Not typed: the command works without xenstore. */
	OPTION_NO_STORE = 1 << 9,
};

/**
 * struct options - a command line, parsed
 * @given: OPTION_* that were given
 * @timeout: seconds
 * @watch: seconds between two looks, 0 without --watch
 * @looks: how many, 0 for any number
 * @args: what is no option
 * @count: of @args
 * @console: xl create -c
 * @paused: xl create -p
 * @xl: options to be handed on to xl create, ended by NULL
 * @xl_count: of @xl
 */
struct options {
	unsigned int given;
	unsigned int timeout;
	unsigned int watch;
	unsigned long looks;
	char **args;
	int count;
	bool console;
	bool paused;
	char **xl;
	int xl_count;
};

/**
 * struct command - one command
 * @name: as typed
 * @synopsis: its arguments, for people
 * @help: what it does
 * @options: OPTION_* that it takes or needs
 * @min: least number of arguments
 * @max: largest
 * @run: does it; returns an exit code
 */
struct command {
	const char *name;
	const char *synopsis;
	const char *help;
	unsigned int options;
	int min;
	int max;
	int (*run)(struct xs_handle *xs, const struct options *options);
};

extern const struct command commands[];

const struct command *command_find(const char *name);
int options_parse(struct options *options, const struct command *command,
		  int argc, char **argv);
void command_help(const struct command *command);
void general_help(FILE *file);

int run_attach(struct xs_handle *xs, const struct options *options);
int run_block_attach(struct xs_handle *xs, const struct options *options);
int run_network_attach(struct xs_handle *xs, const struct options *options);
int run_attach_config(struct xs_handle *xs, const struct options *options);
int run_detach(struct xs_handle *xs, const struct options *options);
int run_block_detach(struct xs_handle *xs, const struct options *options);
int run_network_detach(struct xs_handle *xs, const struct options *options);
int run_list(struct xs_handle *xs, const struct options *options);
int run_state(struct xs_handle *xs, const struct options *options);
int run_create(struct xs_handle *xs, const struct options *options);
int run_stat(struct xs_handle *xs, const struct options *options);

#endif /* VIRTIO_XEN_COMMAND_H */
