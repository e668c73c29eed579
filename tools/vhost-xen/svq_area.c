// SPDX-License-Identifier: GPL-2.0-only
/*
 * svq_area.c - frames of a bounce area, given and taken
 *
 * First fit: what is in use stays at the beginning, where the memory has been
 * touched before. An empty area holds any set of buffers whose frames add up
 * to no more than its own.
 */
#include <stdbool.h>

#include "svq_area.h"

static bool is_busy(const struct svq_area *a, unsigned int i)
{
	return a->busy[i / 64] >> (i % 64) & 1;
}

/**
 * svq_area_get() - Take consecutive frames
 * @a: the area
 * @n: how many, at least 1
 *
 * Return: number of the first, or -1 if there is no such gap
 */
int svq_area_get(struct svq_area *a, unsigned int n)
{
	unsigned int i = 0, free = 0, k;

	while (i < SVQ_AREA_FRAMES && free < n) {
		if (i % 64 == 0 && a->busy[i / 64] == ~0ULL) {
			free = 0;
			i += 64;
		} else {
			free = is_busy(a, i++) ? 0 : free + 1;
		}
	}
	if (free < n)
		return -1;
	for (k = i - n; k < i; k++)
		a->busy[k / 64] |= 1ULL << (k % 64);
	return i - n;
}

/**
 * svq_area_put() - Give frames back
 * @a: the area
 * @first: from svq_area_get()
 * @n: as given to svq_area_get()
 */
void svq_area_put(struct svq_area *a, unsigned int first, unsigned int n)
{
	unsigned int k;

	for (k = first; k < first + n; k++)
		a->busy[k / 64] &= ~(1ULL << (k % 64));
}
