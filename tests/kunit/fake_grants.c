// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_grants.c - stands in for drivers/grants.c where there is no Xen
 *
 * It has a state for every reference and knows what it grants, so that a test
 * can be the backend: it reaches what is granted by its reference, as the
 * backend would, and does not ask the driver where that might be.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../../drivers/grants.h"
#include "../../drivers/revoke.h"
#include "fake_fail.h"
#include "fake_grants.h"

enum state {
	FREE,
	TAKEN,
	GRANTED,
};

struct entry {
	enum state state;
	bool mapped;	/* by the backend */
	struct fake_grant grant;
};

struct fake_grants fake_grants;

static struct entry table[FAKE_REFS];
static struct entry reserved[VXEN_FIRST_REF];	/* nobody's */
static u32 first;
static unsigned int top;	/* entries that have ever been used */
static DEFINE_SPINLOCK(table_lock);	/* table and fake_grants */

static void nonsense(const char *why)
{
	fake_grants.nonsense++;
	fake_grants.why = why;
	pr_err("fake grant table: %s\n", why);
}

/* An empty table, whose references begin with another one. */
void fake_grants_start(u32 first_ref)
{
	/* Whatever is still held back is of the table that goes. */
	vxen_revoke_exit();
	memset(table, 0, sizeof(table));
	memset(reserved, 0, sizeof(reserved));
	memset(&fake_grants, 0, sizeof(fake_grants));
	fake_grants.limit = FAKE_REFS;
	first = first_ref;
	top = 0;
}

void fake_grants_reset(void)
{
	fake_grants_start(FAKE_FIRST_REF);
}

void fake_grants_expect_empty(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, fake_grants.frames, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.refs, 0U);
	KUNIT_EXPECT_EQ(test, fake_grants.nonsense, 0U);
}

static struct entry *entry_of(u32 ref)
{
	if (vxen_ref_is_reserved(ref))
		return &reserved[ref];
	return ref - first < FAKE_REFS ? &table[ref - first] : NULL;
}

/* ---- the calls of drivers/grants.h ---- */

int vxen_refs_alloc(unsigned int nr, u32 *ref)
{
	unsigned long flags;
	unsigned int i, run = 0;
	int err = -ENOSPC;

	if (fake_fails("references"))
		return -ENOSPC;
	spin_lock_irqsave(&table_lock, flags);
	if (fake_grants.full || fake_grants.refs + nr > fake_grants.limit)
		goto out;

	/* The lowest: what was given back is used again as soon as can be. */
	for (i = 0; i < FAKE_REFS && run < nr; i++)
		run = table[i].state == FREE ? run + 1 : 0;
	if (run < nr)
		goto out;

	*ref = first + i - nr;
	top = max(top, i);
	while (run--)
		table[--i].state = TAKEN;
	fake_grants.refs += nr;
	err = 0;
out:
	spin_unlock_irqrestore(&table_lock, flags);
	return err;
}

void vxen_ref_free(u32 ref)
{
	struct entry *e = entry_of(ref);
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	if (vxen_ref_is_reserved(ref)) {
		nonsense("a reserved reference is given back");
	} else if (!e || e->state == FREE) {
		nonsense("a reference that was not taken is given back");
	} else if (e->state == GRANTED) {
		nonsense("a reference is given back while it grants a frame");
	} else {
		e->state = FREE;
		fake_grants.refs--;
	}
	spin_unlock_irqrestore(&table_lock, flags);
}

void vxen_ref_grant(u32 ref, u16 domid, struct page *page, unsigned int frame,
		    bool readonly)
{
	struct entry *e = entry_of(ref);
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	if (!e || (e->state == FREE && !vxen_ref_is_reserved(ref))) {
		nonsense("a reference that was not taken is to grant a frame");
	} else if (e->state == GRANTED) {
		nonsense("a reference is to grant two frames");
	} else if (frame >= VXEN_FRAMES_PER_PAGE) {
		nonsense("a frame beyond its page is granted");
	} else if (!page_count(page)) {
		nonsense("a page is granted that is free");
	} else {
		e->state = GRANTED;
		e->mapped = false;
		e->grant = (struct fake_grant) {
			.ref = ref,
			.domid = domid,
			.page = page,
			.frame = frame,
			.readonly = readonly,
		};
		fake_grants.domid = domid;
		fake_grants.frames++;
	}
	spin_unlock_irqrestore(&table_lock, flags);
}

static bool end_locked(struct entry *e, bool is_reserved)
{
	/* Whoever had it before is not known. */
	if (is_reserved && e->state == FREE)
		return true;
	if (!e || e->state != GRANTED) {
		nonsense("a grant is ended that there is not");
		return true;
	}
	if (!page_count(e->grant.page))
		nonsense("a page was freed while it was granted");
	if (fake_grants.busy) {
		fake_grants.busy--;
		e->mapped = true;
	}
	if (e->mapped) {
		fake_grants.refused++;
		return false;
	}

	e->state = is_reserved ? FREE : TAKEN;
	fake_grants.frames--;
	fake_grants.ended++;
	return true;
}

bool vxen_ref_end(u32 ref)
{
	struct fake_grant grant;
	unsigned long flags;
	bool ended;

	if (fake_grants.ending && fake_grants_get(ref, &grant))
		fake_grants.ending(&grant);
	spin_lock_irqsave(&table_lock, flags);
	ended = end_locked(entry_of(ref), vxen_ref_is_reserved(ref));
	spin_unlock_irqrestore(&table_lock, flags);

	return ended;
}

bool vxen_ref_end_and_free(u32 ref)
{
	if (!vxen_ref_end(ref))
		return false;

	vxen_ref_free(ref);
	return true;
}

/* As if the mapping went at once. */
void vxen_ref_abandon(u32 ref, struct page *page)
{
	struct entry *e = entry_of(ref);
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	if (!e || e->state != GRANTED || e->grant.page != page ||
	    vxen_ref_is_reserved(ref)) {
		nonsense("a grant is abandoned that there is not");
		page = NULL;
	} else {
		e->state = FREE;
		fake_grants.frames--;
		fake_grants.refs--;
		fake_grants.abandoned++;
	}
	spin_unlock_irqrestore(&table_lock, flags);

	if (page)
		put_page(page);
}

/* ---- for the tests ---- */

/* What a reference grants; false: nothing. */
bool fake_grants_get(u32 ref, struct fake_grant *grant)
{
	struct entry *e = entry_of(ref);
	unsigned long flags;
	bool granted;

	spin_lock_irqsave(&table_lock, flags);
	granted = e && e->state == GRANTED;
	if (granted)
		*grant = e->grant;
	spin_unlock_irqrestore(&table_lock, flags);

	return granted;
}

bool fake_grants_taken(u32 ref)
{
	struct entry *e = entry_of(ref);

	return e && READ_ONCE(e->state) != FREE;
}

/* The backend maps a frame, and keeps it mapped. */
void fake_grants_map(u32 ref)
{
	struct entry *e = entry_of(ref);
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	if (!e || e->state != GRANTED)
		nonsense("the test maps what is not granted");
	else
		e->mapped = true;
	spin_unlock_irqrestore(&table_lock, flags);
}

/* The backend unmaps a frame. */
void fake_grants_unmap(u32 ref)
{
	struct entry *e = entry_of(ref);
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	if (!e || !e->mapped)
		nonsense("the test unmaps what is not mapped");
	else
		e->mapped = false;
	spin_unlock_irqrestore(&table_lock, flags);
}

/* The backend unmaps all that it has mapped. */
void fake_grants_let_go(void)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&table_lock, flags);
	fake_grants.busy = 0;
	for (i = 0; i < top; i++)
		table[i].mapped = false;
	for (i = 0; i < VXEN_FIRST_REF; i++)
		reserved[i].mapped = false;
	spin_unlock_irqrestore(&table_lock, flags);
}

/* Frames that are granted, of pages that are free: there must not be any. */
unsigned int fake_grants_freed(void)
{
	unsigned int i, nr = 0;
	unsigned long flags;

	spin_lock_irqsave(&table_lock, flags);
	for (i = 0; i < top; i++)
		nr += table[i].state == GRANTED &&
		      !page_count(table[i].grant.page);
	for (i = 0; i < VXEN_FIRST_REF; i++)
		nr += reserved[i].state == GRANTED &&
		      !page_count(reserved[i].grant.page);
	spin_unlock_irqrestore(&table_lock, flags);

	return nr;
}

static void *frame_va(const struct fake_grant *grant)
{
	return page_address(grant->page) +
	       ((size_t)grant->frame << VXEN_FRAME_SHIFT);
}

static bool backend_access(u64 addr, void *buf, size_t size, bool write)
{
	struct fake_grant grant;

	if (!(addr >> 63))
		return false;

	while (size) {
		size_t off = addr & VXEN_FRAME_MASK;
		size_t len = min_t(size_t, size, VXEN_FRAME_SIZE - off);

		if (!fake_grants_get(fake_ref(addr), &grant) ||
		    (write && grant.readonly))
			return false;
		if (write)
			memcpy(frame_va(&grant) + off, buf, len);
		else
			memcpy(buf, frame_va(&grant) + off, len);
		addr += len;
		buf += len;
		size -= len;
	}

	return true;
}

/* The backend reads memory; false if not all of it is granted. */
bool fake_backend_read(u64 addr, void *buf, size_t size)
{
	return backend_access(addr, buf, size, false);
}

/* The backend writes memory; false where it may not. */
bool fake_backend_write(u64 addr, const void *buf, size_t size)
{
	return backend_access(addr, (void *)buf, size, true);
}

static bool frame_has(const struct fake_grant *grant, u8 byte)
{
	const u64 ones = ~0ULL / 255, *p = frame_va(grant);
	unsigned int i;

	for (i = 0; i < VXEN_FRAME_SIZE / sizeof(*p); i++) {
		u64 v = p[i] ^ ones * byte;

		/* Is one of its bytes zero? */
		if ((v - ones) & ~v & (ones << 7))
			return true;
	}

	return false;
}

/* Look through all that is granted for a byte. */
bool fake_backend_finds(u8 byte)
{
	struct fake_grant grant;
	unsigned int i;

	for (i = 0; i < top; i++)
		if (fake_grants_get(first + i, &grant) &&
		    frame_has(&grant, byte))
			return true;

	return false;
}
