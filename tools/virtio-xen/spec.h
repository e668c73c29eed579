/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spec.h - what an administrator writes to describe a device:
 * "blk,target=/srv/a.img,readonly"
 */
#ifndef VIRTIO_XEN_SPEC_H
#define VIRTIO_XEN_SPEC_H

#include <stdbool.h>
#include <stddef.h>

enum spec_type {
	SPEC_BLK,
	SPEC_NET,
	SPEC_VHOST_USER,
	/* Served by a program that is not the bridge. */
	SPEC_EXTERNAL,
	SPEC_TYPES,
};

/* Each is a node of the same name in the backend's config directory. */
enum spec_key {
	KEY_TARGET,
	KEY_FORMAT,
	KEY_READONLY,
	KEY_AIO,
	KEY_CACHE,
	KEY_SERVER,
	KEY_BRIDGE,
	KEY_IFNAME,
	KEY_MTU,
	KEY_POLL_US,
	KEY_BATCH,
	KEY_SOCKET,
	KEY_DEVICE,
	KEY_TAG,
	KEY_MAC,
	KEY_QUEUES,
	KEY_QUEUE_SIZE,
	KEY_QUEUE_PORTS,
	KEY_KERNEL_NOTIFY,
	KEY_SINGLE_GRANTS,
	/* These two say where the device goes, and are no config nodes. */
	KEY_ID,
	KEY_BACKEND,
	KEYS,
	KEYS_CONFIG = KEY_ID,
};

/* A xenstore message is 4096 bytes, path included. */
#define SPEC_VALUE_MAX	1024
#define SPEC_ERROR_MAX	256

/**
 * struct spec - a parsed device specification
 * @type: what kind of device
 * @value: one allocated string for each key that was given, else NULL
 */
struct spec {
	enum spec_type type;
	char *value[KEYS];
};

int spec_parse(struct spec *spec, const char *text, char error[SPEC_ERROR_MAX]);
int spec_set(struct spec *spec, const char *name, const char *value,
	     char error[SPEC_ERROR_MAX]);
int spec_complete(const struct spec *spec, char error[SPEC_ERROR_MAX]);
void spec_free(struct spec *spec);

const char *spec_type_name(enum spec_type type);
const char *spec_key_name(enum spec_key key);
bool spec_key_unique(enum spec_key key);
bool spec_wants_mac(const struct spec *spec);
int spec_spread_queues(struct spec *spec, unsigned int vcpus,
		       char error[SPEC_ERROR_MAX]);
int spec_id(const struct spec *spec);
const char *spec_target(const struct spec *spec);

#endif /* VIRTIO_XEN_SPEC_H */
