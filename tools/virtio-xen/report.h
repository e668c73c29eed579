/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - exit codes, and what is said to people and programs
 */
#ifndef VIRTIO_XEN_REPORT_H
#define VIRTIO_XEN_REPORT_H

#include <stdio.h>

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_CONNECTED = 3,
};

__attribute__((format(printf, 1, 2)))
int fail(const char *format, ...);
__attribute__((format(printf, 1, 2)))
void warn(const char *format, ...);

int print_safe(FILE *file, const char *text);
void print_column(const char *text, int width);
void print_json(FILE *file, const char *text);

#endif /* VIRTIO_XEN_REPORT_H */
