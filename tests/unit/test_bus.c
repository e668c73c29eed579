// SPDX-License-Identifier: GPL-2.0-only
/* test_bus.c - the rings in the bus page, with the test as the guest */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "bus.h"
#include "harness.h"

static struct vmsg_xen_bus_page page;
static struct bus bus;

static void set_up(void)
{
	memset(&page, 0, sizeof(page));
	page.magic = htole32(VMSG_XEN_MAGIC);
	page.version = htole16(VMSG_XEN_VERSION);
	page.slot_size = htole16(VMSG_XEN_SLOT_SIZE);
	page.slots = htole16(VMSG_XEN_SLOTS);
	CHECK_EQ(bus_attach(&bus, &page), 0);
}

static void header(void)
{
	set_up();
	CHECK_EQ(le32toh(page.device_incarnation), 1);
	page.magic = 0;
	CHECK_EQ(bus_attach(&bus, &page), -EPROTO);
	set_up();
	page.version = htole16(2);
	CHECK_EQ(bus_attach(&bus, &page), -EPROTO);
	set_up();
	page.slot_size = htole16(128);
	CHECK_EQ(bus_attach(&bus, &page), -EPROTO);
	set_up();
	page.slots = htole16(32);
	CHECK_EQ(bus_attach(&bus, &page), -EPROTO);
}

/* The guest publishes one message of which the first byte is @v. */
static void publish(uint8_t v)
{
	uint32_t prod = le32toh(page.driver_prod);

	page.driver_ring[prod % VMSG_XEN_SLOTS][0] = v;
	page.driver_prod = htole32(prod + 1);
}

static void order_and_wrap(void)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE];
	unsigned int i;

	set_up();
	/* Across the wrap of the index */
	bus.cons = bus.released = UINT32_MAX - 20;
	page.driver_prod = page.driver_cons = htole32(bus.cons);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(bus_pending(&bus), 0);
		publish(i);
		publish(i + 1);
		CHECK_EQ(bus_pending(&bus), 2);
		bus_take(&bus, msg);
		CHECK_EQ(msg[0], i);
		bus_take(&bus, msg);
		CHECK_EQ(msg[0], i + 1);
		CHECK(le32toh(page.driver_cons) != bus.cons);
		bus_release(&bus);
		CHECK_EQ(le32toh(page.driver_cons), bus.cons);
	}
	CHECK(!bus.notify);
}

static void full_ring_is_answered(void)
{
	unsigned int i;

	set_up();
	for (i = 0; i < VMSG_XEN_SLOTS; i++)
		publish(i);
	CHECK_EQ(bus_pending(&bus), VMSG_XEN_SLOTS);
	CHECK(bus.notify);
}

/* The last message comes before the others' slots are given back. */
static void filled_meanwhile_is_answered(void)
{
	uint8_t msg[VMSG_XEN_SLOT_SIZE];
	unsigned int i;

	set_up();
	for (i = 0; i < VMSG_XEN_SLOTS - 1; i++)
		publish(i);
	CHECK_EQ(bus_pending(&bus), VMSG_XEN_SLOTS - 1);
	for (i = 0; i < VMSG_XEN_SLOTS - 1; i++)
		bus_take(&bus, msg);
	publish(i);
	bus_release(&bus);
	CHECK(!bus.notify);
	CHECK_EQ(bus_pending(&bus), 1);
	CHECK(bus.notify);
	bus_take(&bus, msg);
	bus_release(&bus);

	bus.notify = false;
	bus_release(&bus);
	publish(0);
	CHECK_EQ(bus_pending(&bus), 1);
	CHECK(!bus.notify);
}

static void impossible_indices(void)
{
	set_up();
	page.driver_prod = htole32(VMSG_XEN_SLOTS + 1);
	CHECK_EQ(bus_pending(&bus), -EPROTO);
	page.driver_prod = htole32(UINT32_MAX);
	CHECK_EQ(bus_pending(&bus), -EPROTO);
	page.device_cons = htole32(1);
	CHECK_EQ(bus_room(&bus), -EPROTO);
	CHECK_EQ(bus_put(&bus, "x", 1), -EPROTO);
}

static void own_indices_are_private(void)
{
	set_up();
	CHECK_EQ(bus_put(&bus, "a", 1), 0);
	page.device_prod = htole32(1000);	/* the guest scribbles over it */
	CHECK_EQ(bus_put(&bus, "b", 1), 0);
	CHECK_EQ(le32toh(page.device_prod), 2);
	CHECK_EQ(page.device_ring[1][0], 'b');
}

static void send_until_full(void)
{
	unsigned int i;

	set_up();
	for (i = 0; i < VMSG_XEN_SLOTS; i++) {
		CHECK_EQ(bus_room(&bus), VMSG_XEN_SLOTS - i);
		CHECK_EQ(bus_put(&bus, &i, sizeof(i)), 0);
	}
	CHECK_EQ(bus_put(&bus, &i, sizeof(i)), -EAGAIN);
	CHECK_EQ(le32toh(page.device_prod), VMSG_XEN_SLOTS);
	page.device_cons = htole32(1);
	CHECK_EQ(bus_put(&bus, &i, sizeof(i)), 0);
	CHECK(bus.notify);
}

int main(void)
{
	RUN(header);
	RUN(order_and_wrap);
	RUN(full_ring_is_answered);
	RUN(filled_meanwhile_is_answered);
	RUN(impossible_indices);
	RUN(own_indices_are_private);
	RUN(send_until_full);
	return test_done();
}
