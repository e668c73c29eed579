/* SPDX-License-Identifier: GPL-2.0-only */
/* supervise.h - keeps one worker running, without a manager */
#ifndef VX_SUPERVISE_H
#define VX_SUPERVISE_H

int supervise(int (*run)(void *arg), void *arg);

#endif /* VX_SUPERVISE_H */
