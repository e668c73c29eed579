/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz.h - what the fuzzers are written with
 *
 * Each fuzzer gives fuzz_one(). An input is mostly a sequence of steps: the
 * fuzzer takes numbers off it and decides by them what to do next. Where an
 * input has ended it goes on with zeroes.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct fuzz_in - what is left of an input
 * @p: its next byte
 * @left: how many there are
 */
struct fuzz_in {
	const uint8_t *p;
	size_t left;
};

/* Given by each fuzzer: run one input. */
void fuzz_one(struct fuzz_in *in);

uint8_t in_u8(struct fuzz_in *in);
uint16_t in_u16(struct fuzz_in *in);
uint32_t in_u32(struct fuzz_in *in);
uint64_t in_u64(struct fuzz_in *in);
uint32_t in_word(struct fuzz_in *in);
void in_bytes(struct fuzz_in *in, void *buf, size_t n);
char *in_text(struct fuzz_in *in, size_t max);

void __attribute__((noreturn)) fuzz_fail(const char *file, int line, const char *what);

/* What must hold, whatever the input. */
#define FUZZ_CHECK(cond) do {						\
		if (!(cond))						\
			fuzz_fail(__FILE__, __LINE__, #cond);		\
	} while (0)

/* The bridge's clock, in milliseconds: it stands still but for this. */
extern int64_t fuzz_clock;

#endif /* FUZZ_H */
