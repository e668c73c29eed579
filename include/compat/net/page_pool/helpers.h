/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net/page_pool/helpers.h - the kernel's
 *
 * Before 6.6 what it has was in net/page_pool.h.
 */
#ifndef VXEN_COMPAT_NET_PAGE_POOL_HELPERS_H
#define VXEN_COMPAT_NET_PAGE_POOL_HELPERS_H

#ifdef VXEN_HAVE_PAGE_POOL_HELPERS
#include_next <net/page_pool/helpers.h>
#else
#include <net/page_pool.h>
#endif

#endif /* VXEN_COMPAT_NET_PAGE_POOL_HELPERS_H */
