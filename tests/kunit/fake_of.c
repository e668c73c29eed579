// SPDX-License-Identifier: GPL-2.0-only
/*
 * fake_of.c - nodes of a device tree, and platform devices for them
 *
 * The nodes are the kernel's own kind, made by hand, for no kernel that runs the
 * tests has a device tree; drivers are bound to them by the kernel's platform
 * bus. Whoever takes a reference to a node has to drop it: that is looked for
 * when the device goes.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "fake_of.h"

/*
 * Where there is a device tree, 6.1 links code for reserved memory that a
 * kernel without I/O memory has not. Nobody calls it.
 */
void * __weak memremap(resource_size_t offset, size_t size, unsigned long flags)
{
	return NULL;
}

void __weak memunmap(void *addr)
{
}

static LIST_HEAD(plugged);

/* A node with no parent, and no other property than this one. */
struct fake_of_node *fake_of_node(struct kunit *test, const char *name,
				  const char *compatible)
{
	struct fake_of_node *node = kunit_kzalloc(test, sizeof(*node),
						  GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, node);
	of_node_init(&node->np);
	/* What the driver core makes of nodes that lead to others is not of use. */
	fwnode_set_flag(&node->np.fwnode, FWNODE_FLAG_LINKS_ADDED);
	node->np.full_name = name;
	fake_of_put(node, "compatible", compatible, strlen(compatible) + 1);
	return node;
}

void fake_of_remove(struct fake_of_node *node, const char *name)
{
	struct property **p;

	for (p = &node->np.properties; *p; p = &(*p)->next) {
		if (!strcmp((*p)->name, name)) {
			*p = (*p)->next;
			return;
		}
	}
}

/* Add a property, or change it. */
void fake_of_put(struct fake_of_node *node, const char *name, const void *value,
		 size_t size)
{
	struct property *prop = NULL;
	unsigned int i;

	for (i = 0; i < node->nr; i++)
		if (!strcmp(node->names[i], name))
			prop = &node->props[i];
	if (!prop && WARN_ON(node->nr == FAKE_OF_PROPS))
		return;
	if (prop)
		fake_of_remove(node, name);
	else
		prop = &node->props[node->nr++];

	i = prop - node->props;
	strscpy(node->names[i], name, sizeof(node->names[i]));
	memcpy(node->values[i], value, min_t(size_t, size, FAKE_OF_BYTES));
	prop->name = node->names[i];
	prop->value = node->values[i];
	prop->length = size;
	prop->next = node->np.properties;
	node->np.properties = prop;
}

void fake_of_number(struct fake_of_node *node, const char *name, u32 value)
{
	__be32 cell = cpu_to_be32(value);

	fake_of_put(node, name, &cell, sizeof(cell));
}

/* Put it where it is found by its handle, for good. */
void fake_of_root(struct fake_of_node *node)
{
	static struct fake_of_node root;

	if (!of_root) {
		of_node_init(&root.np);
		root.np.full_name = "";
		of_root = &root.np;
	}
	node->np.parent = of_root;
	node->np.sibling = of_root->child;
	of_root->child = &node->np;
}

/* The device comes; a driver that is there is bound before this returns. */
int fake_of_plug(struct fake_of_node *node)
{
	struct platform_device *pdev;
	int err;

	pdev = platform_device_alloc(node->np.full_name, PLATFORM_DEVID_NONE);
	if (!pdev)
		return -ENOMEM;

	device_set_node(&pdev->dev, of_fwnode_handle(of_node_get(&node->np)));
	err = platform_device_add(pdev);
	if (err) {
		platform_device_put(pdev);
		return err;
	}
	node->pdev = pdev;
	list_add(&node->list, &plugged);
	return 0;
}

/* The device goes; may be called again. */
void fake_of_unplug(struct fake_of_node *node)
{
	struct platform_device *pdev = node->pdev;

	if (!pdev)
		return;
	node->pdev = NULL;
	list_del(&node->list);
	platform_device_unregister(pdev);
}

/* For the end of a test that may have failed. */
void fake_of_unplug_all(void)
{
	while (!list_empty(&plugged))
		fake_of_unplug(list_first_entry(&plugged, struct fake_of_node,
						list));
}
