/* SPDX-License-Identifier: GPL-2.0-only */
/* json.h - strings in JSON */
#ifndef VX_JSON_H
#define VX_JSON_H

#include <stddef.h>

int json_escape(char *out, size_t size, const char *s);

#endif /* VX_JSON_H */
