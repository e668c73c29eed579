// SPDX-License-Identifier: GPL-2.0-only
/* Compiles where eventfd_signal() takes no number (since 6.8). */
#include <linux/eventfd.h>

void probe(struct eventfd_ctx *ctx);

void probe(struct eventfd_ctx *ctx)
{
	eventfd_signal(ctx);
}
