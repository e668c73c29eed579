// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs.c - figures for people
 *
 * In virtio_xen in debugfs, one "name value" a line:
 *
 *   <device>/state   what the device is and has
 *   <device>/stat    what it has done; counters begin when the driver is bound
 *   deferred         frames of any device, gone or not, that could not be taken
 *                    back yet, and which
 *
 * Names may be added; a figure that does not apply is left out.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "debugfs.h"
#include "device.h"
#include "grants.h"
#include "revoke.h"

static struct dentry *root;

static const char * const state_names[] = {
	[VXEN_IDLE] = "idle",
	[VXEN_BUS] = "connecting",
	[VXEN_ONLINE] = "online",
	[VXEN_GONE] = "gone",
};

/* The first one by the names that there are for one; the others by number. */
static void show_windows(struct seq_file *m, struct vxen_pool *pool)
{
	unsigned int i;

	mutex_lock(&pool->lock);
	for (i = 0; i < VXEN_MAX_WINDOWS; i++) {
		struct vxen_window *win =
			rcu_dereference_protected(pool->win[i],
						  lockdep_is_held(&pool->lock));
		char name[16] = "window";

		if (!win)
			continue;
		if (i)
			snprintf(name, sizeof(name), "window%u", i);
		seq_printf(m, "%s_kib %zu\n", name, win->size / SZ_1K);
		seq_printf(m, "%s_first_ref %u\n", name, win->first_ref);
		seq_printf(m, "%s_frames %zu\n", name,
			   win->size >> VXEN_FRAME_SHIFT);
	}
	mutex_unlock(&pool->lock);
}

static int state_show(struct seq_file *m, void *unused)
{
	struct vxen_device *vx = m->private;

	/* A virtio driver's probe may hold it for as long as its disk hangs. */
	if (mutex_lock_interruptible(&vx->lock))
		return -ERESTARTSYS;

	seq_printf(m, "state %s\n", state_names[vx->state]);
	seq_printf(m, "backend_domid %u\n", vx->grantee.domid);
	if (vx->state == VXEN_BUS || vx->state == VXEN_ONLINE) {
		seq_printf(m, "bus_ref %u\n", vx->bus.page_ref);
		seq_printf(m, "bus_port %u\n", vx->bus.port);
		seq_printf(m, "bus_features 0x%x\n", vx->bus.features);
		seq_printf(m, "broken %d\n", READ_ONCE(vx->bus.broken));
		show_windows(m, &vx->dma.pool);
	}
	if (vx->vmsg) {
		seq_printf(m, "device_id %u\n", vx->vmsg->vdev.id.device);
		seq_printf(m, "features 0x%016llx\n",
			   /* The core may be about to set them. */
			   data_race(vx->vmsg->vdev.features));
		seq_printf(m, "status 0x%02x\n",
			   READ_ONCE(vx->vmsg->status));
	}
	mutex_unlock(&vx->lock);

	return 0;
}

DEFINE_SHOW_ATTRIBUTE(state);

static const char * const stat_names[VXEN_STAT_NR] = {
	[VXEN_STAT_MAPS] = "maps",
	[VXEN_STAT_UNMAPS] = "unmaps",
	[VXEN_STAT_OUT] = "bounced_out_bytes",
	[VXEN_STAT_IN] = "bounced_in_bytes",
	[VXEN_STAT_INPLACE_MAPS] = "inplace_maps",
	[VXEN_STAT_INPLACE_BYTES] = "inplace_bytes",
	[VXEN_STAT_EXHAUSTED] = "exhausted",
};

static void show_pool(struct seq_file *m, struct vxen_device *vx)
{
	struct vxen_pool *pool = &vx->dma.pool;
	size_t size = READ_ONCE(pool->size);
	unsigned long grants = size >> VXEN_FRAME_SHIFT;

	if (vx->bus.page)
		grants++;
	grants += atomic_read(&vx->dma.inplace.granted);

	seq_printf(m, "windows %u\n", READ_ONCE(pool->nr));
	seq_printf(m, "windows_added %u\n", READ_ONCE(pool->added));
	seq_printf(m, "windows_removed %u\n", READ_ONCE(pool->removed));
	seq_printf(m, "window_bytes %zu\n", size);
	seq_printf(m, "slots_used_bytes %zu\n", vxen_pool_used(pool));
	seq_printf(m, "slots_high_bytes %zu\n", vxen_pool_high(pool));
	seq_printf(m, "grants %lu\n", grants);
}

static void show_queues(struct seq_file *m, struct vmsg_device *md)
{
	struct vmsg_vq_count count;
	u32 i, entries;

	for (i = 0; i < md->max_vqs; i++) {
		if (!vmsg_vq_count(md, i, &count, &entries))
			continue;
		seq_printf(m, "queue%u_entries %u\n", i, entries);
		seq_printf(m, "queue%u_kicks %lu\n", i, count.kicks);
		seq_printf(m, "queue%u_interrupts %lu\n", i, count.interrupts);
		seq_printf(m, "queue%u_spurious %lu\n", i, count.spurious);
	}
}

static int stat_show(struct seq_file *m, void *unused)
{
	struct vxen_device *vx = m->private;
	unsigned int i;

	/* As above. */
	if (mutex_lock_interruptible(&vx->lock))
		return -ERESTARTSYS;

	for (i = 0; i < VXEN_STAT_NR; i++)
		seq_printf(m, "%s %llu\n", stat_names[i],
			   vxen_counted(vx->dma.stats, i));
	show_pool(m, vx);
	seq_printf(m, "deferred %u\n", vxen_revoke_deferred(&vx->grantee));
	seq_printf(m, "leaked %d\n", atomic_read(&vx->grantee.leaked));
	if (vx->vmsg)
		show_queues(m, vx->vmsg);
	mutex_unlock(&vx->lock);

	return 0;
}

DEFINE_SHOW_ATTRIBUTE(stat);

static int deferred_show(struct seq_file *m, void *unused)
{
	vxen_revoke_show(m);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(deferred);

/**
 * vxen_debugfs_add() - show a device
 * @vx: the device
 *
 * Context: may sleep.
 */
void vxen_debugfs_add(struct vxen_device *vx)
{
	vx->debugfs = debugfs_create_dir(dev_name(vx->dev), root);
	debugfs_create_file("state", 0400, vx->debugfs, vx, &state_fops);
	debugfs_create_file("stat", 0400, vx->debugfs, vx, &stat_fops);
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
	debugfs_create_file("deferred", 0400, root, NULL, &deferred_fops);
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
