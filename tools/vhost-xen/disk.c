// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - who serves a disk: the kernel or a storage daemon
 *
 * Theory of operation
 *
 * The kernel takes fewer steps for a request, and knows only block devices as
 * they are. The storage daemon knows formats, files, the page cache and more. So
 * the kernel is asked first, where nothing was configured that only the daemon
 * can do; when it can't, the daemon is taken. With config/server one of them is
 * insisted on, and nothing else is tried.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "log.h"
#include "vhost_xen_blk.h"

/* What only the daemon can do. Returns false, and says so, if there is any. */
static bool kernel_can(const struct dev_config *cfg, char *why, size_t len)
{
	struct stat st;

	if (strcmp(cfg->format, "raw"))
		snprintf(why, len, "format=%s takes the storage daemon", cfg->format);
	else if (cfg->aio[0])
		snprintf(why, len, "aio=%s takes the storage daemon", cfg->aio);
	else if (cfg->cache == CACHE_WRITEBACK)
		snprintf(why, len, "cache=writeback takes the storage daemon");
	else if (cfg->single_grants)
		/* Its memory is pinned: it would not see svq.c give some back. */
		snprintf(why, len, "single-grants=1 takes the storage daemon");
	else if (stat(cfg->target, &st) < 0)
		snprintf(why, len, "%.200s: %s", cfg->target, strerror(errno));
	else if (!S_ISBLK(st.st_mode))
		snprintf(why, len, "%.200s is no block device", cfg->target);
	else
		return true;
	return false;
}

/**
 * disk_server() - Decide who is to serve a disk
 * @cfg: what the device is to be
 * @device: of the kernel's server, VHOST_XEN_BLK_DEVICE
 * @why: if it is not to be the kernel, and nobody has said so, the reason
 * @len: size of @why
 *
 * Return: SERVER_KERNEL, SERVER_DAEMON, or -EINVAL if the kernel is insisted on,
 * and can't
 */
int disk_server(const struct dev_config *cfg, const char *device, char *why, size_t len)
{
	why[0] = '\0';
	if (cfg->server == SERVER_DAEMON)
		return SERVER_DAEMON;
	if (!kernel_can(cfg, why, len))
		return cfg->server == SERVER_KERNEL ? -EINVAL : SERVER_DAEMON;
	if (cfg->server == SERVER_KERNEL || !access(device, F_OK))
		return SERVER_KERNEL;
	snprintf(why, len, "%s: %s", device, strerror(errno));
	return SERVER_DAEMON;
}

/**
 * disk_open() - Serve a file or block device as a disk
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int disk_open(struct backend **be, struct backend_host *host,
	      const struct dev_config *cfg, char *why, size_t len)
{
	int server = disk_server(cfg, VHOST_XEN_BLK_DEVICE, why, len);
	int err;

	if (server < 0)
		return server;
	if (server == SERVER_KERNEL) {
		err = vhost_blk_open(be, host, cfg, why, len);
		if (!err)
			log_info("%s: served by the kernel", cfg->target);
		if (!err || cfg->server == SERVER_KERNEL)
			return err;
	}
	if (why[0])
		log_info("not served by the kernel: %s", why);
	err = qsd_open(be, host, cfg, why, len);
	if (!err)
		log_info("%s: served by a storage daemon", cfg->target);
	return err;
}
