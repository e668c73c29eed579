// SPDX-License-Identifier: GPL-2.0-only
/*
 * log.c - one line per event on stderr
 *
 * A line is written with one write(), so that lines of the manager, of its
 * workers and of their children do not mix. What a guest can trigger at will
 * goes through log_guest(), which lets GUEST_LINES lines through in each
 * GUEST_PERIOD and counts the rest.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define GUEST_LINES	5
#define GUEST_PERIOD	10	/* seconds */

static bool log_verbose;
static char log_prefix[32];

static void __printf(2, 0) log_line(const char *level, const char *fmt, va_list ap)
{
	char line[1024];
	size_t n;
	ssize_t r;

	n = snprintf(line, sizeof(line), "vhost-xen: %s%s", log_prefix, level);
	vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	n = strlen(line);
	line[n++] = '\n';
	r = write(STDERR_FILENO, line, n);
	(void)r;	/* there is nowhere left to say so */
}

/**
 * log_init() - Set what every later line begins with
 * @verbose: show log_debug() lines
 * @prefix: name of the device, or NULL
 */
void log_init(bool verbose, const char *prefix)
{
	log_verbose = verbose;
	if (prefix)
		snprintf(log_prefix, sizeof(log_prefix), "%s: ", prefix);
	else
		log_prefix[0] = '\0';
}

/**
 * log_err() - Something failed that should not
 * @fmt: as for printf, without a newline
 */
void log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line("error: ", fmt, ap);
	va_end(ap);
}

/**
 * log_info() - A step in a device's life
 * @fmt: as for printf, without a newline
 */
void log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line("", fmt, ap);
	va_end(ap);
}

/**
 * log_debug() - Detail, with --verbose only
 * @fmt: as for printf, without a newline
 */
void log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_verbose)
		return;
	va_start(ap, fmt);
	log_line("debug: ", fmt, ap);
	va_end(ap);
}

/**
 * log_guest() - The guest did something wrong; rate-limited
 * @fmt: as for printf, without a newline
 */
void log_guest(const char *fmt, ...)
{
	static unsigned int lines, dropped;
	static time_t since;
	struct timespec now;
	va_list ap;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!since || now.tv_sec - since >= GUEST_PERIOD) {
		since = now.tv_sec;
		lines = 0;
		if (dropped)
			log_info("%u lines about the guest left out", dropped);
		dropped = 0;
	}
	if (lines >= GUEST_LINES) {
		dropped++;
		return;
	}
	lines++;
	va_start(ap, fmt);
	log_line("guest: ", fmt, ap);
	va_end(ap);
}
