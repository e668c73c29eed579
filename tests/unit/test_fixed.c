// SPDX-License-Identifier: GPL-2.0-only
/* test_fixed.c - a device without xenstore: its command line and its page */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixed.h"
#include "harness.h"
#include "states.h"
#include "worker.h"

static char *const none[] = { NULL };
static struct vmsg_xen_bus_page page;

static int parse(struct fixed *f, const char *spec, char *const *config)
{
	char why[128] = "";
	int err = fixed_parse(f, spec, config, why, sizeof(why));

	/* Whoever has made a mistake is told which. */
	CHECK_EQ(!err, !why[0]);
	return err;
}

static void where(void)
{
	struct fixed f;

	CHECK_EQ(parse(&f, "domid=3,port=10,gref=7", none), 0);
	CHECK_EQ(f.on, 1);
	CHECK_EQ(f.domid, 3);
	CHECK_EQ(f.port, 10);
	CHECK_EQ(f.ref, 7);
	CHECK_EQ(parse(&f, "gref=2,domid=32751,port=131071", none), 0);
	CHECK_EQ(f.domid, 32751);
	CHECK_EQ(f.port, 131071);
	CHECK_EQ(f.ref, 2);
}

static void nowhere(void)
{
	static const char *const bad[] = {
		"", ",", "domid=1", "domid=1,port=2", "port=2,gref=3", "domid=1,gref=2",
		"domid=1,port=0,gref=2", "domid=1,port=131072,gref=2",
		"domid=1,port=1,gref=1", "domid=1,port=1,gref=8", "domid=32752,port=1,gref=2",
		"domid=1,domid=1,port=1,gref=2", "domid=1,port=1,gref=2,gref=2",
		"domid=1,port=1,gref=2,more=1", "domid=,port=1,gref=2", "domid=-1,port=1,gref=2",
		"domid=1 ,port=1,gref=2", "domid=0x1,port=1,gref=2", "1,1,2",
	};
	struct fixed f;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(parse(&f, bad[i], none), -EINVAL);
}

static void what(void)
{
	static char *const config[] = {
		(char *)"type=blk", (char *)"target=/a=b", (char *)"typo=", NULL,
	};
	static char *const bad[] = { (char *)"type=blk", (char *)"target", NULL };
	static char *const worse[] = { (char *)"=blk", NULL };
	struct fixed f;
	char *s;

	CHECK_EQ(parse(&f, "domid=3,port=10,gref=7", bad), -EINVAL);
	CHECK_EQ(parse(&f, "domid=3,port=10,gref=7", worse), -EINVAL);
	CHECK_EQ(parse(&f, "domid=3,port=10,gref=7", config), 0);
	s = fixed_config(&f, "type");
	CHECK(s && !strcmp(s, "blk"));
	free(s);
	s = fixed_config(&f, "target");
	CHECK(s && !strcmp(s, "/a=b"));
	free(s);
	s = fixed_config(&f, "typo");
	CHECK(s && !*s);
	free(s);
	CHECK(!fixed_config(&f, "typ"));
	CHECK(!fixed_config(&f, "types"));
}

static void set_up(struct fixed *f)
{
	memset(&page, 0, sizeof(page));
	page.magic = htole32(VMSG_XEN_MAGIC);
	page.version = htole16(VMSG_XEN_VERSION);
	page.driver_state = htole32(VMSG_XEN_INITIALISING);
	REQUIRE(!parse(f, "domid=3,port=10,gref=7", none));
}

static void a_page_is_taken_up(void)
{
	struct fixed f;

	set_up(&f);
	page.device_state = htole32(VMSG_XEN_CONNECTED);
	CHECK_EQ(fixed_attach(&f, &page), 0);
	/* What a predecessor has left is where this one begins. */
	CHECK_EQ(f.state, VMSG_XEN_CONNECTED);
	CHECK_EQ(le32toh(page.device_incarnation), 1);
	CHECK_EQ(fixed_attach(&f, &page), 0);
	CHECK_EQ(le32toh(page.device_incarnation), 2);
	/* A state that there is not is none. */
	page.device_state = htole32(VMSG_XEN_CLOSED + 1);
	CHECK_EQ(fixed_attach(&f, &page), 0);
	CHECK_EQ(f.state, 0);
	page.version = htole16(2);
	CHECK_EQ(fixed_attach(&f, &page), -EPROTO);
	set_up(&f);
	page.magic = 0;
	CHECK_EQ(fixed_attach(&f, &page), -EPROTO);
	CHECK(!f.page);
	CHECK_EQ(le32toh(page.device_incarnation), 0);
}

/* Or the driver would not notice that another has come to the same state. */
static void what_is_left_is_closed_for_a_driver_at_closed(void)
{
	struct fixed f;

	set_up(&f);
	page.driver_state = htole32(VMSG_XEN_CLOSED);
	page.device_state = htole32(VMSG_XEN_INIT_WAIT);
	REQUIRE(!fixed_attach(&f, &page));
	CHECK_EQ(le32toh(page.device_state), VMSG_XEN_CLOSED);
	CHECK_EQ(f.state, VMSG_XEN_CLOSED);
	CHECK_EQ(le32toh(page.device_incarnation), 1);
}

static void a_connection_begins_at_zero(void)
{
	struct fixed f;

	set_up(&f);
	page.driver_cons = htole32(7);
	page.device_prod = htole32(8);
	page.driver_prod = htole32(9);
	page.device_cons = htole32(10);
	REQUIRE(!fixed_attach(&f, &page));
	fixed_begin(&f);
	CHECK_EQ(le32toh(page.driver_cons), 0);
	CHECK_EQ(le32toh(page.device_prod), 0);
	/* These are the driver's. */
	CHECK_EQ(le32toh(page.driver_prod), 9);
	CHECK_EQ(le32toh(page.device_cons), 10);
	CHECK_EQ(le16toh(page.device_min_version), VMSG_XEN_VERSION);
	CHECK_EQ(le16toh(page.device_max_version), VMSG_XEN_VERSION);
}

static void states_are_read_as_of_xenstore(void)
{
	static struct worker w;
	struct nodes n;

	set_up(&w.fixed);
	CHECK_EQ(states_read(&w, &n), -ENOENT);
	CHECK_EQ(states_set(&w, XS_CONNECTED), -ENOENT);
	REQUIRE(!fixed_attach(&w.fixed, &page));
	fixed_set_state(&w.fixed, VMSG_XEN_INIT_WAIT);
	CHECK_EQ(le32toh(page.device_state), XS_INIT_WAIT);
	page.driver_state = htole32(VMSG_XEN_INITIALISED);
	/* The guest may write what it likes: our state is what we have said. */
	page.device_state = 0;
	CHECK_EQ(states_read(&w, &n), 0);
	CHECK_EQ(n.be, XS_INIT_WAIT);
	CHECK_EQ(n.fe, XS_INITIALISED);
	CHECK_EQ(n.online, 1);
	CHECK_EQ(n.force, 0);
	CHECK(states_frontend_lives(&w));
}

int main(void)
{
	RUN(where);
	RUN(nowhere);
	RUN(what);
	RUN(a_page_is_taken_up);
	RUN(what_is_left_is_closed_for_a_driver_at_closed);
	RUN(a_connection_begins_at_zero);
	RUN(states_are_read_as_of_xenstore);
	return test_done();
}
