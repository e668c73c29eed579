// SPDX-License-Identifier: GPL-2.0-only
/*
 * config.c - the devices that a domain's configuration file names
 *
 * The file is read with the parser that xl itself uses. xl does not complain
 * of keys that it does not know, so ours can stand in the same file.
 */
#include <errno.h>
#include <libxlutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "report.h"

#define FILE_MAX	(1024 * 1024)	/* xl has the same limit */

static int copy_file(FILE *out, const char *path)
{
	FILE *file = fopen(path, "re");
	char buffer[4096];
	size_t n, total = 0;
	int result = 0;

	if (!file)
		return fail("configuration %s: %s", path, strerror(errno));
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0 &&
	       total < FILE_MAX)
		total += fwrite(buffer, 1, n, out);
	if (ferror(file))
		result = fail("configuration %s: %s", path, strerror(errno));
	else if (total >= FILE_MAX)
		result = fail("configuration %s is larger than 1 MiB", path);
	fclose(file);
	return result;
}

/*
 * The file's text with more lines after it, as xl puts KEY=VALUE arguments
 * there; allocated.
 */
static char *read_text(const char *path, char *const *more, int more_count)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int i, result;

	if (!out) {
		fail("out of memory");
		return NULL;
	}
	result = copy_file(out, path);
	for (i = 0; i < more_count; i++)
		fprintf(out, "\n%s\n", more[i]);
	if (fclose(out) || result) {
		free(text);
		return NULL;
	}
	return text;
}

static int read_devices(struct config *config, const XLU_Config *xlu,
			const char *path)
{
	char error[SPEC_ERROR_MAX];
	XLU_ConfigList *list;
	int i, count, found = xlu_cfg_get_list(xlu, CONFIG_KEY, &list, &count, 1);

	if (found == ESRCH || (!found && !count))
		return 0;
	if (found)
		return fail("%s: %s must be a list: %s = [ \"SPEC\", ... ]",
			    path, CONFIG_KEY, CONFIG_KEY);
	config->text = calloc((size_t)count, sizeof(*config->text));
	config->specs = calloc((size_t)count, sizeof(*config->specs));
	if (!config->text || !config->specs)
		return fail("out of memory");
	for (i = 0; i < count; i++) {
		const char *item = xlu_cfg_get_listitem(list, i);

		if (!item)
			return fail("%s: %s: device %d is not a string", path,
				    CONFIG_KEY, i + 1);
		config->count = i + 1;
		config->text[i] = strdup(item);
		if (!config->text[i])
			return fail("out of memory");
		if (spec_parse(&config->specs[i], item, error))
			return fail("%s: %s: device %d: %s", path, CONFIG_KEY,
				    i + 1, error);
	}
	return 0;
}

/**
 * config_read() - reads a domain's configuration
 * @config: is filled in; to be given to config_free() in any case
 * @path: of the file
 * @more: KEY=VALUE lines that come after it
 * @more_count: of @more
 *
 * Return: 0, or -1 after an error message.
 */
int config_read(struct config *config, const char *path,
		char *const *more, int more_count)
{
	char *text = read_text(path, more, more_count);
	const char *name;
	XLU_Config *xlu;
	int result = -1;

	memset(config, 0, sizeof(*config));
	xlu = text ? xlu_cfg_init(stderr, path) : NULL;
	if (!xlu) {
		free(text);
		return -1;
	}
	if (xlu_cfg_readdata(xlu, text, (int)strlen(text))) {
		fail("configuration %s cannot be read (see above)", path);
	} else {
		result = read_devices(config, xlu, path);
		if (!xlu_cfg_get_string(xlu, "name", &name, 1))
			config->name = strdup(name);
	}
	xlu_cfg_destroy(xlu);
	free(text);
	return result;
}

/**
 * config_free() - releases what a configuration holds
 * @config: was given to config_read()
 */
void config_free(struct config *config)
{
	int i;

	for (i = 0; i < config->count; i++) {
		free(config->text[i]);
		spec_free(&config->specs[i]);
	}
	free(config->text);
	free(config->specs);
	free(config->name);
}
