/* SPDX-License-Identifier: GPL-2.0-only */
/* fixed.h - a device without xenstore: page and port are known beforehand */
#ifndef VX_FIXED_H
#define VX_FIXED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "virtio_msg_xen.h"

/**
 * struct fixed - where a device without xenstore is, and what it is to be
 * @on: there is no xenstore; otherwise all else is of no use
 * @domid: the guest
 * @port: our end of the event channel
 * @ref: reference by which the guest grants the bus page
 * @config: "key=value", as the nodes under config/ are; ends with NULL
 * @page: the bus page, while it is mapped
 * @state: ours; never read back from @page
 * @left: the guest has given the device up: its next event begins another life
 */
struct fixed {
	bool on;
	uint16_t domid;
	uint32_t port;
	uint32_t ref;
	char *const *config;
	struct vmsg_xen_bus_page *page;
	uint32_t state;
	bool left;
};

int fixed_parse(struct fixed *f, const char *spec, char *const *config, char *why, size_t len);
char *fixed_config(const struct fixed *f, const char *key);
int fixed_attach(struct fixed *f, void *page);
void fixed_begin(struct fixed *f);
uint32_t fixed_driver_state(const struct fixed *f);
void fixed_set_state(struct fixed *f, uint32_t state);

#endif /* VX_FIXED_H */
