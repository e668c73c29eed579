/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_of.h - nodes of a device tree, and platform devices for them
 */
#ifndef VXEN_FAKE_OF_H
#define VXEN_FAKE_OF_H

#include <kunit/test.h>
#include <linux/of.h>
#include <linux/platform_device.h>

#define FAKE_OF_PROPS	8
#define FAKE_OF_BYTES	64

/**
 * struct fake_of_node - a node
 * @np: as the kernel has it
 * @props: its properties
 * @names: their names
 * @values: their values
 * @nr: how many
 * @pdev: the platform device made for it, or NULL
 * @list: among all that have one
 */
struct fake_of_node {
	struct device_node np;
	struct property props[FAKE_OF_PROPS];
	char names[FAKE_OF_PROPS][32];
	u8 values[FAKE_OF_PROPS][FAKE_OF_BYTES];
	unsigned int nr;
	struct platform_device *pdev;
	struct list_head list;
};

struct fake_of_node *fake_of_node(struct kunit *test, const char *name,
				  const char *compatible);
void fake_of_put(struct fake_of_node *node, const char *name, const void *value,
		 size_t size);
void fake_of_number(struct fake_of_node *node, const char *name, u32 value);
void fake_of_remove(struct fake_of_node *node, const char *name);
void fake_of_root(struct fake_of_node *node);
int fake_of_plug(struct fake_of_node *node);
void fake_of_unplug(struct fake_of_node *node);
void fake_of_unplug_all(void);

#endif /* VXEN_FAKE_OF_H */
