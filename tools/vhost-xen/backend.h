/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * backend.h - what stands behind a device
 *
 * A backend is a thing that already knows how to be a virtio device: a
 * vhost-user daemon or the kernel's vhost. It is given the windows and the
 * virtqueues, and is told nothing about Xen.
 *
 * All operations are synchronous and bounded in time. They return 0 or a
 * negative errno. A backend that fails an operation says so once through the
 * host's broken() as well, if it can't go on; it must still be closed.
 */
#ifndef VX_BACKEND_H
#define VX_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "loop.h"
#include "vring.h"
#include "windows.h"

#define MAX_DEV_CONFIG	256	/* as VHOST_USER_GET_CONFIG has it */

struct backend;
struct grant_seg;

/**
 * struct backend_host - what a backend may ask of the bridge
 * @loop: the worker's event loop
 * @name: of the device, "<domid>.<id>"
 * @region_fd: open a fresh file whose bytes from offset 0 are a window's
 *	frames; it can be mapped once
 * @config_changed: the device's config space has changed in @backend->config
 * @broken: the backend is gone or can't go on
 * @grant_copy: copy to or from frames of the guest; for svq.c, as is the next
 * @used: a queue has used buffers that the guest wants to be told of
 * @invalid: the guest breaks the rules; the device needs a reset
 */
struct backend_host {
	struct loop *loop;
	const char *name;
	int (*region_fd)(struct backend_host *host, const struct window *w);
	void (*config_changed)(struct backend_host *host);
	void (*broken)(struct backend_host *host, const char *why);
	int (*grant_copy)(struct backend_host *host, const struct grant_seg *segs, unsigned int n);
	void (*used)(struct backend_host *host, unsigned int index);
	void (*invalid)(struct backend_host *host, const char *what);
};

/**
 * struct backend_ops - a kind of backend
 * @set_features: what was negotiated, without the bits that concern only us
 * @set_config: write to the config space and refresh @backend->config; NULL
 *	if the device has nothing to write
 * @add_window: make a window reachable
 * @remove_window: afterwards no process has it mapped
 * @start_queue: begin to serve a queue: @kick is waited on, @call signalled
 * @stop_queue: afterwards nothing touches the queue's memory
 * @stop_all: @stop_queue for all of them; forget the features
 * @set_single_grants: whether descriptors may point outside the windows, from
 *	the next @set_features on; NULL if that can't be served
 * @kick: there are new buffers in a queue. False, or NULL, if that is to be
 *	said through the queue's eventfd
 * @close: afterwards no process has any window mapped; frees the backend
 */
struct backend_ops {
	const char *name;
	int (*set_features)(struct backend *be, uint64_t features);
	int (*set_config)(struct backend *be, uint32_t offset, const void *data, uint32_t len);
	int (*add_window)(struct backend *be, const struct window *w);
	int (*remove_window)(struct backend *be, const struct window *w);
	int (*start_queue)(struct backend *be, unsigned int index, const struct vring_areas *a,
			   int kick, int call);
	int (*stop_queue)(struct backend *be, unsigned int index);
	int (*stop_all)(struct backend *be);
	void (*set_single_grants)(struct backend *be, bool on);
	bool (*kick)(struct backend *be, unsigned int index);
	void (*close)(struct backend *be);
};

/**
 * struct backend - an open backend; the part that all kinds have
 * @ops: its kind
 * @host: who uses it
 * @device_id: virtio device id
 * @features: what it offers, 64 virtio feature bits
 * @nqueues: virtqueues that it has
 * @queue_size: largest size of a queue
 * @own_windows: of MAX_WINDOWS, those that the guest can't have
 * @config_size: bytes of @config that are valid
 * @config: the device's config space
 */
struct backend {
	const struct backend_ops *ops;
	struct backend_host *host;
	uint32_t device_id;
	uint64_t features;
	unsigned int nqueues;
	uint32_t queue_size;
	unsigned int own_windows;
	uint32_t config_size;
	uint8_t config[MAX_DEV_CONFIG];
};

/* The kinds. On failure @why says what is wrong, for people. */
int vhost_user_open(struct backend **be, struct backend_host *host,
		    const struct dev_config *cfg, char *why, size_t len);
int qsd_open(struct backend **be, struct backend_host *host,
	     const struct dev_config *cfg, char *why, size_t len);
int vhost_net_open(struct backend **be, struct backend_host *host,
		   const struct dev_config *cfg, char *why, size_t len);
int vhost_xen_net_open(struct backend **be, struct backend_host *host,
		       const struct dev_config *cfg, char *why, size_t len);
int vhost_blk_open(struct backend **be, struct backend_host *host,
		   const struct dev_config *cfg, char *why, size_t len);

#endif /* VX_BACKEND_H */
