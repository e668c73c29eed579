// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat_print.c - the driver's figures for people
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "report.h"
#include "stat.h"

#define LABEL_WIDTH	10
#define TOTAL_WIDTH	30
#define PAGES_SHOWN	16

/* Names of figures that only grow as long as the device is the same. */
static const char * const growing[] = {
	"maps", "unmaps", "bounced_out_bytes", "bounced_in_bytes",
	"inplace_maps", "inplace_bytes", "exhausted", "windows_added",
	"windows_removed", "leaked",
};

/* A short piece of text, made in a structure that can be an argument. */
struct text {
	char text[64];
};

__attribute__((format(printf, 1, 2)))
static struct text text(const char *format, ...)
{
	struct text result;
	va_list args;

	va_start(args, format);
	vsnprintf(result.text, sizeof(result.text), format, args);
	va_end(args);
	return result;
}

/* Three digits at least, and at most four. */
static struct text bytes_text(double bytes)
{
	static const char * const units[] = {
		"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB",
	};
	size_t unit = 0;

	while (bytes >= 1023.5 && unit < sizeof(units) / sizeof(units[0]) - 1) {
		bytes /= 1024;
		unit++;
	}
	return text(unit && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static struct text bytes(const uint64_t *value)
{
	return value ? bytes_text((double)*value) : text("-");
}

static struct text number(const uint64_t *value)
{
	return value ? text("%" PRIu64, *value) : text("-");
}

/**
 * stat_same_device() - whether the later figures continue the earlier ones
 * @before: the earlier ones, or NULL
 * @now: the later ones, of a device of the same name
 *
 * A device that went and came again between two looks begins anew.
 *
 * Return: true if it is the same device.
 */
bool stat_same_device(const struct stat_device *before,
		      const struct stat_device *now)
{
	const uint64_t *old, *new;
	unsigned int queue;
	const char *what;
	size_t i;

	if (!before || before->inode != now->inode || now->seconds <= before->seconds)
		return false;
	for (i = 0; i < sizeof(growing) / sizeof(growing[0]); i++) {
		old = figures_find(&before->figures, growing[i]);
		new = figures_find(&now->figures, growing[i]);
		if (old && new && *new < *old)
			return false;
	}
	/* A queue's entries may become fewer: those are no count. */
	for (i = 0; i < before->figures.count; i++) {
		const struct figure *figure = &before->figures.list[i];

		if (!figure_queue(figure->name, &queue, &what) ||
		    (strcmp(what, "kicks") && strcmp(what, "interrupts")))
			continue;
		new = figures_find(&now->figures, figure->name);
		if (new && *new < figure->value)
			return false;
	}
	return true;
}

/**
 * stat_rate() - how fast a figure grows
 * @before: the earlier look, or NULL
 * @now: the later one
 * @name: of the figure
 *
 * Return: units per second, or -1 if that cannot be told.
 */
double stat_rate(const struct stat_device *before,
		 const struct stat_device *now, const char *name)
{
	const uint64_t *old, *new;

	if (!stat_same_device(before, now))
		return -1;
	old = figures_find(&before->figures, name);
	new = figures_find(&now->figures, name);
	if (!old || !new || *new < *old)
		return -1;
	return (double)(*new - *old) / (now->seconds - before->seconds);
}

static struct text rate_text(double rate, bool of_bytes)
{
	if (rate < 0)
		return text("-");
	if (of_bytes)
		return text("%s/s", bytes_text(rate).text);
	return text(rate > 0 && rate < 9.95 ? "%.1f/s" : "%.0f/s", rate);
}

/**
 * struct printer - a device that is being printed
 * @out: where to
 * @now: the device
 * @before: the look before, or NULL
 * @rates: whether rates are printed
 */
struct printer {
	FILE *out;
	const struct stat_device *now;
	const struct stat_device *before;
	bool rates;
};

static const uint64_t *find(const struct printer *printer, const char *name)
{
	return figures_find(&printer->now->figures, name);
}

/* A line: label, total, and how fast the figure called rate_name grows. */
static void line(const struct printer *printer, const char *label,
		 struct text total, const char *rate_name, bool of_bytes)
{
	struct text rate = text("%s", "");

	if (printer->rates && rate_name)
		rate = rate_text(stat_rate(printer->before, printer->now, rate_name), of_bytes);
	fprintf(printer->out, "  %-*s ", LABEL_WIDTH, label);
	if (*rate.text)
		fprintf(printer->out, "%-*s %s\n", TOTAL_WIDTH, total.text, rate.text);
	else
		fprintf(printer->out, "%s\n", total.text);
}

/* A column of a virtqueue's line. */
static void queue_column(const struct printer *printer, unsigned int queue,
			 const char *what)
{
	struct text name = text("queue%u_%s", queue, what);

	fprintf(printer->out, " %12s", number(find(printer, name.text)).text);
	if (printer->rates)
		fprintf(printer->out, " %9s",
			rate_text(stat_rate(printer->before, printer->now, name.text),
				  false).text);
}

static void print_queues(const struct printer *printer)
{
	const struct figures *figures = &printer->now->figures;
	int queue = figures_next_queue(figures, -1);

	if (queue < 0)
		return;
	fprintf(printer->out, "  %5s %7s %12s%s %12s%s %9s\n", "queue", "entries",
		"kicks", printer->rates ? "          " : "",
		"interrupts", printer->rates ? "          " : "", "spurious");
	for (; queue >= 0; queue = figures_next_queue(figures, queue)) {
		unsigned int n = (unsigned int)queue;

		fprintf(printer->out, "  %5u %7s", n,
			number(figures_queue(figures, n, "entries")).text);
		queue_column(printer, n, "kicks");
		queue_column(printer, n, "interrupts");
		fprintf(printer->out, " %9s\n",
			number(figures_queue(figures, n, "spurious")).text);
	}
}

/**
 * stat_print_device() - prints one device
 * @out: where to
 * @device: which
 * @before: the look before, or NULL
 * @rates: whether rates are printed; "-" where they cannot be told
 */
void stat_print_device(FILE *out, const struct stat_device *device,
		       const struct stat_device *before, bool rates)
{
	struct printer printer = { out, device, before, rates };

	print_safe(out, device->name);
	fputc('\n', out);
	line(&printer, "grants", number(find(&printer, "grants")), NULL, false);
	line(&printer, "windows",
	     text("%s of %s (%s added, %s removed)", number(find(&printer, "windows")).text,
		  bytes(find(&printer, "window_bytes")).text,
		  number(find(&printer, "windows_added")).text,
		  number(find(&printer, "windows_removed")).text), NULL, false);
	line(&printer, "in use",
	     text("%s, at most %s", bytes(find(&printer, "slots_used_bytes")).text,
		  bytes(find(&printer, "slots_high_bytes")).text), NULL, false);
	line(&printer, "maps", number(find(&printer, "maps")), "maps", false);
	line(&printer, "unmaps", number(find(&printer, "unmaps")), "unmaps", false);
	line(&printer, "copied out", bytes(find(&printer, "bounced_out_bytes")),
	     "bounced_out_bytes", true);
	line(&printer, "copied in", bytes(find(&printer, "bounced_in_bytes")),
	     "bounced_in_bytes", true);
	line(&printer, "in place",
	     text("%s in %s maps", bytes(find(&printer, "inplace_bytes")).text,
		  number(find(&printer, "inplace_maps")).text), "inplace_bytes", true);
	line(&printer, "exhausted", number(find(&printer, "exhausted")), "exhausted", false);
	line(&printer, "held back",
	     text("%s deferred, %s leaked", number(find(&printer, "deferred")).text,
		  number(find(&printer, "leaked")).text), NULL, false);
	print_queues(&printer);
}

/**
 * stat_print_held() - prints the pages that are held back, if there are any
 * @out: where to
 * @sample: has them
 */
void stat_print_held(FILE *out, const struct stat_sample *sample)
{
	const uint64_t *deferred = figures_find(&sample->held, "deferred");
	const uint64_t *leaked = figures_find(&sample->held, "leaked");
	size_t i;

	if (!sample->page_count && (!deferred || !*deferred) && (!leaked || !*leaked))
		return;
	fprintf(out, "pages held back, as the backend has them still mapped: %s deferred, %s leaked\n",
		number(deferred).text, number(leaked).text);
	for (i = 0; i < sample->page_count && i < PAGES_SHOWN; i++) {
		const struct stat_page *page = &sample->pages[i];

		fprintf(out, "  domain %u, grant %u", page->domid, page->ref);
		if (*page->device) {
			fputs(", of ", out);
			print_safe(out, page->device);
		}
		fputc('\n', out);
	}
	if (i < sample->page_count)
		fprintf(out, "  and %zu more: --json has all\n", sample->page_count - i);
}
