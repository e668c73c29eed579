/* SPDX-License-Identifier: MIT */
/*
 * virtio_msg.h - messages of the virtio-msg transport, revision 1
 *
 * The layout follows the OASIS working draft "Virtio Over Messages". It is
 * the same on every bus; what the Xen bus adds is in virtio_msg_xen.h.
 *
 * Usable from the Linux kernel, from user space and from other systems: it
 * needs fixed-width integers and nothing else. Every field is little-endian
 * whatever the machine is; the vmsg_le* types only mark that.
 */
#ifndef VIRTIO_MSG_H
#define VIRTIO_MSG_H

#ifdef __KERNEL__
#include <linux/types.h>
typedef __u8 vmsg_u8;
typedef __le16 vmsg_le16;
typedef __le32 vmsg_le32;
typedef __le64 vmsg_le64;
#else
#include <stdint.h>
typedef uint8_t vmsg_u8;
typedef uint16_t vmsg_le16;
typedef uint32_t vmsg_le32;
typedef uint64_t vmsg_le64;
#endif

/* Transport revision that this header describes. */
#define VMSG_REVISION			1

/* Bounds on a bus's maximum message size, in bytes, header included. */
#define VMSG_MIN_MAX_SIZE		44
#define VMSG_MAX_MAX_SIZE		264

/* vmsg_header.type: bits 2-7 are sent as zero and ignored on receipt. */
#define VMSG_TYPE_RESPONSE		(1 << 0)
#define VMSG_TYPE_BUS			(1 << 1)
#define VMSG_TYPE_MASK			(VMSG_TYPE_RESPONSE | VMSG_TYPE_BUS)

/* First message identifier of each range, transport and bus alike. */
#define VMSG_ID_EVENT			0x40	/* standard events */
#define VMSG_ID_IMPL_REQUEST		0x80	/* implementation-defined */
#define VMSG_ID_IMPL_EVENT		0xc0	/* implementation-defined */

/* Events, of either range, have no response. */
#define VMSG_ID_IS_EVENT(id)		(((id) & 0x40) != 0)

/**
 * struct vmsg_header - what every message starts with
 * @type: VMSG_TYPE_* bits
 * @msg_id: VMSG_* or VMSG_BUS_*
 * @dev_num: device number; 0 in a bus message
 * @token: chosen by the requester's bus, echoed in the response
 * @msg_size: bytes of the whole message, this header included
 */
struct vmsg_header {
	vmsg_u8 type;
	vmsg_u8 msg_id;
	vmsg_le16 dev_num;
	vmsg_le16 token;
	vmsg_le16 msg_size;
};

/* Transport requests */
#define VMSG_GET_DEVICE_INFO		0x02
#define VMSG_GET_DEVICE_FEATURES	0x03
#define VMSG_SET_DRIVER_FEATURES	0x04
#define VMSG_GET_CONFIG			0x05
#define VMSG_SET_CONFIG			0x06
#define VMSG_GET_DEVICE_STATUS		0x07
#define VMSG_SET_DEVICE_STATUS		0x08
#define VMSG_GET_VQUEUE			0x09
#define VMSG_SET_VQUEUE			0x0a
#define VMSG_RESET_VQUEUE		0x0b
#define VMSG_GET_SHM			0x0c

/* Transport events */
#define VMSG_EVENT_CONFIG		0x40	/* from the device */
#define VMSG_EVENT_AVAIL		0x41	/* from the driver */
#define VMSG_EVENT_USED			0x42	/* from the device */

/* Standard bus messages */
#define VMSG_BUS_GET_DEVICES		0x02
#define VMSG_BUS_PING			0x03
#define VMSG_BUS_EVENT_DEVICE		0x40

/*
 * Payloads. A name ends in _resp where request and response differ; a
 * request without a payload has no struct.
 */

struct vmsg_device_info_resp {
	vmsg_le32 device_id;
	vmsg_le32 vendor_id;
	vmsg_le32 num_feature_bits;	/* a multiple of 32 */
	vmsg_le32 config_size;		/* bytes */
	vmsg_le32 max_virtqueues;
	vmsg_le16 admin_vq_start;
	vmsg_le16 admin_vq_count;
};

/*
 * GET_DEVICE_FEATURES request: only this. Its response and the request of
 * SET_DRIVER_FEATURES: this, followed by num_blocks times vmsg_le32.
 */
struct vmsg_features {
	vmsg_le32 block_index;		/* block n holds bits 32n to 32n+31 */
	vmsg_le32 num_blocks;
};

struct vmsg_get_config {
	vmsg_le32 offset;		/* bytes into the config space */
	vmsg_le32 length;		/* bytes */
};

/*
 * GET_CONFIG response, SET_CONFIG request: this, followed by length bytes.
 * SET_CONFIG response: the same; length 0 says that the write was rejected.
 */
struct vmsg_config {
	vmsg_le32 generation;
	vmsg_le32 offset;
	vmsg_le32 length;
};

/* GET_DEVICE_STATUS response; SET_DEVICE_STATUS both ways (0 = reset). */
struct vmsg_status {
	vmsg_le32 status;
};

/* Request of GET_VQUEUE and of RESET_VQUEUE. */
struct vmsg_vqueue_index {
	vmsg_le32 index;
};

struct vmsg_get_vqueue_resp {
	vmsg_le32 index;
	vmsg_le32 max_size;		/* entries; 0: there is no such queue */
	vmsg_le32 cur_size;		/* entries; 0: not configured */
	vmsg_le32 reserved;
	vmsg_le64 desc_addr;
	vmsg_le64 driver_addr;
	vmsg_le64 device_addr;
};

struct vmsg_set_vqueue {
	vmsg_le32 index;
	vmsg_le32 reserved0;
	vmsg_le32 size;			/* entries */
	vmsg_le32 reserved1;
	vmsg_le64 desc_addr;		/* DMA addresses */
	vmsg_le64 driver_addr;
	vmsg_le64 device_addr;
};

struct vmsg_get_shm {
	vmsg_le32 index;
};

struct vmsg_get_shm_resp {
	vmsg_le32 index;
	vmsg_le32 length;		/* bytes; 0: there is no such region */
	vmsg_le32 address;
};

/* EVENT_CONFIG: this, followed by length bytes of config space, or none. */
struct vmsg_event_config {
	vmsg_le32 device_status;
	vmsg_le32 generation;
	vmsg_le32 offset;
	vmsg_le32 length;
};

struct vmsg_event_avail {
	vmsg_le32 vq_index;
	vmsg_le32 next_offset;		/* 0 without NOTIFICATION_DATA */
};

struct vmsg_event_used {
	vmsg_le32 vq_index;
};

/*
 * BUS_GET_DEVICES. The response is followed by count / 8 bytes of bitmap,
 * least significant bit first.
 */
struct vmsg_bus_get_devices {
	vmsg_le16 offset;		/* multiples of 8 */
	vmsg_le16 count;
};

struct vmsg_bus_get_devices_resp {
	vmsg_le16 offset;
	vmsg_le16 count;
	vmsg_le16 next_offset;		/* 0: no device beyond this answer */
};

struct vmsg_bus_ping {
	vmsg_le32 data;
};

#define VMSG_DEVICE_READY		1
#define VMSG_DEVICE_REMOVED		2

struct vmsg_bus_event_device {
	vmsg_le16 dev_num;
	vmsg_le16 state;		/* VMSG_DEVICE_* */
};

#endif /* VIRTIO_MSG_H */
