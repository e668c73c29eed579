// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus_test.c - protects the exchange of messages over the bus page
 *
 * The backend answers late, wrongly, twice or not at all, and sends what
 * nobody asked for. Only the right answer to the request that waits may get
 * through, nobody may wait for ever, and a broken bus stays broken.
 */
#include <kunit/test.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <xen/xenbus.h>

#include "../../drivers/device.h"
#include "fake_events.h"
#include "fake_grants.h"

#define SLOTS	VMSG_XEN_SLOTS

/**
 * struct bus_test - a bus and its backend
 * @bus: what is tested
 * @xdev: whose it is
 * @to: the backend's domain
 * @in: the backend's end of the ring to it
 * @out: of the ring from it
 * @work: the backend at work
 * @deaf: it does not take messages
 * @mute: it does not answer
 * @wrong: changes the answer; @size and @times may be changed, too
 * @msg: the last request it has got
 * @requests: how many
 * @avail: EVENT_AVAIL that it has got, by virtqueue
 * @events: events that were passed on to the client
 * @broken: calls of the client's broken()
 */
struct bus_test {
	struct vxen_bus bus;
	struct xenbus_device xdev;
	struct vxen_grantee to;
	struct vxen_ring in;
	struct vxen_ring out;
	struct work_struct work;
	bool deaf;
	bool mute;
	void (*wrong)(struct vmsg_header *msg, size_t *size, int *times);
	u8 msg[VMSG_XEN_SLOT_SIZE] __aligned(8);
	unsigned int requests;
	unsigned int avail[VXEN_MAX_VQS];
	unsigned int events;
	unsigned int broken;
};

static void client_event(struct vxen_bus *bus, const struct vmsg_header *msg,
			 size_t size)
{
	container_of(bus, struct bus_test, bus)->events++;
}

static void client_broken(struct vxen_bus *bus)
{
	container_of(bus, struct bus_test, bus)->broken++;
}

static const struct vxen_bus_client client = {
	.event = client_event,
	.broken = client_broken,
};

/* Answer with the request's own payload. */
static void peer_answer(struct bus_test *bt)
{
	u8 buf[VMSG_XEN_SLOT_SIZE] __aligned(8);
	struct vmsg_header *msg = (struct vmsg_header *)buf;
	size_t size;
	int times = 1;

	memcpy(buf, bt->msg, sizeof(buf));
	msg->type |= VMSG_TYPE_RESPONSE;
	size = le16_to_cpu(msg->msg_size);
	if (bt->wrong)
		bt->wrong(msg, &size, &times);
	msg->msg_size = cpu_to_le16(size);
	while (times--)
		vxen_ring_put(&bt->out, buf, sizeof(buf));
	fake_events_raise();
}

static void peer_work(struct work_struct *work)
{
	struct bus_test *bt = container_of(work, struct bus_test, work);
	struct vmsg_header *msg = (struct vmsg_header *)bt->msg;

	while (!bt->deaf && vxen_ring_used(&bt->in) > 0) {
		vxen_ring_take(&bt->in, 0, bt->msg);
		vxen_ring_release(&bt->in, 1);
		if (msg->msg_id == VMSG_EVENT_AVAIL) {
			const struct vmsg_event_avail *ev = (void *)(msg + 1);

			bt->avail[le32_to_cpu(ev->vq_index) % VXEN_MAX_VQS]++;
			continue;
		}
		bt->requests++;
		if (!bt->mute)
			peer_answer(bt);
	}
}

static int bus_test_init(struct kunit *test)
{
	struct bus_test *bt = kunit_kzalloc(test, sizeof(*bt), GFP_KERNEL);
	int err;

	if (!bt)
		return -ENOMEM;

	fake_grants_reset();
	fake_events_reset();
	bt->xdev.dev.init_name = "vxen-kunit";
	bt->to.domid = 3;
	bt->to.name = "vxen-kunit";
	INIT_WORK(&bt->work, peer_work);

	err = vxen_bus_open(&bt->bus, &bt->xdev.dev, &bt->to, &client);
	if (err)
		return err;
	bt->in = (struct vxen_ring) {
		.prod = &bt->bus.page->driver_prod,
		.cons = &bt->bus.page->driver_cons,
		.slots = bt->bus.page->driver_ring,
	};
	bt->out = (struct vxen_ring) {
		.prod = &bt->bus.page->device_prod,
		.cons = &bt->bus.page->device_cons,
		.slots = bt->bus.page->device_ring,
	};
	fake_events.peer = &bt->work;
	test->priv = bt;
	return 0;
}

static void bus_test_exit(struct kunit *test)
{
	struct bus_test *bt = test->priv;

	if (!bt)
		return;
	fake_events.peer = NULL;
	cancel_work_sync(&bt->work);
	vxen_bus_close(&bt->bus);
	fake_grants_expect_empty(test);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 0);
	fake_grants_reset();
}

/* A request with 8 bytes, whose answer may have 4 to 8. */
static int ask(struct bus_test *bt, void *resp)
{
	return vxen_bus_request(&bt->bus, 0, VMSG_GET_CONFIG, 5, "question", 8,
				resp, 4, 8);
}

/* Have the backend send a message by itself. */
static void inject(struct bus_test *bt, u8 type, u8 msg_id, u16 size)
{
	u8 buf[VMSG_XEN_SLOT_SIZE] __aligned(8) = {};
	struct vmsg_header *msg = (struct vmsg_header *)buf;

	msg->type = type;
	msg->msg_id = msg_id;
	msg->msg_size = cpu_to_le16(size);
	vxen_ring_put(&bt->out, buf, sizeof(buf));
}

static void the_page_says_what_it_is(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	struct vmsg_xen_bus_page *page = bt->bus.page;

	KUNIT_EXPECT_EQ(test, le32_to_cpu(page->magic), VMSG_XEN_MAGIC);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(page->version), VMSG_XEN_VERSION);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(page->slot_size), 112);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(page->slots), 16);
	KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)page + 10, 0, PAGE_SIZE - 10));
	KUNIT_EXPECT_EQ(test, fake_grants.domid, 3);
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 1U);
}

static void a_request_is_answered(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	struct vmsg_header *msg = (struct vmsg_header *)bt->msg;
	char resp[8];
	u16 token;

	KUNIT_EXPECT_EQ(test, ask(bt, resp), 8);
	KUNIT_EXPECT_EQ(test, memcmp(resp, "question", 8), 0);
	KUNIT_EXPECT_EQ(test, msg->msg_id, VMSG_GET_CONFIG);
	KUNIT_EXPECT_EQ(test, msg->type, 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(msg->dev_num), 5);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(msg->msg_size), 16);
	token = le16_to_cpu(msg->token);
	KUNIT_EXPECT_EQ(test, ask(bt, resp), 8);
	KUNIT_EXPECT_NE(test, le16_to_cpu(msg->token), token);
	KUNIT_EXPECT_EQ(test, bt->broken, 0U);
}

static void more_requests_than_the_ring_has_slots(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	unsigned int i;
	char resp[8];

	for (i = 0; i < 5 * SLOTS; i++)
		KUNIT_ASSERT_EQ(test, ask(bt, resp), 8);
	KUNIT_EXPECT_EQ(test, bt->requests, 5U * SLOTS);
	KUNIT_EXPECT_EQ(test, vxen_bus_request(&bt->bus, 0, 2, 0, NULL, 0, resp,
					       0, 8), 0);
}

static void requests_that_are_too_large_are_refused(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	u8 buf[VMSG_XEN_SLOT_SIZE] = {};

	KUNIT_EXPECT_EQ(test, vxen_bus_request(&bt->bus, 0, 2, 0, buf, 105, buf,
					       0, 104), -EINVAL);
	KUNIT_EXPECT_EQ(test, vxen_bus_request(&bt->bus, 0, 2, 0, buf, 104, buf,
					       0, 104), 104);
}

static void wrong_token(struct vmsg_header *msg, size_t *size, int *times)
{
	msg->token = cpu_to_le16(le16_to_cpu(msg->token) - 1);
}

static void wrong_device(struct vmsg_header *msg, size_t *size, int *times)
{
	msg->dev_num = cpu_to_le16(6);
}

static void wrong_id(struct vmsg_header *msg, size_t *size, int *times)
{
	msg->msg_id++;
}

static void wrong_type(struct vmsg_header *msg, size_t *size, int *times)
{
	msg->type |= VMSG_TYPE_BUS;
}

static void no_response(struct vmsg_header *msg, size_t *size, int *times)
{
	msg->type = 0;
}

static void too_long(struct vmsg_header *msg, size_t *size, int *times)
{
	*size = 17;
}

static void longer_than_a_slot(struct vmsg_header *msg, size_t *size,
			       int *times)
{
	*size = VMSG_XEN_SLOT_SIZE + 1;
}

static void shorter_than_a_header(struct vmsg_header *msg, size_t *size,
				  int *times)
{
	*size = 7;
}

static void only_the_right_answer_gets_through(struct kunit *test)
{
	void (*const wrongs[])(struct vmsg_header *msg, size_t *size,
			       int *times) = {
		wrong_token, wrong_device, wrong_id, wrong_type, no_response,
		too_long, longer_than_a_slot, shorter_than_a_header,
	};
	struct bus_test *bt = test->priv;
	unsigned int i;
	char resp[9];

	vxen_timeout_ms = 50;
	for (i = 0; i < ARRAY_SIZE(wrongs); i++) {
		/* A bus breaks once: each needs a new one. */
		if (i) {
			bus_test_exit(test);
			KUNIT_ASSERT_EQ(test, bus_test_init(test), 0);
			bt = test->priv;
			vxen_timeout_ms = 50;
		}
		bt->wrong = wrongs[i];
		memset(resp, 'x', sizeof(resp));
		KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
		KUNIT_EXPECT_NULL(test, memchr_inv(resp, 'x', sizeof(resp)));
		KUNIT_EXPECT_EQ(test, bt->broken, 1U);
	}
}

static void too_short(struct vmsg_header *msg, size_t *size, int *times)
{
	*size = 11;
}

static void an_answer_that_is_too_short_breaks_it(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	char resp[8];

	bt->wrong = too_short;
	KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);
}

static void reserved_bits(struct vmsg_header *msg, size_t *size, int *times)
{
	msg->type |= 0xfc;
}

static void reserved_type_bits_are_ignored(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	char resp[8];

	bt->wrong = reserved_bits;
	KUNIT_EXPECT_EQ(test, ask(bt, resp), 8);
}

static void thrice(struct vmsg_header *msg, size_t *size, int *times)
{
	*times = 3;
}

static void an_answer_counts_once(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	char resp[8];

	bt->wrong = thrice;
	KUNIT_EXPECT_EQ(test, ask(bt, resp), 8);
	bt->wrong = NULL;
	KUNIT_EXPECT_EQ(test, ask(bt, resp), 8);
	KUNIT_EXPECT_EQ(test, bt->broken, 0U);
}

static void nobody_waits_for_an_answer_for_ever(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	char resp[8];

	bt->mute = true;
	vxen_timeout_ms = 50;
	KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);

	/* A late answer must not reach a buffer that is no longer there. */
	bt->mute = false;
	memset(resp, 'x', sizeof(resp));
	peer_answer(bt);
	KUNIT_EXPECT_NULL(test, memchr_inv(resp, 'x', sizeof(resp)));
	/* And what is broken fails at once. */
	vxen_timeout_ms = 100000;
	KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
	KUNIT_EXPECT_EQ(test, bt->requests, 1U);
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);
}

static void nobody_waits_for_room_for_ever(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	unsigned int i;
	char resp[8];

	bt->deaf = true;
	vxen_timeout_ms = 50;
	for (i = 0; i < SLOTS; i++)
		vxen_bus_avail(&bt->bus, 0, 1);
	KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);
}

static struct delayed_work break_work;
static struct vxen_bus *to_break;

static void break_it(struct work_struct *work)
{
	vxen_bus_break(to_break, "the test says so");
}

static void breaking_wakes_who_waits(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	unsigned long start = jiffies;
	char resp[8];

	bt->mute = true;
	vxen_timeout_ms = 20000;
	to_break = &bt->bus;
	INIT_DELAYED_WORK(&break_work, break_it);
	schedule_delayed_work(&break_work, msecs_to_jiffies(50));
	KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
	KUNIT_EXPECT_LT(test, jiffies_to_msecs(jiffies - start), 10000U);
	flush_delayed_work(&break_work);
	vxen_bus_break(&bt->bus, "again");
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);
}

static void impossible_indices_break_it(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	char resp[8];

	bt->bus.page->device_prod = cpu_to_le32(SLOTS + 1);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);
	KUNIT_EXPECT_EQ(test, fake_events.spurious, 1U);
	KUNIT_EXPECT_EQ(test, bt->events, 0U);

	bus_test_exit(test);
	KUNIT_ASSERT_EQ(test, bus_test_init(test), 0);
	bt = test->priv;
	bt->bus.page->driver_cons = cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, ask(bt, resp), -EIO);
	KUNIT_EXPECT_EQ(test, bt->broken, 1U);
}

static void events_are_passed_on(struct kunit *test)
{
	struct bus_test *bt = test->priv;

	inject(bt, 0, VMSG_EVENT_USED, 12);
	inject(bt, 0, VMSG_EVENT_CONFIG, 8);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, bt->events, 2U);
	KUNIT_EXPECT_EQ(test, fake_events.eois, 1U);
	KUNIT_EXPECT_EQ(test, fake_events.spurious, 0U);

	/* Malformed, a request, a bus message. */
	inject(bt, 0, VMSG_EVENT_USED, 7);
	inject(bt, 0, VMSG_EVENT_USED, 0);
	inject(bt, 0, VMSG_EVENT_USED, U16_MAX);
	inject(bt, 0, VMSG_GET_CONFIG, 12);
	inject(bt, VMSG_TYPE_BUS, VMSG_EVENT_USED, 12);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, bt->events, 2U);
	KUNIT_EXPECT_EQ(test, bt->broken, 0U);
}

static void a_ring_that_is_filled_meanwhile_is_answered(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	unsigned int i;

	fake_events.peer = NULL;
	for (i = 0; i < SLOTS - 1; i++)
		inject(bt, 0, VMSG_EVENT_USED, 12);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_events.notified), 0);

	/*
	 * The backend may have published it before those slots were given back,
	 * and found the ring full.
	 */
	inject(bt, 0, VMSG_EVENT_USED, 12);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_events.notified), 1);

	inject(bt, 0, VMSG_EVENT_USED, 12);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_events.notified), 1);
}

static void one_interrupt_takes_one_ring_at_most(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	unsigned int i;

	fake_events.peer = NULL;
	for (i = 0; i < SLOTS; i++)
		inject(bt, 0, VMSG_EVENT_USED, 12);
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, bt->events, (unsigned int)SLOTS);
	/* The ring was full: the backend may be waiting for room. */
	KUNIT_EXPECT_EQ(test, atomic_read(&fake_events.notified), 1);

	/* For nothing: Xen is told. */
	fake_events_raise();
	KUNIT_EXPECT_EQ(test, fake_events.eois, 2U);
	KUNIT_EXPECT_EQ(test, fake_events.spurious, 1U);
}

static void notifications_that_find_no_room_are_sent_later(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	unsigned int i;

	bt->deaf = true;
	for (i = 0; i < SLOTS; i++)
		vxen_bus_avail(&bt->bus, 0, 1);
	for (i = 0; i < 3; i++) {
		vxen_bus_avail(&bt->bus, 0, 7);
		vxen_bus_avail(&bt->bus, 0, VXEN_MAX_VQS - 1);
	}
	KUNIT_EXPECT_EQ(test, vxen_ring_used(&bt->in), SLOTS);

	/* The backend wakes up, and says that there is room. */
	bt->deaf = false;
	schedule_work(&bt->work);
	flush_work(&bt->work);
	fake_events_raise();
	flush_work(&bt->work);
	KUNIT_EXPECT_EQ(test, bt->avail[1], (unsigned int)SLOTS);
	KUNIT_EXPECT_EQ(test, bt->avail[7], 1U);
	KUNIT_EXPECT_EQ(test, bt->avail[VXEN_MAX_VQS - 1], 1U);
}

/* The answer to HELLO, changed in one respect. */
static unsigned int hello_case;

static void wrong_hello(struct vmsg_header *msg, size_t *size, int *times)
{
	struct vmsg_xen_hello *hello = (struct vmsg_xen_hello *)(msg + 1);

	hello->max_windows = cpu_to_le32(hello_case == 0 ? 0 : 1);
	if (hello_case == 1)
		hello->version = cpu_to_le32(VMSG_XEN_VERSION + 1);
	if (hello_case == 2)
		hello->features = cpu_to_le32(3);
	if (hello_case == 3)
		hello->max_msg_size = cpu_to_le32(VMSG_XEN_MAX_MSG_SIZE - 1);
	if (hello_case == 4)
		hello->features = 0;
}

static void hello_is_checked(struct kunit *test)
{
	struct bus_test *bt = test->priv;

	for (hello_case = 0; hello_case < 6; hello_case++) {
		bt->wrong = wrong_hello;
		KUNIT_EXPECT_EQ(test, vxen_bus_hello(&bt->bus, 1),
				hello_case < 4 ? -EPROTO : 0);
		KUNIT_EXPECT_EQ(test, bt->broken, hello_case < 4 ? 1U : 0U);
		KUNIT_EXPECT_EQ(test, bt->bus.features,
				hello_case == 5 ? 1U : 0U);
		bus_test_exit(test);
		KUNIT_ASSERT_EQ(test, bus_test_init(test), 0);
		bt = test->priv;
	}
}

static void refused_requests_are_told_from_broken_ones(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	__le32 status = cpu_to_le32(VMSG_XEN_OK);

	/* The backend echoes it. */
	KUNIT_EXPECT_EQ(test, vxen_bus_status_request(&bt->bus, 0x81, &status,
						      4), 0);
	status = cpu_to_le32(VMSG_XEN_EMAP);
	KUNIT_EXPECT_EQ(test, vxen_bus_status_request(&bt->bus, 0x81, &status,
						      4), -EREMOTEIO);
	KUNIT_EXPECT_EQ(test, bt->broken, 0U);
}

static void opening_fails_without_leaving_anything(struct kunit *test)
{
	struct bus_test *bt = test->priv;
	struct vxen_bus *bus = kunit_kzalloc(test, sizeof(*bus), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bus);
	fake_grants.full = true;
	KUNIT_EXPECT_EQ(test, vxen_bus_open(bus, &bt->xdev.dev, &bt->to, &client),
			-ENOSPC);
	fake_grants.full = false;
	fake_events.fail_alloc = true;
	KUNIT_EXPECT_EQ(test, vxen_bus_open(bus, &bt->xdev.dev, &bt->to, &client),
			-ENOSPC);
	fake_events.fail_alloc = false;
	fake_events.fail_bind = true;
	KUNIT_EXPECT_EQ(test, vxen_bus_open(bus, &bt->xdev.dev, &bt->to, &client),
			-ENOMEM);
	/* The fixture's own. */
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 1U);
	KUNIT_EXPECT_EQ(test, fake_events.ports, 1);
}

static struct kunit_case bus_cases[] = {
	KUNIT_CASE(the_page_says_what_it_is),
	KUNIT_CASE(a_request_is_answered),
	KUNIT_CASE(more_requests_than_the_ring_has_slots),
	KUNIT_CASE(requests_that_are_too_large_are_refused),
	KUNIT_CASE(only_the_right_answer_gets_through),
	KUNIT_CASE(an_answer_that_is_too_short_breaks_it),
	KUNIT_CASE(reserved_type_bits_are_ignored),
	KUNIT_CASE(an_answer_counts_once),
	KUNIT_CASE(nobody_waits_for_an_answer_for_ever),
	KUNIT_CASE(nobody_waits_for_room_for_ever),
	KUNIT_CASE(breaking_wakes_who_waits),
	KUNIT_CASE(impossible_indices_break_it),
	KUNIT_CASE(events_are_passed_on),
	KUNIT_CASE(one_interrupt_takes_one_ring_at_most),
	KUNIT_CASE(a_ring_that_is_filled_meanwhile_is_answered),
	KUNIT_CASE(notifications_that_find_no_room_are_sent_later),
	KUNIT_CASE(hello_is_checked),
	KUNIT_CASE(refused_requests_are_told_from_broken_ones),
	KUNIT_CASE(opening_fails_without_leaving_anything),
	{}
};

static struct kunit_suite bus_suite = {
	.name = "vxen-bus",
	.init = bus_test_init,
	.exit = bus_test_exit,
	.test_cases = bus_cases,
};

kunit_test_suite(bus_suite);
