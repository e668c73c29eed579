/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vhost_thread.h - the kernel's threads that serve this process's vhost devices
 */
#ifndef VHOST_THREAD_H
#define VHOST_THREAD_H

int vhost_thread_batch(void);

#endif /* VHOST_THREAD_H */
