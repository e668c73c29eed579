/* SPDX-License-Identifier: GPL-2.0-only */
/* util.h - what C lacks */
#ifndef VX_UTIL_H
#define VX_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define BIT_ULL(n) (1ULL << (n))

/* Close *@fd if it is open, and forget it. */
static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#endif /* VX_UTIL_H */
