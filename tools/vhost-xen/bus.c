// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus.c - the two rings of messages in the bus page
 *
 * See "Rings" in Documentation/protocol.rst. The page is shared with a guest
 * that may be hostile: every word is read once, with an atomic load, and our
 * own indices are kept in private memory.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "bus.h"

/* The headers are in unpacked structs, so each word is naturally aligned. */
static uint32_t load_acquire(const vmsg_le32 *p)
{
	return le32toh(__atomic_load_n(p, __ATOMIC_ACQUIRE));
}

static void store_release(vmsg_le32 *p, uint32_t v)
{
	__atomic_store_n(p, htole32(v), __ATOMIC_RELEASE);
}

/**
 * bus_attach() - Check a fresh bus page and start from its beginning
 * @bus: to be filled in
 * @page: the mapped page
 *
 * Return: 0, or -EPROTO if the page is not what this version expects
 */
int bus_attach(struct bus *bus, void *page)
{
	struct vmsg_xen_bus_page *p = page;

	if (le32toh(__atomic_load_n(&p->magic, __ATOMIC_ACQUIRE)) != VMSG_XEN_MAGIC ||
	    le16toh(p->version) != VMSG_XEN_VERSION ||
	    le16toh(p->slot_size) != VMSG_XEN_SLOT_SIZE ||
	    le16toh(p->slots) != VMSG_XEN_SLOTS)
		return -EPROTO;

	*bus = (struct bus){ .page = p };
	store_release(&p->driver_cons, 0);
	store_release(&p->device_prod, 0);
	store_release(&p->device_incarnation, le32toh(p->device_incarnation) + 1);
	return 0;
}

/**
 * bus_pending() - How many messages of the driver wait?
 * @bus: the bus
 *
 * The driver may be waiting for room if it has seen the ring full, which it also
 * has if it has filled it while we were at the messages before these: hence those
 * count, too.
 *
 * Return: 0 to VMSG_XEN_SLOTS, or -EPROTO if the index is impossible
 */
int bus_pending(struct bus *bus)
{
	uint32_t n = load_acquire(&bus->page->driver_prod) - bus->cons;

	if (n > VMSG_XEN_SLOTS)
		return -EPROTO;
	if (n && n + bus->last >= VMSG_XEN_SLOTS)
		bus->notify = true;
	return n;
}

/**
 * bus_take() - Copy the next message out of its slot
 * @bus: the bus; bus_pending() has said that there is one
 * @msg: private memory
 *
 * The whole slot is copied: its length is not known before msg_size is read,
 * and that is to be read from the copy. bus_release() gives the slot back.
 */
void bus_take(struct bus *bus, uint8_t msg[VMSG_XEN_SLOT_SIZE])
{
	memcpy(msg, bus->page->driver_ring[bus->cons % VMSG_XEN_SLOTS], VMSG_XEN_SLOT_SIZE);
	bus->cons++;
}

/**
 * bus_release() - Give back the slots of all messages taken
 * @bus: the bus
 */
void bus_release(struct bus *bus)
{
	if (bus->cons == bus->released)
		return;
	bus->last = bus->cons - bus->released;
	bus->released = bus->cons;
	store_release(&bus->page->driver_cons, bus->cons);
}

/**
 * bus_room() - How many messages can be sent?
 * @bus: the bus
 *
 * Return: 0 to VMSG_XEN_SLOTS, or -EPROTO if the index is impossible
 */
int bus_room(const struct bus *bus)
{
	uint32_t n = bus->prod - load_acquire(&bus->page->device_cons);

	return n > VMSG_XEN_SLOTS ? -EPROTO : (int)(VMSG_XEN_SLOTS - n);
}

/**
 * bus_put() - Publish one message
 * @bus: the bus
 * @msg: a whole message, header included
 * @len: its length
 *
 * Return: 0, -EAGAIN if the ring is full, -EPROTO if it is broken
 */
int bus_put(struct bus *bus, const void *msg, uint32_t len)
{
	int room = bus_room(bus);

	if (room <= 0)
		return room ? room : -EAGAIN;
	memcpy(bus->page->device_ring[bus->prod % VMSG_XEN_SLOTS], msg, len);
	bus->prod++;
	store_release(&bus->page->device_prod, bus->prod);
	bus->notify = true;
	return 0;
}
