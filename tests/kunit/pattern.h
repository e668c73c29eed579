/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pattern.h - data that shows when it is at the wrong place
 */
#ifndef VXEN_PATTERN_H
#define VXEN_PATTERN_H

#include <linux/types.h>

/* A pattern that differs at every offset that copying could confuse. */
static inline u8 pattern(size_t i, u8 salt)
{
	return (i ^ (i >> 8) * 7) + salt;
}

static inline void fill(u8 *p, size_t size, u8 salt)
{
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = pattern(i, salt);
}

static inline bool filled(const u8 *p, size_t size, u8 salt)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != pattern(i, salt))
			return false;
	return true;
}

#endif /* VXEN_PATTERN_H */
