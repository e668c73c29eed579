/* SPDX-License-Identifier: GPL-2.0-only */
/* tap.h - a tap interface in the backend's domain */
#ifndef VX_TAP_H
#define VX_TAP_H

#include <net/if.h>
#include <stdint.h>

int tap_open(char name[IFNAMSIZ], const char *bridge, unsigned int mtu, int vnet_hdr_size,
	     char *why, size_t len);
int tap_set_offload(int fd, uint64_t features);

#endif /* VX_TAP_H */
