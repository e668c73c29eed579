// SPDX-License-Identifier: GPL-2.0-only
/*
 * vu_memory.c - windows as memory regions of a vhost-user daemon
 *
 * Each window is one region. Its guest address is the window's DMA address,
 * so the daemon does all address checks by itself. The "user address", which
 * only names places in our requests, is the same number. The file is a gntdev
 * file of the window's own that the daemon maps itself: we hold no mapping,
 * and close our copy of the descriptor at once, so the file lives exactly as
 * long as the daemon's mapping.
 *
 * With PF_MEM_SLOTS windows come and go one by one. Without it the whole table
 * is sent each time, and the caller must have stopped the queues.
 */
#include <errno.h>

#include "vu_backend.h"

static struct vu_region region_of(const struct window *w)
{
	return (struct vu_region){
		.guest_addr = window_base(w),
		.size = window_size(w),
		.user_addr = window_base(w),
	};
}

/* Without REPLY_ACK: any reply tells that what was sent before is done. */
static int wait_done(struct vu_backend *vu)
{
	uint64_t features;

	return vu->conn.reply_ack ? 0 : vu_get_u64(&vu->conn, VU_GET_FEATURES, &features);
}

static int add_region(struct vu_backend *vu, const struct window *w)
{
	struct vu_mem_reg msg = { .region = region_of(w) };
	int fd, err;

	fd = vu->be.host->region_fd(vu->be.host, w);
	if (fd < 0)
		return fd;
	err = vu_set(&vu->conn, VU_ADD_MEM_REG, &msg, sizeof(msg), &fd, 1);
	close(fd);
	return err ? err : wait_done(vu);
}

static int remove_region(struct vu_backend *vu, const struct window *w)
{
	struct vu_mem_reg msg = { .region = region_of(w) };
	int err = vu_set(&vu->conn, VU_REM_MEM_REG, &msg, sizeof(msg), NULL, 0);

	return err ? err : wait_done(vu);
}

static int send_table(struct vu_backend *vu)
{
	struct vu_mem_table msg = { .nregions = vu->nwindows };
	int fds[MAX_WINDOWS] = { 0 };
	unsigned int i, n = 0;
	int err = 0;

	for (i = 0; i < vu->nwindows; i++) {
		msg.regions[i] = region_of(&vu->windows[i]);
		fds[n] = vu->be.host->region_fd(vu->be.host, &vu->windows[i]);
		if (fds[n] < 0) {
			err = fds[n];
			break;
		}
		n++;
	}
	if (!err)
		err = vu_set(&vu->conn, VU_SET_MEM_TABLE, &msg,
			     offsetof(struct vu_mem_table, regions[n]), fds, n);
	for (i = 0; i < n; i++)
		close(fds[i]);
	return err ? err : wait_done(vu);
}

/**
 * vu_map_window() - Give the daemon one more window
 * @vu: the backend
 * @w: the window
 *
 * Return: 0 or a negative errno
 */
int vu_map_window(struct vu_backend *vu, const struct window *w)
{
	int err;

	vu->windows[vu->nwindows++] = *w;
	err = vu_has_protocol(vu, VU_PF_MEM_SLOTS) ? add_region(vu, w) : send_table(vu);
	if (err)
		vu->nwindows--;
	return err;
}

/**
 * vu_unmap_window() - Take a window from the daemon
 * @vu: the backend
 * @w: the window
 *
 * Return: 0 when it is certain that it is mapped no more, or a negative errno
 */
int vu_unmap_window(struct vu_backend *vu, const struct window *w)
{
	unsigned int i;

	for (i = 0; i < vu->nwindows; i++)
		if (vu->windows[i].id == w->id)
			break;
	if (i == vu->nwindows)
		return -ENOENT;
	vu->windows[i] = vu->windows[--vu->nwindows];
	return vu_has_protocol(vu, VU_PF_MEM_SLOTS) ? remove_region(vu, w) : send_table(vu);
}

/**
 * vu_map_all() - Give a new session all windows
 * @vu: the backend
 *
 * Return: 0 or a negative errno
 */
int vu_map_all(struct vu_backend *vu)
{
	unsigned int i;
	int err = 0;

	if (!vu_has_protocol(vu, VU_PF_MEM_SLOTS))
		return vu->nwindows ? send_table(vu) : 0;
	for (i = 0; i < vu->nwindows && !err; i++)
		err = add_region(vu, &vu->windows[i]);
	return err;
}
