/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_xenbus.h - xenstore and xenbus, with one device
 */
#ifndef VXEN_FAKE_XENBUS_H
#define VXEN_FAKE_XENBUS_H

#include <kunit/test.h>
#include <linux/device.h>
#include <xen/xenbus.h>

#define FAKE_NODES		16
#define FAKE_STATES		64

/* The device's two directories. */
#define FAKE_FRONT		"device/virtio-msg/0"
#define FAKE_BACK		"/local/domain/7/backend/virtio-msg/1/0"

/* Its name on the bus. */
#define FAKE_XENBUS_NAME	"virtio-msg-0"

/**
 * struct fake_node - a node of xenstore
 * @path: of the node; empty: there is none
 * @value: its text
 */
struct fake_node {
	char path[80];
	char value[32];
};

/**
 * struct fake_xenbus - what the device's driver has done, and what it will find
 * @xdev: the device, plugged in; or NULL
 * @nodes: of xenstore
 * @front: the frontend's state
 * @states: all that it has gone through, in order
 * @nr_states: entries of it
 * @switched: told of each; or NULL
 * @again: so many transactions are to be done once more
 * @fail_switch: going to this state fails, if it is not Unknown
 * @open: transactions that have not ended
 * @outside: nodes written outside of any transaction
 * @errors: reports to the toolstack
 * @err: the last of them
 * @probe_err: what the driver's last probe has returned
 * @fail_register: the driver is not taken
 */
struct fake_xenbus {
	struct xenbus_device *xdev;
	struct fake_node nodes[FAKE_NODES];
	enum xenbus_state front;
	u8 states[FAKE_STATES];
	unsigned int nr_states;
	void (*switched)(enum xenbus_state state);
	unsigned int again;
	enum xenbus_state fail_switch;
	int open;
	unsigned int outside;
	unsigned int errors;
	int err;
	int probe_err;
	bool fail_register;
};

extern struct fake_xenbus fake_xenbus;

void fake_xenbus_reset(void);
int fake_xenbus_plug(void);
void fake_xenbus_unplug(void);
void fake_xenbus_state(enum xenbus_state state);
void fake_xenbus_tell(enum xenbus_state state);
void fake_xenbus_resume(void);

void fake_xenbus_write(const char *dir, const char *node, const char *value);
const char *fake_xenbus_read(const char *dir, const char *node);
bool fake_xenbus_was(enum xenbus_state state);

/* Wait for something that others do; false if it takes too long. */
#define fake_until(cond)						\
({									\
	unsigned int _tries = 1000;					\
									\
	while (!(cond) && --_tries)					\
		schedule_timeout_uninterruptible(1);			\
	_tries > 0;							\
})

#endif /* VXEN_FAKE_XENBUS_H */
