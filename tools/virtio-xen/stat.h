/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stat.h - the figures that the guest's driver keeps of its devices
 */
#ifndef VIRTIO_XEN_STAT_H
#define VIRTIO_XEN_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define STAT_NAME_MAX		64	/* of a figure, with its end */
#define STAT_DEVICE_MAX		256	/* of a device, with its end */
#define STAT_ERROR_MAX		512
#define STAT_FIGURES_MAX	4096	/* of one file */

#define STAT_SECONDS_DEFAULT	2	/* between two looks */
#define STAT_SECONDS_MAX	3600
#define STAT_COUNT_MAX		1000000000

/**
 * struct figure - one line of a file
 * @name: as the driver calls it
 * @value: unit as the name says; else a number of things
 */
struct figure {
	char name[STAT_NAME_MAX];
	uint64_t value;
};

/**
 * struct figures - a file
 * @list: allocated, in the file's order; each name is there once
 * @count: of @list
 */
struct figures {
	struct figure *list;
	size_t count;
};

/**
 * struct stat_page - a page that the backend has still mapped
 * @domid: the backend
 * @ref: its grant reference
 * @device: whose it was, "" if the driver does not tell
 */
struct stat_page {
	unsigned int domid;
	unsigned int ref;
	char device[STAT_NAME_MAX];
};

/**
 * struct stat_device - a device at one point of time
 * @name: of its directory
 * @inode: of its file: another one is another device's, whatever its name
 * @seconds: when it was read, on the monotonic clock
 * @figures: what was read
 */
struct stat_device {
	char name[STAT_DEVICE_MAX];
	ino_t inode;
	double seconds;
	struct figures figures;
};

/**
 * struct stat_sample - all devices, and what is held back
 * @devices: allocated, sorted by name
 * @count: of @devices
 * @mute: directories that have no figures: a device that is on its way, or an
 *	older driver's
 * @held: figures of the whole module: deferred, leaked
 * @pages: allocated
 * @page_count: of @pages
 */
struct stat_sample {
	struct stat_device *devices;
	size_t count;
	size_t mute;
	struct figures held;
	struct stat_page *pages;
	size_t page_count;
};

/* The names that --json promises; stat_parse.c. */
extern const char * const stat_names[];
extern const char * const stat_queue_names[];

int figures_parse(struct figures *figures, const char *text, size_t length);
const uint64_t *figures_find(const struct figures *figures, const char *name);
void figures_free(struct figures *figures);
bool figure_queue(const char *name, unsigned int *queue, const char **what);
const uint64_t *figures_queue(const struct figures *figures, unsigned int queue,
			      const char *what);
int figures_next_queue(const struct figures *figures, int queue);
int stat_pages_parse(struct stat_page **pages, size_t *count, const char *text,
		     size_t length);

int stat_place(const char **dir, char error[STAT_ERROR_MAX]);
int stat_read(struct stat_sample *sample, const char *dir,
	      char error[STAT_ERROR_MAX]);
const struct stat_device *stat_find(const struct stat_sample *sample,
				    const char *name);
void stat_free(struct stat_sample *sample);

bool stat_same_device(const struct stat_device *before,
		      const struct stat_device *now);
double stat_rate(const struct stat_device *before,
		 const struct stat_device *now, const char *name);

void stat_print_device(FILE *out, const struct stat_device *device,
		       const struct stat_device *before, bool rates);
void stat_print_held(FILE *out, const struct stat_sample *sample);
void stat_json(FILE *out, const struct stat_sample *sample, char *const *names,
	       int count);

/**
 * struct stat_view - what shall be shown, and how often
 * @dir: where the figures are
 * @names: of devices
 * @count: of @names; 0 for all
 * @json: as JSON, or as a table
 * @seconds: between two looks; 0 for one look
 * @looks: how many; 0 for any number
 */
struct stat_view {
	const char *dir;
	char *const *names;
	int count;
	bool json;
	unsigned int seconds;
	unsigned long looks;
};

void stat_show(FILE *out, const struct stat_view *view,
	       const struct stat_sample *sample,
	       const struct stat_sample *before);
int stat_watch(const struct stat_view *view);

#endif /* VIRTIO_XEN_STAT_H */
