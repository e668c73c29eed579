/* SPDX-License-Identifier: MIT */
/*
 * virtio_msg_xen.h - virtio-msg on Xen: the wire ABI of the bus
 *
 * Documentation/protocol.rst is the specification; this header gives its
 * numbers. Usable from any guest or backend, in a kernel or in user space.
 *
 * "Driver" is the guest's end (the frontend), "device" the backend's.
 */
#ifndef VIRTIO_MSG_XEN_H
#define VIRTIO_MSG_XEN_H

#include "virtio_msg.h"

/* ---- Xenstore ---- */

/* device/<TYPE>/<id> in the guest, backend/<TYPE>/<domid>/<id> behind it. */
#define VMSG_XEN_TYPE			"virtio-msg"

/* Written by the frontend, before it goes to Initialised. */
#define VMSG_XEN_NODE_BUS_REF		"bus-ref"
#define VMSG_XEN_NODE_EVTCHN		"event-channel"
#define VMSG_XEN_NODE_VERSION		"version"

/* Written by the backend, before it goes to InitWait. */
#define VMSG_XEN_NODE_MIN_VERSION	"min-version"
#define VMSG_XEN_NODE_MAX_VERSION	"max-version"

/* ---- DMA addresses ---- */

/* 1 << 63 | grant reference << 12 | offset into the granted 4 KiB frame. */
#define VMSG_XEN_DMA_FLAG		(1ULL << 63)
#define VMSG_XEN_FRAME_SHIFT		12
#define VMSG_XEN_FRAME_SIZE		(1U << VMSG_XEN_FRAME_SHIFT)

/* ---- Bus page ---- */

#define VMSG_XEN_MAGIC			0x42585856U	/* "VXXB" */
#define VMSG_XEN_VERSION		1

/*
 * Ring geometry of version 1. With 16 slots of 112 bytes each way the page
 * is full to the last byte, and a whole virtio-blk configuration fits in one
 * message.
 */
#define VMSG_XEN_SLOT_SIZE		112
#define VMSG_XEN_SLOTS			16
#define VMSG_XEN_MAX_MSG_SIZE		VMSG_XEN_SLOT_SIZE

/*
 * States of both ends of a bus without xenstore: the numbers and the meaning of
 * XenbusState. 0 is what a page begins with: nobody is there.
 */
#define VMSG_XEN_INITIALISING		1
#define VMSG_XEN_INIT_WAIT		2
#define VMSG_XEN_INITIALISED		3
#define VMSG_XEN_CONNECTED		4
#define VMSG_XEN_CLOSING		5
#define VMSG_XEN_CLOSED			6

/*
 * Grant references that Xen's ABI reserves and that nobody uses: one of them may
 * be agreed on beforehand for the page of a bus without xenstore.
 */
#define VMSG_XEN_FIRST_FIXED_REF	2
#define VMSG_XEN_LAST_FIXED_REF		7

/**
 * struct vmsg_xen_bus_page - the page that the guest grants for messages
 * @magic: VMSG_XEN_MAGIC; driver writes once
 * @version: protocol version chosen by the driver; driver writes once
 * @slot_size: bytes in a slot: VMSG_XEN_SLOT_SIZE; driver writes once
 * @slots: slots in a ring: VMSG_XEN_SLOTS; driver writes once
 * @driver_incarnation: driver adds 1 whenever it has granted and announced
 *	everything anew (after save, restore or migration)
 * @driver_state: without xenstore: VMSG_XEN_INITIALISING and so on; driver
 *	writes
 * @device_incarnation: device adds 1 whenever it has attached to the page
 * @device_state: without xenstore; device writes
 * @device_min_version: without xenstore: lowest version that the device
 *	speaks; device writes, before it goes to VMSG_XEN_INIT_WAIT
 * @device_max_version: likewise the highest
 * @driver_prod: messages that the driver has published; driver writes
 * @driver_cons: of these, how many the device has taken; device writes
 * @device_prod: messages that the device has published; device writes
 * @device_cons: of these, how many the driver has taken; driver writes
 * @driver_ring: messages from driver to device
 * @device_ring: messages from device to driver
 * @reserved0: zero
 * @reserved1: zero
 * @reserved2: zero
 * @reserved3: zero
 * @reserved4: zero
 * @reserved5: zero
 * @reserved6: zero
 * @reserved7: zero
 *
 * Indices count without bound and wrap at 2^32; message n lies in slot
 * n % slots. Words that one end writes share no cache line (64 bytes) with
 * words that the other end writes. Reserved bytes are written as zero and
 * ignored.
 */
struct vmsg_xen_bus_page {
	/* 0x000: written by the driver */
	vmsg_le32 magic;
	vmsg_le16 version;
	vmsg_le16 slot_size;
	vmsg_le16 slots;
	vmsg_le16 reserved0;
	vmsg_le32 driver_incarnation;
	vmsg_le32 driver_state;
	vmsg_u8 reserved1[44];
	/* 0x040: written by the device */
	vmsg_le32 device_incarnation;
	vmsg_le32 device_state;
	vmsg_le16 device_min_version;
	vmsg_le16 device_max_version;
	vmsg_u8 reserved2[52];
	/* 0x080 */
	vmsg_le32 driver_prod;
	vmsg_u8 reserved3[60];
	/* 0x0c0 */
	vmsg_le32 driver_cons;
	vmsg_u8 reserved4[60];
	/* 0x100 */
	vmsg_le32 device_prod;
	vmsg_u8 reserved5[60];
	/* 0x140 */
	vmsg_le32 device_cons;
	vmsg_u8 reserved6[60];
	/* 0x180 */
	vmsg_u8 reserved7[128];
	/* 0x200 */
	vmsg_u8 driver_ring[VMSG_XEN_SLOTS][VMSG_XEN_SLOT_SIZE];
	/* 0x900 */
	vmsg_u8 device_ring[VMSG_XEN_SLOTS][VMSG_XEN_SLOT_SIZE];
};

/* ---- Bus messages of this bus ---- */

/* Requests, driver to device. */
#define VMSG_XEN_HELLO			0x80
#define VMSG_XEN_ADD_WINDOW		0x81
#define VMSG_XEN_REMOVE_WINDOW		0x82
#define VMSG_XEN_SET_QUEUE_PORT		0x83
#define VMSG_XEN_QUIESCE		0x84
#define VMSG_XEN_RESUME			0x85

/* Events, device to driver. */
#define VMSG_XEN_EVENT_RESYNC		0xc0

/* Status in a response. */
#define VMSG_XEN_OK			0
#define VMSG_XEN_EINVAL			1	/* a field is out of range */
#define VMSG_XEN_ENOMEM			2	/* out of a resource; may be tried again */
#define VMSG_XEN_EMAP			3	/* a grant could not be mapped */
#define VMSG_XEN_EEVTCHN		4	/* a port could not be bound */
#define VMSG_XEN_EBUSY			5	/* still in use */

/* Bus feature bits, in HELLO. */
#define VMSG_XEN_F_QUEUE_PORTS		0	/* an event channel per virtqueue */
#define VMSG_XEN_F_SINGLE_GRANTS	1	/* buffers may lie outside any window */
#define VMSG_XEN_F_RESYNC		2	/* EVENT_RESYNC is sent and obeyed */
#define VMSG_XEN_F_QUIESCE		3	/* QUIESCE and RESUME */

/* Request: what the driver can do. Response: what both will use. */
struct vmsg_xen_hello {
	vmsg_le32 version;		/* as in the bus page */
	vmsg_le32 features;		/* 1 << VMSG_XEN_F_* */
	vmsg_le32 max_msg_size;		/* bytes; the smaller of the two holds */
	vmsg_le32 max_windows;		/* response: windows the device takes */
};

struct vmsg_xen_add_window {
	vmsg_le16 dev_num;
	vmsg_le16 window_id;		/* chosen by the driver, unique per device */
	vmsg_le32 first_ref;		/* grant reference of the first frame */
	vmsg_le32 frames;		/* 4 KiB frames, consecutive references */
	vmsg_le32 flags;		/* 0 */
};

struct vmsg_xen_remove_window {
	vmsg_le16 dev_num;
	vmsg_le16 window_id;
};

struct vmsg_xen_set_queue_port {
	vmsg_le16 dev_num;
	vmsg_le16 reserved;
	vmsg_le32 vq_index;
	vmsg_le32 port;			/* the driver's port; 0: unbind */
};

/* Response to all of the above but HELLO. */
struct vmsg_xen_status {
	vmsg_le32 status;		/* VMSG_XEN_OK or an error */
};

/* QUIESCE and RESUME; the response is a vmsg_xen_status. */
struct vmsg_xen_quiesce {
	vmsg_le16 dev_num;
	vmsg_le16 reserved;
};

struct vmsg_xen_event_resync {
	vmsg_le32 device_incarnation;
};

#endif /* VIRTIO_MSG_XEN_H */
