// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - what is said to people and programs
 */
#include <stdarg.h>
#include <string.h>

#include "report.h"

static void say(const char *format, va_list args)
{
	fflush(stdout);
	fputs("virtio-xen: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

/**
 * fail() - reports an error
 * @format: one line without its end, as for printf()
 *
 * Return: -1, so that a caller can return it.
 */
int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return -1;
}

/**
 * warn() - reports what is no error
 * @format: one line without its end, as for printf()
 */
void warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

/**
 * print_safe() - prints text that another domain may have written
 * @file: where to
 * @text: anything; what could command a terminal is printed as \xNN
 *
 * Return: columns used.
 */
int print_safe(FILE *file, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	int columns = 0;

	for (; *p; p++) {
		if (*p < 0x20 || *p >= 0x7f)
			columns += fprintf(file, "\\x%02x", *p);
		else
			columns += fputc(*p, file) != EOF;
	}
	return columns;
}

/**
 * print_column() - prints text that another domain may have written
 * @text: anything; NULL or nothing is printed as -
 * @width: blanks follow up to there, and one
 */
void print_column(const char *text, int width)
{
	int columns = print_safe(stdout, text && *text ? text : "-");

	do
		putchar(' ');
	while (columns++ < width);
}

/* Length of the UTF-8 sequence at p, 0 if it is none. */
static size_t utf8_length(const unsigned char *p)
{
	static const struct {
		unsigned char first, last;	/* of the leading byte */
		unsigned char low, high;	/* of the second byte */
		size_t length;
	} forms[] = {	/* Unicode, table 3-7 */
		{ 0x00, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].length > 1 &&
		    (p[1] < forms[i].low || p[1] > forms[i].high))
			return 0;
		/* The terminating zero is no continuation and ends this. */
		for (k = 2; k < forms[i].length; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/**
 * print_json() - prints text as a JSON string
 * @file: where to
 * @text: anything; bytes that are not UTF-8 become U+FFFD; NULL is null
 */
void print_json(FILE *file, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t length;

	if (!text) {
		fputs("null", file);
		return;
	}
	fputc('"', file);
	for (; *p; p += length) {
		length = utf8_length(p);
		if (!length) {
			fputs("\\ufffd", file);
			length = 1;
		} else if (*p < 0x20 || *p == 0x7f) {
			fprintf(file, "\\u%04x", *p);
		} else if (*p == '"' || *p == '\\') {
			fprintf(file, "\\%c", *p);
		} else {
			fwrite(p, 1, length, file);
		}
	}
	fputc('"', file);
}
