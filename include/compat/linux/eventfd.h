/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * linux/eventfd.h - the kernel's, and what older ones lack of it
 *
 * Since 6.8 eventfd_signal() always adds one; before, it was told how much.
 */
#ifndef VXEN_COMPAT_LINUX_EVENTFD_H
#define VXEN_COMPAT_LINUX_EVENTFD_H

#include_next <linux/eventfd.h>

#ifndef VXEN_HAVE_EVENTFD_SIGNAL_ONE
#define eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#endif

#endif /* VXEN_COMPAT_LINUX_EVENTFD_H */
