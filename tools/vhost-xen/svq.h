/* SPDX-License-Identifier: GPL-2.0-only */
/* svq.h - shadow virtqueues: buffers outside the windows, for any backend */
#ifndef VX_SVQ_H
#define VX_SVQ_H

#include "backend.h"

struct backend_host *svq_prepare(struct backend_host *outer);
struct backend *svq_wrap(struct backend_host *host, struct backend *inner);
void svq_abandon(struct backend_host *host);

#endif /* VX_SVQ_H */
