/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frontend.h - devices found through xenbus
 */
#ifndef VXEN_FRONTEND_H
#define VXEN_FRONTEND_H

int vxen_frontend_init(void);
void vxen_frontend_exit(void);

#endif /* VXEN_FRONTEND_H */
