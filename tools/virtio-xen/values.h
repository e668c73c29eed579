/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * values.h - what the values in a device specification may be
 */
#ifndef VIRTIO_XEN_VALUES_H
#define VIRTIO_XEN_VALUES_H

#include <stdbool.h>

/* More ids than a guest can have grants for. */
#define ID_MAX		4095

/* Each says what the value must be if it is wrong, and NULL if it is right. */
const char *value_plain(const char *value);
const char *value_path(const char *value);
const char *value_socket(const char *value);
const char *value_format(const char *value);
const char *value_bool(const char *value);
const char *value_aio(const char *value);
const char *value_cache(const char *value);
const char *value_server(const char *value);
const char *value_ifname(const char *value);
const char *value_mtu(const char *value);
const char *value_poll_us(const char *value);
const char *value_device(const char *value);
const char *value_tag(const char *value);
const char *value_mac(const char *value);
const char *value_queues(const char *value);
const char *value_queue_size(const char *value);
const char *value_id(const char *value);
const char *value_domain(const char *value);

const char *value_canonical(const char *value,
			    const char *(*check)(const char *value));
bool value_number(const char *value, unsigned long max, unsigned long *number);

#endif /* VIRTIO_XEN_VALUES_H */
