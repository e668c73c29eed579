/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vu_wire.h - the vhost-user protocol, as far as this frontend speaks it
 *
 * After docs/interop/vhost-user.rst of QEMU. Numbers are in the host's byte
 * order: both ends run on one machine.
 */
#ifndef VX_VU_WIRE_H
#define VX_VU_WIRE_H

#include <stdint.h>

#include "backend.h"

enum vu_request {
	VU_GET_FEATURES = 1,
	VU_SET_FEATURES = 2,
	VU_SET_OWNER = 3,
	VU_SET_MEM_TABLE = 5,
	VU_SET_VRING_NUM = 8,
	VU_SET_VRING_ADDR = 9,
	VU_SET_VRING_BASE = 10,
	VU_GET_VRING_BASE = 11,
	VU_SET_VRING_KICK = 12,
	VU_SET_VRING_CALL = 13,
	VU_GET_PROTOCOL_FEATURES = 15,
	VU_SET_PROTOCOL_FEATURES = 16,
	VU_GET_QUEUE_NUM = 17,
	VU_SET_VRING_ENABLE = 18,
	VU_SET_BACKEND_REQ_FD = 21,
	VU_GET_CONFIG = 24,
	VU_SET_CONFIG = 25,
	VU_GET_MAX_MEM_SLOTS = 36,
	VU_ADD_MEM_REG = 37,
	VU_REM_MEM_REG = 38,
};

/* Requests of the daemon, on the backend request socket */
#define VU_BACKEND_CONFIG_CHANGE	2

#define VU_VERSION		1
#define VU_VERSION_MASK		3
#define VU_FLAG_REPLY		(1 << 2)
#define VU_FLAG_NEED_REPLY	(1 << 3)

/* Feature bit in the virtio space that announces the protocol features. */
#define VU_F_PROTOCOL_FEATURES	30

#define VU_PF_MQ		0
#define VU_PF_REPLY_ACK		3
#define VU_PF_BACKEND_REQ	5
#define VU_PF_CONFIG		9
#define VU_PF_MEM_SLOTS		15

struct vu_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size;		/* of the payload */
};

struct vu_vring_state {
	uint32_t index;
	uint32_t num;
};

struct vu_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc;
	uint64_t used;
	uint64_t avail;
	uint64_t log;
};

struct vu_region {
	uint64_t guest_addr;
	uint64_t size;
	uint64_t user_addr;
	uint64_t mmap_offset;
};

struct vu_mem_table {
	uint32_t nregions;
	uint32_t padding;
	struct vu_region regions[MAX_WINDOWS];
};

struct vu_mem_reg {
	uint64_t padding;
	struct vu_region region;
};

struct vu_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	uint8_t data[MAX_DEV_CONFIG];
};

#define VU_CONFIG_HEADER	12

union vu_payload {
	uint64_t u64;
	struct vu_vring_state state;
	struct vu_vring_addr addr;
	struct vu_mem_table table;
	struct vu_mem_reg reg;
	struct vu_config config;
};

#endif /* VX_VU_WIRE_H */
