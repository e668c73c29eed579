// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring.c - one direction of the message rings in the bus page
 *
 * Theory of operation
 * -------------------
 * Documentation/protocol.rst, "Rings": one producer, one consumer, free-running
 * indices. The page belongs to both ends, so of the other end's index only the
 * distance to our own is used, and only after it has been found possible; our
 * own index is kept outside the page. A message is copied out before anyone
 * looks at it.
 *
 * Nothing here sleeps or locks: callers serialise each end of each ring.
 */
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "ring.h"

/**
 * vxen_ring_put() - publish a message
 * @ring: a ring that this end produces for
 * @msg: the message
 * @size: its bytes, at most VMSG_XEN_SLOT_SIZE
 *
 * The other end is not told: send the event channel afterwards.
 *
 * Context: any; the caller keeps other producers out.
 * Return: 0, -EAGAIN if the ring is full, -EPROTO if the consumer's index is
 * impossible.
 */
int vxen_ring_put(struct vxen_ring *ring, const void *msg, size_t size)
{
	/* Pairs with the consumer's release: the slot has been copied out. */
	u32 used = ring->next - le32_to_cpu(virt_load_acquire(ring->cons));

	if (used > VMSG_XEN_SLOTS)
		return -EPROTO;
	if (used == VMSG_XEN_SLOTS)
		return -EAGAIN;

	memcpy(ring->slots[ring->next % VMSG_XEN_SLOTS], msg, size);
	ring->next++;
	/* Pairs with the consumer's acquire: message before index. */
	virt_store_release(ring->prod, cpu_to_le32(ring->next));

	return 0;
}

/**
 * vxen_ring_used() - count the messages that wait
 * @ring: a ring that this end consumes
 *
 * Context: any; the caller keeps other consumers out.
 * Return: messages that may be taken, or -EPROTO if the producer's index is
 * impossible.
 */
int vxen_ring_used(const struct vxen_ring *ring)
{
	/* Pairs with the producer's release: index before message. */
	u32 used = le32_to_cpu(virt_load_acquire(ring->prod)) - ring->next;

	return used > VMSG_XEN_SLOTS ? -EPROTO : (int)used;
}

/**
 * vxen_ring_may_wait() - whether the producer may be waiting for room
 * @ring: a ring that this end consumes
 * @used: what vxen_ring_used() has just said
 *
 * It waits when it has seen the ring full. It also has if it has filled the ring
 * while the messages before these were being taken: the last of these messages
 * came before those slots were given back, so those count, too.
 *
 * Context: any; the caller keeps other consumers out.
 * Return: true if it has to be told once the slots are given back.
 */
bool vxen_ring_may_wait(const struct vxen_ring *ring, unsigned int used)
{
	return used && used + ring->given >= VMSG_XEN_SLOTS;
}

/**
 * vxen_ring_take() - copy a message out of the ring
 * @ring: a ring that this end consumes
 * @n: which one, counted from the oldest; less than vxen_ring_used()
 * @msg: room for VMSG_XEN_SLOT_SIZE bytes
 *
 * The whole slot is copied, whatever the size that the message claims: that
 * is in the slot, too, and is only looked at in the copy.
 *
 * Context: any; the caller keeps other consumers out.
 */
void vxen_ring_take(const struct vxen_ring *ring, unsigned int n, void *msg)
{
	memcpy(msg, ring->slots[(ring->next + n) % VMSG_XEN_SLOTS],
	       VMSG_XEN_SLOT_SIZE);
	/* The copy is what counts: no compiler may go back to the slot. */
	barrier();
}

/**
 * vxen_ring_release() - give slots back to the producer
 * @ring: a ring that this end consumes
 * @n: messages, at most vxen_ring_used()
 *
 * Context: any; the caller keeps other consumers out.
 */
void vxen_ring_release(struct vxen_ring *ring, unsigned int n)
{
	ring->given = n;
	ring->next += n;
	/* Pairs with the producer's acquire: copies before the index. */
	virt_store_release(ring->cons, cpu_to_le32(ring->next));
}
