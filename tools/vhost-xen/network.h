/* SPDX-License-Identifier: GPL-2.0-only */
/* network.h - who serves a network, and what all networks have in common */
#ifndef VX_NETWORK_H
#define VX_NETWORK_H

#include <net/if.h>

#include "backend.h"

int network_server(const struct dev_config *cfg, const char *device, char *why, size_t len);
int network_open(struct backend **be, struct backend_host *host,
		 const struct dev_config *cfg, char *why, size_t len);

void network_name(char name[IFNAMSIZ], const struct backend_host *host,
		  const struct dev_config *cfg);
void network_describe(struct backend *be, const struct dev_config *cfg, unsigned int pairs);

#endif /* VX_NETWORK_H */
