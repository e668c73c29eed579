/* SPDX-License-Identifier: MIT */
/*
 * vhost_xen_net.h - virtio networks served by the backend domain's kernel
 *
 * What /dev/vhost-xen-net (the module vhost_xen_net) understands: the ioctls of
 * vhost, as <linux/vhost.h> has them, and two of its own. Each open file is one
 * virtio device, and an interface of this domain, which goes with the file.
 *
 * Of the generic ones there are VHOST_SET_OWNER, _GET_FEATURES, _SET_FEATURES,
 * _SET_MEM_TABLE, _SET_VRING_NUM, _BASE, _ADDR, _KICK, _CALL and _ERR,
 * _GET_VRING_BASE and _SET_VRING_BUSYLOOP_TIMEOUT. They are the owner's alone. The
 * last says for how many microseconds a notification may be held back, in
 * case that there are soon more packets to notify of; nothing is ever polled.
 */
#ifndef VHOST_XEN_NET_H
#define VHOST_XEN_NET_H

#include <linux/ioctl.h>
#include <linux/vhost.h>

#define VHOST_XEN_NET_DEVICE	"/dev/vhost-xen-net"

/* Pairs of queues that a device may have. */
#define VHOST_XEN_NET_MAX_PAIRS	8

/*
 * The queues of a pair: what the guest receives, and what it transmits. The control
 * queue, by which the guest says how many pairs it uses, comes after all pairs.
 */
#define VHOST_XEN_NET_RX(pair)		(2 * (pair))
#define VHOST_XEN_NET_TX(pair)		(2 * (pair) + 1)
#define VHOST_XEN_NET_CTRL(pairs)	(2 * (pairs))
#define VHOST_XEN_NET_MAX_QUEUES	(2 * VHOST_XEN_NET_MAX_PAIRS + 1)

/* Largest size of a virtqueue, entries. */
#define VHOST_XEN_NET_MAX_SIZE	1024

/*
 * struct vhost_xen_net_interface - this domain's end of the network
 * @name: of the interface; may be a template with %d, which is filled in
 * @pairs: of queues, 1 or more
 */
struct vhost_xen_net_interface {
	char name[16];
	__u32 pairs;
};

/*
 * Make the interface, in the caller's network namespace. It is down, and without
 * carrier until both queues of the first pair are served. The guest uses that pair
 * alone until it says otherwise. With more than one, packets to the guest go to the
 * pair in which it has last transmitted of the same flow.
 */
#define VHOST_XEN_NET_CREATE \
	_IOWR(VHOST_VIRTIO, 0xFE, struct vhost_xen_net_interface)

/*
 * Begin to serve a queue, whatever @fd is if it is not negative. With an @fd of
 * -1 no longer: nothing touches the queue's memory afterwards, and all that was
 * taken from the queue has been answered, so the next one to take is the used
 * ring's index.
 */
#define VHOST_XEN_NET_SET_BACKEND \
	_IOW(VHOST_VIRTIO, 0xFF, struct vhost_vring_file)

#endif /* VHOST_XEN_NET_H */
