/* SPDX-License-Identifier: GPL-2.0-only */
/* worker.h - the process of one device */
#ifndef VX_WORKER_H
#define VX_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "backend.h"
#include "bus.h"
#include "config.h"
#include "device.h"
#include "fixed.h"
#include "loop.h"
#include "ports.h"
#include "store.h"

/* Exit status of a worker, for the manager */
#define WORKER_DONE	0	/* the device is gone, or we were told to stop */
#define WORKER_FAILED	1
#define WORKER_AGAIN	3	/* the device is to be served from its beginning */

/* Where we are in the device's life; see life.c */
enum phase {
	PHASE_INIT_WAIT,
	PHASE_CONNECTED,
	PHASE_CLOSING,
	PHASE_CLOSED,
};

/**
 * struct call_watch - a queue's call eventfd in the loop
 * @io: the eventfd
 * @worker: whose queue it is
 * @index: of the queue
 */
struct call_watch {
	struct io io;
	struct worker *worker;
	unsigned int index;
};

/**
 * struct worker - all there is about a device
 * @loop: the event loop
 * @xs: xenstore
 * @xs_io: its watches
 * @sig_io: SIGTERM and SIGINT
 * @fixed: where the device is if there is no xenstore
 * @domid: the guest
 * @id: the device among those of the guest
 * @name: "<domid>.<id>"
 * @dir: our directory in xenstore, relative
 * @fe_dir: the frontend's directory
 * @queue_ports: event channels for queues may be offered
 * @cfg: what the device is to be
 * @host: what the backend sees of us
 * @be: the open backend or NULL
 * @dev: the virtio device, valid while @be is
 * @ports: event channels, open while connected
 * @bus: the rings, valid while connected
 * @page: the mapped bus page or NULL
 * @calls: call eventfds of the queues
 * @phase: where we are
 * @fe_seen: the frontend's directory was there once
 * @fe_connected: the frontend has been Connected since we are
 * @fe_left: the frontend was in another state than Initialising since we closed
 * @be_lost: the backend is gone: the device has to begin anew
 * @can_see_death: xenstore tells whether the guest exists
 * @since: when the phase began, seconds
 * @flush: events wait for link_flush()
 * @copy_fd: for grant_copy(), -1 for none
 * @done: leave the loop
 * @exit_status: WORKER_*
 */
struct worker {
	struct loop loop;
	struct xs_handle *xs;
	struct io xs_io;
	struct io sig_io;
	struct fixed fixed;
	uint16_t domid;
	unsigned int id;
	char name[24];
	char dir[64];
	char fe_dir[STORE_PATH_LEN];
	bool queue_ports;
	struct dev_config cfg;
	struct backend_host host;
	struct backend *be;
	struct device dev;
	struct ports ports;
	struct bus bus;
	void *page;
	struct call_watch calls[MAX_QUEUES];
	enum phase phase;
	bool fe_seen;
	bool fe_connected;
	bool fe_left;
	bool be_lost;
	bool can_see_death;
	int64_t since;
	bool flush;
	int copy_fd;
	bool done;
	int exit_status;
};

/* worker.c */
int worker_run(uint16_t domid, unsigned int id, bool queue_ports);
int worker_run_fixed(const struct fixed *fixed, bool queue_ports);
int worker_open_backend(struct worker *w, char *why, size_t len);
void worker_release(struct worker *w);
void worker_leave(struct worker *w);

/* life.c */
void life_begin(struct worker *w);
void life_step(struct worker *w);
void life_fail(struct worker *w, const char *why);
int life_timeout_ms(const struct worker *w);

/* link.c */
int link_open(struct worker *w, char *why, size_t len);
void link_close(struct worker *w);
void link_take(struct worker *w);
void link_flush(struct worker *w);
void link_used(struct worker *w, unsigned int index);

#endif /* VX_WORKER_H */
