// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant-scan.c - looks for a byte pattern in all that a guest has granted
 *
 * Usage: grant-scan DOMID PATTERN [FIRST COUNT]...
 *
 * Maps the runs of grant references, read-only, and searches them. It is a
 * backend which reads everything that it can. The last line of the output is
 * "N in M frames": how often the pattern was there. Exits with 0 whatever it
 * finds, 1 if it could not look.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xengnttab.h>

#define FRAME	4096U

static unsigned long search(const char *p, size_t size, const char *pattern)
{
	size_t len = strlen(pattern);
	const char *end = p + size, *found;
	unsigned long n = 0;

	while ((found = memmem(p, end - p, pattern, len))) {
		p = found + len;
		n++;
	}
	return n;
}

static int scan(xengnttab_handle *xgt, uint32_t domid, uint32_t first, uint32_t count,
		const char *pattern, unsigned long *found)
{
	uint32_t *refs = calloc(count, sizeof(*refs)), i;
	char *p;

	if (!refs)
		return 1;
	for (i = 0; i < count; i++)
		refs[i] = first + i;
	p = xengnttab_map_domain_grant_refs(xgt, count, domid, refs, PROT_READ);
	free(refs);
	if (!p) {
		perror("grant-scan: mapping");
		return 1;
	}
	*found += search(p, (size_t)count * FRAME, pattern);
	xengnttab_unmap(xgt, p, count);
	return 0;
}

int main(int argc, char **argv)
{
	xengnttab_handle *xgt = xengnttab_open(NULL, 0);
	unsigned long found = 0, frames = 0;
	int i;

	if (argc < 5 || argc % 2 == 0 || !xgt) {
		fprintf(stderr, "usage: grant-scan DOMID PATTERN FIRST COUNT ...\n");
		return 1;
	}
	for (i = 3; i < argc; i += 2) {
		uint32_t count = atoi(argv[i + 1]);

		if (scan(xgt, atoi(argv[1]), atoi(argv[i]), count, argv[2], &found))
			return 1;
		frames += count;
	}
	printf("%lu in %lu frames\n", found, frames);
	return 0;
}
