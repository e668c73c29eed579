/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen/xenbus.h - the kernel's, for functions that fake_xenbus.c has
 */
#ifndef VXEN_FAKE_XEN_XENBUS_H
#define VXEN_FAKE_XEN_XENBUS_H

#include_next <xen/xenbus.h>

/* Its second argument is an int or a bool, depending on the kernel. */
#define xenbus_transaction_end(xbt, abort) fake_transaction_end(xbt, abort)

int fake_transaction_end(struct xenbus_transaction xbt, bool abort);

#endif /* VXEN_FAKE_XEN_XENBUS_H */
