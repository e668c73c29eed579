// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - whether the machine has what a specification names
 *
 * The bridge would find out as well, but later, and in a log elsewhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "device.h"
#include "domain.h"
#include "report.h"

static bool is_set(const char *value)
{
	return value && !strcmp(value, "1");
}

static int check_target(const struct spec *spec)
{
	const char *path = spec->value[KEY_TARGET];
	struct stat stat_buffer;

	if (stat(path, &stat_buffer))
		return fail("target %s: %s", path, strerror(errno));
	if (!S_ISREG(stat_buffer.st_mode) && !S_ISBLK(stat_buffer.st_mode))
		return fail("target %s is neither a file nor a block device",
			    path);
	if (access(path, R_OK))
		return fail("target %s cannot be read: %s", path,
			    strerror(errno));
	if (!is_set(spec->value[KEY_READONLY]) && access(path, W_OK))
		return fail("target %s cannot be written (%s): add 'readonly' if the guest is only to read it",
			    path, strerror(errno));
	return 0;
}

static int check_socket(const char *path)
{
	struct stat stat_buffer;

	if (stat(path, &stat_buffer) && errno == ENOENT)
		return fail("there is no socket %s: start the vhost-user daemon first",
			    path);
	if (stat(path, &stat_buffer))
		return fail("socket %s: %s", path, strerror(errno));
	if (!S_ISSOCK(stat_buffer.st_mode))
		return fail("%s is not a socket", path);
	return 0;
}

static int check_bridge(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	if (access(path, F_OK))
		return fail("there is no bridge '%s': make it with 'ip link add %s type bridge'",
			    name, name);
	snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
	if (access(path, F_OK))
		return fail("network interface '%s' is not a bridge", name);
	return 0;
}

/* A tap that a daemon left may be taken over; a real interface may not. */
static int check_ifname(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	if (access(path, F_OK))
		return 0;
	snprintf(path, sizeof(path), "/sys/class/net/%s/tun_flags", name);
	if (!access(path, F_OK))
		return 0;
	return fail("ifname %s is the name of another network interface: choose one that is free",
		    name);
}

/**
 * check_host() - looks for files, sockets and bridges
 * @spec: complete; its backend is this domain
 *
 * Return: 0, or -1 after an error message.
 */
int check_host(const struct spec *spec)
{
	if (spec->value[KEY_TARGET] && check_target(spec))
		return -1;
	if (spec->value[KEY_SOCKET] && check_socket(spec->value[KEY_SOCKET]))
		return -1;
	if (spec->value[KEY_BRIDGE] && check_bridge(spec->value[KEY_BRIDGE]))
		return -1;
	if (spec->value[KEY_IFNAME] && check_ifname(spec->value[KEY_IFNAME]))
		return -1;
	return 0;
}

static bool same_file(const char *left, const char *right)
{
	struct stat a, b;

	if (stat(left, &a) || stat(right, &b))
		return false;
	if (S_ISBLK(a.st_mode) && S_ISBLK(b.st_mode))
		return a.st_rdev == b.st_rdev;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool same_value(enum spec_key key, const char *left, const char *right,
		       bool local)
{
	if (key == KEY_MAC)
		return !strcasecmp(left, right);
	if (!strcmp(left, right))
		return true;
	return local && (key == KEY_TARGET || key == KEY_SOCKET) &&
		same_file(left, right);
}

/* Readers do not disturb each other. */
static bool may_share(enum spec_key key, const struct spec *spec,
		      const struct spec *other)
{
	return key == KEY_TARGET && is_set(spec->value[KEY_READONLY]) &&
		is_set(other->value[KEY_READONLY]);
}

/**
 * check_conflict() - whether two devices of one backend use the same thing
 * @spec: one
 * @other: the other; need not be complete
 * @local: the backend is this domain, so files can be compared
 *
 * Return: the key that both want, or -1.
 */
int check_conflict(const struct spec *spec, const struct spec *other, bool local)
{
	int key;

	for (key = 0; key < KEYS_CONFIG; key++) {
		const char *left = spec->value[key], *right = other->value[key];

		if (left && right && spec_key_unique((enum spec_key)key) &&
		    same_value((enum spec_key)key, left, right, local) &&
		    !may_share((enum spec_key)key, spec, other))
			return key;
	}
	return -1;
}

static int check_device(struct xs_handle *xs, const struct spec *spec,
			const struct device *device, bool local)
{
	struct spec other = { 0 };
	int key, shared;

	for (key = 0; key < KEYS_CONFIG; key++)
		other.value[key] = device_config(xs, device,
						 spec_key_name((enum spec_key)key));
	shared = check_conflict(spec, &other, local);
	spec_free(&other);
	if (shared < 0)
		return 0;
	return fail("%s %s is in use by device %u of domain %u%s",
		    spec_key_name((enum spec_key)shared), spec->value[shared],
		    device->id, device->domid, shared == KEY_TARGET ?
		    ": two can share it only if both are readonly" : "");
}

/**
 * check_attached() - looks for a device that uses the same thing
 * @xs: connection
 * @spec: complete
 * @backend: domain that is to serve it
 *
 * Return: 0, or -1 after an error message.
 */
int check_attached(struct xs_handle *xs, const struct spec *spec,
		   unsigned int backend)
{
	bool local = backend == domain_self(xs);
	unsigned int count, i;
	struct device *devices = device_list(xs, -1, &count);
	int result = 0;

	for (i = 0; i < count && !result; i++)
		if (devices[i].backend == backend)
			result = check_device(xs, spec, &devices[i], local);
	free(devices);
	return result;
}
