// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat_parse.c - reads the lines of the driver's files
 *
 * A line is "name value", the value an unsigned decimal number. Drivers may add
 * names: none is refused. What is no such line is passed over.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

#define QUEUE_MAX	65535

const char * const stat_names[] = {
	"maps", "unmaps", "bounced_out_bytes", "bounced_in_bytes",
	"inplace_maps", "inplace_bytes", "exhausted", "windows",
	"windows_added", "windows_removed", "window_bytes", "slots_used_bytes",
	"slots_high_bytes", "grants", "deferred", "leaked", NULL
};

const char * const stat_queue_names[] = {
	"entries", "kicks", "interrupts", "spurious", NULL
};

/* Reads a decimal number of at most max, and sets where it ends. */
static bool read_number(const char *text, const char *end, uint64_t max,
			uint64_t *value, const char **rest)
{
	const char *p = text;
	uint64_t sum = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		unsigned int digit = (unsigned int)(*p - '0');

		if (sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	*rest = p;
	return p > text;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* A line from p up to its end; the next one begins after that. */
static const char *line_end(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline ? newline : end;
}

static bool parse_line(struct figure *figure, const char *p, const char *end)
{
	const char *name = p, *rest;
	size_t length;

	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	length = (size_t)(p - name);
	if (!length || length >= STAT_NAME_MAX || skip_blanks(p, end) == p)
		return false;
	p = skip_blanks(p, end);
	if (!read_number(p, end, UINT64_MAX, &figure->value, &rest) ||
	    skip_blanks(rest, end) != end)
		return false;
	memcpy(figure->name, name, length);
	figure->name[length] = '\0';
	return true;
}

static int add(struct figures *figures, const struct figure *figure)
{
	struct figure *list;
	size_t i;

	for (i = 0; i < figures->count; i++) {
		if (!strcmp(figures->list[i].name, figure->name)) {
			figures->list[i].value = figure->value;
			return 0;
		}
	}
	if (figures->count == STAT_FIGURES_MAX)
		return 0;
	/* Grows when the count is a power of two. */
	if (!(figures->count & (figures->count - 1))) {
		list = realloc(figures->list, (figures->count ? figures->count * 2 : 1) *
			       sizeof(*list));
		if (!list)
			return -ENOMEM;
		figures->list = list;
	}
	figures->list[figures->count++] = *figure;
	return 0;
}

/**
 * figures_parse() - reads a file's lines
 * @figures: is filled in; to be freed, also after an error
 * @text: the file
 * @length: of @text, bytes
 *
 * Of a name that is there twice the last value counts.
 *
 * Return: 0, or -ENOMEM.
 */
int figures_parse(struct figures *figures, const char *text, size_t length)
{
	const char *p, *stop, *end = text + length;
	struct figure figure;

	memset(figures, 0, sizeof(*figures));
	for (p = text; p < end; p = stop + 1) {
		stop = line_end(p, end);
		if (parse_line(&figure, p, stop) && add(figures, &figure))
			return -ENOMEM;
	}
	return 0;
}

/**
 * figures_find() - looks a figure up
 * @figures: where
 * @name: of it
 *
 * Return: its value, or NULL if the driver does not have it.
 */
const uint64_t *figures_find(const struct figures *figures, const char *name)
{
	size_t i;

	for (i = 0; i < figures->count; i++)
		if (!strcmp(figures->list[i].name, name))
			return &figures->list[i].value;
	return NULL;
}

/**
 * figures_free() - frees what figures_parse() has filled in
 * @figures: is empty afterwards
 */
void figures_free(struct figures *figures)
{
	free(figures->list);
	memset(figures, 0, sizeof(*figures));
}

/**
 * figure_queue() - whether a figure is a virtqueue's
 * @name: queue<n>_<what> if it is
 * @queue: is set to n
 * @what: is set to what follows
 *
 * Return: true if it is.
 */
bool figure_queue(const char *name, unsigned int *queue, const char **what)
{
	const char *end = name + strlen(name), *rest;
	uint64_t number;

	if (strncmp(name, "queue", strlen("queue")))
		return false;
	name += strlen("queue");
	if (!read_number(name, end, QUEUE_MAX, &number, &rest) ||
	    (*name == '0' && rest > name + 1) || *rest != '_' || !rest[1])
		return false;
	*queue = (unsigned int)number;
	*what = rest + 1;
	return true;
}

/**
 * figures_queue() - looks a virtqueue's figure up
 * @figures: where
 * @queue: number of the virtqueue
 * @what: of it
 *
 * Return: its value, or NULL if the driver does not have it.
 */
const uint64_t *figures_queue(const struct figures *figures, unsigned int queue,
			      const char *what)
{
	char name[STAT_NAME_MAX];

	if (snprintf(name, sizeof(name), "queue%u_%s", queue, what) >=
	    (int)sizeof(name))
		return NULL;
	return figures_find(figures, name);
}

/**
 * figures_next_queue() - goes through the virtqueues in their order
 * @figures: where
 * @queue: the one before, or -1
 *
 * Return: the next one's number, or -1 if that was the last.
 */
int figures_next_queue(const struct figures *figures, int queue)
{
	const char *what;
	unsigned int n;
	int next = -1;
	size_t i;

	for (i = 0; i < figures->count; i++)
		if (figure_queue(figures->list[i].name, &n, &what) &&
		    (int)n > queue && (next < 0 || (int)n < next))
			next = (int)n;
	return next;
}

/* What follows "device", if that comes next. */
static void parse_owner(struct stat_page *page, const char *p, const char *end)
{
	static const char word[] = "device ";
	size_t length;

	if ((size_t)(end - p) < strlen(word) || memcmp(p, word, strlen(word)))
		return;
	p = skip_blanks(p + strlen(word), end);
	for (length = 0; p + length < end && p[length] != ' ' && p[length] != '\t'; length++)
		;
	if (length >= sizeof(page->device) || memchr(p, '\0', length))
		return;
	memcpy(page->device, p, length);
	page->device[length] = '\0';
}

/* "domid D ref R", and what else a driver may have added: "device NAME" */
static bool parse_page(struct stat_page *page, const char *p, const char *end)
{
	static const char * const words[] = { "domid", "ref" };
	uint64_t value[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		size_t length = strlen(words[i]);

		p = skip_blanks(p, end);
		if ((size_t)(end - p) <= length ||
		    memcmp(p, words[i], length) || p[length] != ' ')
			return false;
		p = skip_blanks(p + length, end);
		if (!read_number(p, end, UINT32_MAX, &value[i], &p))
			return false;
	}
	page->domid = (unsigned int)value[0];
	page->ref = (unsigned int)value[1];
	page->device[0] = '\0';
	if (p < end && *p != ' ' && *p != '\t')
		return false;
	parse_owner(page, skip_blanks(p, end), end);
	return true;
}

/**
 * stat_pages_parse() - reads the pages that are held back
 * @pages: is set to an allocated array, or NULL
 * @count: of @pages
 * @text: the file
 * @length: of @text, bytes
 *
 * Return: 0, or -ENOMEM.
 */
int stat_pages_parse(struct stat_page **pages, size_t *count, const char *text,
		     size_t length)
{
	const char *p, *end = text + length;
	size_t lines = 1;

	*count = 0;
	for (p = text; p < end; p++)
		lines += *p == '\n';
	*pages = calloc(lines, sizeof(**pages));
	if (!*pages)
		return -ENOMEM;
	for (p = text; p < end; p = line_end(p, end) + 1)
		if (parse_page(&(*pages)[*count], p, line_end(p, end)))
			(*count)++;
	return 0;
}
