// SPDX-License-Identifier: GPL-2.0-only
/*
 * svq_queue.c - moves chains between the guest's ring and the backend's
 *
 * Theory of operation
 *
 * Each turn of a queue does two things, in this order:
 *
 *  reap  takes what the backend has used, copies what it has written to the
 *        guest's single grants, frees the bounce buffers, and only then shows
 *        the chains to the guest as used: no grant is accessed after that;
 *  take  copies chains out of the guest's ring, gives each descriptor that
 *        lies in no window a bounce buffer, copies what the guest has written
 *        into it, and only then shows the chains to the backend.
 *
 * Copies are collected and made in one call for all chains of a turn. A
 * bounce buffer begins at the offset into its frame that the guest's buffer
 * has, so each frame of the one lies in one frame of the other, and what is
 * aligned stays aligned. Buffers that the device may write are zeroed first:
 * a backend that says to have written more than it has tells nothing.
 *
 * A turn handles a limited number of chains and then lets others run; it wakes
 * itself for the rest. A chain for which there is no room stays in the guest's
 * ring until the backend has returned something, when it is read afresh.
 *
 * A guest that breaks the rules, or whose grants can't be copied, gets its
 * device marked as in need of a reset, and the queue stands still until then.
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "svq_queue.h"
#include "util.h"

/* Chains in either direction in one turn */
#define BUDGET		64

static void signal_fd(int fd)
{
	uint64_t one = 1;
	ssize_t n;

	n = write(fd, &one, sizeof(one));
	(void)n;	/* full means that it is signalled already */
}

/**
 * svq_queue_wake() - Give a queue a turn soon
 * @q: the queue
 */
void svq_queue_wake(struct svq_queue *q)
{
	signal_fd(q->call);
}

static void *frame_mem(struct svq_queue *q, unsigned int frame)
{
	return q->area_mem + ((size_t)frame << VMSG_XEN_FRAME_SHIFT);
}

static uint64_t frame_dma(const struct svq_queue *q, unsigned int frame)
{
	return q->area_dma + ((uint64_t)frame << VMSG_XEN_FRAME_SHIFT);
}

static void add_copy(struct svq *s, uint64_t addr, uint32_t len, void *local, bool to_guest)
{
	/* Each piece has a frame of the area for itself, so there is room. */
	s->nsegs += grant_split(&s->segs[s->nsegs], SVQ_AREA_FRAMES - s->nsegs, addr, len, local,
				to_guest);
}

static int make_copies(struct svq *s)
{
	unsigned int n = s->nsegs;

	s->nsegs = 0;
	return n ? s->outer->grant_copy(s->outer, s->segs, n) : 0;
}

/* Returns the first of @frames frames, put on the list, or -EAGAIN. */
static int get_frames(struct svq_queue *q, unsigned int frames, uint16_t *list)
{
	int first = svq_area_get(&q->area, frames);

	if (first < 0)
		return -EAGAIN;
	q->bounce[first] = (struct svq_bounce){
		.pos = NOT_WRITABLE, .frames = frames, .next = *list,
	};
	*list = first + 1;
	return first;
}

static void put_frames(struct svq_queue *q, uint16_t list)
{
	while (list) {
		const struct svq_bounce *b = &q->bounce[list - 1];

		svq_area_put(&q->area, list - 1, b->frames);
		list = b->next;
	}
}

static int bounce_desc(struct svq_queue *q, struct vring_desc *d, uint32_t pos, uint16_t *list)
{
	uint32_t offset = d->addr % VMSG_XEN_FRAME_SIZE;
	uint64_t bytes = (uint64_t)offset + d->len + VMSG_XEN_FRAME_SIZE - 1;
	struct svq_bounce *b;
	uint8_t *local;
	int first;

	if (!svq_is_grant(d->addr, d->len))
		return -EINVAL;
	first = get_frames(q, bytes >> VMSG_XEN_FRAME_SHIFT, list);
	if (first < 0)
		return first;
	b = &q->bounce[first];
	b->addr = d->addr;
	b->len = d->len;
	local = (uint8_t *)frame_mem(q, first) + offset;
	if (d->flags & VRING_DESC_F_WRITE) {
		b->pos = pos;
		memset(local, 0, d->len);
	} else {
		add_copy(q->svq, d->addr, d->len, local, false);
	}
	d->addr = frame_dma(q, first) + offset;
	return 0;
}

/* Makes an indirect table of the chain in our memory, and @d point to it. */
static int make_table(struct svq_queue *q, const struct svq_chain *c, struct vring_desc *d,
		      uint16_t *list)
{
	uint32_t bytes = c->n * sizeof(c->desc[0]);
	struct vring_desc *table;
	unsigned int i;
	int first;

	first = get_frames(q, (bytes + VMSG_XEN_FRAME_SIZE - 1) >> VMSG_XEN_FRAME_SHIFT, list);
	if (first < 0)
		return first;
	table = frame_mem(q, first);
	for (i = 0; i < c->n; i++) {
		bool last = i + 1 == c->n;

		table[i] = (struct vring_desc){
			.addr = htole64(c->desc[i].addr),
			.len = htole32(c->desc[i].len),
			.flags = htole16(c->desc[i].flags | (last ? 0 : VRING_DESC_F_NEXT)),
			.next = htole16(last ? 0 : i + 1),
		};
	}
	*d = (struct vring_desc){
		.addr = frame_dma(q, first), .len = bytes, .flags = VRING_DESC_F_INDIRECT,
	};
	return 0;
}

static int bounce_chain(struct svq_queue *q, struct svq_chain *c, uint16_t *list)
{
	uint32_t pos = 0;
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->n && !err; i++) {
		struct vring_desc *d = &c->desc[i];

		if (!windows_lookup(&q->svq->windows, d->addr, d->len))
			err = bounce_desc(q, d, pos, list);
		if (d->flags & VRING_DESC_F_WRITE)
			pos += d->len;
	}
	return err;
}

/* Moves the chain at hand into the backend's ring; -EAGAIN: there is no room. */
static int move_chain(struct svq_queue *q, struct svq_chain *c)
{
	bool table = c->table && c->n > 1;
	unsigned int nsegs = q->svq->nsegs;
	struct vring_desc indirect;
	uint16_t list = 0, head;
	int err;

	err = (table ? 1 : c->n) > q->ring.nfree ? -EAGAIN : bounce_chain(q, c, &list);
	if (!err && table)
		err = make_table(q, c, &indirect, &list);
	if (err) {
		put_frames(q, list);
		q->svq->nsegs = nsegs;
		/* With nothing in flight there will never be more room. */
		return err == -EAGAIN && !q->inflight ? -E2BIG : err;
	}
	head = table ? svq_ring_add(&q->ring, &indirect, 1) :
		       svq_ring_add(&q->ring, c->desc, c->n);
	q->req[head] = (struct svq_req){
		.head = c->head, .bounces = list, .writable = c->writable,
	};
	q->inflight++;
	return 0;
}

/* Returns 1 if there was a chain, 0 if not, -EAGAIN if there is no room for it. */
static int take_one(struct svq_queue *q)
{
	struct svq *s = q->svq;
	int n, err;

	n = svq_guest_pending(&q->guest);
	if (n <= 0)
		return n;
	err = svq_guest_peek(&q->guest, &s->reader, &s->chain);
	if (!err)
		err = move_chain(q, &s->chain);
	if (err)
		return err;
	svq_guest_take(&q->guest);
	return 1;
}

/* take() and reap() return 0, 1 if there may be more, or a negative errno. */
static int take(struct svq_queue *q)
{
	unsigned int i;
	int err = 1;

	q->svq->nsegs = 0;
	svq_guest_quiet(&q->guest);
	for (i = 0; i < BUDGET && err >= 0; i++) {
		err = take_one(q);
		/* Where there is no room no kick is needed: the next reap() leads here. */
		if (!err && !svq_guest_listen(&q->guest))
			break;
	}
	if (err < 0 && err != -EAGAIN)
		return err;
	if (make_copies(q->svq))
		return -EFAULT;
	if (svq_ring_publish(&q->ring))
		signal_fd(q->kick);
	return i == BUDGET && err >= 0;
}

static void finish_req(struct svq_queue *q, const struct svq_req *req, uint32_t len)
{
	uint16_t at;

	if (len > req->writable)
		len = req->writable;
	for (at = req->bounces; at; at = q->bounce[at - 1].next) {
		const struct svq_bounce *b = &q->bounce[at - 1];
		uint32_t n = b->len;

		if (b->pos >= len)
			continue;
		if (n > len - b->pos)
			n = len - b->pos;
		add_copy(q->svq, b->addr, n, (uint8_t *)frame_mem(q, at - 1) +
			 b->addr % VMSG_XEN_FRAME_SIZE, true);
	}
	/* Frames are given anew only after the copies of this turn are made. */
	put_frames(q, req->bounces);
	svq_guest_use(&q->guest, req->head, len);
	q->inflight--;
}

static int reap(struct svq_queue *q)
{
	unsigned int i;
	uint16_t head;
	uint32_t len;
	int n;

	q->svq->nsegs = 0;
	svq_ring_quiet(&q->ring);
	for (i = 0; i < BUDGET; i++) {
		n = svq_ring_take(&q->ring, &head, &len);
		if (n < 0)
			return n;
		if (n)
			finish_req(q, &q->req[head], len);
		else if (!svq_ring_listen(&q->ring))
			break;
	}
	if (make_copies(q->svq))
		return -EFAULT;
	if (svq_guest_publish(&q->guest))
		q->svq->outer->used(q->svq->outer, q->index);
	return i == BUDGET;
}

static void blame_guest(struct svq_queue *q, int err)
{
	struct backend_host *outer = q->svq->outer;
	char what[80];

	q->dead = true;
	snprintf(what, sizeof(what), "buffer in queue %u: %s", q->index,
		 err == -EFAULT ? "its grants can't be copied" :
		 err == -E2BIG ? "too large" : "malformed");
	outer->invalid(outer, what);
}

static void blame_backend(struct svq_queue *q)
{
	struct backend_host *outer = q->svq->outer;
	char why[80];

	q->dead = true;
	snprintf(why, sizeof(why), "the backend has returned a buffer that queue %u does not have",
		 q->index);
	outer->broken(outer, why);
}

/**
 * svq_queue_turn() - Move what there is to move, within limits
 * @q: the queue
 */
void svq_queue_turn(struct svq_queue *q)
{
	int reaped, taken;

	if (q->dead)
		return;
	reaped = reap(q);
	if (reaped == -EPROTO) {
		blame_backend(q);
		return;
	}
	taken = reaped < 0 ? reaped : take(q);
	if (taken < 0)
		blame_guest(q, taken);
	else if (reaped || taken)
		svq_queue_wake(q);
}
