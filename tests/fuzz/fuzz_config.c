// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_config.c - nodes of xenstore, as text: config.c, json.c, qsd.c
 *
 * The first byte of an input says whether it is a device's configuration or a
 * disk, of which the options for the storage daemon are made. These must be
 * JSON, whatever the name of the file, and must say that name.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Included, not linked: what makes the options is static. */
#include "../../tools/vhost-xen/qsd.c"

static const char *const keys[] = {
	"type", "device", "queues", "queue-size", "queue-ports", "single-grants", "target",
	"format", "aio", "cache", "readonly", "bridge", "ifname", "mac", "mtu", "socket", "tag",
	"kernel-notify", "poll-us", "server", "batch",
};

/* What stands behind vhost-user is not reached here. */
int vu_backend_new(struct backend **be, struct backend_host *host, const struct dev_config *cfg,
		   const char *path, struct vu_daemon *daemon, char *why, size_t len)
{
	(void)be;
	(void)host;
	(void)cfg;
	(void)path;
	(void)daemon;
	snprintf(why, len, "fake");
	return -EIO;
}

static char *get_node(void *ctx, const char *key)
{
	char **values = ctx;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], key))
			return values[i] ? strdup(values[i]) : NULL;
	FUZZ_CHECK(!"a key that the fuzzer does not know");
	return NULL;
}

static bool ends(const char *s, size_t size)
{
	return memchr(s, '\0', size);
}

static void check_config(const struct dev_config *cfg)
{
	FUZZ_CHECK(cfg->queues <= MAX_QUEUES);
	FUZZ_CHECK(cfg->queue_size >= 2 && cfg->queue_size <= MAX_QUEUE_SIZE);
	FUZZ_CHECK(!(cfg->queue_size & (cfg->queue_size - 1)));
	FUZZ_CHECK(ends(cfg->target, sizeof(cfg->target)));
	FUZZ_CHECK(ends(cfg->format, sizeof(cfg->format)) && cfg->format[0]);
	FUZZ_CHECK(ends(cfg->aio, sizeof(cfg->aio)));
	FUZZ_CHECK(ends(cfg->bridge, sizeof(cfg->bridge)));
	FUZZ_CHECK(ends(cfg->ifname, sizeof(cfg->ifname)) && !strchr(cfg->ifname, '%'));
	FUZZ_CHECK(ends(cfg->socket, sizeof(cfg->socket)));
	FUZZ_CHECK(ends(cfg->tag, sizeof(cfg->tag)));
	FUZZ_CHECK(cfg->poll_us <= MAX_POLL_US);
	FUZZ_CHECK(cfg->server <= SERVER_VHOST);
	FUZZ_CHECK(!cfg->has_mac || !(cfg->mac[0] & 1));
	FUZZ_CHECK(cfg->type != DEV_VHOST_USER || (cfg->socket[0] == '/' && cfg->device_id));
	FUZZ_CHECK(cfg->type != DEV_BLK || cfg->target[0]);
}

static void nodes(struct fuzz_in *in)
{
	struct dev_config *cfg = malloc(sizeof(*cfg));
	char *values[ARRAY_SIZE(keys)] = { NULL }, why[96] = "";
	unsigned int i;

	FUZZ_CHECK(cfg);
	while (in->left) {
		i = in_u8(in) % ARRAY_SIZE(keys);
		free(values[i]);
		values[i] = in_text(in, PATH_MAX + 8);
	}
	if (!config_read(cfg, get_node, values, why, sizeof(why)))
		check_config(cfg);
	else
		FUZZ_CHECK(why[0] && ends(why, sizeof(why)));
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		free(values[i]);
	free(cfg);
}

/* Takes a string of JSON apart; returns what follows it. */
static const char *read_string(const char *p, char *out)
{
	unsigned int code;

	FUZZ_CHECK(*p++ == '"');
	for (; *p != '"'; p++) {
		FUZZ_CHECK((unsigned char)*p >= 0x20);
		if (*p != '\\') {
			*out++ = *p;
			continue;
		}
		p++;
		if (*p == 'u') {
			FUZZ_CHECK(sscanf(p + 1, "%4x", &code) == 1 && code && code < 0x20);
			*out++ = code;
			p += 4;
		} else {
			FUZZ_CHECK(*p == '"' || *p == '\\');
			*out++ = *p;
		}
	}
	*out = '\0';
	return p + 1;
}

/*
 * Reads an object, and objects in it; @value gets what @key has. Returns what
 * follows.
 */
static const char *read_object(const char *p, const char *key, char *value)
{
	static char name[2 * JSON_LEN], text[2 * JSON_LEN];

	FUZZ_CHECK(*p == '{');
	do {
		p = read_string(p + 1, name);
		FUZZ_CHECK(*p++ == ':');
		if (*p == '{') {
			p = read_object(p, key, value);
		} else if (*p == '"') {
			p = read_string(p, text);
			if (!strcmp(name, key))
				strcpy(value, text);
		} else {
			FUZZ_CHECK(!strncmp(p, "true", 4) || !strncmp(p, "false", 5));
			p += *p == 't' ? 4 : 5;
		}
	} while (*p == ',');
	FUZZ_CHECK(*p == '}');
	return p + 1;
}

static void disk(struct fuzz_in *in)
{
	static char out[JSON_LEN], value[2 * JSON_LEN];
	struct disk d = { .driver = "file", .aio = "native", .direct = in_u8(in) % 2 };
	struct dev_config *cfg = calloc(1, sizeof(*cfg));
	char *target = in_text(in, PATH_MAX - 1), *format = in_text(in, sizeof(cfg->format) - 1);

	FUZZ_CHECK(cfg);
	strcpy(cfg->target, target);
	strcpy(cfg->format, format);
	if (!protocol_node(out, cfg, &d)) {
		FUZZ_CHECK(!*read_object(out, "filename", value) && !strcmp(value, target));
		FUZZ_CHECK(!*read_object(out, "node-name", value) && !strcmp(value, "file0"));
	}
	if (!format_node(out, cfg, &d))
		FUZZ_CHECK(!*read_object(out, "driver", value) && !strcmp(value, format));
	free(target);
	free(format);
	free(cfg);
}

void fuzz_one(struct fuzz_in *in)
{
	if (in_u8(in) % 2)
		disk(in);
	else
		nodes(in);
}
