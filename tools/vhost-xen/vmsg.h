/* SPDX-License-Identifier: GPL-2.0-only */
/* vmsg.h - messages of the guest, taken apart and answered */
#ifndef VX_VMSG_H
#define VX_VMSG_H

#include <stddef.h>
#include <stdint.h>

#include "device.h"
#include "virtio_msg_xen.h"

#define VMSG_MAX_PAYLOAD	(VMSG_XEN_MAX_MSG_SIZE - sizeof(struct vmsg_header))

/**
 * struct vmsg - one request and the answer to it
 * @in: payload of the request, private memory
 * @in_len: its length, within the bounds of the message's definition
 * @out: payload of the answer
 * @out_len: its length
 */
struct vmsg {
	const uint8_t *in;
	uint32_t in_len;
	uint8_t out[VMSG_MAX_PAYLOAD];
	uint32_t out_len;
};

/**
 * struct vmsg_def - one kind of message
 * @id: msg_id
 * @min: least length of the payload
 * @max: largest length of the payload
 * @handle: 0 if the message is answered, as far as it is one that has an
 *	answer; a negative errno if it is discarded
 */
struct vmsg_def {
	uint8_t id;
	uint16_t min;
	uint16_t max;
	int (*handle)(struct device *dev, struct vmsg *m);
};

/* busmsg.c */
extern const struct vmsg_def busmsg_defs[];
extern const unsigned int busmsg_ndefs;

int vmsg_handle(struct device *dev, const uint8_t msg[VMSG_XEN_SLOT_SIZE],
		uint8_t answer[VMSG_XEN_SLOT_SIZE]);

/* Take a struct out of a request; put one into the answer. */
#define vmsg_in(m, s)	memcpy((s), (m)->in, sizeof(*(s)))
#define vmsg_out(m, s)	do {						\
		memcpy((m)->out, (s), sizeof(*(s)));			\
		(m)->out_len = sizeof(*(s));				\
	} while (0)

#endif /* VX_VMSG_H */
