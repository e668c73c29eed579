// SPDX-License-Identifier: GPL-2.0-only
/*
 * coverage.c - writes what has run, for scripts/coverage
 *
 * A program does so by itself when it ends, but user-mode Linux's linker script
 * does not know the section that this would be called from. Built for that
 * script only.
 */
#include <linux/init.h>
#include <init.h>

/* Of libgcov: writes the data of all files that were built for it. */
void __gcov_dump(void);

__uml_exitcall(__gcov_dump);
