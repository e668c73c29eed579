/* SPDX-License-Identifier: GPL-2.0-only */
/* store.h - xenstore, as a device's two ends use it */
#ifndef VX_STORE_H
#define VX_STORE_H

#include <stdbool.h>
#include <xenstore.h>

#include "log.h"

#define STORE_PATH_LEN	256

/* XenbusState */
enum xenbus_state {
	XS_INITIALISING = 1,
	XS_INIT_WAIT = 2,
	XS_INITIALISED = 3,
	XS_CONNECTED = 4,
	XS_CLOSING = 5,
	XS_CLOSED = 6,
};

char *store_read(struct xs_handle *xs, const char *dir, const char *key);
int store_read_uint(struct xs_handle *xs, const char *dir, const char *key,
		    unsigned long max, unsigned long *v);
int store_write(struct xs_handle *xs, const char *dir, const char *key,
		const char *fmt, ...) __printf(4, 5);
int store_set_state(struct xs_handle *xs, const char *dir, enum xenbus_state state);
int store_remove_pair(struct xs_handle *xs, const char *dir, const char *other);

#endif /* VX_STORE_H */
