// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs.c - figures for people
 *
 * virtio_xen/<device>/state in debugfs: one "name value" a line. Names may be
 * added; a figure that does not apply is left out.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <xen/xenbus.h>

#include "debugfs.h"
#include "device.h"
#include "grants.h"

static struct dentry *root;

static const char * const state_names[] = {
	[VXEN_IDLE] = "idle",
	[VXEN_BUS] = "connecting",
	[VXEN_ONLINE] = "online",
	[VXEN_GONE] = "gone",
};

static void show_window(struct seq_file *m, const struct vxen_device *vx)
{
	const struct vxen_window *win = vx->dma.win;

	if (!win)
		return;

	seq_printf(m, "window_kib %zu\n", win->size / SZ_1K);
	seq_printf(m, "window_first_ref %u\n", win->first_ref);
	seq_printf(m, "window_frames %zu\n", win->size >> VXEN_FRAME_SHIFT);
	seq_printf(m, "window_used_bytes %lu\n",
		   (unsigned long)vxen_slots_used(&win->slots) <<
		   VXEN_SLOT_SHIFT);
	seq_printf(m, "window_exhausted %ld\n",
		   atomic_long_read(&vx->dma.exhausted));
}

static int state_show(struct seq_file *m, void *unused)
{
	struct vxen_device *vx = m->private;

	/* A virtio driver's probe may hold it for as long as its disk hangs. */
	if (mutex_lock_interruptible(&vx->lock))
		return -ERESTARTSYS;

	seq_printf(m, "state %s\n", state_names[vx->state]);
	seq_printf(m, "backend_domid %d\n", vx->xdev->otherend_id);
	if (vx->state == VXEN_BUS || vx->state == VXEN_ONLINE) {
		seq_printf(m, "bus_ref %u\n", vx->bus.page_ref);
		seq_printf(m, "bus_port %u\n", vx->bus.port);
		seq_printf(m, "bus_features 0x%x\n", vx->bus.features);
		seq_printf(m, "broken %d\n", vx->bus.broken);
		show_window(m, vx);
	}
	if (vx->vmsg) {
		seq_printf(m, "device_id %u\n", vx->vmsg->vdev.id.device);
		seq_printf(m, "features 0x%016llx\n",
			   vx->vmsg->vdev.features);
		seq_printf(m, "status 0x%02x\n", vx->vmsg->status);
	}
	mutex_unlock(&vx->lock);

	return 0;
}

DEFINE_SHOW_ATTRIBUTE(state);

/**
 * vxen_debugfs_add() - show a device
 * @vx: the device
 *
 * Context: may sleep.
 */
void vxen_debugfs_add(struct vxen_device *vx)
{
	vx->debugfs = debugfs_create_dir(dev_name(&vx->xdev->dev), root);
	debugfs_create_file("state", 0400, vx->debugfs, vx, &state_fops);
}

/**
 * vxen_debugfs_remove() - show a device no more
 * @vx: the device
 *
 * Context: may sleep; waits for readers.
 */
void vxen_debugfs_remove(struct vxen_device *vx)
{
	debugfs_remove_recursive(vx->debugfs);
}

/**
 * vxen_debugfs_init() - make the module's directory
 *
 * Context: may sleep. Nothing depends on it: errors are ignored.
 */
void vxen_debugfs_init(void)
{
	root = debugfs_create_dir("virtio_xen", NULL);
}

/**
 * vxen_debugfs_exit() - remove the module's directory
 *
 * Context: may sleep.
 */
void vxen_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}
