// SPDX-License-Identifier: GPL-2.0-only
/*
 * peer.c - the domain at the other end of real grants and event channels
 *
 * Theory of operation
 * -------------------
 * tests/e2e/grant-peer in dom0 maps what it is told to, and sends and receives
 * events. It is told through xenstore: a request, "NUMBER COMMAND", is answered
 * by "NUMBER RESULT".
 *
 * How many references the kernel has to give is asked of its callback for those
 * who wait for references, which is called at once where there are enough. The
 * tables are made as large as they can be first, so that the number changes by
 * what is taken only.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <xen/grant_table.h>
#include <xen/xenbus.h>

#include "../../../drivers/revoke.h"
#include "peer.h"

#define ANSWER_MS	20000
/* The most that the kernel's callback can be asked for. */
#define MAX_REFS	65535U

struct vxen_grantee peer = {
	.domid = PEER_DOMID,
	.name = "vxen-real",
};

static unsigned int request;

/* What the peer says to a command; negative if it does not answer. */
int peer_ask(const char *fmt, ...)
{
	unsigned long end = jiffies + msecs_to_jiffies(ANSWER_MS);
	unsigned int number;
	char command[64];
	int err, result;
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);

	request++;
	err = xenbus_printf(XBT_NIL, "data/peer", "request", "%u %s", request,
			    command);
	if (err)
		return err;

	while (time_before(jiffies, end)) {
		if (xenbus_scanf(XBT_NIL, "data/peer", "answer", "%u %d",
				 &number, &result) == 2 && number == request)
			return result;
		msleep(20);
	}
	return -ETIMEDOUT;
}

static void enough(void *arg)
{
	*(bool *)arg = true;
}

static bool has_free(unsigned int nr)
{
	struct gnttab_free_callback callback = {};
	bool is_enough = false;

	gnttab_request_free_callback(&callback, enough, &is_enough, nr);
	gnttab_cancel_free_callback(&callback);
	return is_enough;
}

/* The references that the kernel has to give. */
unsigned int refs_free(void)
{
	unsigned int low = 0, high = MAX_REFS;

	while (low < high) {
		unsigned int middle = (low + high + 1) / 2;

		if (has_free(middle))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

void refs_expect_free(struct kunit *test, unsigned int nr)
{
	KUNIT_EXPECT_EQ(test, refs_free(), nr);
}

/* The kernel and revoke.c try every second. */
bool wait_for_refs(unsigned int nr)
{
	unsigned long end = jiffies + 10 * HZ;

	while (refs_free() != nr && time_before(jiffies, end))
		msleep(50);
	return refs_free() == nr;
}

/* As large as the table can be. */
static void grow_table(void)
{
	unsigned int step = 8192;
	grant_ref_t head;

	while (step) {
		if (gnttab_alloc_grant_references(refs_free() + step, &head))
			step /= 2;
		else
			gnttab_free_grant_references(head);
	}
}

/* For each test: the peer is there, and has nothing any more. */
int peer_suite_init(struct kunit *test)
{
	static bool grown;
	int err = peer_ask("reset");

	if (err) {
		kunit_err(test, "grant-peer in dom0 does not answer: %d", err);
		return -ENODEV;
	}
	if (!grown)
		grow_table();
	grown = true;
	return 0;
}
