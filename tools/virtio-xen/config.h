/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - the devices that a domain's configuration file names
 */
#ifndef VIRTIO_XEN_CONFIG_H
#define VIRTIO_XEN_CONFIG_H

#include "spec.h"

#define CONFIG_KEY	"virtio_xen"

/**
 * struct config - what concerns us in a domain's configuration
 * @name: of the domain, or NULL
 * @text: of each device, as written
 * @specs: the same, parsed
 * @count: of devices
 */
struct config {
	char *name;
	char **text;
	struct spec *specs;
	int count;
};

int config_read(struct config *config, const char *path,
		char *const *more, int more_count);
void config_free(struct config *config);

#endif /* VIRTIO_XEN_CONFIG_H */
