// SPDX-License-Identifier: GPL-2.0-only
/*
 * network.c - who serves a network: vhost_xen_net or vhost-net
 *
 * Theory of operation
 *
 * Both are the kernel's. vhost_xen_net copies packets where they are sent and where
 * they come in, vhost-net has a thread for it and a tap, and is in every kernel. So
 * vhost_xen_net is asked first, if it is there; when it can't, vhost-net is taken.
 * With config/server one of them is insisted on, and nothing else is tried.
 *
 * More pairs of queues than one need a control queue, by which the guest says how many it
 * uses. vhost-net has none, so it serves one pair, however many there may be.
 *
 * Of the config space neither knows anything. It is made here.
 */
#include <endian.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "log.h"
#include "network.h"
#include "util.h"
#include "vhost_xen_net.h"

#define OWN_FEATURES	(BIT_ULL(VIRTIO_NET_F_MAC) | BIT_ULL(VIRTIO_NET_F_STATUS))

/* Of use where there is more than one pair of queues */
#define PAIRS_FEATURES	(BIT_ULL(VIRTIO_NET_F_CTRL_VQ) | BIT_ULL(VIRTIO_NET_F_MQ))

/**
 * network_server() - Decide who is to serve a network
 * @cfg: what the device is to be
 * @device: of vhost_xen_net, VHOST_XEN_NET_DEVICE
 * @why: if it is not to be vhost_xen_net, and nobody has said so, the reason
 * @len: size of @why
 *
 * Return: SERVER_KERNEL, SERVER_VHOST, or -EINVAL if one is insisted on, and can't
 */
int network_server(const struct dev_config *cfg, const char *device, char *why, size_t len)
{
	why[0] = '\0';
	if (cfg->server == SERVER_VHOST) {
		if (cfg->queues < 2)
			return SERVER_VHOST;
		snprintf(why, len, "vhost-net serves one pair of queues, not %u", cfg->queues);
		return -EINVAL;
	}
	if (cfg->single_grants) {
		/* Its memory is pinned: it would not see svq.c give some back. */
		snprintf(why, len, "single-grants=1 takes vhost-net");
		return cfg->server == SERVER_KERNEL ? -EINVAL : SERVER_VHOST;
	}
	if (cfg->server == SERVER_KERNEL || !access(device, F_OK))
		return SERVER_KERNEL;
	snprintf(why, len, "%s: %s", device, strerror(errno));
	return SERVER_VHOST;
}

/**
 * network_name() - The name of a network's interface in this domain
 * @name: the name; may be a template with %d
 * @host: whose it is
 * @cfg: what the device is to be
 */
void network_name(char name[IFNAMSIZ], const struct backend_host *host,
		  const struct dev_config *cfg)
{
	if (cfg->ifname[0])
		strcpy(name, cfg->ifname);
	else if (snprintf(name, IFNAMSIZ, "vx%s", host->name) >= IFNAMSIZ)
		strcpy(name, "vx%d");
}

/**
 * network_describe() - Make queues, features and config space of a network
 * @be: @features are what its server knows
 * @cfg: what the device is to be
 * @pairs: of queues, besides which there is a control queue if it is more than one
 */
void network_describe(struct backend *be, const struct dev_config *cfg, unsigned int pairs)
{
	struct virtio_net_config *c = (void *)be->config;

	be->nqueues = pairs > 1 ? 2 * pairs + 1 : 2;
	be->features |= OWN_FEATURES;
	if (pairs == 1)
		be->features &= ~PAIRS_FEATURES;
	if (cfg->mtu)
		be->features |= BIT_ULL(VIRTIO_NET_F_MTU);
	memcpy(c->mac, cfg->mac, sizeof(c->mac));
	if (!cfg->has_mac) {
		/* Better than none: locally administered, not a group's. */
		if (getrandom(c->mac, sizeof(c->mac), 0) != sizeof(c->mac))
			log_err("no random numbers");
		c->mac[0] = (c->mac[0] & ~1) | 2;
	}
	c->status = htole16(VIRTIO_NET_S_LINK_UP);
	c->max_virtqueue_pairs = htole16(pairs);
	c->mtu = htole16(cfg->mtu);
	be->config_size = offsetof(struct virtio_net_config, mtu) + sizeof(c->mtu);
}

/**
 * network_open() - Serve a network
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int network_open(struct backend **be, struct backend_host *host,
		 const struct dev_config *cfg, char *why, size_t len)
{
	int server, err;

	server = network_server(cfg, VHOST_XEN_NET_DEVICE, why, len);
	if (server < 0)
		return server;
	if (server == SERVER_KERNEL) {
		err = vhost_xen_net_open(be, host, cfg, why, len);
		if (!err || cfg->server == SERVER_KERNEL)
			return err;
	}
	if (why[0])
		log_info("not served by vhost_xen_net%s: %s",
			 cfg->queues > 1 ? ", so with one pair of queues" : "", why);
	return vhost_net_open(be, host, cfg, why, len);
}
