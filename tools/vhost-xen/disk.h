/* SPDX-License-Identifier: GPL-2.0-only */
/* disk.h - who serves a disk */
#ifndef VX_DISK_H
#define VX_DISK_H

#include "backend.h"

int disk_server(const struct dev_config *cfg, const char *device, char *why, size_t len);
int disk_open(struct backend **be, struct backend_host *host,
	      const struct dev_config *cfg, char *why, size_t len);

#endif /* VX_DISK_H */
