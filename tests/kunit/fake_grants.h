/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_grants.h - a grant table that the tests can look into
 */
#ifndef VXEN_FAKE_GRANTS_H
#define VXEN_FAKE_GRANTS_H

#include <kunit/test.h>
#include <linux/types.h>

struct page;

/* References that there are, if fake_grants.limit does not say fewer. */
#define FAKE_REFS	16384U

/* The first of them, if fake_grants_start() does not say another. */
#define FAKE_FIRST_REF	0x1000U

/**
 * struct fake_grant - what a reference grants
 * @ref: the reference
 * @domid: to whom
 * @page: the page
 * @frame: which frame of it
 * @readonly: it may only be read
 */
struct fake_grant {
	u32 ref;
	u16 domid;
	struct page *page;
	unsigned int frame;
	bool readonly;
};

/**
 * struct fake_grants - a grant table, and what it is to do
 * @full: no more references are handed out
 * @limit: references that may be taken at a time
 * @busy: so many of the next grants to be ended are still mapped, and stay so
 * @domid: whom a frame has last been granted to
 * @refs: references taken
 * @frames: references that grant something
 * @ended: grants ended so far
 * @refused: attempts to end a grant that is still mapped
 * @abandoned: grants left to the kernel
 * @ending: called before a grant is ended, with what it still grants: the
 *	backend's last chance
 * @nonsense: calls that make no sense, and would corrupt a real table
 * @why: the last of them
 */
struct fake_grants {
	bool full;
	unsigned int limit;
	unsigned int busy;
	u16 domid;
	unsigned int refs;
	unsigned int frames;
	unsigned int ended;
	unsigned int refused;
	unsigned int abandoned;
	void (*ending)(const struct fake_grant *grant);
	unsigned int nonsense;
	const char *why;
};

extern struct fake_grants fake_grants;

void fake_grants_reset(void);
void fake_grants_start(u32 first_ref);
void fake_grants_expect_empty(struct kunit *test);

bool fake_grants_get(u32 ref, struct fake_grant *grant);
bool fake_grants_taken(u32 ref);
void fake_grants_map(u32 ref);
void fake_grants_unmap(u32 ref);
void fake_grants_let_go(void);
unsigned int fake_grants_freed(void);

bool fake_backend_read(u64 addr, void *buf, size_t size);
bool fake_backend_write(u64 addr, const void *buf, size_t size);
bool fake_backend_finds(u8 byte);

/* The reference that a DMA address is of. */
static inline u32 fake_ref(u64 addr)
{
	return (addr & ~(1ULL << 63)) >> 12;
}

#endif /* VXEN_FAKE_GRANTS_H */
