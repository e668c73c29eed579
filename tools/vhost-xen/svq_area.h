/* SPDX-License-Identifier: GPL-2.0-only */
/* svq_area.h - frames of a bounce area, given and taken */
#ifndef VX_SVQ_AREA_H
#define VX_SVQ_AREA_H

#include <stdint.h>

/*
 * 126 segments of 64 KiB that begin in the middle of a frame, a header, a
 * status byte and the table that lists them all take 2145 frames.
 */
#define SVQ_AREA_FRAMES		2304	/* 9 MiB */

/**
 * struct svq_area - which frames of a queue's bounce area are in use
 * @busy: a bit for each
 */
struct svq_area {
	uint64_t busy[SVQ_AREA_FRAMES / 64];
};

int svq_area_get(struct svq_area *a, unsigned int n);
void svq_area_put(struct svq_area *a, unsigned int first, unsigned int n);

#endif /* VX_SVQ_AREA_H */
