/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - xenstore, with paths that are made with printf() formats
 */
#ifndef VIRTIO_XEN_STORE_H
#define VIRTIO_XEN_STORE_H

#include <stdbool.h>
#include <xenstore.h>

/* Ours are far shorter than XENSTORE_ABS_PATH_MAX. */
#define STORE_PATH_MAX	512

enum store_verdict {
	STORE_WAIT,
	STORE_READY,
	STORE_FAILED,
	STORE_TIMEOUT,
	STORE_INTERRUPTED,
};

typedef enum store_verdict (*store_look)(struct xs_handle *xs, void *data);

struct xs_handle *store_open(void);

__attribute__((format(printf, 3, 4)))
char *store_read(struct xs_handle *xs, xs_transaction_t t,
		 const char *format, ...);
__attribute__((format(printf, 3, 4)))
int store_read_number(struct xs_handle *xs, xs_transaction_t t,
		      const char *format, ...);
__attribute__((format(printf, 4, 5)))
bool store_write(struct xs_handle *xs, xs_transaction_t t, const char *value,
		 const char *format, ...);
__attribute__((format(printf, 3, 4)))
bool store_exists(struct xs_handle *xs, xs_transaction_t t,
		  const char *format, ...);
__attribute__((format(printf, 4, 5)))
char **store_list(struct xs_handle *xs, xs_transaction_t t, unsigned int *count,
		  const char *format, ...);

bool store_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path,
		 unsigned int owner, int reader);
bool store_remove(struct xs_handle *xs, xs_transaction_t t, const char *path,
		  int parents);
enum store_verdict store_wait(struct xs_handle *xs, const char *path,
			      unsigned int seconds, store_look look,
			      void *data);
const char *store_error(void);

#endif /* VIRTIO_XEN_STORE_H */
