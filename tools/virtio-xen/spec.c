// SPDX-License-Identifier: GPL-2.0-only
/*
 * spec.c - reads device specifications
 *
 * TYPE[,key=value]... where a value may hold a comma after a backslash, or be
 * quoted as a whole with " or '. The text is cut into words here; what a value
 * may be is in values.c. Nothing here looks at the machine or at xenstore, so
 * that all of it can be tested anywhere.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"
#include "values.h"

#define BLK		(1U << SPEC_BLK)
#define NET		(1U << SPEC_NET)
#define VHOST_USER	(1U << SPEC_VHOST_USER)
#define BRIDGED		(BLK | NET | VHOST_USER)
#define ALL		(BRIDGED | 1U << SPEC_EXTERNAL)

/* More queues than this are had by asking for them. */
#define QUEUES_SPREAD	4U
#define PAIRS_SPREAD	2U

/* Of a single queue, as vhost-xen makes it. */
#define ENTRIES		256

static const char *const type_names[SPEC_TYPES] = {
	[SPEC_BLK] = "blk",
	[SPEC_NET] = "net",
	[SPEC_VHOST_USER] = "vhost-user",
	[SPEC_EXTERNAL] = "external",
};

/*
 * @types: that know the key
 * @required: types that cannot do without
 * @is_flag: the key may stand alone, which means 1
 * @unique: no two devices of one backend domain may have the same value
 * @check: says what a value must be if it is wrong, else NULL
 */
static const struct {
	const char *name;
	unsigned int types;
	unsigned int required;
	bool is_flag;
	bool unique;
	const char *(*check)(const char *value);
} keys[KEYS] = {
	[KEY_TARGET] = { "target", BLK, BLK, false, true, value_path },
	[KEY_FORMAT] = { "format", BLK, 0, false, false, value_format },
	[KEY_READONLY] = { "readonly", BLK, 0, true, false, value_bool },
	[KEY_AIO] = { "aio", BLK, 0, false, false, value_aio },
	[KEY_CACHE] = { "cache", BLK, 0, false, false, value_cache },
	[KEY_SERVER] = { "server", BLK | NET, 0, false, false, value_server },
	[KEY_BRIDGE] = { "bridge", NET, 0, false, false, value_ifname },
	[KEY_IFNAME] = { "ifname", NET, 0, false, true, value_ifname },
	[KEY_MTU] = { "mtu", NET, 0, false, false, value_mtu },
	[KEY_POLL_US] = { "poll-us", BLK | NET, 0, false, false, value_poll_us },
	[KEY_BATCH] = { "batch", NET, 0, false, false, value_bool },
	[KEY_SOCKET] = { "socket", VHOST_USER, VHOST_USER, false, true,
			 value_socket },
	[KEY_DEVICE] = { "device", VHOST_USER, VHOST_USER, false, false,
			 value_device },
	[KEY_TAG] = { "tag", VHOST_USER, 0, false, false, value_tag },
	[KEY_MAC] = { "mac", NET | VHOST_USER, 0, false, true, value_mac },
	[KEY_QUEUES] = { "queues", BRIDGED, 0, false, false, value_queues },
	[KEY_QUEUE_SIZE] = { "queue-size", BRIDGED, 0, false, false,
			     value_queue_size },
	[KEY_QUEUE_PORTS] = { "queue-ports", BRIDGED, 0, false, false, value_bool },
	[KEY_KERNEL_NOTIFY] = { "kernel-notify", BRIDGED, 0, false, false,
				value_bool },
	[KEY_SINGLE_GRANTS] = { "single-grants", BRIDGED, 0, false, false, value_bool },
	[KEY_ID] = { "id", ALL, 0, false, false, value_id },
	[KEY_BACKEND] = { "backend", ALL, 0, false, false, value_domain },
};

__attribute__((format(printf, 2, 3)))
static int bad(char error[SPEC_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, SPEC_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

/*
 * Takes the next word off *text into word, with quotes and backslashes
 * resolved. A quote only counts where a value begins: in target=/a"b it is
 * an ordinary character.
 */
static int next_word(const char **text, char *word, size_t size,
		     char error[SPEC_ERROR_MAX])
{
	const char *p = *text;
	bool value_begins = false;
	char quote = 0;
	size_t n = 0;

	for (; *p && (quote || *p != ','); p++) {
		char c = *p;

		if (quote && c == quote) {
			if (p[1] && p[1] != ',')
				return bad(error, "'%.40s': a comma must follow the closing quote",
					   *text);
			quote = 0;
			continue;
		}
		if (value_begins && (c == '"' || c == '\'')) {
			quote = c;
			value_begins = false;
			continue;
		}
		/* Other backslashes stand for themselves. */
		if (c == '\\' && (p[1] == ',' || p[1] == '\\' ||
				  (quote && p[1] == quote)))
			c = *++p;
		value_begins = c == '=' && !memchr(word, '=', n);
		if (n + 1 >= size)
			return bad(error, "a value is longer than %d characters",
				   SPEC_VALUE_MAX);
		word[n++] = c;
	}
	if (quote)
		return bad(error, "'%.40s': the closing quote is missing", *text);
	word[n] = '\0';
	*text = p;
	return 0;
}

static int find_type(const char *name, char error[SPEC_ERROR_MAX])
{
	int type;

	for (type = 0; type < SPEC_TYPES; type++)
		if (!strcmp(name, type_names[type]))
			return type;
	return bad(error, "unknown type '%.40s': write blk, net, vhost-user or external first",
		   name);
}

/* The keys of a type, for an error message. */
static const char *key_list(enum spec_type type, char *buffer, size_t size)
{
	size_t used = 0;
	int key;

	buffer[0] = '\0';
	for (key = 0; key < KEYS && used < size; key++)
		if (keys[key].types & (1U << type))
			used += (size_t)snprintf(buffer + used, size - used,
						 "%s%s", used ? " " : "",
						 keys[key].name);
	return buffer;
}

static int find_key(enum spec_type type, const char *name,
		    char error[SPEC_ERROR_MAX])
{
	char known[160];
	int key;

	for (key = 0; key < KEYS; key++)
		if ((keys[key].types & (1U << type)) &&
		    !strcmp(name, keys[key].name))
			return key;
	return bad(error, "unknown key '%.40s': %s knows %s", name,
		   type_names[type], key_list(type, known, sizeof(known)));
}

/**
 * spec_set() - gives a key of a specification its value
 * @spec: its type is set
 * @name: of the key
 * @value: NULL if the key stands alone
 * @error: is told what is wrong
 *
 * Return: 0, or -1.
 */
int spec_set(struct spec *spec, const char *name, const char *value,
	     char error[SPEC_ERROR_MAX])
{
	int key = find_key(spec->type, name, error);
	const char *complaint;

	if (key < 0)
		return -1;
	if (!value && !keys[key].is_flag)
		return bad(error, "'%s' needs a value: write %s=...", name, name);
	if (!value)
		value = "1";
	if (spec->value[key])
		return bad(error, "'%s' is given twice", name);
	complaint = value_plain(value);
	if (!complaint)
		complaint = keys[key].check(value);
	if (complaint)
		return bad(error, "%s=%.60s: %s", name, value, complaint);
	spec->value[key] = strdup(value_canonical(value, keys[key].check));
	if (!spec->value[key])
		return bad(error, "out of memory");
	return 0;
}

/**
 * spec_complete() - checks that a specification lacks nothing
 * @spec: with all values that it will have from the administrator
 * @error: is told what is missing
 *
 * Return: 0, or -1.
 */
int spec_complete(const struct spec *spec, char error[SPEC_ERROR_MAX])
{
	const char *device = spec->value[KEY_DEVICE];
	const char *server = spec->value[KEY_SERVER];
	int key;

	for (key = 0; key < KEYS; key++)
		if ((keys[key].required & (1U << spec->type)) &&
		    !spec->value[key])
			return bad(error, "%s needs %s=...",
				   type_names[spec->type], keys[key].name);
	/* Without it the guest could not name what it mounts. */
	if (device && !strcmp(device, "fs") && !spec->value[KEY_TAG])
		return bad(error, "device=fs needs tag=..., the name under which the guest mounts it");
	if (device && strcmp(device, "fs") && spec->value[KEY_TAG])
		return bad(error, "tag= is only for device=fs");
	if (spec->value[KEY_MAC] && !spec_wants_mac(spec))
		return bad(error, "mac= is only for network devices");
	if (server && !strcmp(server, "daemon") && spec->type != SPEC_BLK)
		return bad(error, "server=daemon is only for disks: a network has kernel or vhost");
	if (server && !strcmp(server, "vhost") && spec->type != SPEC_NET)
		return bad(error, "server=vhost is only for networks: a disk has kernel or daemon");
	return 0;
}

/**
 * spec_parse() - reads a specification
 * @spec: is filled in; to be given to spec_free() in any case
 * @text: as the administrator wrote it
 * @error: is told what is wrong
 *
 * Return: 0, or -1.
 */
int spec_parse(struct spec *spec, const char *text, char error[SPEC_ERROR_MAX])
{
	char word[SPEC_VALUE_MAX + 32];
	int type;

	memset(spec, 0, sizeof(*spec));
	if (next_word(&text, word, sizeof(word), error))
		return -1;
	type = find_type(word, error);
	if (type < 0)
		return -1;
	spec->type = (enum spec_type)type;
	while (*text == ',') {
		char *value;

		text++;
		if (next_word(&text, word, sizeof(word), error))
			return -1;
		if (!word[0])
			return bad(error, "a key is missing between two commas or at the end");
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		if (spec_set(spec, word, value, error))
			return -1;
	}
	return spec_complete(spec, error);
}

/**
 * spec_free() - releases what a specification holds
 * @spec: may be given twice
 */
void spec_free(struct spec *spec)
{
	int key;

	for (key = 0; key < KEYS; key++) {
		free(spec->value[key]);
		spec->value[key] = NULL;
	}
}

/**
 * spec_type_name() - the word for a type
 * @type: below SPEC_TYPES
 *
 * Return: a constant string.
 */
const char *spec_type_name(enum spec_type type)
{
	return type_names[type];
}

/**
 * spec_key_name() - the word for a key, and the name of its node
 * @key: below KEYS
 *
 * Return: a constant string.
 */
const char *spec_key_name(enum spec_key key)
{
	return keys[key].name;
}

/**
 * spec_key_unique() - whether two devices must differ in a key
 * @key: below KEYS
 *
 * Return: true for what only one device at a time can use.
 */
bool spec_key_unique(enum spec_key key)
{
	return keys[key].unique;
}

/**
 * spec_wants_mac() - whether the device is a network card
 * @spec: type and device are set
 *
 * Return: true if it has a MAC address.
 */
bool spec_wants_mac(const struct spec *spec)
{
	const char *device = spec->value[KEY_DEVICE];

	return spec->type == SPEC_NET || (device && !strcmp(device, "net"));
}

static bool can_spread(const struct spec *spec)
{
	const char *server = spec->value[KEY_SERVER];
	const char *single = spec->value[KEY_SINGLE_GRANTS];

	if (spec->type == SPEC_NET)
		return !(server && !strcmp(server, "vhost")) &&
		       !(single && !strcmp(single, "1"));
	return spec->type == SPEC_BLK;
}

/**
 * spec_spread_queues() - gives a device virtqueues for each processor
 * @spec: complete; what it says of queues stays
 * @vcpus: that the guest has
 * @error: is told what is wrong
 *
 * Linux puts an I/O scheduler before a disk with one queue, and hands what is read to
 * a worker then: two task switches for each request. A network's packets come to one
 * processor if it has one pair of queues, which then has to wake the one where a program
 * waits for them. The entries that one queue would have are shared among the queues, so
 * that no more is granted: with a quarter of them a packet would hardly find buffers.
 * vhost-net has one pair.
 *
 * Return: 0, or -1.
 */
int spec_spread_queues(struct spec *spec, unsigned int vcpus,
		       char error[SPEC_ERROR_MAX])
{
	unsigned int most;
	char text[16];

	if (!can_spread(spec) || spec->value[KEY_QUEUES] || vcpus < 2)
		return 0;
	most = spec->type == SPEC_NET ? PAIRS_SPREAD : QUEUES_SPREAD;
	if (vcpus > most)
		vcpus = most;
	snprintf(text, sizeof(text), "%u", vcpus);
	if (spec_set(spec, "queues", text, error))
		return -1;
	if (spec->value[KEY_QUEUE_SIZE])
		return 0;
	snprintf(text, sizeof(text), "%d", vcpus > 2 ? ENTRIES / 4 : ENTRIES / 2);
	return spec_set(spec, "queue-size", text, error);
}

/**
 * spec_id() - the id that was asked for
 * @spec: complete
 *
 * Return: the id, or -1 if any will do.
 */
int spec_id(const struct spec *spec)
{
	return spec->value[KEY_ID] ? atoi(spec->value[KEY_ID]) : -1;
}

/**
 * spec_target() - what stands behind the device, for people
 * @spec: complete
 *
 * Return: a string that lives as long as @spec.
 */
const char *spec_target(const struct spec *spec)
{
	static const enum spec_key names[] = {
		KEY_TARGET, KEY_SOCKET, KEY_BRIDGE, KEY_IFNAME,
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (spec->value[names[i]])
			return spec->value[names[i]];
	return "-";
}
