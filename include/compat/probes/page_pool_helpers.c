// SPDX-License-Identifier: GPL-2.0-only
/* Compiles where net/page_pool/helpers.h is there (since 6.6). */
#include <net/page_pool/helpers.h>
