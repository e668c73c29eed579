// SPDX-License-Identifier: GPL-2.0-only
/*
 * config.c - what the toolstack wrote about a device
 *
 * The nodes come from the toolstack, so they are trusted to mean well, but
 * not to be well formed. One table names every key, so a reader sees at a
 * glance what there is.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "util.h"

#define MIN_MTU	68

static const struct {
	const char *name;
	uint32_t id;
} device_names[] = {
	{ "net", VIRTIO_ID_NET },
	{ "blk", VIRTIO_ID_BLOCK },
	{ "console", VIRTIO_ID_CONSOLE },
	{ "rng", VIRTIO_ID_RNG },
	{ "scsi", VIRTIO_ID_SCSI },
	{ "gpu", VIRTIO_ID_GPU },
	{ "input", VIRTIO_ID_INPUT },
	{ "vsock", VIRTIO_ID_VSOCK },
	{ "crypto", VIRTIO_ID_CRYPTO },
	{ "sound", VIRTIO_ID_SOUND },
	{ "fs", VIRTIO_ID_FS },
	{ "i2c", VIRTIO_ID_I2C_ADAPTER },
	{ "gpio", VIRTIO_ID_GPIO },
};

/**
 * config_parse_uint() - Parse a decimal number and nothing else
 * @s: the text
 * @max: largest value allowed
 * @out: the value
 *
 * Return: 0 or -EINVAL
 */
int config_parse_uint(const char *s, unsigned long max, unsigned long *out)
{
	unsigned long v;
	char *end;

	if (!isdigit((unsigned char)s[0]))
		return -EINVAL;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || *end || v > max)
		return -EINVAL;
	*out = v;
	return 0;
}

static int parse_type(struct dev_config *cfg, const char *s)
{
	if (!strcmp(s, "blk")) {
		cfg->type = DEV_BLK;
		cfg->device_id = VIRTIO_ID_BLOCK;
		cfg->poll_us = DEFAULT_BLK_POLL_US;
	} else if (!strcmp(s, "net")) {
		cfg->type = DEV_NET;
		cfg->device_id = VIRTIO_ID_NET;
		cfg->poll_us = DEFAULT_NET_POLL_US;
	} else if (!strcmp(s, "vhost-user")) {
		cfg->type = DEV_VHOST_USER;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int parse_device(struct dev_config *cfg, const char *s)
{
	unsigned long v;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(device_names); i++) {
		if (strcmp(s, device_names[i].name))
			continue;
		cfg->device_id = device_names[i].id;
		return 0;
	}
	if (config_parse_uint(s, 0xffff, &v) || !v)
		return -EINVAL;
	cfg->device_id = v;
	return 0;
}

static int parse_bool(bool *out, const char *s)
{
	if (strcmp(s, "0") && strcmp(s, "1"))
		return -EINVAL;
	*out = s[0] == '1';
	return 0;
}

static int parse_text(char *out, size_t size, const char *s)
{
	if (!*s || strlen(s) >= size)
		return -EINVAL;
	strcpy(out, s);
	return 0;
}

static int parse_mac(struct dev_config *cfg, const char *s)
{
	uint8_t *m = cfg->mac;
	int end = 0;

	if (sscanf(s, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n",
		   &m[0], &m[1], &m[2], &m[3], &m[4], &m[5], &end) != 6 ||
	    end != 17 || s[end] || (m[0] & 1))
		return -EINVAL;
	cfg->has_mac = true;
	return 0;
}

static int parse_cache(struct dev_config *cfg, const char *s)
{
	if (!strcmp(s, "none"))
		cfg->cache = CACHE_NONE;
	else if (!strcmp(s, "writeback"))
		cfg->cache = CACHE_WRITEBACK;
	else
		return -EINVAL;
	return 0;
}

static int parse_server(struct dev_config *cfg, const char *s)
{
	if (!strcmp(s, "kernel"))
		cfg->server = SERVER_KERNEL;
	else if (!strcmp(s, "daemon") && cfg->type != DEV_NET)
		cfg->server = SERVER_DAEMON;
	else if (!strcmp(s, "vhost") && cfg->type == DEV_NET)
		cfg->server = SERVER_VHOST;
	else
		return -EINVAL;
	return 0;
}

static int parse_aio(struct dev_config *cfg, const char *s)
{
	if (strcmp(s, "native") && strcmp(s, "threads") && strcmp(s, "io_uring"))
		return -EINVAL;
	return parse_text(cfg->aio, sizeof(cfg->aio), s);
}

static int parse_queues(struct dev_config *cfg, const char *s)
{
	unsigned long v;

	if (config_parse_uint(s, MAX_QUEUES, &v) || !v)
		return -EINVAL;
	cfg->queues = v;
	return 0;
}

static int parse_queue_size(struct dev_config *cfg, const char *s)
{
	unsigned long v;

	if (config_parse_uint(s, MAX_QUEUE_SIZE, &v) || v < 2 || (v & (v - 1)))
		return -EINVAL;
	cfg->queue_size = v;
	return 0;
}

static int parse_mtu(struct dev_config *cfg, const char *s)
{
	unsigned long v;

	if (config_parse_uint(s, UINT16_MAX, &v) || v < MIN_MTU)
		return -EINVAL;
	cfg->mtu = v;
	return 0;
}

static int parse_poll_us(struct dev_config *cfg, const char *s)
{
	unsigned long v;

	if (config_parse_uint(s, MAX_POLL_US, &v))
		return -EINVAL;
	cfg->poll_us = v;
	cfg->has_poll_us = true;
	return 0;
}

static int parse_target(struct dev_config *cfg, const char *s)
{
	return parse_text(cfg->target, sizeof(cfg->target), s);
}

static int parse_format(struct dev_config *cfg, const char *s)
{
	return parse_text(cfg->format, sizeof(cfg->format), s);
}

static int parse_readonly(struct dev_config *cfg, const char *s)
{
	return parse_bool(&cfg->readonly, s);
}

static int parse_bridge(struct dev_config *cfg, const char *s)
{
	return parse_text(cfg->bridge, sizeof(cfg->bridge), s);
}

static int parse_ifname(struct dev_config *cfg, const char *s)
{
	/* The kernel takes '%' in a name as a template. */
	return strchr(s, '%') ? -EINVAL : parse_text(cfg->ifname, sizeof(cfg->ifname), s);
}

static int parse_socket(struct dev_config *cfg, const char *s)
{
	return s[0] != '/' ? -EINVAL : parse_text(cfg->socket, sizeof(cfg->socket), s);
}

static int parse_tag(struct dev_config *cfg, const char *s)
{
	return parse_text(cfg->tag, sizeof(cfg->tag), s);
}

static int parse_queue_ports(struct dev_config *cfg, const char *s)
{
	return parse_bool(&cfg->queue_ports, s);
}

static int parse_kernel_notify(struct dev_config *cfg, const char *s)
{
	return parse_bool(&cfg->kernel_notify, s);
}

static int parse_batch(struct dev_config *cfg, const char *s)
{
	return parse_bool(&cfg->batch, s);
}

static int parse_single_grants(struct dev_config *cfg, const char *s)
{
	return parse_bool(&cfg->single_grants, s);
}

static const struct {
	const char *key;
	int (*parse)(struct dev_config *cfg, const char *value);
} keys[] = {
	{ "type", parse_type },		/* first: it sets what others change */
	{ "device", parse_device },
	{ "queues", parse_queues },
	{ "queue-size", parse_queue_size },
	{ "queue-ports", parse_queue_ports },
	{ "kernel-notify", parse_kernel_notify },
	{ "single-grants", parse_single_grants },
	{ "target", parse_target },
	{ "format", parse_format },
	{ "aio", parse_aio },
	{ "cache", parse_cache },
	{ "server", parse_server },
	{ "readonly", parse_readonly },
	{ "bridge", parse_bridge },
	{ "ifname", parse_ifname },
	{ "mac", parse_mac },
	{ "mtu", parse_mtu },
	{ "poll-us", parse_poll_us },
	{ "batch", parse_batch },
	{ "socket", parse_socket },
	{ "tag", parse_tag },
};

static const char *missing_key(const struct dev_config *cfg)
{
	switch (cfg->type) {
	case DEV_BLK:
		return cfg->target[0] ? NULL : "target";
	case DEV_VHOST_USER:
		if (!cfg->socket[0])
			return "socket";
		return cfg->device_id ? NULL : "device";
	case DEV_NET:
		break;
	}
	return NULL;
}

/**
 * config_read() - Read and check what a device is to be
 * @cfg: to be filled in
 * @get: reads one key
 * @ctx: for @get
 * @why: on failure, what is wrong, for people
 * @len: size of @why
 *
 * Return: 0 or -EINVAL
 */
int config_read(struct dev_config *cfg, config_getter get, void *ctx, char *why, size_t len)
{
	const char *key;
	unsigned int i;

	*cfg = (struct dev_config){
		.queue_size = DEFAULT_QUEUE_SIZE, .queue_ports = true, .kernel_notify = true, .format = "raw",
		.batch = true,
	};
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		char *value = get(ctx, keys[i].key);
		int err;

		if (!value) {
			if (strcmp(keys[i].key, "type"))
				continue;
			snprintf(why, len, "config/type is missing");
			return -EINVAL;
		}
		/* An empty node stands for the default, as in other PV protocols. */
		err = *value ? keys[i].parse(cfg, value) : 0;
		if (err)
			snprintf(why, len, "config/%s: bad value '%.64s'", keys[i].key, value);
		free(value);
		if (err)
			return err;
	}
	key = missing_key(cfg);
	if (key) {
		snprintf(why, len, "config/%s is missing", key);
		return -EINVAL;
	}
	return 0;
}
