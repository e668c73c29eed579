/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_backend.h - a fake backend that minds what it is asked for
 *
 * What the bridge promises to a backend, and so to the guest, is checked here:
 * windows do not overlap, queues lie in windows, a window goes only when no
 * queue lies in it.
 */
#ifndef FUZZ_FAKE_BACKEND_H
#define FUZZ_FAKE_BACKEND_H

#include "backend.h"
#include "fuzz.h"

/**
 * struct fake_backend - the backend and what it has been given
 * @be: what all have, in a block of its own
 * @open: it is
 * @fail: what it is asked for next fails
 * @has_features: since the last reset
 * @features: negotiated
 * @windows: it has been shown, own ones too
 * @running: queues that it serves
 * @stop_failed: a queue could not be stopped
 * @areas: of the queues
 * @kick: of the queues
 * @call: of the queues
 * @single: single grants were agreed on
 */
struct fake_backend {
	struct backend *be;
	bool open;
	bool fail;
	bool has_features;
	uint64_t features;
	struct window windows[MAX_WINDOWS];
	bool running[MAX_QUEUES];
	bool stop_failed;
	struct vring_areas areas[MAX_QUEUES];
	int kick[MAX_QUEUES];
	int call[MAX_QUEUES];
	bool single;
};

extern struct fake_backend fake;

struct backend *fake_open(struct fuzz_in *in, struct backend_host *host);
void fake_close(void);

#endif /* FUZZ_FAKE_BACKEND_H */
