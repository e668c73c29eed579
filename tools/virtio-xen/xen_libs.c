// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen_libs.c - loads Xen's libraries when a command first needs them
 *
 * "stat" runs in guests, which have no Xen libraries as a rule. Linked with
 * them, the program would not even start there: libxlutil alone needs a dozen
 * others. So each function that we use of them is defined here, and calls the
 * library's. The headers have the compiler check that both are of one type.
 */
#include <dlfcn.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <xenstore.h>

#include "report.h"

/* The names that the linker would have noted down: from the Makefile. */
#ifndef LIBXENSTORE
#define LIBXENSTORE	"libxenstore.so.4"
#endif
#ifndef LIBXLUTIL
#define LIBXLUTIL	"libxlutil.so"
#endif

/* Ends the process if there is none: it happens before anything was done. */
static void *symbol(void **library, const char *file, const char *name)
{
	void *found;

	if (!*library)
		*library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	found = *library ? dlsym(*library, name) : NULL;
	if (found)
		return found;
	fail("this command runs in dom0 or a driver domain, and needs Xen's libraries: %s",
	     dlerror());
	exit(EXIT_FAILED);
}

static void *xenstore(const char *name)
{
	static void *library;

	return symbol(&library, LIBXENSTORE, name);
}

static void *xlutil(const char *name)
{
	static void *library;

	return symbol(&library, LIBXLUTIL, name);
}

#define FORWARD(library, type, name, parameters, arguments)		\
	type name parameters						\
	{								\
		static __typeof__(name) *function;			\
									\
		if (!function)						\
			function = (__typeof__(function))library(#name); \
		return function arguments;				\
	}

FORWARD(xenstore, struct xs_handle *, xs_open, (unsigned long flags), (flags))
FORWARD(xenstore, void, xs_close, (struct xs_handle *xs), (xs))
FORWARD(xenstore, char **, xs_directory,
	(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *count),
	(xs, t, path, count))
FORWARD(xenstore, void *, xs_read,
	(struct xs_handle *xs, xs_transaction_t t, const char *path, unsigned int *length),
	(xs, t, path, length))
FORWARD(xenstore, bool, xs_write,
	(struct xs_handle *xs, xs_transaction_t t, const char *path, const void *data,
	 unsigned int length),
	(xs, t, path, data, length))
FORWARD(xenstore, bool, xs_mkdir, (struct xs_handle *xs, xs_transaction_t t, const char *path),
	(xs, t, path))
FORWARD(xenstore, bool, xs_rm, (struct xs_handle *xs, xs_transaction_t t, const char *path),
	(xs, t, path))
FORWARD(xenstore, bool, xs_set_permissions,
	(struct xs_handle *xs, xs_transaction_t t, const char *path,
	 struct xs_permissions *perms, unsigned int count),
	(xs, t, path, perms, count))
FORWARD(xenstore, bool, xs_watch,
	(struct xs_handle *xs, const char *path, const char *token), (xs, path, token))
FORWARD(xenstore, bool, xs_unwatch,
	(struct xs_handle *xs, const char *path, const char *token), (xs, path, token))
FORWARD(xenstore, char **, xs_check_watch, (struct xs_handle *xs), (xs))
FORWARD(xenstore, int, xs_fileno, (struct xs_handle *xs), (xs))
FORWARD(xenstore, xs_transaction_t, xs_transaction_start, (struct xs_handle *xs), (xs))
FORWARD(xenstore, bool, xs_transaction_end,
	(struct xs_handle *xs, xs_transaction_t t, bool abort), (xs, t, abort))

FORWARD(xlutil, XLU_Config *, xlu_cfg_init, (FILE *report, const char *name), (report, name))
FORWARD(xlutil, int, xlu_cfg_readdata, (XLU_Config *cfg, const char *data, int length),
	(cfg, data, length))
FORWARD(xlutil, void, xlu_cfg_destroy, (XLU_Config *cfg), (cfg))
FORWARD(xlutil, int, xlu_cfg_get_string,
	(const XLU_Config *cfg, const char *name, const char **value, int dont_warn),
	(cfg, name, value, dont_warn))
FORWARD(xlutil, int, xlu_cfg_get_list,
	(const XLU_Config *cfg, const char *name, XLU_ConfigList **list, int *entries,
	 int dont_warn),
	(cfg, name, list, entries, dont_warn))
FORWARD(xlutil, const char *, xlu_cfg_get_listitem, (const XLU_ConfigList *list, int entry),
	(list, entry))
