// SPDX-License-Identifier: GPL-2.0-only
/*
 * vhost_net.c - the kernel's vhost-net and a tap as the backend of a network
 * device
 *
 * Theory of operation
 *
 * vhost_kernel.c is most of it. Here is the tap, to which the guest's choice of
 * offloads is told.
 *
 * Nobody polls if nothing else is said (config/poll-us): a thread that leaves the
 * processor to others, as it does (vhost_thread.c), finds many packets at once as
 * well, and takes no time from the guests for it.
 */
#include <errno.h>
#include <linux/vhost.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "network.h"
#include "tap.h"
#include "util.h"
#include "vhost_kernel.h"
#include "vhost_thread.h"

#define VNET_HDR_SIZE	sizeof(struct virtio_net_hdr_mrg_rxbuf)

#define TAP_FEATURES	(BIT_ULL(VIRTIO_NET_F_CSUM) | BIT_ULL(VIRTIO_NET_F_GUEST_CSUM) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_TSO4) | BIT_ULL(VIRTIO_NET_F_GUEST_TSO6) | \
			 BIT_ULL(VIRTIO_NET_F_GUEST_ECN) | BIT_ULL(VIRTIO_NET_F_HOST_TSO4) | \
			 BIT_ULL(VIRTIO_NET_F_HOST_TSO6) | BIT_ULL(VIRTIO_NET_F_HOST_ECN))

static int set_features(struct backend *be, uint64_t features)
{
	struct vhost_kernel *k = to_vhost_kernel(be);
	int err = tap_set_offload(k->target, features);

	return err ? vhost_kernel_fail(k, "features", err) :
		vhost_kernel_set_features(be, features);
}

static const struct backend_ops vhost_net_ops = {
	.name = "vhost-net",
	.set_features = set_features,
	.add_window = vhost_kernel_add_window,
	.remove_window = vhost_kernel_remove_window,
	.start_queue = vhost_kernel_start_queue,
	.stop_queue = vhost_kernel_stop_queue,
	.stop_all = vhost_kernel_stop_all,
	.close = vhost_kernel_close,
};

/* It works without as well, only not as fast where processors are short. */
static void batch_thread(void)
{
	int err = vhost_thread_batch();

	if (err)
		log_info("vhost-net's thread is not SCHED_BATCH: %s",
			 err == -ESRCH ? "it cannot be seen" : strerror(-err));
}

/**
 * vhost_net_open() - Make a network device of a tap
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int vhost_net_open(struct backend **be, struct backend_host *host,
		   const struct dev_config *cfg, char *why, size_t len)
{
	struct vhost_kernel *k;
	char name[IFNAMSIZ];
	int err;

	k = vhost_kernel_new(&vhost_net_ops, host, cfg);
	if (!k) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	k->set_backend = VHOST_NET_SET_BACKEND;
	network_name(name, host, cfg);
	err = vhost_kernel_open(k, "/dev/vhost-net", why, len);
	if (err)
		goto close;
	if (cfg->batch)
		batch_thread();
	k->target = tap_open(name, cfg->bridge, cfg->mtu, VNET_HDR_SIZE, why, len);
	if (k->target < 0) {
		err = k->target;
		goto close;
	}
	k->be.features = k->features | TAP_FEATURES;
	network_describe(&k->be, cfg, 1);
	log_info("tap %s%s%s", name, cfg->bridge[0] ? " on bridge " : "", cfg->bridge);
	*be = &k->be;
	return 0;
close:
	vhost_kernel_close(&k->be);
	return err;
}
