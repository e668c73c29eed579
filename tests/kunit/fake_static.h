/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_static.h - a device without xenstore, and the backend behind it
 */
#ifndef VXEN_FAKE_STATIC_H
#define VXEN_FAKE_STATIC_H

#include "fake_backend.h"
#include "fake_of.h"

/* Where both ends know that the bus page is. */
#define FAKE_STATIC_REF	5U

/**
 * struct fake_static - what the backend does beyond &struct fake_backend
 * @node: of the device
 * @port: the channel
 * @work: done for each event from the guest
 * @away: nobody is there; what the guest sends is not seen
 * @driver: the driver's state, as followed last
 * @states: all that it has gone through, in order
 * @nr_states: entries of it
 * @min_version: that it says it speaks
 * @max_version: likewise
 */
struct fake_static {
	struct fake_of_node *node;
	unsigned int port;
	struct work_struct work;
	bool away;
	u32 driver;
	u8 states[FAKE_STATES];
	unsigned int nr_states;
	u16 min_version;
	u16 max_version;
};

extern struct fake_static fake_static;

int fake_static_init(struct kunit *test);
void fake_static_exit(struct kunit *test);
struct vxen_device *fake_static_plug(struct kunit *test);
void fake_static_come(void);
void fake_static_go(void);
void fake_static_say(u32 state);

/* The driver's device, while it is bound. */
static inline struct vxen_device *fake_static_vx(void)
{
	return dev_get_drvdata(&fake_static.node->pdev->dev);
}

/* What the driver's state is in the page. */
static inline u32 fake_static_driver(void)
{
	struct fake_grant grant;

	if (!fake_grants_get(FAKE_STATIC_REF, &grant))
		return 0;
	return le32_to_cpu(READ_ONCE(((struct vmsg_xen_bus_page *)
				      page_address(grant.page))->driver_state));
}

#endif /* VXEN_FAKE_STATIC_H */
