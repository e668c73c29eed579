// SPDX-License-Identifier: GPL-2.0-only
/*
 * interface.c - a guest's network interface in the backend's domain, whoever made it
 */
#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interface.h"

/**
 * interface_complain() - Say what went wrong
 * @name: of the interface
 * @what: has failed, with errno
 * @object: of that, or empty
 * @why: where to
 * @len: size of @why
 *
 * Return: what errno was, negative
 */
int interface_complain(const char *name, const char *what, const char *object, char *why,
		       size_t len)
{
	int err = -errno;

	snprintf(why, len, "%s: %s%s: %s", name, what, object, strerror(-err));
	return err;
}

static int configure(int sock, const char *name, const char *bridge, unsigned int mtu,
		     char *why, size_t len)
{
	struct ifreq ifr = { 0 };

	strcpy(ifr.ifr_name, name);
	if (mtu) {
		ifr.ifr_mtu = mtu;
		if (ioctl(sock, SIOCSIFMTU, &ifr) < 0)
			return interface_complain(name, "mtu", "", why, len);
	}
	if (bridge[0]) {
		struct ifreq br = { 0 };

		strcpy(br.ifr_name, bridge);
		br.ifr_ifindex = if_nametoindex(name);
		if (ioctl(sock, SIOCBRADDIF, &br) < 0)
			return interface_complain(name, "joining bridge ", bridge, why, len);
	}
	if (ioctl(sock, SIOCGIFFLAGS, &ifr) < 0)
		return interface_complain(name, "flags", "", why, len);
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &ifr) < 0)
		return interface_complain(name, "bringing it up", "", why, len);
	return 0;
}

/**
 * interface_set_up() - Join an interface to a bridge and bring it up
 * @name: of the interface
 * @bridge: to join, or empty
 * @mtu: to set, or 0
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int interface_set_up(const char *name, const char *bridge, unsigned int mtu, char *why,
		     size_t len)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (sock < 0)
		return interface_complain(name, "socket", "", why, len);
	err = configure(sock, name, bridge, mtu, why, len);
	close(sock);
	return err;
}
