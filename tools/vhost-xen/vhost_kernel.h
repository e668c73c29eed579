/* SPDX-License-Identifier: GPL-2.0-only */
/* vhost_kernel.h - what the kernel's vhost devices have in common */
#ifndef VX_VHOST_KERNEL_H
#define VX_VHOST_KERNEL_H

#include "backend.h"

struct vhost_kernel;

/**
 * struct vhost_window - a window and where we have it mapped
 * @w: the window
 * @mem: our mapping
 */
struct vhost_window {
	struct window w;
	void *mem;
};

/**
 * struct vhost_queue - a virtqueue
 * @vhost: whose it is
 * @io: the eventfd by which vhost says that the ring makes no sense
 * @running: vhost serves it
 */
struct vhost_queue {
	struct vhost_kernel *vhost;
	struct io io;
	bool running;
};

/**
 * struct vhost_kernel - a device that the kernel serves
 * @be: what all backends have
 * @fd: the open vhost device
 * @target: what is behind it, -1 while that is not open
 * @set_backend: the ioctl that gives a queue @target, or -1
 * @features: what vhost can do
 * @poll_us: how long vhost looks at a queue before it asks for a notification
 * @windows: what we have mapped
 * @nwindows: how many
 * @queues: by index
 */
struct vhost_kernel {
	struct backend be;
	int fd;
	int target;
	unsigned long set_backend;
	uint64_t features;
	unsigned int poll_us;
	struct vhost_window windows[MAX_WINDOWS];
	unsigned int nwindows;
	struct vhost_queue queues[MAX_QUEUES];
};

struct vhost_kernel *vhost_kernel_new(const struct backend_ops *ops, struct backend_host *host,
				      const struct dev_config *cfg);
int vhost_kernel_open(struct vhost_kernel *k, const char *path, char *why, size_t len);

struct vhost_kernel *to_vhost_kernel(struct backend *be);
int vhost_kernel_call(const struct vhost_kernel *k, unsigned long req, const void *arg);
int vhost_kernel_fail(struct vhost_kernel *k, const char *what, int err);

/* For struct backend_ops. The first may be wrapped. */
int vhost_kernel_set_features(struct backend *be, uint64_t features);
int vhost_kernel_add_window(struct backend *be, const struct window *w);
int vhost_kernel_remove_window(struct backend *be, const struct window *w);
int vhost_kernel_start_queue(struct backend *be, unsigned int index,
			     const struct vring_areas *a, int kick, int call);
int vhost_kernel_stop_queue(struct backend *be, unsigned int index);
int vhost_kernel_stop_all(struct backend *be);
void vhost_kernel_close(struct backend *be);

#endif /* VX_VHOST_KERNEL_H */
