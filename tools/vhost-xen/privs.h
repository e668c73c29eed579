/* SPDX-License-Identifier: GPL-2.0-only */
/* privs.h - giving up capabilities */
#ifndef VX_PRIVS_H
#define VX_PRIVS_H

int privs_drop(void);
int privs_drop_child(void);

#endif /* VX_PRIVS_H */
