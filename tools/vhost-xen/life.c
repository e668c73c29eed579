// SPDX-License-Identifier: GPL-2.0-only
/*
 * life.c - a device's life: the states of both ends
 *
 * Theory of operation
 *
 * See "States" in Documentation/protocol.rst. Whenever xenstore, or the event
 * channel of a device without xenstore, says that something may have changed, life_step() reads all nodes that matter and
 * decides from them and from the phase that we are in:
 *
 *  INIT_WAIT  the backend is open; wait for the frontend to be Initialised
 *  CONNECTED  messages flow
 *  CLOSING    as CONNECTED, if there was a connection: wait for the frontend
 *             to be through with the device
 *  CLOSED     everything is released; wait for removal, or for the frontend
 *             to begin anew
 *
 * A device that begins anew gets a new process: the worker exits with
 * WORKER_AGAIN and the manager starts another. So there is one way into a
 * connection, from a clean state and with the privileges to open the backend.
 *
 * A device whose backend is lost goes through CLOSING, too, and begins anew.
 *
 * A worker that finds the states of a predecessor which died takes the device
 * through CLOSING, for it does not know what was in flight.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "states.h"
#include "util.h"
#include "worker.h"

/* The toolstack makes both directories at once, but one may be seen first. */
#define APPEAR_TIMEOUT	10	/* seconds */
/* A frontend that we close by ourselves gets this long to be through. */
#define CLOSE_TIMEOUT	30	/* seconds */

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void set_phase(struct worker *w, enum phase phase)
{
	w->phase = phase;
	w->since = now();
	w->fe_left = false;
}

static void finish(struct worker *w, int status)
{
	w->done = true;
	w->exit_status = status;
}

/*
 * Closing is written before Closed in any case: a Linux guest that shuts down
 * sets its own state to Closing and waits to see ours there.
 */
static void enter_closed(struct worker *w)
{
	if (w->phase != PHASE_CLOSING)
		states_set(w, XS_CLOSING);
	worker_release(w);
	states_set(w, XS_CLOSED);
	set_phase(w, PHASE_CLOSED);
	log_info("closed");
}

static void enter_closing(struct worker *w)
{
	states_set(w, XS_CLOSING);
	set_phase(w, PHASE_CLOSING);
}

/**
 * life_fail() - The device can't go on
 * @w: the worker
 * @why: for the log and the error node
 *
 * The connection ends at once. The frontend sees Closing and Closed.
 */
void life_fail(struct worker *w, const char *why)
{
	if (w->phase == PHASE_CLOSED)
		return;
	log_err("%s", why);
	states_error(w, why);
	enter_closing(w);
	enter_closed(w);
}

static void open_device(struct worker *w)
{
	char why[256] = "";
	int err;

	set_phase(w, PHASE_INIT_WAIT);
	err = worker_open_backend(w, why, sizeof(why));
	if (err) {
		life_fail(w, why);
		/* Nobody else would have it tried again. */
		if (w->fixed.on)
			finish(w, WORKER_FAILED);
		return;
	}
	states_versions(w);
	states_error(w, "");
	err = states_set(w, XS_INIT_WAIT);
	if (err && err != -ECANCELED)
		log_err("state can't be written: %s", strerror(-err));
	log_info("ready: virtio device %u, %u queues", w->be->device_id, w->be->nqueues);
}

/**
 * life_begin() - Decide where a new worker takes up
 * @w: the worker; xenstore is open, nothing else
 */
void life_begin(struct worker *w)
{
	struct nodes n;

	set_phase(w, PHASE_CLOSED);
	if (states_read(w, &n)) {
		finish(w, WORKER_FAILED);
		return;
	}
	if (n.online && (n.fe == XS_INITIALISING ||
			 (n.fe < XS_CONNECTED && n.be < XS_CONNECTED))) {
		/* A predecessor may have left it at Closing. */
		if (n.be == XS_CLOSING)
			states_set(w, XS_CLOSED);
		open_device(w);
	} else if (n.be == XS_CONNECTED || n.be == XS_CLOSING) {
		log_info("taking up a device in state %lu: closing it", n.be);
		enter_closing(w);
	} else {
		states_set(w, XS_CLOSED);
		w->fe_left = n.fe != XS_INITIALISING;
	}
}

static void step_init_wait(struct worker *w, const struct nodes *n)
{
	char why[256] = "";
	int err;

	if (n->be == XS_CLOSING || !n->online) {
		enter_closing(w);
		return;
	}
	if (n->fe == XS_CLOSING || n->fe == XS_CLOSED) {
		enter_closed(w);
		return;
	}
	if (n->fe != XS_INITIALISED)
		return;
	if (link_open(w, why, sizeof(why))) {
		life_fail(w, why);
		return;
	}
	set_phase(w, PHASE_CONNECTED);
	w->fe_connected = false;
	err = states_set(w, XS_CONNECTED);
	if (err == -ECANCELED)
		enter_closing(w);
	else if (err)
		life_fail(w, "state can't be written");
	else
		log_info("connected");
}

static void step_connected(struct worker *w, const struct nodes *n)
{
	if (n->fe == XS_CLOSING || n->fe == XS_CLOSED) {
		enter_closed(w);
		w->fe_left = true;
		return;
	}
	/* The guest came back, from a crash or a checkpoint, without a word. */
	if (n->fe == XS_INITIALISING || n->fe == XS_INIT_WAIT ||
	    (n->fe == XS_INITIALISED && w->fe_connected)) {
		log_info("the frontend begins anew");
		worker_release(w);
		states_set(w, XS_INITIALISING);
		finish(w, WORKER_AGAIN);
		return;
	}
	if (n->fe == XS_CONNECTED)
		w->fe_connected = true;
	if (n->be == XS_CLOSING || !n->online) {
		enter_closing(w);
	} else if (w->be_lost) {
		/* With online at 1 the frontend will want it again. */
		log_info("closing the device, to begin anew");
		enter_closing(w);
	}
}

static void step_closing(struct worker *w, const struct nodes *n)
{
	bool engaged = n->fe == XS_INITIALISED || n->fe == XS_CONNECTED;

	if (engaged && !n->force && (!n->online || now() - w->since < CLOSE_TIMEOUT))
		return;
	if (engaged && !n->force)
		log_info("the frontend does not close, closing without it");
	enter_closed(w);
	/* It may be at Initialising before it is looked at again. */
	w->fe_left = n->fe != XS_INITIALISING;
}

static void step_closed(struct worker *w, const struct nodes *n)
{
	if (!n->online) {
		/* While it is at Closing it is still revoking its grants. */
		if (n->fe == XS_CLOSING && !n->force)
			return;
		/* A frontend that we have failed has yet to notice. */
		if (n->fe == XS_CONNECTED && !n->force)
			return;
		log_info("removed");
		states_remove(w, true);
		finish(w, WORKER_DONE);
		return;
	}
	if (n->fe != XS_INITIALISING) {
		w->fe_left = true;
	} else if (w->fe_left) {
		log_info("the frontend begins anew");
		states_set(w, XS_INITIALISING);
		finish(w, WORKER_AGAIN);
	}
}

static bool frontend_gone(struct worker *w, const struct nodes *n)
{
	bool alive = states_frontend_lives(w);

	if (alive)
		w->can_see_death = true;
	else if (w->can_see_death)
		return true;
	if (n->fe) {
		w->fe_seen = true;
		return false;
	}
	return w->fe_seen || now() - w->since >= APPEAR_TIMEOUT;
}

/**
 * life_step() - Something may have changed
 * @w: the worker
 */
void life_step(struct worker *w)
{
	struct nodes n;

	if (w->done || states_read(w, &n))
		return;
	if (!n.be) {
		log_info("our directory is gone");
		worker_release(w);
		finish(w, WORKER_DONE);
		return;
	}
	if (w->fixed.on && w->phase == PHASE_CLOSED && n.fe == XS_CLOSED) {
		worker_leave(w);
		return;
	}
	if (frontend_gone(w, &n)) {
		log_info("the frontend is gone");
		worker_release(w);
		states_remove(w, false);
		finish(w, WORKER_DONE);
		return;
	}
	switch (w->phase) {
	case PHASE_INIT_WAIT:
		step_init_wait(w, &n);
		break;
	case PHASE_CONNECTED:
		step_connected(w, &n);
		break;
	case PHASE_CLOSING:
		step_closing(w, &n);
		break;
	case PHASE_CLOSED:
		step_closed(w, &n);
		break;
	}
}

/**
 * life_timeout_ms() - When is life_step() due without an event?
 * @w: the worker
 *
 * Return: milliseconds, -1 for never
 */
int life_timeout_ms(const struct worker *w)
{
	int64_t limit = w->phase == PHASE_CLOSING ? CLOSE_TIMEOUT : APPEAR_TIMEOUT;
	int64_t left = w->since + limit - now();

	if (w->phase != PHASE_CLOSING && w->fe_seen)
		return -1;
	/* A step that waits for more than time is looked at once a second. */
	return left > 0 ? left * 1000 : 1000;
}
