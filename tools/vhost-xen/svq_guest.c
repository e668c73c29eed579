// SPDX-License-Identifier: GPL-2.0-only
/*
 * svq_guest.c - the device's side of a split virtqueue: towards the guest
 *
 * The guest may be hostile, and may change any word at any time. Each word is
 * read once, into private memory, and what is used later is the copy. The
 * indices that we write are never read back.
 *
 * Indices are free-running 16-bit counters. Barriers pair with those of the
 * guest's virtio ring driver.
 */
#include <endian.h>
#include <errno.h>

#include "svq_guest.h"

/* The last words of the two rings, by which each end tells what it waits for */
static uint16_t *used_event(const struct svq_guest *g)
{
	return &g->avail->ring[g->size];
}

static uint16_t *avail_event(struct svq_guest *g)
{
	void *p = &g->used->ring[g->size];

	return p;
}

/**
 * svq_guest_pending() - How many chains has the guest made available?
 * @g: the queue
 *
 * Return: 0 to the queue's size, or -EPROTO if the index is impossible
 */
int svq_guest_pending(const struct svq_guest *g)
{
	/* Entries and descriptors after the index; pairs with the guest's write barrier. */
	uint16_t n = le16toh(__atomic_load_n(&g->avail->idx, __ATOMIC_ACQUIRE)) - g->last_avail;

	return n > g->size ? -EPROTO : n;
}

static struct vring_desc read_desc(const struct vring_desc *p)
{
	return (struct vring_desc){
		.addr = le64toh(__atomic_load_n(&p->addr, __ATOMIC_RELAXED)),
		.len = le32toh(__atomic_load_n(&p->len, __ATOMIC_RELAXED)),
		.flags = le16toh(__atomic_load_n(&p->flags, __ATOMIC_RELAXED)),
		.next = le16toh(__atomic_load_n(&p->next, __ATOMIC_RELAXED)),
	};
}

static int append(struct svq_chain *c, const struct vring_desc *d)
{
	bool write = d->flags & VRING_DESC_F_WRITE;

	if (c->n == SVQ_MAX_CHAIN || !d->len)
		return -EINVAL;
	if (!write && c->n && (c->desc[c->n - 1].flags & VRING_DESC_F_WRITE))
		return -EINVAL;		/* readable ones come first */
	if (write && d->len > UINT32_MAX - c->writable)
		return -EINVAL;
	if (write)
		c->writable += d->len;
	c->desc[c->n] = *d;
	c->desc[c->n].flags &= VRING_DESC_F_WRITE;
	c->n++;
	return 0;
}

/* No chain is longer than the table that it lies in, so each walk ends. */
static int walk_table(struct svq_chain *c, const struct vring_desc *table, unsigned int n)
{
	unsigned int steps;
	uint32_t at = 0;
	int err;

	for (steps = 0; steps < n; steps++) {
		struct vring_desc d = read_desc(&table[at]);

		if (d.flags & VRING_DESC_F_INDIRECT)
			return -EINVAL;
		err = append(c, &d);
		if (err || !(d.flags & VRING_DESC_F_NEXT))
			return err;
		at = d.next;
		if (at >= n)
			return -EINVAL;
	}
	return -ELOOP;
}

static int read_table(const struct svq_guest *g, struct svq_reader *r, struct svq_chain *c,
		      const struct vring_desc *d)
{
	struct vring_desc table[SVQ_MAX_CHAIN];
	int err;

	if (!g->indirect || (d->flags & VRING_DESC_F_NEXT) || !d->len ||
	    d->len % sizeof(table[0]) || d->len > sizeof(table))
		return -EINVAL;
	err = r->read(r, d->addr, d->len, table);
	if (err)
		return err;
	c->table = true;
	return walk_table(c, table, d->len / sizeof(table[0]));
}

/**
 * svq_guest_peek() - Copy the next available chain
 * @g: the queue; svq_guest_pending() has said that there is one
 * @r: reads indirect tables
 * @c: the copy
 *
 * Return: 0, or a negative errno if the guest breaks the rules
 */
int svq_guest_peek(const struct svq_guest *g, struct svq_reader *r, struct svq_chain *c)
{
	unsigned int steps;
	uint32_t at;
	int err;

	at = le16toh(__atomic_load_n(&g->avail->ring[g->last_avail % g->size],
				     __ATOMIC_RELAXED));
	c->head = at;
	c->n = 0;
	c->table = false;
	c->writable = 0;
	for (steps = 0; steps < g->size; steps++) {
		struct vring_desc d;

		if (at >= g->size)
			return -EINVAL;
		d = read_desc(&g->desc[at]);
		if (d.flags & VRING_DESC_F_INDIRECT)
			return read_table(g, r, c, &d);
		err = append(c, &d);
		if (err || !(d.flags & VRING_DESC_F_NEXT))
			return err;
		at = d.next;
	}
	return -ELOOP;
}

/**
 * svq_guest_use() - Give a chain back, unseen until svq_guest_publish()
 * @g: the queue
 * @head: of the chain
 * @len: bytes written to it
 */
void svq_guest_use(struct svq_guest *g, uint16_t head, uint32_t len)
{
	struct vring_used_elem *e = &g->used->ring[g->used_idx++ % g->size];

	__atomic_store_n(&e->id, htole32(head), __ATOMIC_RELAXED);
	__atomic_store_n(&e->len, htole32(len), __ATOMIC_RELAXED);
}

/**
 * svq_guest_publish() - Show the guest what has been used
 * @g: the queue
 *
 * Return: true if it wants an interrupt
 */
bool svq_guest_publish(struct svq_guest *g)
{
	uint16_t old = g->published, new = g->used_idx;

	if (old == new)
		return false;
	/* Data and entries before the index; pairs with the guest's read barrier. */
	__atomic_store_n(&g->used->idx, htole16(new), __ATOMIC_RELEASE);
	g->published = new;
	/*
	 * The index must be there before we look whether the guest wants to
	 * know. Pairs with the full barrier between its asking for interrupts
	 * and its last look at the index.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!g->event_idx)
		return !(le16toh(__atomic_load_n(&g->avail->flags, __ATOMIC_RELAXED)) &
			 VRING_AVAIL_F_NO_INTERRUPT);
	return vring_need_event(le16toh(__atomic_load_n(used_event(g), __ATOMIC_RELAXED)),
				new, old);
}

/**
 * svq_guest_quiet() - The guest need not kick for now
 * @g: the queue
 *
 * With event indices it does not anyway, until the next svq_guest_listen().
 */
void svq_guest_quiet(struct svq_guest *g)
{
	if (!g->event_idx)
		__atomic_store_n(&g->used->flags, htole16(VRING_USED_F_NO_NOTIFY),
				 __ATOMIC_RELAXED);
}

/**
 * svq_guest_listen() - The guest is to kick for the next available chain
 * @g: the queue
 *
 * Return: true if there is one already, for which it may not kick
 */
bool svq_guest_listen(struct svq_guest *g)
{
	if (g->event_idx)
		__atomic_store_n(avail_event(g), htole16(g->last_avail), __ATOMIC_RELAXED);
	else
		__atomic_store_n(&g->used->flags, 0, __ATOMIC_RELAXED);
	/*
	 * Our wish must be there before the last look at the index. Pairs with
	 * the full barrier between the guest's index and its look at the wish.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return svq_guest_pending(g) != 0;
}
