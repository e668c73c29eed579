// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat.c - shows the figures of the guest's driver, in the guest
 *
 * stat_parse.c   reads lines
 * stat_read.c    finds the files and reads them
 * stat_print.c   the table, and rates
 * stat_json.c    JSON
 * stat_watch.c   again and again
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "stat.h"

/**
 * stat_show() - prints one look
 * @out: where to
 * @view: what shall be shown
 * @sample: the look
 * @before: the look before, for rates, or NULL
 */
void stat_show(FILE *out, const struct stat_view *view,
	       const struct stat_sample *sample,
	       const struct stat_sample *before)
{
	size_t i, count = view->count ? (size_t)view->count : sample->count;

	if (view->json) {
		stat_json(out, sample, view->names, view->count);
		return;
	}
	if (!count)
		fputs("no devices\n", out);
	for (i = 0; i < count; i++) {
		const char *name = view->count ? view->names[i] : sample->devices[i].name;
		const struct stat_device *device = stat_find(sample, name);

		if (device) {
			stat_print_device(out, device, before ? stat_find(before, name) : NULL,
					  view->seconds);
			continue;
		}
		print_safe(out, name);
		fputs("\n  has gone\n", out);
	}
	stat_print_held(out, sample);
}

/* The devices that there are, after what is wrong. */
static void no_device(const char *name, const struct stat_sample *sample)
{
	char *list = NULL;
	size_t size, i;
	FILE *memory = open_memstream(&list, &size);

	if (memory) {
		for (i = 0; i < sample->count; i++) {
			fputc(' ', memory);
			print_safe(memory, sample->devices[i].name);
		}
		if (fclose(memory))
			size = 0;
	}
	if (list && size)
		fail("no device '%s': there are%s", name, list);
	else
		fail("no device '%s': this guest has none", name);
	free(list);
}

/* Whether all is there that was asked for, with a message if not. */
static bool check(const struct stat_view *view, const struct stat_sample *sample)
{
	int i;

	if (sample->mute && !sample->count) {
		fail("the virtio_xen module that is loaded has no figures: it is older than this command: load the one that came with it");
		return false;
	}
	for (i = 0; i < view->count; i++) {
		if (stat_find(sample, view->names[i]))
			continue;
		no_device(view->names[i], sample);
		return false;
	}
	return true;
}

/**
 * run_stat() - stat [DEVICE]...
 * @xs: not used: a guest may have no xenstore
 * @options: of the command line
 *
 * Return: an exit code.
 */
int run_stat(struct xs_handle *xs, const struct options *options)
{
	struct stat_view view = {
		.names = options->args,
		.count = options->count,
		.json = options->given & OPTION_JSON,
		.seconds = options->watch,
		.looks = options->looks,
	};
	char error[STAT_ERROR_MAX];
	struct stat_sample sample = { 0 };
	bool ok;

	(void)xs;
	if (options->looks && !options->watch) {
		fail("stat: --count goes with --watch: see 'virtio-xen stat --help'");
		return EXIT_USAGE;
	}
	if (stat_place(&view.dir, error) || stat_read(&sample, view.dir, error)) {
		fail("%s", error);
		stat_free(&sample);
		return EXIT_FAILED;
	}
	ok = check(&view, &sample);
	if (ok && !view.seconds)
		stat_show(stdout, &view, &sample, NULL);
	stat_free(&sample);
	if (!ok)
		return EXIT_FAILED;
	if (view.seconds)
		return stat_watch(&view);
	if (!fflush(stdout))
		return EXIT_DONE;
	fail("standard output: %s", strerror(errno));
	return EXIT_FAILED;
}
