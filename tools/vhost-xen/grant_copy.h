/* SPDX-License-Identifier: GPL-2.0-only */
/* grant_copy.h - copies between granted frames and memory of our own */
#ifndef VX_GRANT_COPY_H
#define VX_GRANT_COPY_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct grant_seg - one copy
 * @ref: grant reference of the guest's frame
 * @offset: into that frame
 * @len: bytes; @offset + @len is no more than a frame
 * @to_guest: @local is the source
 * @local: our memory
 */
struct grant_seg {
	uint32_t ref;
	uint16_t offset;
	uint16_t len;
	bool to_guest;
	void *local;
};

unsigned int grant_split(struct grant_seg *segs, unsigned int max, uint64_t addr, uint32_t len,
			 void *local, bool to_guest);
int grant_copy_open(void);
int grant_copy(int fd, uint16_t domid, const struct grant_seg *segs, unsigned int n);

#endif /* VX_GRANT_COPY_H */
