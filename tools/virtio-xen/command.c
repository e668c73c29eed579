// SPDX-License-Identifier: GPL-2.0-only
/*
 * command.c - the table of commands, and their help
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

#define SPEC_HELP \
	"SPEC is TYPE[,key=value]... with\n" \
	"  blk,target=PATH[,format=raw|qcow2|...][,readonly]\n" \
	"      [,aio=native|threads|io_uring][,cache=none|writeback]\n" \
	"      [,server=kernel|daemon][,poll-us=N]\n" \
	"  net[,bridge=NAME][,mac=ADDRESS][,ifname=NAME][,mtu=N][,poll-us=N]\n" \
	"      [,batch=0|1]\n" \
	"  vhost-user,socket=PATH,device=blk|net|fs|rng|vsock|NUMBER\n" \
	"      [,tag=NAME][,mac=ADDRESS]\n" \
	"with, for each of them, [,queues=N][,queue-size=N][,queue-ports=0|1]\n" \
	"      [,kernel-notify=0|1][,single-grants=0|1], or\n" \
	"  external, for a backend that is not the bridge\n" \
	"and for all [,id=N][,backend=DOMAIN].\n" \
	"A comma in a value is written \\, or the value is quoted.\n"

#define WAIT_OPTIONS	(OPTION_TIMEOUT | OPTION_NO_WAIT)

const struct command commands[] = {
	{
		"attach", "DOMAIN SPEC",
		"Gives a running domain a device, and waits until the bridge has it ready.\n\n"
		SPEC_HELP,
		WAIT_OPTIONS, 2, 2, run_attach,
	},
	{
		"detach", "DOMAIN ID",
		"Takes a device away, and waits until guest and bridge have let go of it.\n",
		OPTION_TIMEOUT | OPTION_FORCE, 2, 2, run_detach,
	},
	{
		"list", "[DOMAIN]",
		"Lists the devices of a domain, or of all domains.\n",
		OPTION_JSON, 0, 1, run_list,
	},
	{
		"state", "DOMAIN ID",
		"Prints one word: connected, starting, waiting (for the guest), connecting,\n"
		"closing, closed, error or unknown. The exit code is 0 if it is connected,\n"
		"3 if not.\n",
		OPTION_VERBOSE, 2, 2, run_state,
	},
	{
		"stat", "[DEVICE]...",
		"In the guest: shows what the driver counts, of all devices or of those that\n"
		"are named. Rates are those since the look before.\n",
		OPTION_JSON | OPTION_WATCH | OPTION_COUNT | OPTION_NO_STORE, 0, -1, run_stat,
	},
	{
		"create", "CFG [XL-OPTION|KEY=VALUE]...",
		"Creates a domain with 'xl create', and gives it the devices that the key\n"
		"  virtio_xen = [ \"SPEC\", ... ]\n"
		"of its configuration names, before it starts to run. Of xl create's options,\n"
		"-F and -f are not supported.\n\n"
		SPEC_HELP,
		OPTION_TIMEOUT | OPTION_DRY_RUN | OPTION_XL, 1, -1, run_create,
	},
	{
		"attach-config", "DOMAIN CFG",
		"Gives a domain the devices that the key virtio_xen of a configuration names.\n",
		WAIT_OPTIONS | OPTION_DRY_RUN, 2, 2, run_attach_config,
	},
	{
		"block-attach", "DOMAIN TARGET [FORMAT] [ro|rw]",
		"Short for: attach DOMAIN blk,target=TARGET[,format=FORMAT][,readonly]\n",
		WAIT_OPTIONS, 2, 4, run_block_attach,
	},
	{
		"block-detach", "DOMAIN ID",
		"As detach, for disks only.\n",
		OPTION_TIMEOUT | OPTION_FORCE, 2, 2, run_block_detach,
	},
	{
		"network-attach", "DOMAIN [KEY=VALUE]...",
		"Short for: attach DOMAIN net[,KEY=VALUE]...\n",
		WAIT_OPTIONS, 1, -1, run_network_attach,
	},
	{
		"network-detach", "DOMAIN ID",
		"As detach, for network cards only.\n",
		OPTION_TIMEOUT | OPTION_FORCE, 2, 2, run_network_detach,
	},
	{ NULL, NULL, NULL, 0, 0, 0, NULL },
};

static const struct {
	unsigned int option;
	const char *help;
} option_help[] = {
	{ OPTION_TIMEOUT,
	  "  --timeout S   wait at most S seconds (default 10)\n" },
	{ OPTION_NO_WAIT,
	  "  --no-wait     do not wait for the bridge\n" },
	{ OPTION_FORCE,
	  "  --force       do not wait for the guest; if the bridge does not answer\n"
	  "                either, remove the device from xenstore\n" },
	{ OPTION_JSON,
	  "  --json        print an array of objects\n" },
	{ OPTION_WATCH,
	  "  --watch[=S]   again every S seconds (default 2), with rates; ^C ends it\n" },
	{ OPTION_COUNT,
	  "  --count N     with --watch: end after N looks\n" },
	{ OPTION_VERBOSE,
	  "  -v, --verbose print all that xenstore has of the device\n" },
	{ OPTION_DRY_RUN,
	  "  --dry-run     check, and print what would be done\n" },
	{ OPTION_XL,
	  "  -c            attach to the domain's console\n"
	  "  -p            leave the domain paused\n"
	  "  -d -e -q -V -A  as for xl create\n" },
};

/**
 * command_find() - looks a command up
 * @name: as typed
 *
 * Return: the command, or NULL.
 */
const struct command *command_find(const char *name)
{
	const struct command *command;

	for (command = commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

/**
 * command_help() - prints what a command does
 * @command: which
 */
void command_help(const struct command *command)
{
	size_t i;

	printf("Usage: virtio-xen %s [OPTION]... %s\n\n%s\nOptions:\n",
	       command->name, command->synopsis, command->help);
	for (i = 0; i < sizeof(option_help) / sizeof(option_help[0]); i++)
		if (command->options & option_help[i].option)
			fputs(option_help[i].help, stdout);
	fputs("  -h, --help    this text\n", stdout);
}

/**
 * general_help() - prints what there is
 * @file: where to
 */
void general_help(FILE *file)
{
	const struct command *command;

	fputs("Usage: virtio-xen [--help] [--version] COMMAND ...\n\n"
	      "Gives Xen guests virtio devices over grants.\n\nCommands:\n",
	      file);
	for (command = commands; command->name; command++)
		fprintf(file, "  %-14s %s\n", command->name, command->synopsis);
	fputs("\n'virtio-xen COMMAND --help' tells more, virtio-xen(8) all.\n",
	      file);
}
