// SPDX-License-Identifier: GPL-2.0-only
/* harness.c - runs cases, one line of result for each */
#include "harness.h"

unsigned int test_failures;

static unsigned int passed, failed;

/**
 * test_case() - Run one case
 * @name: shown with its result
 * @fn: the case
 */
void test_case(const char *name, void (*fn)(void))
{
	test_failures = 0;
	fn();
	printf("%s %s\n", test_failures ? "not ok" : "ok", name);
	fflush(stdout);
	if (test_failures)
		failed++;
	else
		passed++;
}

/**
 * test_done() - Sum up
 *
 * Return: exit status of the program
 */
int test_done(void)
{
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
