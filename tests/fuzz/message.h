/* SPDX-License-Identifier: GPL-2.0-only */
/* message.h - messages of a guest, out of an input */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include "device.h"
#include "fuzz.h"
#include "virtio_msg_xen.h"

/* Messages that make a device run, in this order */
#define UP_MESSAGES	8

void in_message(struct fuzz_in *in, const struct device *dev, uint8_t msg[VMSG_XEN_SLOT_SIZE]);
void in_up_message(struct fuzz_in *in, const struct device *dev, unsigned int i,
		   uint8_t msg[VMSG_XEN_SLOT_SIZE]);

#endif /* FUZZ_MESSAGE_H */
