/* SPDX-License-Identifier: MIT */
/*
 * vhost_xen.h - event channels tied to eventfds by the kernel
 *
 * What /dev/vhost-xen (the module vhost_xen) understands. A backend that is
 * served through eventfds, as vhost and vhost-user are, is notified by a guest
 * and notifies it without a process in between.
 */
#ifndef VHOST_XEN_H
#define VHOST_XEN_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VHOST_XEN_DEVICE	"/dev/vhost-xen"

/* Ties that one open file may have. */
#define VHOST_XEN_MAX_TIES	64

/**
 * struct vhost_xen_tie - an event channel and two eventfds
 * @remote_port: port that the other domain has made for us
 * @domid: that domain
 * @pad: 0
 * @kick: eventfd that is signalled by each event from the other domain
 * @call: eventfd; when it is signalled, an event is sent. It is not read.
 * @port: set to our end of the channel, by which it is untied
 */
struct vhost_xen_tie {
	__u32 remote_port;
	__u16 domid;
	__u16 pad;
	__s32 kick;
	__s32 call;
	__u32 port;
};

/* Bind the port, and tie it. What was signalled before may send one event. */
#define VHOST_XEN_TIE	_IOWR('x', 0x56, struct vhost_xen_tie)

/* Untie and close the port. Nothing is signalled or sent afterwards. */
#define VHOST_XEN_UNTIE	_IOW('x', 0x57, __u32)

#endif /* VHOST_XEN_H */
