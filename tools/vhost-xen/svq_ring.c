// SPDX-License-Identifier: GPL-2.0-only
/*
 * svq_ring.c - the driver's side of a split virtqueue: towards the backend
 *
 * What a virtio driver does, with memory of the bridge's. The backend is
 * trusted with the guest's data, not with our memory: all that we rely on is
 * kept outside the shared pages, and what it writes is checked.
 *
 * Indices are free-running 16-bit counters. Barriers pair with those of the
 * backend, which does the other half of what VIRTIO asks for.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "svq_ring.h"

/* The last words of the two rings, by which each end tells what it waits for */
static uint16_t *used_event(struct svq_ring *r)
{
	return &r->avail->ring[r->size];
}

static uint16_t *avail_event(struct svq_ring *r)
{
	void *p = &r->used->ring[r->size];

	return p;
}

/**
 * svq_ring_init() - Begin with an empty ring
 * @r: to be filled in
 * @mem: SVQ_RING_FRAMES frames, zeroed
 * @size: entries, a power of two up to MAX_QUEUE_SIZE
 * @event_idx: VIRTIO_F_EVENT_IDX was negotiated
 */
void svq_ring_init(struct svq_ring *r, void *mem, unsigned int size, bool event_idx)
{
	unsigned int i;

	memset(r, 0, sizeof(*r));
	r->size = size;
	r->event_idx = event_idx;
	r->desc = (void *)((char *)mem + SVQ_RING_DESC);
	r->avail = (void *)((char *)mem + SVQ_RING_AVAIL);
	r->used = (void *)((char *)mem + SVQ_RING_USED);
	r->nfree = size;
	for (i = 0; i < size; i++)
		r->next[i] = i + 1;
}

/**
 * svq_ring_add() - Make a chain available, unseen until svq_ring_publish()
 * @r: the ring; it has @n free descriptors
 * @d: descriptors in the host's byte order, their @next is ignored
 * @n: how many, at least 1
 *
 * Return: the chain's head
 */
uint16_t svq_ring_add(struct svq_ring *r, const struct vring_desc *d, unsigned int n)
{
	uint16_t head = r->free, at = head;
	unsigned int i;

	for (i = 0; i < n; i++) {
		bool last = i + 1 == n;

		r->desc[at] = (struct vring_desc){
			.addr = htole64(d[i].addr),
			.len = htole32(d[i].len),
			.flags = htole16(d[i].flags | (last ? 0 : VRING_DESC_F_NEXT)),
			.next = last ? 0 : htole16(r->next[at]),
		};
		at = r->next[at];
	}
	r->free = at;
	r->nfree -= n;
	r->chain[head] = n;
	r->avail->ring[r->avail_idx++ % r->size] = htole16(head);
	return head;
}

/**
 * svq_ring_publish() - Show the backend what has been added
 * @r: the ring
 *
 * Return: true if it wants to be kicked
 */
bool svq_ring_publish(struct svq_ring *r)
{
	uint16_t old = r->published, new = r->avail_idx;

	if (old == new)
		return false;
	/* Chains before the index that announces them; pairs with the backend's acquire. */
	__atomic_store_n(&r->avail->idx, htole16(new), __ATOMIC_RELEASE);
	r->published = new;
	/*
	 * The index must be there before we look whether the backend sleeps.
	 * Pairs with the full barrier between its asking for kicks and its
	 * last look at the index.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!r->event_idx)
		return !(le16toh(__atomic_load_n(&r->used->flags, __ATOMIC_RELAXED)) &
			 VRING_USED_F_NO_NOTIFY);
	return vring_need_event(le16toh(__atomic_load_n(avail_event(r), __ATOMIC_RELAXED)),
				new, old);
}

static void put_chain(struct svq_ring *r, uint16_t head)
{
	unsigned int i, n = r->chain[head];
	uint16_t last = head;

	for (i = 1; i < n; i++)
		last = r->next[last];
	r->next[last] = r->free;
	r->free = head;
	r->nfree += n;
	r->chain[head] = 0;
}

/**
 * svq_ring_take() - Take the next used chain and free its descriptors
 * @r: the ring
 * @head: which
 * @len: bytes written, as the backend says
 *
 * Return: 1, 0 if there is none, or -EPROTO if the backend has written nonsense
 */
int svq_ring_take(struct svq_ring *r, uint16_t *head, uint32_t *len)
{
	const struct vring_used_elem *e = &r->used->ring[r->last_used % r->size];
	uint16_t n;
	uint32_t id;

	/* Entries and data after the index; pairs with the backend's release. */
	n = le16toh(__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE)) - r->last_used;
	if (!n)
		return 0;
	if (n > r->size)
		return -EPROTO;
	id = le32toh(__atomic_load_n(&e->id, __ATOMIC_RELAXED));
	*len = le32toh(__atomic_load_n(&e->len, __ATOMIC_RELAXED));
	if (id >= r->size || !r->chain[id])
		return -EPROTO;
	put_chain(r, id);
	*head = id;
	r->last_used++;
	return 1;
}

/**
 * svq_ring_quiet() - The backend need not call for now
 * @r: the ring
 */
void svq_ring_quiet(struct svq_ring *r)
{
	if (!r->event_idx)
		__atomic_store_n(&r->avail->flags, htole16(VRING_AVAIL_F_NO_INTERRUPT),
				 __ATOMIC_RELAXED);
}

/**
 * svq_ring_listen() - The backend is to call for the next used chain
 * @r: the ring
 *
 * Return: true if there is one already, for which it may not call
 */
bool svq_ring_listen(struct svq_ring *r)
{
	if (r->event_idx)
		__atomic_store_n(used_event(r), htole16(r->last_used), __ATOMIC_RELAXED);
	else
		__atomic_store_n(&r->avail->flags, 0, __ATOMIC_RELAXED);
	/*
	 * Our wish must be there before the last look at the index. Pairs with
	 * the full barrier between the backend's index and its look at the wish.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return le16toh(__atomic_load_n(&r->used->idx, __ATOMIC_RELAXED)) != r->last_used;
}
