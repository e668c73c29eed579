// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant-peer.c - maps what a guest grants and answers its events, as it is told
 *
 * Theory of operation
 * -------------------
 * Usage: grant-peer DOMID
 *
 * The other end of the tests in tests/kunit/real, which run in the guest's kernel.
 * They write "NUMBER COMMAND" to the guest's xenstore node data/peer/request, and
 * read "NUMBER RESULT" from data/peer/answer. Commands are
 *
 *   map REF COUNT    map that many references from REF on, to read and write
 *   mapro REF COUNT  the same, to read only
 *   is REF BYTE      what was mapped from REF on is all BYTE
 *   fill REF BYTE    make it so
 *   count REF        write its number to each of these frames
 *   unmap REF
 *   bind PORT        to the guest's event channel
 *   notify           send an event
 *   storm MS         send events for as long
 *   events           how many events have come, or come within 300 ms
 *   unbind
 *   reset            unmap and unbind what there is
 *   end              end this program
 *
 * A result is 0, or the number that was asked for, or negative.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#define FRAME		4096U
#define MAX_MAPPINGS	16

struct mapping {
	uint8_t *va;
	uint32_t ref;
	uint32_t count;
};

static unsigned int domid;
static struct xs_handle *xs;
static xengnttab_handle *xgt;
static xenevtchn_handle *xce;
static struct mapping mappings[MAX_MAPPINGS];
static int port = -1;

static struct mapping *find(uint32_t ref)
{
	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].va && mappings[i].ref == ref)
			return &mappings[i];
	return NULL;
}

static int map(uint32_t ref, uint32_t count, int prot)
{
	uint32_t *refs = calloc(count, sizeof(*refs));
	struct mapping *m = mappings;

	while (m < mappings + MAX_MAPPINGS && m->va)
		m++;
	if (!refs || m == mappings + MAX_MAPPINGS) {
		free(refs);
		return -1;
	}
	for (uint32_t i = 0; i < count; i++)
		refs[i] = ref + i;
	m->va = xengnttab_map_domain_grant_refs(xgt, count, domid, refs, prot);
	m->ref = ref;
	m->count = count;
	free(refs);
	return m->va ? 0 : -1;
}

static int unmap(struct mapping *m)
{
	int err = xengnttab_unmap(xgt, m->va, m->count);

	m->va = NULL;
	return err;
}

static int is(const struct mapping *m, uint8_t byte)
{
	for (size_t i = 0; i < (size_t)m->count * FRAME; i++)
		if (m->va[i] != byte)
			return -1;
	return 0;
}

static int number(const struct mapping *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		memcpy(m->va + (size_t)i * FRAME, &i, sizeof(i));
	return 0;
}

static int on_mapping(const char *what, uint32_t ref, uint32_t arg)
{
	struct mapping *m = find(ref);

	if (!m)
		return -1;
	if (!strcmp(what, "is"))
		return is(m, arg);
	if (!strcmp(what, "fill"))
		memset(m->va, arg, (size_t)m->count * FRAME);
	else if (!strcmp(what, "count"))
		return number(m);
	else
		return unmap(m);
	return 0;
}

static int unbind(void)
{
	int err = port >= 0 ? xenevtchn_unbind(xce, port) : 0;

	port = -1;
	return err;
}

static int bind_to(uint32_t remote)
{
	if (port >= 0)
		return -1;
	port = xenevtchn_bind_interdomain(xce, domid, remote);
	return port >= 0 ? 0 : -1;
}

static int storm(uint32_t ms)
{
	struct timespec now, start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if (xenevtchn_notify(xce, port))
			return -1;
		usleep(1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - start.tv_sec) * 1000 +
		 (now.tv_nsec - start.tv_nsec) / 1000000 < (long)ms);
	return 0;
}

static int events(void)
{
	struct pollfd fd = { .fd = xenevtchn_fd(xce), .events = POLLIN };
	int n = 0;

	while (poll(&fd, 1, 300) > 0) {
		int pending = xenevtchn_pending(xce);

		if (pending < 0 || xenevtchn_unmask(xce, pending))
			return -1;
		n += pending == port;
	}
	return n;
}

static int reset(void)
{
	int err = unbind();

	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].va)
			err |= unmap(&mappings[i]);
	return err;
}

static int obey(const char *what, uint32_t a, uint32_t b)
{
	static const char *const on[] = { "is", "fill", "count", "unmap" };

	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++)
		if (!strcmp(what, on[i]))
			return on_mapping(what, a, b);
	if (!strcmp(what, "map"))
		return map(a, b, PROT_READ | PROT_WRITE);
	if (!strcmp(what, "mapro"))
		return map(a, b, PROT_READ);
	if (!strcmp(what, "bind"))
		return bind_to(a);
	if (!strcmp(what, "unbind"))
		return unbind();
	if (!strcmp(what, "notify"))
		return port >= 0 ? xenevtchn_notify(xce, port) : -1;
	if (!strcmp(what, "storm"))
		return storm(a);
	if (!strcmp(what, "events"))
		return events();
	if (!strcmp(what, "reset"))
		return reset();
	return strcmp(what, "end") ? -1 : 0;
}

/* One request, if there is a new one. False when that is to end. */
static bool serve(const char *request, const char *answer)
{
	static unsigned int last;
	unsigned int n, len;
	uint32_t a = 0, b = 0;
	char what[16], text[32];
	char *line = xs_read(xs, XBT_NULL, request, &len);
	int fields = line ? sscanf(line, "%u %15s %u %u", &n, what, &a, &b) : 0;

	free(line);
	if (fields < 2 || n == last)
		return true;
	last = n;
	snprintf(text, sizeof(text), "%u %d", n, obey(what, a, b));
	printf("grant-peer: %s %u %u: %s\n", what, a, b, text);
	fflush(stdout);
	if (!xs_write(xs, XBT_NULL, answer, text, strlen(text)))
		perror("grant-peer: answering");
	return strcmp(what, "end");
}

int main(int argc, char **argv)
{
	char request[96], answer[96];
	unsigned int nr;

	xs = xs_open(0);
	xgt = xengnttab_open(NULL, 0);
	xce = xenevtchn_open(NULL, 0);
	if (argc != 2 || !xs || !xgt || !xce) {
		fprintf(stderr, "usage: grant-peer DOMID\n");
		return 1;
	}
	domid = atoi(argv[1]);
	snprintf(request, sizeof(request),
		 "/local/domain/%u/data/peer/request", domid);
	snprintf(answer, sizeof(answer),
		 "/local/domain/%u/data/peer/answer", domid);
	if (!xs_watch(xs, request, "request")) {
		perror("grant-peer: watching");
		return 1;
	}
	do
		free(xs_read_watch(xs, &nr));
	while (serve(request, answer));
	return 0;
}
