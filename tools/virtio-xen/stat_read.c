// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat_read.c - the driver's files in debugfs
 *
 * Devices come and go while they are read. One that has gone is left out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "stat.h"

#define DEBUGFS		"/sys/kernel/debug"
#define FIGURES		DEBUGFS "/virtio_xen"
#define MODULE		"/sys/module/virtio_xen"

/* More than the driver ever writes into one: a page held back takes 25 bytes. */
#define TEXT_MAX	(4 * 1024 * 1024)

__attribute__((format(printf, 2, 3)))
static int complain(char error[STAT_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, STAT_ERROR_MAX, format, args);
	va_end(args);
	return -1;
}

static bool in_dom0(void)
{
	char text[64] = "";
	FILE *file = fopen("/proc/xen/capabilities", "re");

	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strstr(text, "control_d") != NULL;
}

/* Why a directory or file in debugfs cannot be opened. */
static int no_access(char error[STAT_ERROR_MAX], const char *path)
{
	if (errno != EACCES && errno != EPERM)
		return complain(error, "%s: %s", path, strerror(errno));
	if (geteuid())
		return complain(error, "%s: only root may read it: run this as root", path);
	return complain(error, "%s: %s: kernel lockdown closes debugfs", path,
			strerror(errno));
}

/* The driver's directory is missing. */
static int no_driver(char error[STAT_ERROR_MAX])
{
	if (!access(MODULE, F_OK))
		return complain(error, "the virtio_xen module is loaded and has no " FIGURES
				": was the kernel started with debugfs=off?");
	if (in_dom0())
		return complain(error, "the virtio_xen module is not loaded, and this is dom0: "
				"the figures are the guest's: run this in the guest");
	return complain(error, "the virtio_xen module is not loaded: the figures are the guest's: "
			"run this in the guest, after 'modprobe virtio_xen'");
}

/**
 * stat_place() - finds the figures
 * @dir: is set to the driver's directory in debugfs
 * @error: is set to what is wrong, and what to do about it
 *
 * VIRTIO_XEN_STAT_DIR names another directory, for tests.
 *
 * Return: 0, or -1 with @error.
 */
int stat_place(const char **dir, char error[STAT_ERROR_MAX])
{
	struct statfs fs;

	*dir = getenv("VIRTIO_XEN_STAT_DIR");
	if (*dir)
		return 0;
	*dir = FIGURES;
	if (statfs(DEBUGFS, &fs)) {
		if (errno == ENOENT)
			return complain(error, "there is no " DEBUGFS
					": this kernel has no debugfs, or sysfs is not mounted");
		return no_access(error, DEBUGFS);
	}
	if (fs.f_type != DEBUGFS_MAGIC)
		return complain(error, "debugfs is not mounted: "
				"'mount -t debugfs none " DEBUGFS "' does it");
	if (access(FIGURES, R_OK | X_OK))
		return errno == ENOENT ? no_driver(error) : no_access(error, FIGURES);
	return 0;
}

/* A whole file, allocated; NULL with errno. */
static char *read_text(int fd, size_t *length)
{
	size_t size = 4096;
	char *text = malloc(size), *larger;
	ssize_t n;

	*length = 0;
	while (text) {
		n = read(fd, text + *length, size - *length);
		/* A signal, too, ends it: the watch is to end then. */
		if (n < 0)
			break;
		if (!n)
			return text;
		*length += (size_t)n;
		if (*length < size)
			continue;
		if (size >= TEXT_MAX) {
			errno = EFBIG;
			break;
		}
		size *= 2;
		larger = realloc(text, size);
		if (!larger)
			break;
		text = larger;
	}
	free(text);
	return NULL;
}

/* Whether a file could not be read because its device has gone. */
static bool is_gone(int error)
{
	return error == ENOENT || error == ENOTDIR || error == ENODEV || error == EIO ||
		error == ENXIO;
}

/* Returns 1 if it was read, 0 if the device has gone, -1 with errno. */
static int read_device(struct stat_device *device, int dir, const char *name,
		       size_t *mute)
{
	char path[STAT_DEVICE_MAX + sizeof("/stat")];
	struct timespec now;
	struct stat st;
	size_t length;
	char *text;
	int fd, error;

	snprintf(device->name, sizeof(device->name), "%s", name);
	snprintf(path, sizeof(path), "%s/stat", device->name);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		error = errno;
		*mute += error == ENOENT && !faccessat(dir, name, F_OK, 0);
		errno = error;
		return is_gone(error) ? 0 : -1;
	}
	text = fstat(fd, &st) ? NULL : read_text(fd, &length);
	error = errno;
	close(fd);
	if (!text) {
		errno = error;
		return is_gone(error) ? 0 : -1;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	device->seconds = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	device->inode = st.st_ino;
	error = figures_parse(&device->figures, text, length);
	free(text);
	if (!error)
		return 1;
	figures_free(&device->figures);
	errno = -error;
	return -1;
}

/* 0, or -1 with errno; without the file, nothing is held back. */
static int read_held(struct stat_sample *sample, int dir)
{
	int fd = openat(dir, "deferred", O_RDONLY | O_CLOEXEC);
	size_t length;
	char *text;
	int error;

	if (fd < 0)
		return is_gone(errno) ? 0 : -1;
	text = read_text(fd, &length);
	error = errno;
	close(fd);
	if (!text) {
		errno = error;
		return is_gone(error) ? 0 : -1;
	}
	error = figures_parse(&sample->held, text, length);
	if (!error)
		error = stat_pages_parse(&sample->pages, &sample->page_count, text, length);
	free(text);
	errno = -error;
	return error ? -1 : 0;
}

static int is_device(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strlen(entry->d_name) < STAT_DEVICE_MAX &&
		(entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

/* What is in dir: 0, or -1 with errno. */
static int read_devices(struct stat_sample *sample, int dir)
{
	struct dirent **entries;
	int i, n, result = 1;

	n = scandirat(dir, ".", &entries, is_device, versionsort);
	if (n < 0)
		return -1;
	sample->devices = calloc((size_t)n + 1, sizeof(*sample->devices));
	if (!sample->devices)
		result = -1;
	for (i = 0; i < n && result >= 0; i++) {
		result = read_device(&sample->devices[sample->count], dir,
				     entries[i]->d_name, &sample->mute);
		sample->count += result > 0;
	}
	for (i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return result < 0 ? -1 : 0;
}

/**
 * stat_read() - reads the figures of all devices
 * @sample: is filled in; to be freed, also after an error
 * @dir: where they are, see stat_place()
 * @error: is set to what is wrong, and what to do about it
 *
 * A directory that has gone has no devices in it: the module may be taken out
 * and put in again while it is watched.
 *
 * Return: 0, or -1 with @error; errno is EINTR if a signal ended it.
 */
int stat_read(struct stat_sample *sample, const char *dir,
	      char error[STAT_ERROR_MAX])
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result, number;

	memset(sample, 0, sizeof(*sample));
	if (fd < 0)
		return errno == ENOENT ? 0 : no_access(error, dir);
	result = read_devices(sample, fd);
	if (!result)
		result = read_held(sample, fd);
	number = errno;
	close(fd);
	if (!result)
		return 0;
	errno = number;
	no_access(error, dir);
	errno = number;
	return -1;
}

/**
 * stat_find() - looks a device up
 * @sample: where
 * @name: of it
 *
 * Return: the device, or NULL.
 */
const struct stat_device *stat_find(const struct stat_sample *sample,
				    const char *name)
{
	size_t i;

	for (i = 0; i < sample->count; i++)
		if (!strcmp(sample->devices[i].name, name))
			return &sample->devices[i];
	return NULL;
}

/**
 * stat_free() - frees what stat_read() has filled in
 * @sample: is empty afterwards
 */
void stat_free(struct stat_sample *sample)
{
	size_t i;

	for (i = 0; i < sample->count; i++)
		figures_free(&sample->devices[i].figures);
	free(sample->devices);
	figures_free(&sample->held);
	free(sample->pages);
	memset(sample, 0, sizeof(*sample));
}
