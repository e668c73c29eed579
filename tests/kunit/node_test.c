// SPDX-License-Identifier: GPL-2.0-only
/*
 * node_test.c - protects what is taken from the device tree
 *
 * Nodes that say too little, or what cannot be, or what another one says, are
 * not used and leave nothing behind; the others are.
 */
#include <kunit/test.h>
#include <linux/string.h>

#include "fake_backend.h"
#include "fake_of.h"

/* The backend of fake_xenbus's device, too. */
#define DOMID	"xen,backend-domid"
#define ID	"xen,device-id"
#define REF	"xen,grant-ref"
#define PORT	"xen,event-channel"

static unsigned int port;

static struct fake_of_node *make_node(struct kunit *test, const char *name)
{
	struct fake_of_node *node = fake_of_node(test, name, "xen,virtio-msg");

	fake_of_number(node, DOMID, FAKE_DOMID);
	return node;
}

/* One that names a device of xenstore. */
static struct fake_of_node *store_node(struct kunit *test, const char *name,
				       u32 id)
{
	struct fake_of_node *node = make_node(test, name);

	fake_of_number(node, ID, id);
	return node;
}

/* One that needs no xenstore. */
static struct fake_of_node *fixed_node(struct kunit *test, const char *name,
				       u32 ref, u32 channel)
{
	struct fake_of_node *node = make_node(test, name);

	fake_of_number(node, REF, ref);
	fake_of_number(node, PORT, channel);
	return node;
}

/* Plug it in and out; whether a driver was bound in between. */
static bool is_taken(struct kunit *test, struct fake_of_node *node)
{
	int refs = kref_read(&node->np.kobj.kref);
	bool taken;

	KUNIT_EXPECT_EQ(test, fake_of_plug(node), 0);
	taken = node->pdev && node->pdev->dev.driver;
	KUNIT_EXPECT_EQ(test, fake_grants.frames, taken ? 1U : 0U);
	KUNIT_EXPECT_EQ(test, fake_events_bound(port), taken);
	fake_of_unplug(node);
	KUNIT_EXPECT_EQ(test, kref_read(&node->np.kobj.kref), (unsigned int)refs);
	fake_backend_expect_nothing(test);
	KUNIT_EXPECT_FALSE(test, fake_events_bound(port));
	return taken;
}

static int node_test_init(struct kunit *test)
{
	int err = fake_backend_init(test);

	port = fake_events_lasting(FAKE_DOMID);
	return err;
}

static void node_test_exit(struct kunit *test)
{
	fake_of_unplug_all();
	fake_backend_exit(test);
}

static void each_of_its_numbers_has_to_be_there(struct kunit *test)
{
	static const char * const names[] = { DOMID, REF, PORT };
	struct fake_of_node *node;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		node = fixed_node(test, "node", 2, port);
		fake_of_remove(node, names[i]);
		KUNIT_EXPECT_FALSE(test, is_taken(test, node));
	}
	KUNIT_EXPECT_TRUE(test, is_taken(test, fixed_node(test, "node", 2,
							  port)));
}

static void each_of_its_numbers_has_to_be_one(struct kunit *test)
{
	static const char * const names[] = { DOMID, REF, PORT, ID };
	static const __be32 two[2] = { cpu_to_be32(2), cpu_to_be32(2) };
	static const size_t sizes[] = { 0, 1, 3, 5, 8 };
	struct fake_of_node *node;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			node = fixed_node(test, "node", 2, port);
			fake_of_put(node, names[i], two, sizes[j]);
			KUNIT_EXPECT_FALSE(test, is_taken(test, node));
		}
	}
}

static void a_domain_has_to_be_one(struct kunit *test)
{
	static const u32 domids[] = {
		DOMID_FIRST_RESERVED, DOMID_SELF, 0x8000, 0x10000 + FAKE_DOMID,
		U32_MAX,
	};
	struct fake_of_node *node;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(domids); i++) {
		node = fixed_node(test, "node", 2, port);
		fake_of_number(node, DOMID, domids[i]);
		KUNIT_EXPECT_FALSE(test, is_taken(test, node));
		/* Not for want of a channel to it. */
		node = store_node(test, "node", 0);
		fake_of_number(node, DOMID, domids[i]);
		KUNIT_EXPECT_FALSE(test, is_taken(test, node));
	}
}

static void only_references_that_nobody_uses_are_taken(struct kunit *test)
{
	static const u32 good[] = { 2, 3, 4, 5, 6, 7 };
	static const u32 bad[] = { 0, 1, 8, 9, FAKE_FIRST_REF, U32_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		KUNIT_EXPECT_TRUE(test, is_taken(test, fixed_node(test, "node",
								  good[i],
								  port)));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_FALSE(test, is_taken(test, fixed_node(test, "node",
								   bad[i],
								   port)));
}

static void an_event_channel_has_to_lead_to_the_backend(struct kunit *test)
{
	unsigned int other = fake_events_lasting(FAKE_DOMID + 1);
	const u32 bad[] = { 0, 1, other, other - 1, 1U << 17, U32_MAX };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_FALSE(test, is_taken(test, fixed_node(test, "node",
								   2,
								   bad[i])));
}

static void it_is_one_kind_or_the_other(struct kunit *test)
{
	struct fake_of_node *node = fixed_node(test, "node", 2, port);

	fake_of_number(node, ID, 0);
	KUNIT_EXPECT_FALSE(test, is_taken(test, node));
	node = store_node(test, "node", 0);
	fake_of_number(node, REF, 2);
	KUNIT_EXPECT_FALSE(test, is_taken(test, node));
	KUNIT_EXPECT_FALSE(test, is_taken(test, make_node(test, "node")));
}

/* Plug both in; whether the second was taken as well. */
static bool agree(struct kunit *test, struct fake_of_node *one,
		  struct fake_of_node *other)
{
	bool taken;

	KUNIT_EXPECT_EQ(test, fake_of_plug(one), 0);
	KUNIT_EXPECT_NOT_NULL(test, one->pdev->dev.driver);
	KUNIT_EXPECT_EQ(test, fake_of_plug(other), 0);
	taken = other->pdev->dev.driver;
	/* The second must not have hurt the first. */
	KUNIT_EXPECT_NOT_NULL(test, one->pdev->dev.driver);
	fake_of_unplug(one);
	/* What was in the way is not any more. */
	if (!taken)
		KUNIT_EXPECT_GE(test, device_attach(&other->pdev->dev), 1);
	fake_of_unplug(other);
	fake_backend_expect_nothing(test);
	return taken;
}

static void no_two_nodes_get_the_same(struct kunit *test)
{
	unsigned int other = fake_events_lasting(FAKE_DOMID);

	KUNIT_EXPECT_FALSE(test, agree(test, store_node(test, "one", 3),
				       store_node(test, "two", 3)));
	KUNIT_EXPECT_TRUE(test, agree(test, store_node(test, "one", 3),
				      store_node(test, "two", 4)));
	KUNIT_EXPECT_FALSE(test, agree(test, fixed_node(test, "one", 2, port),
				       fixed_node(test, "two", 2, other)));
	KUNIT_EXPECT_FALSE(test, agree(test, fixed_node(test, "one", 2, port),
				       fixed_node(test, "two", 3, port)));
	KUNIT_EXPECT_TRUE(test, agree(test, fixed_node(test, "one", 2, port),
				      fixed_node(test, "two", 3, other)));
	/* Numbers of different things. */
	KUNIT_EXPECT_TRUE(test, agree(test, fixed_node(test, "one", 2, port),
				      store_node(test, "two", 2)));
}

static void what_is_of_xenstore_waits_for_it(struct kunit *test)
{
	struct fake_of_node *node = store_node(test, "node", 0);

	KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
	KUNIT_EXPECT_NOT_NULL(test, node->pdev->dev.driver);
	/* It has nothing to set: the device is another. */
	KUNIT_EXPECT_NULL(test, dev_get_drvdata(&node->pdev->dev));
	fake_of_unplug(node);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
}

static void a_device_of_xenstore_gets_its_node(struct kunit *test)
{
	struct fake_of_node *other = store_node(test, "other", 1);
	struct fake_of_node *node = store_node(test, "node", 0);
	unsigned int refs = kref_read(&node->np.kobj.kref);

	KUNIT_ASSERT_EQ(test, fake_of_plug(other), 0);
	KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
	fake_backend_plug(test);
	KUNIT_EXPECT_PTR_EQ(test, fake_xenbus.xdev->dev.of_node, &node->np);
	/* The node's own device may go first. */
	fake_of_unplug(node);
	fake_xenbus_unplug();
	KUNIT_EXPECT_EQ(test, kref_read(&node->np.kobj.kref), refs);
	fake_of_unplug(other);
}

static void the_device_tree_says_who_the_backend_is(struct kunit *test)
{
	struct fake_of_node *node = store_node(test, "node", 0);
	unsigned int refs = kref_read(&node->np.kobj.kref);

	fake_of_number(node, DOMID, FAKE_DOMID + 1);
	KUNIT_ASSERT_EQ(test, fake_of_plug(node), 0);
	KUNIT_ASSERT_EQ(test, fake_xenbus_plug(), 0);
	KUNIT_EXPECT_EQ(test, fake_xenbus.probe_err, -EPERM);
	KUNIT_EXPECT_NULL(test, fake_xenbus.xdev->dev.driver);
	KUNIT_EXPECT_EQ(test, fake_xenbus.nr_states, 0U);
	fake_xenbus_unplug();
	fake_of_unplug(node);
	KUNIT_EXPECT_EQ(test, kref_read(&node->np.kobj.kref), refs);
	/* Without the node nobody minds. */
	fake_backend_plug(test);
	KUNIT_EXPECT_NULL(test, fake_xenbus.xdev->dev.of_node);
}

static struct kunit_case node_cases[] = {
	KUNIT_CASE(each_of_its_numbers_has_to_be_there),
	KUNIT_CASE(each_of_its_numbers_has_to_be_one),
	KUNIT_CASE(a_domain_has_to_be_one),
	KUNIT_CASE(only_references_that_nobody_uses_are_taken),
	KUNIT_CASE(an_event_channel_has_to_lead_to_the_backend),
	KUNIT_CASE(it_is_one_kind_or_the_other),
	KUNIT_CASE(no_two_nodes_get_the_same),
	KUNIT_CASE(what_is_of_xenstore_waits_for_it),
	KUNIT_CASE(a_device_of_xenstore_gets_its_node),
	KUNIT_CASE(the_device_tree_says_who_the_backend_is),
	{}
};

static struct kunit_suite node_suite = {
	.name = "vxen-node",
	.init = node_test_init,
	.exit = node_test_exit,
	.test_cases = node_cases,
};

kunit_test_suite(node_suite);
