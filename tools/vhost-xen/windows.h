/* SPDX-License-Identifier: GPL-2.0-only */
/* windows.h - the runs of grants that a guest has shown us */
#ifndef VX_WINDOWS_H
#define VX_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_WINDOWS		8
#define MAX_WINDOW_FRAMES	16384	/* all windows of a device together */
#define WINDOW_OWN_ID		0x10000	/* no name that a driver can give */

/**
 * struct window - one run of consecutive grant references
 * @used: this entry holds a window
 * @own: memory of the bridge's own, no grants; see svq.c
 * @id: the driver's name for it, WINDOW_OWN_ID for one that is our own
 * @first_ref: reference of the first frame
 * @frames: number of 4 KiB frames
 */
struct window {
	bool used;
	bool own;
	uint32_t id;
	uint32_t first_ref;
	uint32_t frames;
};

struct windows {
	struct window w[MAX_WINDOWS];
};

uint64_t window_base(const struct window *w);
uint64_t window_size(const struct window *w);
int windows_check(const struct windows *ws, uint16_t id, uint32_t first_ref, uint32_t frames);
struct window *windows_insert(struct windows *ws, uint16_t id, uint32_t first_ref,
			      uint32_t frames);
unsigned int windows_count(const struct windows *ws);
struct window *windows_find(struct windows *ws, uint16_t id);
const struct window *windows_lookup(const struct windows *ws, uint64_t addr, uint64_t len);

#endif /* VX_WINDOWS_H */
