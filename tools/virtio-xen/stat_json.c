// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat_json.c - the driver's figures for programs
 *
 * The names of virtio-xen(8) are always there, null where the driver does not
 * have the figure. What else the driver has follows under its own name.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"
#include "stat.h"

static void value(FILE *out, const char *separator, const char *name,
		  const uint64_t *number)
{
	fputs(separator, out);
	print_json(out, name);
	if (number)
		fprintf(out, ": %" PRIu64, *number);
	else
		fputs(": null", out);
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names;
}

static void queue_object(FILE *out, const struct figures *figures,
			 unsigned int queue)
{
	const char *what;
	unsigned int n;
	size_t i;

	fprintf(out, "{\"queue\": %u", queue);
	for (i = 0; stat_queue_names[i]; i++)
		value(out, ", ", stat_queue_names[i],
		      figures_queue(figures, queue, stat_queue_names[i]));
	for (i = 0; i < figures->count; i++)
		if (figure_queue(figures->list[i].name, &n, &what) && n == queue &&
		    strcmp(what, "queue") && !is_one_of(what, stat_queue_names))
			value(out, ", ", what, &figures->list[i].value);
	fputc('}', out);
}

static void device_object(FILE *out, const struct stat_device *device)
{
	/* Ours: a figure of the driver's of that name would be there twice. */
	static const char * const taken[] = { "device", "queues", NULL };
	const struct figures *figures = &device->figures;
	const char *what;
	unsigned int n;
	int queue;
	size_t i;

	fputs("{\"device\": ", out);
	print_json(out, device->name);
	for (i = 0; stat_names[i]; i++)
		value(out, ", ", stat_names[i], figures_find(figures, stat_names[i]));
	for (i = 0; i < figures->count; i++) {
		const char *name = figures->list[i].name;

		if (!is_one_of(name, stat_names) && !is_one_of(name, taken) &&
		    !figure_queue(name, &n, &what))
			value(out, ", ", name, &figures->list[i].value);
	}
	fputs(", \"queues\": [", out);
	queue = figures_next_queue(figures, -1);
	for (; queue >= 0; queue = figures_next_queue(figures, queue)) {
		queue_object(out, figures, (unsigned int)queue);
		if (figures_next_queue(figures, queue) >= 0)
			fputs(", ", out);
	}
	fputs("]}", out);
}

/* What is held back is of no device: its device may have gone long ago. */
static void held_object(FILE *out, const struct stat_sample *sample)
{
	size_t i;

	fputs("{\"device\": null", out);
	value(out, ", ", "deferred", figures_find(&sample->held, "deferred"));
	value(out, ", ", "leaked", figures_find(&sample->held, "leaked"));
	fputs(", \"pages\": [", out);
	for (i = 0; i < sample->page_count; i++) {
		const struct stat_page *page = &sample->pages[i];

		fprintf(out, "%s{\"domid\": %u, \"ref\": %u, \"device\": ", i ? ", " : "",
			page->domid, page->ref);
		print_json(out, *page->device ? page->device : NULL);
		fputc('}', out);
	}
	fputs("]}", out);
}

static bool is_wanted(const char *name, char *const *names, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return !count;
}

/**
 * stat_json() - prints devices as an array of objects
 * @out: where to
 * @sample: has them
 * @names: of the devices that are wanted
 * @count: of @names; 0 for all devices, and what is held back
 */
void stat_json(FILE *out, const struct stat_sample *sample, char *const *names,
	       int count)
{
	const uint64_t *deferred = figures_find(&sample->held, "deferred");
	const uint64_t *leaked = figures_find(&sample->held, "leaked");
	const char *separator = "";
	size_t i;

	fputc('[', out);
	for (i = 0; i < sample->count; i++) {
		if (!is_wanted(sample->devices[i].name, names, count))
			continue;
		fputs(separator, out);
		device_object(out, &sample->devices[i]);
		separator = ",\n ";
	}
	if (!count && (sample->page_count || (deferred && *deferred) || (leaked && *leaked))) {
		fputs(separator, out);
		held_object(out, sample);
	}
	fputs("]\n", out);
}
