/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h - runs xl
 */
#ifndef VIRTIO_XEN_RUN_H
#define VIRTIO_XEN_RUN_H

int run_program(char *const argv[]);
void print_program(char *const argv[]);

#endif /* VIRTIO_XEN_RUN_H */
