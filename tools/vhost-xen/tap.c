// SPDX-License-Identifier: GPL-2.0-only
/*
 * tap.c - a tap interface in the backend's domain
 *
 * The interface goes away with its descriptor, and with that leaves its
 * bridge, so there is nothing to clean up after a worker that has died.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "interface.h"
#include "tap.h"
#include "util.h"

static int create(char name[IFNAMSIZ], int vnet_hdr_size, char *why, size_t len)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd, err;

	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return interface_complain("/dev/net/tun", "open", "", why, len);
	strcpy(ifr.ifr_name, name);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &vnet_hdr_size) < 0) {
		err = interface_complain("tap", "", name, why, len);
		close(fd);
		return err;
	}
	strcpy(name, ifr.ifr_name);
	return fd;
}

/**
 * tap_open() - Make a tap, join it to a bridge and bring it up
 * @name: of the interface; may be a template with %d, then filled in
 * @bridge: to join, or empty
 * @mtu: to set, or 0
 * @vnet_hdr_size: of the header before each packet
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: its descriptor or a negative errno
 */
int tap_open(char name[IFNAMSIZ], const char *bridge, unsigned int mtu, int vnet_hdr_size,
	     char *why, size_t len)
{
	int fd, err;

	fd = create(name, vnet_hdr_size, why, len);
	if (fd < 0)
		return fd;
	err = interface_set_up(name, bridge, mtu, why, len);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/**
 * tap_set_offload() - Let the tap hand over what the driver can take
 * @fd: the tap
 * @features: negotiated virtio features
 *
 * Return: 0 or a negative errno
 */
int tap_set_offload(int fd, uint64_t features)
{
	unsigned int offload = 0;

	if (features & BIT_ULL(VIRTIO_NET_F_GUEST_CSUM)) {
		offload |= TUN_F_CSUM;
		if (features & BIT_ULL(VIRTIO_NET_F_GUEST_TSO4))
			offload |= TUN_F_TSO4;
		if (features & BIT_ULL(VIRTIO_NET_F_GUEST_TSO6))
			offload |= TUN_F_TSO6;
		/* The kernel refuses ECN without TSO. */
		if ((features & BIT_ULL(VIRTIO_NET_F_GUEST_ECN)) &&
		    (offload & (TUN_F_TSO4 | TUN_F_TSO6)))
			offload |= TUN_F_TSO_ECN;
	}
	return ioctl(fd, TUNSETOFFLOAD, offload) < 0 ? -errno : 0;
}
