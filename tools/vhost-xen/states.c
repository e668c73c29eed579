// SPDX-License-Identifier: GPL-2.0-only
/*
 * states.c - what both ends tell each other, in xenstore or in the bus page
 *
 * life.c decides from states, and does not care where they are. A device without
 * xenstore has no toolstack: it is always to stay, and its frontend always there
 * while the page is mapped.
 */
#include <errno.h>
#include <stdio.h>

#include "log.h"
#include "states.h"
#include "worker.h"

static int read_node(struct worker *w, const char *dir, const char *key, unsigned long def,
		     unsigned long *v)
{
	int err = store_read_uint(w->xs, dir, key, 1000, v);

	if (err == -ENOENT) {
		*v = def;
		return 0;
	}
	if (err == -EINVAL) {
		log_guest("node %s/%s is not a number", dir, key);
		*v = 1000;	/* no state that we know */
		return 0;
	}
	return err;
}

/**
 * states_read() - Look at all that matters
 * @w: the worker
 * @n: filled in
 *
 * Return: 0 or a negative errno
 */
int states_read(struct worker *w, struct nodes *n)
{
	int err;

	if (w->fixed.on) {
		if (!w->fixed.page)
			return -ENOENT;
		*n = (struct nodes){ .be = w->fixed.state, .fe = fixed_driver_state(&w->fixed),
				     .online = 1 };
		return 0;
	}
	err = read_node(w, w->dir, "state", 0, &n->be);
	if (!err)
		err = read_node(w, w->fe_dir, "state", 0, &n->fe);
	if (!err)
		err = read_node(w, w->dir, "online", 1, &n->online);
	if (!err)
		err = read_node(w, w->dir, "force", 0, &n->force);
	return err;
}

/**
 * states_set() - Write our state
 * @w: the worker
 * @state: the new state
 *
 * Return: 0 or a negative errno; -ECANCELED if the device is being taken away
 */
int states_set(struct worker *w, enum xenbus_state state)
{
	if (!w->fixed.on)
		return store_set_state(w->xs, w->dir, state);
	if (!w->fixed.page)
		return -ENOENT;
	fixed_set_state(&w->fixed, state);
	ports_notify(&w->ports, w->ports.bus_port);
	return 0;
}

/**
 * states_error() - Say for people why the device is not ready
 * @w: the worker
 * @why: the reason; empty for none
 */
void states_error(struct worker *w, const char *why)
{
	if (!w->fixed.on)
		store_write(w->xs, w->dir, "error", "%s", why);
}

/**
 * states_versions() - Say what InitWait promises
 * @w: the worker
 */
void states_versions(struct worker *w)
{
	if (w->fixed.on) {
		fixed_begin(&w->fixed);
		return;
	}
	store_write(w->xs, w->dir, VMSG_XEN_NODE_MIN_VERSION, "%d", VMSG_XEN_VERSION);
	store_write(w->xs, w->dir, VMSG_XEN_NODE_MAX_VERSION, "%d", VMSG_XEN_VERSION);
}

/**
 * states_frontend_lives() - Whether the guest is there
 * @w: the worker
 */
bool states_frontend_lives(struct worker *w)
{
	return w->fixed.on || xs_is_domain_introduced(w->xs, w->domid);
}

/**
 * states_remove() - Remove our directory
 * @w: the worker
 * @both: and the frontend's
 */
void states_remove(struct worker *w, bool both)
{
	if (!w->fixed.on)
		store_remove_pair(w->xs, w->dir, both ? w->fe_dir : NULL);
}

/**
 * states_config() - What the toolstack, or the command line, says of the device
 * @w: the worker
 * @key: which node under config/
 *
 * Return: its value, to be freed; NULL with errno set
 */
char *states_config(struct worker *w, const char *key)
{
	char path[64];

	if (w->fixed.on)
		return fixed_config(&w->fixed, key);
	snprintf(path, sizeof(path), "config/%s", key);
	return store_read(w->xs, w->dir, path);
}
