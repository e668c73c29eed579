// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - virtio_xen.ko: virtio devices behind Xen grants
 *
 * Where things are:
 *
 *   frontend.c      finds devices (xenbus), connects and disconnects them
 *   turn.c          one device after another
 *   bus.c ring.c    messages over a granted page and an event channel
 *   queue_port.c    an event channel per virtqueue
 *   transport.c     virtio config operations over messages, on any bus
 *   transport_vq.c  those of them that concern virtqueues
 *   glue.c          makes the bus and the transport one
 *   dma.c           DMA operations whose addresses are grants
 *   window.c        granted memory that all data is bounced through
 *   slots.c         hands out pieces of a window
 *   grants.c        gives pages to another domain and takes them back
 *   debugfs.c       figures for people
 */
#include <linux/module.h>
#include <xen/xen.h>

#include "debugfs.h"
#include "device.h"
#include "frontend.h"

unsigned int vxen_window_max_kib = 8192;
module_param_named(window_max_kib, vxen_window_max_kib, uint, 0644);
MODULE_PARM_DESC(window_max_kib,
		 "Largest window of a device, in KiB (default 8192)");

unsigned int vxen_timeout_ms = 10000;
module_param_named(timeout_ms, vxen_timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms,
		 "How long to wait for a backend's answer, in ms (default 10000)");

static int __init vxen_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;

	vxen_debugfs_init();
	err = vxen_frontend_init();
	if (err)
		vxen_debugfs_exit();

	return err;
}

static void __exit vxen_exit(void)
{
	vxen_frontend_exit();
	vxen_debugfs_exit();
}

module_init(vxen_init);
module_exit(vxen_exit);

MODULE_DESCRIPTION("virtio devices behind Xen grants");
MODULE_LICENSE("GPL");
