/* SPDX-License-Identifier: GPL-2.0-only */
/* log.h - one line per event on stderr */
#ifndef VX_LOG_H
#define VX_LOG_H

#include <stdbool.h>

#define __printf(a, b) __attribute__((format(printf, a, b)))

void log_init(bool verbose, const char *prefix);
void log_err(const char *fmt, ...) __printf(1, 2);
void log_info(const char *fmt, ...) __printf(1, 2);
void log_debug(const char *fmt, ...) __printf(1, 2);
void log_guest(const char *fmt, ...) __printf(1, 2);

#endif /* VX_LOG_H */
