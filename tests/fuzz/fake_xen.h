/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_xen.h - a fake of xenstore, event channels and grants
 *
 * It has the functions of libxenstore and libxenevtchn that the bridge calls,
 * and those of grant.c and grant_copy.c, and minds that ports and mappings are
 * used as they may be and are all gone in the end.
 */
#ifndef FUZZ_FAKE_XEN_H
#define FUZZ_FAKE_XEN_H

#include "fuzz.h"

#define XEN_NODES	48
#define XEN_PORTS	80
#define XEN_RECENT	4

/* How a bus page begins */
struct fake_header {
	uint32_t magic;
	uint16_t version;
	uint16_t slot_size;
	uint16_t slots;
};

/**
 * struct fake_xen - the world outside the bridge
 * @node: xenstore, by path; no path, no node
 * @written: told of what the bridge writes
 * @conflicts: transactions that are still to fail with EAGAIN
 * @dead: the guest's domain is gone
 * @evtchn: our end of the descriptor of event channels, -1 while it is closed
 * @bound: remote port by local port, 0 for none; local ports begin with 1
 * @notified: events sent to the guest
 * @bus_page: the guest's page, in a block of its own, NULL while not mapped
 * @header: what the guest has written there
 * @recent: files of grants that were opened last, -1 for none
 * @next: place in @recent of the next one
 * @no_grants: the hypervisor refuses
 */
struct fake_xen {
	struct {
		char *path;
		char *value;
	} node[XEN_NODES];
	void (*written)(const char *path, const char *value);
	unsigned int conflicts;
	bool dead;
	int evtchn;
	uint32_t bound[XEN_PORTS];
	unsigned int notified;
	void *bus_page;
	struct fake_header header;
	int recent[XEN_RECENT];
	unsigned int next;
	bool no_grants;
};

extern struct fake_xen xen;

void fake_xen_open(void (*written)(const char *path, const char *value));
void fake_xen_close(void);
void fake_xen_set(const char *dir, const char *key, const char *value);
void fake_xen_remove(const char *path);
void fake_xen_memory(uint32_t at, const void *buf, size_t len);
void fake_xen_fire(const uint32_t *ports, unsigned int n);

#endif /* FUZZ_FAKE_XEN_H */
