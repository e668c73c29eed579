/* SPDX-License-Identifier: GPL-2.0-only */
/* harness.h - the few words that the unit tests are written in */
#ifndef UNIT_HARNESS_H
#define UNIT_HARNESS_H

#include <stdio.h>
#include <stdlib.h>

/*
 * A failed CHECK is counted against the case that is running, and the case
 * goes on. A case is a function without arguments.
 */
extern unsigned int test_failures;

#define CHECK(cond) do {						\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			test_failures++;				\
		}							\
	} while (0)

/* For what the rest of a test can't do without. */
#define REQUIRE(cond) do {						\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(1);					\
		}							\
	} while (0)

#define CHECK_EQ(a, b) do {						\
		long long va = (long long)(a), vb = (long long)(b);	\
		if (va != vb) {						\
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, \
				__LINE__, #a, va, vb);			\
			test_failures++;				\
		}							\
	} while (0)

void test_case(const char *name, void (*fn)(void));
int test_done(void);

#define RUN(fn)	test_case(#fn, fn)

#endif /* UNIT_HARNESS_H */
