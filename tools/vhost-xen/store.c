// SPDX-License-Identifier: GPL-2.0-only
/*
 * store.c - xenstore, as a device's two ends use it
 *
 * What a guest writes into its directory is text like any other: it is read
 * as a decimal number within bounds or not at all.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "store.h"

#define TRANSACTION_TRIES	10

static int make_path(char path[STORE_PATH_LEN], const char *dir, const char *key)
{
	int n = snprintf(path, STORE_PATH_LEN, "%s/%s", dir, key);

	return n < STORE_PATH_LEN ? 0 : -ENAMETOOLONG;
}

/**
 * store_read() - Read a node
 * @xs: xenstore
 * @dir: its directory
 * @key: its name
 *
 * Return: its value, to be freed; NULL with errno set
 */
char *store_read(struct xs_handle *xs, const char *dir, const char *key)
{
	char path[STORE_PATH_LEN];

	if (make_path(path, dir, key)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return xs_read(xs, XBT_NULL, path, NULL);
}

/**
 * store_read_uint() - Read a node that holds a decimal number
 * @xs: xenstore
 * @dir: its directory
 * @key: its name
 * @max: largest value allowed
 * @v: the value
 *
 * Return: 0, -ENOENT if there is no such node, -EINVAL if it holds something
 * else, or another negative errno
 */
int store_read_uint(struct xs_handle *xs, const char *dir, const char *key,
		    unsigned long max, unsigned long *v)
{
	char *s = store_read(xs, dir, key);
	int err;

	if (!s)
		return -errno;
	err = config_parse_uint(s, max, v);
	free(s);
	return err;
}

/**
 * store_write() - Write a node
 * @xs: xenstore
 * @dir: its directory
 * @key: its name
 * @fmt: its value, as for printf
 *
 * Return: 0 or a negative errno
 */
int store_write(struct xs_handle *xs, const char *dir, const char *key, const char *fmt, ...)
{
	char path[STORE_PATH_LEN], value[512];
	va_list ap;

	if (make_path(path, dir, key))
		return -ENAMETOOLONG;
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	return xs_write(xs, XBT_NULL, path, value, strlen(value)) ? 0 : -errno;
}

static int try_set_state(struct xs_handle *xs, const char *path, enum xenbus_state state)
{
	xs_transaction_t t = xs_transaction_start(xs);
	int err = 0;
	char *old, s[4];

	if (t == XBT_NULL)
		return -errno;
	old = xs_read(xs, t, path, NULL);
	if (!old)
		err = -errno;
	else if (atoi(old) == XS_CLOSING && state < XS_CLOSING)
		err = -ECANCELED;
	free(old);
	snprintf(s, sizeof(s), "%d", state);
	if (!err && !xs_write(xs, t, path, s, strlen(s)))
		err = -errno;
	if (!xs_transaction_end(xs, t, err) && !err)
		err = -errno;
	return err;
}

/**
 * store_set_state() - Write our state
 * @xs: xenstore
 * @dir: our directory
 * @state: the new state
 *
 * The toolstack writes Closing into the same node, and that must not be
 * overwritten by a step forward; nor must a node come back after its
 * directory was removed.
 *
 * Return: 0, -ECANCELED if the device is to be closed, -ENOENT if it is gone,
 * or another negative errno
 */
int store_set_state(struct xs_handle *xs, const char *dir, enum xenbus_state state)
{
	char path[STORE_PATH_LEN];
	unsigned int i;
	int err;

	err = make_path(path, dir, "state");
	if (err)
		return err;
	for (i = 0; i < TRANSACTION_TRIES; i++) {
		err = try_set_state(xs, path, state);
		if (err != -EAGAIN)
			break;
	}
	return err;
}

/* Remove @dir, and what is above it if that is left empty. */
static void remove_with_parent(struct xs_handle *xs, xs_transaction_t t, const char *dir)
{
	char parent[STORE_PATH_LEN], **names;
	unsigned int n;
	char *slash;

	xs_rm(xs, t, dir);
	snprintf(parent, sizeof(parent), "%s", dir);
	slash = strrchr(parent, '/');
	if (!slash)
		return;
	*slash = '\0';
	names = xs_directory(xs, t, parent, &n);
	if (names && !n)
		xs_rm(xs, t, parent);
	free(names);
}

/**
 * store_remove_pair() - Remove a device's directories
 * @xs: xenstore
 * @dir: ours
 * @other: the guest's, or NULL to leave it alone
 *
 * Return: 0 or a negative errno
 */
int store_remove_pair(struct xs_handle *xs, const char *dir, const char *other)
{
	unsigned int i;

	for (i = 0; i < TRANSACTION_TRIES; i++) {
		xs_transaction_t t = xs_transaction_start(xs);

		if (t == XBT_NULL)
			return -errno;
		/* A driver domain may not be allowed to remove the guest's. */
		if (other)
			xs_rm(xs, t, other);
		remove_with_parent(xs, t, dir);
		if (xs_transaction_end(xs, t, false))
			return 0;
		if (errno != EAGAIN)
			return -errno;
	}
	return -EAGAIN;
}
