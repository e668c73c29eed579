/* SPDX-License-Identifier: GPL-2.0-only */
/* manager.h - finds devices and keeps a worker for each */
#ifndef VX_MANAGER_H
#define VX_MANAGER_H

int manager_run(char *const worker_argv[], unsigned int nargs);

#endif /* VX_MANAGER_H */
