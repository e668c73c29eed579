// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_xen_net.c - the kernel's vhost_xen_net as the backend of a network device
 *
 * Theory of operation
 *
 * vhost_kernel.c is most of it. The module makes an interface, which goes when its
 * file is closed, and is told what the guest can take with the features. Its queues
 * need no target: any descriptor says that they are to be served. It has the control
 * queue as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "interface.h"
#include "log.h"
#include "network.h"
#include "util.h"
#include "vhost_kernel.h"
#include "vhost_xen_net.h"

_Static_assert(MAX_QUEUE_SIZE <= VHOST_XEN_NET_MAX_SIZE, "size of a queue");
_Static_assert(VHOST_XEN_NET_MAX_QUEUES <= MAX_QUEUES, "queues");
_Static_assert(sizeof(((struct vhost_xen_net_interface *)0)->name) == IFNAMSIZ, "names");

static const struct backend_ops vhost_xen_net_ops = {
	.name = "vhost-xen-net",
	.set_features = vhost_kernel_set_features,
	.add_window = vhost_kernel_add_window,
	.remove_window = vhost_kernel_remove_window,
	.start_queue = vhost_kernel_start_queue,
	.stop_queue = vhost_kernel_stop_queue,
	.stop_all = vhost_kernel_stop_all,
	.close = vhost_kernel_close,
};

static int make_interface(struct vhost_kernel *k, struct vhost_xen_net_interface *i,
			  const struct dev_config *cfg, char *why, size_t len)
{
	int err;

	if (i->pairs > VHOST_XEN_NET_MAX_PAIRS) {
		snprintf(why, len, "vhost_xen_net serves no more than %d pairs of queues",
			 VHOST_XEN_NET_MAX_PAIRS);
		return -EINVAL;
	}
	network_name(i->name, k->be.host, cfg);
	err = vhost_kernel_call(k, VHOST_XEN_NET_CREATE, i);
	if (err) {
		snprintf(why, len, "interface %s: %s", i->name, strerror(-err));
		return err;
	}
	return interface_set_up(i->name, cfg->bridge, cfg->mtu, why, len);
}

/**
 * vhost_xen_net_open() - Make a network device that vhost_xen_net serves
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vhost_xen_net_open(struct backend **be, struct backend_host *host,
		       const struct dev_config *cfg, char *why, size_t len)
{
	struct vhost_kernel *k = vhost_kernel_new(&vhost_xen_net_ops, host, cfg);
	struct vhost_xen_net_interface i = { .pairs = cfg->queues ? cfg->queues : 1 };
	int err;

	if (!k) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	k->set_backend = VHOST_XEN_NET_SET_BACKEND;
	if (!cfg->has_poll_us)
		k->poll_us = DEFAULT_NET_HOLD_US;
	err = vhost_kernel_open(k, VHOST_XEN_NET_DEVICE, why, len);
	if (err == -ENOENT)
		snprintf(why, len, "%s: the module vhost_xen_net is not loaded",
			 VHOST_XEN_NET_DEVICE);
	if (!err)
		err = make_interface(k, &i, cfg, why, len);
	if (!err) {
		k->target = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (k->target < 0) {
			err = -errno;
			snprintf(why, len, "/dev/null: %s", strerror(-err));
		}
	}
	if (err) {
		vhost_kernel_close(&k->be);
		return err;
	}
	k->be.features = k->features;
	network_describe(&k->be, cfg, i.pairs);
	log_info("interface %s%s%s, served by vhost_xen_net", i.name,
		 cfg->bridge[0] ? " on bridge " : "", cfg->bridge);
	*be = &k->be;
	return 0;
}
