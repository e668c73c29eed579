// SPDX-License-Identifier: GPL-2.0-only
/*
 * link.c - the connection to a frontend: bus page, ports, notifications
 *
 * Theory of operation
 *
 * link_open() reads what the frontend wrote, maps the bus page and binds the
 * port for messages. From then on the guest's messages are handled as they
 * come, one ring of them for each event. A request is taken only while there
 * is room for its answer: a guest that does not read answers waits for itself.
 *
 * Impossible ring indices end the connection for good.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grant.h"
#include "log.h"
#include "util.h"
#include "vmsg.h"
#include "worker.h"

#define MAX_PORT	131072

static void link_notify(struct worker *w)
{
	if (!w->bus.notify)
		return;
	w->bus.notify = false;
	ports_notify(&w->ports, w->ports.bus_port);
}

static int handle_messages(struct worker *w)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE], answer[VMSG_XEN_SLOT_SIZE];
	int n, room, len, err = 0;

	for (n = bus_pending(&w->bus); n > 0 && !err; n--) {
		room = bus_room(&w->bus);
		if (room <= 0)
			return room;
		bus_take(&w->bus, msg);
		len = vmsg_handle(&w->dev, msg, answer);
		if (len)
			err = bus_put(&w->bus, answer, len);
	}
	return n < 0 ? n : err;
}

/**
 * link_take() - The guest has sent the event channel of the bus
 * @w: the worker; connected
 */
void link_take(struct worker *w)
{
	int err;

	err = handle_messages(w);
	bus_release(&w->bus);
	if (!err)
		err = device_flush_events(&w->dev, &w->bus);
	if (err)
		life_fail(w, "ring indices of the guest are impossible");
	else
		link_notify(w);
}

static void on_message(struct ports *p)
{
	link_take(container_of(p, struct worker, ports));
}

/**
 * link_flush() - Send events that have come up
 * @w: the worker
 */
void link_flush(struct worker *w)
{
	if (!w->bus.page)
		return;
	if (device_flush_events(&w->dev, &w->bus))
		life_fail(w, "ring indices of the guest are impossible");
	else
		link_notify(w);
}

/**
 * link_used() - Tell the guest that buffers of a queue have been used
 * @w: the worker
 * @index: of the queue
 *
 * May be called while a message is handled. An event in the rings therefore
 * waits until the loop comes round: it must not take the room of an answer.
 */
void link_used(struct worker *w, unsigned int index)
{
	struct vqueue *q = &w->dev.queues[index];

	if (q->port) {
		ports_notify(&w->ports, q->port);
		return;
	}
	q->used_pending = true;
	w->flush = true;
}

/*
 * The backend has used buffers. The eventfd is watched edge-triggered: each
 * write to it wakes us, whatever it has counted, so it need not be read.
 */
static void call_ready(struct io *io, uint32_t events)
{
	struct call_watch *c = container_of(io, struct call_watch, io);

	(void)events;
	link_used(c->worker, c->index);
}

static int watch_call(struct worker *w, unsigned int index)
{
	struct call_watch *c = &w->calls[index];

	*c = (struct call_watch){ .io.ready = call_ready, .worker = w, .index = index };
	return loop_add(&w->loop, &c->io, w->dev.queues[index].call, EPOLLIN | EPOLLET);
}

static int watch_calls(struct worker *w)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < w->be->nqueues && !err; i++)
		err = watch_call(w, i);
	return err;
}

static void on_tied(struct ports *p, unsigned int index, bool tied)
{
	struct worker *w = container_of(p, struct worker, ports);

	if (tied)
		loop_del(&w->loop, &w->calls[index].io);
	else if (watch_call(w, index))
		life_fail(w, "a queue's eventfd can't be watched");
}

static int read_nodes(struct worker *w, uint32_t *ref, uint32_t *port, char *why, size_t len)
{
	unsigned long version, r, p;

	if (store_read_uint(w->xs, w->fe_dir, VMSG_XEN_NODE_VERSION, UINT16_MAX, &version) ||
	    store_read_uint(w->xs, w->fe_dir, VMSG_XEN_NODE_BUS_REF, UINT32_MAX, &r) ||
	    store_read_uint(w->xs, w->fe_dir, VMSG_XEN_NODE_EVTCHN, MAX_PORT - 1, &p)) {
		snprintf(why, len, "the frontend's nodes are missing or malformed");
		return -EINVAL;
	}
	if (version != VMSG_XEN_VERSION) {
		snprintf(why, len, "the frontend speaks version %lu", version);
		return -EPROTO;
	}
	*ref = r;
	*port = p;
	return 0;
}

/* Page and port have been there before the device. */
static int open_fixed(struct worker *w, char *why, size_t len)
{
	int err;

	err = bus_attach(&w->bus, w->fixed.page);
	if (err) {
		snprintf(why, len, "bus page: header is not one of version 1");
		return err;
	}
	w->ports.on_tied = on_tied;
	w->dev.ports_priv = &w->ports;
	err = watch_calls(w);
	if (err)
		snprintf(why, len, "eventfds: %s", strerror(-err));
	return err;
}

/**
 * link_open() - Connect to a frontend that is Initialised
 * @w: the worker; its backend is open
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno, then link_close() is to be called
 */
int link_open(struct worker *w, char *why, size_t len)
{
	uint32_t ref, port;
	int err;

	if (w->fixed.on)
		return open_fixed(w, why, len);
	err = read_nodes(w, &ref, &port, why, len);
	if (err)
		return err;
	err = grant_map(w->domid, ref, 1, &w->page);
	if (err) {
		snprintf(why, len, "bus page, reference %u: %s", ref, strerror(-err));
		return err;
	}
	err = bus_attach(&w->bus, w->page);
	if (err) {
		snprintf(why, len, "bus page: header is not one of version 1");
		return err;
	}
	w->ports.dev = &w->dev;
	w->ports.on_message = on_message;
	w->ports.on_tied = on_tied;
	w->dev.ports_priv = &w->ports;
	err = ports_open(&w->ports, &w->loop, w->domid, w->cfg.kernel_notify);
	if (!err)
		err = ports_bind_bus(&w->ports, port);
	if (!err)
		err = watch_calls(w);
	if (err)
		snprintf(why, len, "event channel %u: %s", port, strerror(-err));
	return err;
}

/**
 * link_close() - Undo link_open(), or as much of it as was done
 * @w: the worker
 */
void link_close(struct worker *w)
{
	unsigned int i;

	/* The port for messages stays. What was tied is ours to watch again. */
	if (w->fixed.on)
		ports_close_queues(&w->ports);
	for (i = 0; i < MAX_QUEUES; i++)
		if (w->calls[i].worker)
			loop_del(&w->loop, &w->calls[i].io);
	w->bus.page = NULL;
	if (w->fixed.on)
		return;
	ports_close(&w->ports, &w->loop);
	grant_unmap(w->page, 1);
	w->page = NULL;
}
