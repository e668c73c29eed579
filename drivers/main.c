// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - virtio_xen.ko: virtio devices behind Xen grants
 *
 * Where things are:
 *
 *   xenbus.c        finds devices in xenstore
 *   platform.c      finds devices in the device tree
 *   node.c          what the device tree says of devices
 *   static.c        devices without xenstore
 *   adopt.c         virtio devices of other transports, behind grants
 *   frontend.c      connects and disconnects devices, however they were found
 *   turn.c          one device after another
 *   bus.c ring.c    messages over a granted page and an event channel
 *   queue_port.c    an event channel per virtqueue
 *   transport.c     virtio config operations over messages, on any bus
 *   transport_vq.c  those of them that concern virtqueues
 *   glue.c          makes the bus and the transport one
 *   dma.c           DMA operations whose addresses are grants
 *   sizing.c        how large virtqueues, windows and buffers may be
 *   pool.c          the windows of a device, which grow and shrink
 *   window.c        granted memory that data is bounced through
 *   slots.c         hands out pieces of a window
 *   inplace.c       buffers that are granted where they are
 *   revoke.c        takes pages back, or holds them until that is possible
 *   grants.c        the calls to the kernel's grant table
 *   ports.c         what Xen is asked about event channels
 *   trace.c         tracepoints
 *   debugfs.c       figures for people
 *   sysfs.c         settings of one device
 */
#include <linux/module.h>
#include <xen/xen.h>

#include "adopt.h"
#include "debugfs.h"
#include "device.h"
#include "frontend.h"
#include "revoke.h"

unsigned int vxen_window_max_kib = 9216;
module_param_named(window_max_kib, vxen_window_max_kib, uint, 0644);
MODULE_PARM_DESC(window_max_kib,
		 "Limit of a device's windows, in KiB (default 9216)");

unsigned int vxen_window_idle_ms = 10000;
module_param_named(window_idle_ms, vxen_window_idle_ms, uint, 0644);
MODULE_PARM_DESC(window_idle_ms,
		 "A further window is given up after that time without use, in ms (default 10000)");

unsigned int vxen_inplace_min;
module_param_named(inplace_min, vxen_inplace_min, uint, 0644);
MODULE_PARM_DESC(inplace_min,
		 "Buffers of so many bytes are granted in place where the backend allows it; 0: only when the windows are full (default)");

unsigned int vxen_inplace_refs = 1024;
module_param_named(inplace_refs, vxen_inplace_refs, uint, 0644);
MODULE_PARM_DESC(inplace_refs,
		 "Grant references of a device for buffers in place; 0: never in place (default 1024)");

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
	err = vxen_adopt_init();
	if (err)
		goto err_debugfs;
	err = vxen_frontend_init();
	if (err)
		goto err_adopt;

	return 0;

err_adopt:
	vxen_adopt_exit();
err_debugfs:
	vxen_debugfs_exit();
	return err;
}

static void __exit vxen_exit(void)
{
	vxen_frontend_exit();
	vxen_adopt_exit();
	vxen_debugfs_exit();
	vxen_revoke_exit();
}

module_init(vxen_init);
module_exit(vxen_exit);

MODULE_DESCRIPTION("virtio devices behind Xen grants");
MODULE_LICENSE("GPL");
