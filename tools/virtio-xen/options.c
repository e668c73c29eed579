// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - reads a command's options
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "stat.h"
#include "values.h"

enum {
	LONG_TIMEOUT = 256,
	LONG_NO_WAIT,
	LONG_FORCE,
	LONG_JSON,
	LONG_DRY_RUN,
	LONG_WATCH,
	LONG_COUNT,
};

static const struct option long_options[] = {
	{ "timeout", required_argument, NULL, LONG_TIMEOUT },
	{ "no-wait", no_argument, NULL, LONG_NO_WAIT },
	{ "force", no_argument, NULL, LONG_FORCE },
	{ "json", no_argument, NULL, LONG_JSON },
	{ "dry-run", no_argument, NULL, LONG_DRY_RUN },
	/* xl's spelling */
	{ "dryrun", no_argument, NULL, LONG_DRY_RUN },
	{ "watch", optional_argument, NULL, LONG_WATCH },
	{ "count", required_argument, NULL, LONG_COUNT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static unsigned int option_bit(int letter)
{
	switch (letter) {
	case LONG_TIMEOUT:
		return OPTION_TIMEOUT;
	case LONG_NO_WAIT:
		return OPTION_NO_WAIT;
	case LONG_FORCE:
		return OPTION_FORCE;
	case LONG_JSON:
		return OPTION_JSON;
	case 'v':
		return OPTION_VERBOSE;
	case LONG_DRY_RUN:
		return OPTION_DRY_RUN;
	case LONG_WATCH:
		return OPTION_WATCH;
	case LONG_COUNT:
		return OPTION_COUNT;
	default:
		return OPTION_XL;
	}
}

static int usage(const struct command *command, const char *complaint,
		 const char *what)
{
	return fail("%s: %s%s: see 'virtio-xen %s --help'", command->name,
		    complaint, what, command->name);
}

/* One that xl create knows; most are handed on as they are. */
static int xl_option(struct options *options, int letter)
{
	static const struct {
		char letter;
		char text[3];
	} handed_on[] = {
		{ 'd', "-d" }, { 'e', "-e" }, { 'q', "-q" },
		{ 'V', "-V" }, { 'A', "-A" },
	};
	size_t i;

	if (letter == 'c')
		options->console = true;
	if (letter == 'p')
		options->paused = true;
	if (letter == 'n')
		options->given |= OPTION_DRY_RUN;
	/* The domain has to run before it can be waited for. */
	if (letter == 'F')
		return fail("create: -F is not supported: -c stays on the console of the domain");
	if (letter == 'f')
		return fail("create: -f is not supported: give the configuration as the first argument");
	for (i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++)
		if (letter == handed_on[i].letter)
			options->xl[options->xl_count++] =
				(char *)handed_on[i].text;
	return 0;
}

static int watch_option(struct options *options, const struct command *command,
			unsigned int bit)
{
	unsigned long number = STAT_SECONDS_DEFAULT;

	if (bit == OPTION_COUNT) {
		if (value_number(optarg, STAT_COUNT_MAX, &options->looks) && options->looks)
			return 0;
		return usage(command, "--count takes a number, 1 or more, not ", optarg);
	}
	if (optarg && (!value_number(optarg, STAT_SECONDS_MAX, &number) || !number))
		return usage(command, "--watch takes seconds, 1 to 3600, not ", optarg);
	options->watch = (unsigned int)number;
	return 0;
}

static int one_option(struct options *options, const struct command *command,
		      int letter, const char *name)
{
	unsigned int bit = option_bit(letter);
	unsigned long seconds;

	if (!(command->options & bit))
		return usage(command, "unknown option ", name);
	if (bit == OPTION_XL)
		return xl_option(options, letter);
	options->given |= bit;
	if (bit == OPTION_WATCH || bit == OPTION_COUNT)
		return watch_option(options, command, bit);
	if (bit != OPTION_TIMEOUT)
		return 0;
	if (!value_number(optarg, TIMEOUT_MAX, &seconds) || !seconds)
		return usage(command, "--timeout takes seconds, 1 to 3600, not ",
			     optarg);
	options->timeout = (unsigned int)seconds;
	return 0;
}

/**
 * options_parse() - reads a command line
 * @options: is filled in
 * @command: whose line it is
 * @argc: number of arguments, the command's name included
 * @argv: the arguments; put in another order, options first
 *
 * Return: -1 to go on, or an exit code.
 */
int options_parse(struct options *options, const struct command *command,
		  int argc, char **argv)
{
	const char *letters = command->options & OPTION_XL ?
		":hcpdenqFVAf:" : ":hv";
	int letter;

	memset(options, 0, sizeof(*options));
	options->timeout = TIMEOUT_DEFAULT;
	/* At most one of xl's letters in each character of the line. */
	options->xl = calloc((size_t)argc * 8 + 1, sizeof(*options->xl));
	if (!options->xl) {
		fail("out of memory");
		return EXIT_FAILED;
	}
	optind = 1;
	for (;;) {
		letter = getopt_long(argc, argv, letters, long_options, NULL);
		if (letter < 0)
			break;
		if (letter == 'h') {
			command_help(command);
			return EXIT_DONE;
		}
		if (letter == '?' || letter == ':') {
			usage(command, letter == ':' ? "a value is missing after " :
			      "unknown option ", argv[optind - 1]);
			return EXIT_USAGE;
		}
		if (options->xl_count >= argc * 8 ||
		    one_option(options, command, letter, argv[optind - 1]))
			return EXIT_USAGE;
	}
	options->args = argv + optind;
	options->count = argc - optind;
	if (options->count < command->min ||
	    (command->max >= 0 && options->count > command->max)) {
		usage(command, options->count < command->min ?
		      "an argument is missing; it takes " :
		      "too many arguments; it takes ", command->synopsis);
		return EXIT_USAGE;
	}
	return -1;
}
