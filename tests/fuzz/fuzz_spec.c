// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_spec.c - what an administrator writes, and what the driver says of
 * itself: spec.c, values.c and stat_parse.c of virtio-xen
 *
 * An input is text. A specification that is accepted must be one that the
 * bridge accepts, too, when it finds it in xenstore.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Included, not linked: the bridge has names of its own for the same things. */
#include "../../tools/virtio-xen/spec.c"
#include "../../tools/virtio-xen/values.c"
#include "../../tools/virtio-xen/stat_parse.c"

#include "../../tools/vhost-xen/config.h"

static struct spec spec;

static char *get_node(void *ctx, const char *key)
{
	int i;

	(void)ctx;
	if (!strcmp(key, "type"))
		return strdup(spec_type_name(spec.type));
	for (i = 0; i < KEYS_CONFIG; i++)
		if (!strcmp(key, spec_key_name(i)))
			return spec.value[i] ? strdup(spec.value[i]) : NULL;
	FUZZ_CHECK(!"a key that virtio-xen does not know");
	return NULL;
}

static void check_spec(void)
{
	char why[256] = "";
	struct dev_config *cfg = malloc(sizeof(*cfg));
	int i;

	FUZZ_CHECK(cfg);
	for (i = 0; i < KEYS; i++)
		FUZZ_CHECK(!spec.value[i] || (spec.value[i][0] &&
					      strlen(spec.value[i]) <= SPEC_VALUE_MAX));
	FUZZ_CHECK(spec_id(&spec) >= -1 && spec_id(&spec) <= ID_MAX && *spec_target(&spec));
	if (spec.type != SPEC_EXTERNAL &&
	    config_read(cfg, get_node, NULL, why, sizeof(why))) {
		fprintf(stderr, "the bridge says: %s\n", why);
		FUZZ_CHECK(!"the bridge accepts what virtio-xen accepts");
	}
	free(cfg);
}

static void read_spec(const char *text)
{
	char error[SPEC_ERROR_MAX] = "";

	if (!spec_parse(&spec, text, error))
		check_spec();
	else
		FUZZ_CHECK(error[0] && memchr(error, '\0', sizeof(error)));
	spec_free(&spec);
}

static void read_figures(const char *text, size_t length)
{
	struct figures figures;
	struct stat_page *pages;
	size_t count, i;
	int queue = -1, next;

	FUZZ_CHECK(!figures_parse(&figures, text, length));
	FUZZ_CHECK(figures.count <= STAT_FIGURES_MAX);
	for (i = 0; i < figures.count; i++)
		FUZZ_CHECK(figures_find(&figures, figures.list[i].name) == &figures.list[i].value);
	while ((next = figures_next_queue(&figures, queue)) >= 0) {
		FUZZ_CHECK(next > queue);
		queue = next;
	}
	figures_free(&figures);
	FUZZ_CHECK(!stat_pages_parse(&pages, &count, text, length));
	for (i = 0; i < count; i++)
		FUZZ_CHECK(memchr(pages[i].device, '\0', sizeof(pages[i].device)));
	free(pages);
}

void fuzz_one(struct fuzz_in *in)
{
	uint8_t how = in_u8(in);
	size_t n = in->left;
	char *text = malloc(n + 1);

	FUZZ_CHECK(text);
	in_bytes(in, text, n);
	text[n] = '\0';
	if (how == 'f')
		read_figures(text, n);
	else
		read_spec(text);
	free(text);
}
