// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz.c - one input after the other, and what holds for all of them
 *
 * The linker puts the __wrap_ functions in the place of the functions that
 * they are named after (see the Makefile): the bridge's log goes nowhere, and
 * its clock is the input's. After each input no descriptor may be left open;
 * LeakSanitizer looks after memory.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"

#define FDS	64	/* more than any input opens */

int64_t fuzz_clock;

/**
 * in_bytes() - Take bytes off the input
 * @in: the input
 * @buf: where they go
 * @n: how many
 */
void in_bytes(struct fuzz_in *in, void *buf, size_t n)
{
	size_t have = n < in->left ? n : in->left;

	memset(buf, 0, n);
	memcpy(buf, in->p, have);
	in->p += have;
	in->left -= have;
}

uint8_t in_u8(struct fuzz_in *in)
{
	uint8_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

uint16_t in_u16(struct fuzz_in *in)
{
	uint16_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

uint32_t in_u32(struct fuzz_in *in)
{
	uint32_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

uint64_t in_u64(struct fuzz_in *in)
{
	uint64_t v;

	in_bytes(in, &v, sizeof(v));
	return v;
}

/**
 * in_word() - A number that is mostly small, or near a limit
 * @in: the input
 *
 * Return: the number
 */
uint32_t in_word(struct fuzz_in *in)
{
	uint8_t v = in_u8(in);

	if (v < 0xe0)
		return v;
	if (v < 0xec)
		return in_u16(in);
	if (v < 0xf4)
		return (1U << (v - 0xec + 8)) - 1 + in_u8(in) % 3;
	if (v < 0xfa)
		return UINT32_MAX - (v - 0xf4);
	return in_u32(in);
}

/**
 * in_text() - Take a string off the input
 * @in: the input; it has two bytes of length, then the string
 * @max: longest
 *
 * Return: the string, without a NUL in it, to be freed
 */
char *in_text(struct fuzz_in *in, size_t max)
{
	size_t n = in_u16(in) % (max + 1);
	char *s;

	if (n > in->left)
		n = in->left;
	s = malloc(n + 1);
	if (!s)
		abort();
	in_bytes(in, s, n);
	s[n] = '\0';
	return s;
}

/**
 * fuzz_fail() - Something that must hold does not
 * @file: where that was seen
 * @line: where that was seen
 * @what: it was
 */
void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* The log: what it is given is put together, for the sanitizers to look at. */
static void __attribute__((format(printf, 1, 0))) log_away(const char *fmt, va_list ap)
{
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, ap);
}

#define LOG_AWAY(name)							\
	void __attribute__((format(printf, 1, 2))) __wrap_##name(const char *fmt, ...); \
	void __wrap_##name(const char *fmt, ...)			\
	{								\
		va_list ap;						\
									\
		va_start(ap, fmt);					\
		log_away(fmt, ap);					\
		va_end(ap);						\
	}

LOG_AWAY(log_err)
LOG_AWAY(log_info)
LOG_AWAY(log_debug)
LOG_AWAY(log_guest)

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = fuzz_clock / 1000;
	ts->tv_nsec = fuzz_clock % 1000 * 1000000;
	return 0;
}

/* Inputs are short, and memory that is freed is soon to be had again. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}

static uint64_t open_fds(void)
{
	uint64_t mask = 0;
	int fd;

	for (fd = 0; fd < FDS; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			mask |= 1ULL << fd;
	return mask;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { .p = data, .left = size };
	uint64_t before = open_fds();

	fuzz_clock = 1000000;
	fuzz_one(&in);
	FUZZ_CHECK(open_fds() == before);
	return 0;
}
