// SPDX-License-Identifier: GPL-2.0-only
/* Compiles where hrtimer_setup() is there (since 6.13). */
#include <linux/hrtimer.h>

void probe(struct hrtimer *timer);

void probe(struct hrtimer *timer)
{
	hrtimer_setup(timer, NULL, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
}
