/* SPDX-License-Identifier: GPL-2.0-only */
/* grant.h - grants of a guest as files and mappings */
#ifndef VX_GRANT_H
#define VX_GRANT_H

#include <stdint.h>

int grant_open(uint16_t domid, uint32_t first_ref, uint32_t frames);
int grant_map(uint16_t domid, uint32_t first_ref, uint32_t frames, void **addr);
void grant_unmap(void *addr, uint32_t frames);

#endif /* VX_GRANT_H */
