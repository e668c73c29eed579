// SPDX-License-Identifier: GPL-2.0-only
/*
 * qsd.c - a disk, served by a qemu-storage-daemon of its own
 *
 * Theory of operation
 *
 * For a device of type blk we start the distribution's qemu-storage-daemon,
 * give it a listening socket in a directory that only root can enter, and
 * are its only client. Its options are passed as JSON, in which any file name
 * can be written.
 *
 * With O_DIRECT the host's page cache is left out, and so is the thread pool
 * (aio=native): one read of 4 KiB takes half as long as through threads. Where
 * the file system does not know O_DIRECT we take what works.
 *
 * The disk has an iothread: the daemon's main loop goes through GLib each time,
 * which is a tenth of what a single read costs dom0 (4,000 instructions of 49,000).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "child.h"
#include "json.h"
#include "log.h"
#include "util.h"
#include "vhost_user.h"

#define QSD_PATH	"/usr/bin/qemu-storage-daemon"
#define RUN_DIR		"/run/vhost-xen"
#define JSON_LEN	(2 * PATH_MAX)

struct qsd {
	struct vu_daemon daemon;
	struct child child;
	struct backend_host *host;
	char path[SOCKET_PATH_LEN];
};

/* What it takes to write the options of a disk. */
struct disk {
	const char *driver;
	const char *aio;
	bool direct;
};

static void qsd_exited(struct child *c, int status)
{
	struct qsd *q = container_of(c, struct qsd, child);
	char why[64];

	if (WIFSIGNALED(status))
		snprintf(why, sizeof(why), "storage daemon killed by signal %d", WTERMSIG(status));
	else
		snprintf(why, sizeof(why), "storage daemon exited with %d", WEXITSTATUS(status));
	q->host->broken(q->host, why);
}

static void qsd_free(struct qsd *q)
{
	child_stop(&q->child);
	unlink(q->path);
	free(q);
}

static void qsd_stop(struct vu_daemon *d)
{
	qsd_free(container_of(d, struct qsd, daemon));
}

static bool try_open(const char *path, int flags, int *err)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	*err = fd < 0 ? -errno : 0;
	close_fd(&fd);
	return !*err;
}

static int inspect(struct disk *d, const struct dev_config *cfg)
{
	int mode = cfg->readonly ? O_RDONLY : O_RDWR;
	struct stat st;
	int err;

	if (stat(cfg->target, &st) < 0)
		return -errno;
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
		return -EINVAL;
	if (!try_open(cfg->target, mode, &err))
		return err;
	d->driver = S_ISBLK(st.st_mode) ? "host_device" : "file";
	d->direct = cfg->cache != CACHE_WRITEBACK && try_open(cfg->target, mode | O_DIRECT, &err);
	if (!d->direct && cfg->cache == CACHE_NONE)
		return -EOPNOTSUPP;
	d->aio = cfg->aio[0] ? cfg->aio : d->direct ? "native" : "threads";
	if (!d->direct && !strcmp(d->aio, "native"))
		return -EOPNOTSUPP;
	return 0;
}

static const char *json_bool(bool b)
{
	return b ? "true" : "false";
}

static int protocol_node(char *out, const struct dev_config *cfg, const struct disk *d)
{
	char file[JSON_LEN];
	int n;

	if (json_escape(file, sizeof(file), cfg->target))
		return -ENAMETOOLONG;
	n = snprintf(out, JSON_LEN,
		     "{\"driver\":\"%s\",\"node-name\":\"file0\",\"filename\":\"%s\","
		     "\"aio\":\"%s\",\"cache\":{\"direct\":%s},\"discard\":\"unmap\","
		     "\"read-only\":%s}",
		     d->driver, file, d->aio, json_bool(d->direct), json_bool(cfg->readonly));
	return n < JSON_LEN ? 0 : -ENAMETOOLONG;
}

static int format_node(char *out, const struct dev_config *cfg, const struct disk *d)
{
	char format[256];
	int n;

	if (json_escape(format, sizeof(format), cfg->format))
		return -ENAMETOOLONG;
	n = snprintf(out, JSON_LEN,
		     "{\"driver\":\"%s\",\"node-name\":\"disk0\",\"file\":\"file0\","
		     "\"cache\":{\"direct\":%s},\"discard\":\"unmap\",\"read-only\":%s}",
		     format, json_bool(d->direct), json_bool(cfg->readonly));
	return n < JSON_LEN ? 0 : -ENAMETOOLONG;
}

static int start(struct qsd *q, const struct dev_config *cfg, const struct disk *d, int listen_fd)
{
	bool raw = !strcmp(cfg->format, "raw");
	char file[JSON_LEN], format[JSON_LEN], export[512];
	char *argv[] = {
		(char *)QSD_PATH, (char *)"--object", (char *)"iothread,id=io",
		(char *)"--blockdev", file, (char *)"--export", export,
		(char *)"--blockdev", format, NULL,
	};
	/* Options take effect in their order. */
	char **last = &argv[5];
	int err;

	err = protocol_node(file, cfg, d);
	if (!err)
		err = format_node(format, cfg, d);
	if (err)
		return err;
	snprintf(export, sizeof(export),
		 "{\"type\":\"vhost-user-blk\",\"id\":\"disk\",\"iothread\":\"io\",\"node-name\":\"%s\","
		 "\"addr\":{\"type\":\"fd\",\"str\":\"%d\"},\"num-queues\":%u,"
		 "\"logical-block-size\":512,\"writable\":%s}",
		 raw ? "file0" : "disk0", CHILD_FD, cfg->queues, json_bool(!cfg->readonly));
	if (raw) {
		last[2] = NULL;		/* one layer less on the way of each request */
	} else {
		last[0] = (char *)"--blockdev";
		last[1] = format;
		last[2] = (char *)"--export";
		last[3] = export;
	}
	return child_start(&q->child, q->host->loop, argv, listen_fd);
}

static int make_listener(struct qsd *q)
{
	const char *dir = getenv("VHOST_XEN_RUN_DIR");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd, n, err;

	if (!dir)
		dir = RUN_DIR;
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	n = snprintf(q->path, sizeof(q->path), "%s/%s.sock", dir, q->host->name);
	if (n >= (int)sizeof(q->path))
		return -ENAMETOOLONG;
	memcpy(sun.sun_path, q->path, n + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	unlink(q->path);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 || listen(fd, 1) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int spawn(struct qsd *q, const struct dev_config *cfg, const struct disk *d,
		 char *why, size_t len)
{
	int fd, err;

	fd = make_listener(q);
	if (fd < 0) {
		snprintf(why, len, "socket %s: %s", q->path, strerror(-fd));
		return fd;
	}
	err = start(q, cfg, d, fd);
	close(fd);
	if (err) {
		unlink(q->path);
		snprintf(why, len, "%s: %s", QSD_PATH, strerror(-err));
	}
	return err;
}

/**
 * qsd_open() - Serve a file or block device as a disk
 * @be: the result
 * @host: who uses it
 * @cfg: what the device is to be
 * @why: on failure, what is wrong
 * @len: size of @why
 *
 * Return: 0 or a negative errno
 */
int qsd_open(struct backend **be, struct backend_host *host,
	     const struct dev_config *cfg, char *why, size_t len)
{
	struct dev_config mine = *cfg;
	struct disk d = { 0 };
	struct qsd *q;
	int err;

	if (!mine.queues)
		mine.queues = 1;
	err = inspect(&d, &mine);
	if (err) {
		snprintf(why, len, "%.200s: %s", cfg->target, strerror(-err));
		return err;
	}
	q = calloc(1, sizeof(*q));
	if (!q) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	q->host = host;
	q->daemon = (struct vu_daemon){ .stop = qsd_stop, .drain_by_reconnect = true };
	q->child.name = "qemu-storage-daemon";
	q->child.exited = qsd_exited;
	err = spawn(q, &mine, &d, why, len);
	if (err) {
		free(q);
		return err;
	}
	err = vu_backend_new(be, host, &mine, q->path, &q->daemon, why, len);
	if (err)
		qsd_free(q);
	return err;
}
