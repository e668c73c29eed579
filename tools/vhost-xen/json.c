// SPDX-License-Identifier: GPL-2.0-only
/* json.c - strings in JSON */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json.h"

/**
 * json_escape() - Make a string fit between the quotes of JSON
 * @out: the result
 * @size: of @out
 * @s: UTF-8 text
 *
 * Return: 0, or -ENAMETOOLONG if it does not fit
 */
int json_escape(char *out, size_t size, const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		unsigned char ch = *s;

		if (n + 7 > size)
			return -ENAMETOOLONG;
		if (ch < 0x20)
			n += sprintf(out + n, "\\u%04x", ch);
		else if (ch == '"' || ch == '\\')
			n += sprintf(out + n, "\\%c", ch);
		else
			out[n++] = ch;
	}
	out[n] = '\0';
	return 0;
}
