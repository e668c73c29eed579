/* SPDX-License-Identifier: GPL-2.0-only */
/* interface.h - a guest's network interface in the backend's domain */
#ifndef VX_INTERFACE_H
#define VX_INTERFACE_H

#include <net/if.h>
#include <stddef.h>

int interface_complain(const char *name, const char *what, const char *object, char *why,
		       size_t len);
int interface_set_up(const char *name, const char *bridge, unsigned int mtu, char *why,
		     size_t len);

#endif /* VX_INTERFACE_H */
