// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - the definitions behind trace.h
 */
#include <linux/types.h>

#define CREATE_TRACE_POINTS
#include "trace.h"
