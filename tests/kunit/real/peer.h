/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * peer.h - the domain at the other end of real grants and event channels
 */
#ifndef VXEN_REAL_PEER_H
#define VXEN_REAL_PEER_H

#include <linux/compiler.h>
#include <linux/types.h>

/* tests/e2e/grant-peer runs there. */
#define PEER_DOMID	0

struct kunit;
struct vxen_grantee;

extern struct vxen_grantee peer;

__printf(1, 2)
int peer_ask(const char *fmt, ...);

int peer_suite_init(struct kunit *test);
unsigned int refs_free(void);
void refs_expect_free(struct kunit *test, unsigned int nr);
bool wait_for_refs(unsigned int nr);

#endif /* VXEN_REAL_PEER_H */
