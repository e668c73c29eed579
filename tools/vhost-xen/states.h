/* SPDX-License-Identifier: GPL-2.0-only */
/* states.h - what both ends tell each other, in xenstore or in the bus page */
#ifndef VX_STATES_H
#define VX_STATES_H

#include <stdbool.h>

#include "store.h"

struct worker;

/**
 * struct nodes - what the two ends say of themselves, and the toolstack of them
 * @be: our state; 0: we are gone
 * @fe: the frontend's; 0: there is none
 * @online: the device is to stay
 * @force: the frontend is not to be waited for
 */
struct nodes {
	unsigned long be;
	unsigned long fe;
	unsigned long online;
	unsigned long force;
};

int states_read(struct worker *w, struct nodes *n);
int states_set(struct worker *w, enum xenbus_state state);
void states_error(struct worker *w, const char *why);
void states_versions(struct worker *w);
bool states_frontend_lives(struct worker *w);
void states_remove(struct worker *w, bool both);
char *states_config(struct worker *w, const char *key);

#endif /* VX_STATES_H */
