/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/hrtimer.h - the kernel's, and what older ones lack of it
 *
 * Since 6.13 hrtimer_setup() is told the function as well; before, there was
 * hrtimer_init(), which 6.15 has not.
 */
#ifndef VXEN_COMPAT_LINUX_HRTIMER_H
#define VXEN_COMPAT_LINUX_HRTIMER_H

#include_next <linux/hrtimer.h>

#ifndef VXEN_HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *),
				 clockid_t clock_id, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock_id, mode);
	timer->function = function;
}
#endif

#endif /* VXEN_COMPAT_LINUX_HRTIMER_H */
