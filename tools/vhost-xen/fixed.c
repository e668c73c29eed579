// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixed.c - a device without xenstore: page and port are known beforehand
 *
 * Theory of operation
 *
 * See "Without xenstore" in Documentation/protocol.rst. The states of both ends
 * are words in the bus page, which stays mapped from when the guest has granted
 * it until the guest goes to Closed. This file knows the words and the command
 * line; what follows from a state is life.c's, as with xenstore.
 *
 * The page is the guest's: our own words are kept in private memory, and only
 * looked at when a page is taken over from a predecessor.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fixed.h"

#define MAX_DOMID	0x7fef
#define MAX_PORT	131071

static int parse_one(struct fixed *f, const char *item, unsigned int *seen)
{
	static const struct {
		const char *name;
		unsigned long min, max;
	} keys[] = {
		{ "domid=", 0, MAX_DOMID },
		{ "port=", 1, MAX_PORT },
		{ "gref=", VMSG_XEN_FIRST_FIXED_REF, VMSG_XEN_LAST_FIXED_REF },
	};
	unsigned long v;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		size_t len = strlen(keys[i].name);

		if (strncmp(item, keys[i].name, len))
			continue;
		if (*seen & 1U << i || config_parse_uint(item + len, keys[i].max, &v) ||
		    v < keys[i].min)
			return -EINVAL;
		*seen |= 1U << i;
		if (i == 0)
			f->domid = v;
		else if (i == 1)
			f->port = v;
		else
			f->ref = v;
		return 0;
	}
	return -EINVAL;
}

/**
 * fixed_parse() - Read the command line
 * @f: to be filled in
 * @spec: "domid=N,port=N,gref=N", in any order
 * @config: "key=value" each; ends with NULL
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or -EINVAL
 */
int fixed_parse(struct fixed *f, const char *spec, char *const *config, char *why, size_t len)
{
	char *copy = strdup(spec), *save = NULL, *item;
	unsigned int seen = 0;
	int i, err = copy ? 0 : -ENOMEM;

	*f = (struct fixed){ .on = true, .config = config };
	for (item = copy ? strtok_r(copy, ",", &save) : NULL; item && !err;
	     item = strtok_r(NULL, ",", &save)) {
		err = parse_one(f, item, &seen);
		if (err)
			snprintf(why, len, "\"%s\" makes no sense here", item);
	}
	free(copy);
	if (err)
		return err;
	if (seen != 7) {
		snprintf(why, len, "domid=, port= and gref= are all needed");
		return -EINVAL;
	}
	for (i = 0; config[i]; i++) {
		if (strchr(config[i], '=') && config[i][0] != '=')
			continue;
		snprintf(why, len, "\"%s\" is not KEY=VALUE", config[i]);
		return -EINVAL;
	}
	return 0;
}

/**
 * fixed_config() - What the node config/<key> would be
 * @f: the device
 * @key: its name
 *
 * Return: its value, to be freed; NULL with errno set
 */
char *fixed_config(const struct fixed *f, const char *key)
{
	size_t len = strlen(key);
	int i;

	for (i = 0; f->config[i]; i++)
		if (!strncmp(f->config[i], key, len) && f->config[i][len] == '=')
			return strdup(f->config[i] + len + 1);
	errno = ENOENT;
	return NULL;
}

/**
 * fixed_attach() - Take up a page that has been mapped
 * @f: the device
 * @page: the page
 *
 * The driver is to be sent an event afterwards, for it may have waited for
 * another backend.
 *
 * Return: 0, or -EPROTO if it is no bus page of this version
 */
int fixed_attach(struct fixed *f, void *page)
{
	struct vmsg_xen_bus_page *p = page;
	uint32_t state;

	if (le32toh(__atomic_load_n(&p->magic, __ATOMIC_ACQUIRE)) != VMSG_XEN_MAGIC ||
	    le16toh(p->version) != VMSG_XEN_VERSION)
		return -EPROTO;

	f->page = p;
	f->left = false;
	/*
	 * A driver at Closed begins anew when it sees another incarnation. A state
	 * that a predecessor has left would not be news to it when it is ours.
	 */
	if (fixed_driver_state(f) == VMSG_XEN_CLOSED)
		fixed_set_state(f, VMSG_XEN_CLOSED);
	/* A predecessor's, or whatever the guest likes: it decides for itself. */
	state = le32toh(__atomic_load_n(&p->device_state, __ATOMIC_ACQUIRE));
	f->state = state <= VMSG_XEN_CLOSED ? state : 0;
	/* Pairs with the driver's acquire: the state comes first. */
	__atomic_store_n(&p->device_incarnation, htole32(le32toh(p->device_incarnation) + 1),
			 __ATOMIC_RELEASE);
	return 0;
}

/**
 * fixed_begin() - Set all that InitWait promises
 * @f: the device; its page is mapped
 */
void fixed_begin(struct fixed *f)
{
	struct vmsg_xen_bus_page *p = f->page;

	__atomic_store_n(&p->driver_cons, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&p->device_prod, 0, __ATOMIC_RELAXED);
	p->device_min_version = htole16(VMSG_XEN_VERSION);
	p->device_max_version = htole16(VMSG_XEN_VERSION);
}

/**
 * fixed_driver_state() - What the driver's state is
 * @f: the device; its page is mapped
 *
 * Return: any number: it is the guest's
 */
uint32_t fixed_driver_state(const struct fixed *f)
{
	/* Pairs with the driver's release: indices and grants come first. */
	return le32toh(__atomic_load_n(&f->page->driver_state, __ATOMIC_ACQUIRE));
}

/**
 * fixed_set_state() - Write our state
 * @f: the device; its page is mapped
 * @state: the new state
 *
 * The driver is to be sent an event afterwards.
 */
void fixed_set_state(struct fixed *f, uint32_t state)
{
	f->state = state;
	/* Pairs with the driver's acquire: what has been done comes first. */
	__atomic_store_n(&f->page->device_state, htole32(state), __ATOMIC_RELEASE);
}
