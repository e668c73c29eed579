// SPDX-License-Identifier: GPL-2.0-only
/*
 * store.c - xenstore, with paths that are made with printf() formats
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "store.h"
#include "values.h"

#define OPEN_SECONDS	5

/* Without its end, which the signal handler and fail() add. */
#define NO_XENSTORE \
	"this is not a Xen dom0 or driver domain, or xenstored is not running"

static volatile sig_atomic_t interrupted;

static void on_alarm(int signal)
{
	static const char text[] = "virtio-xen: " NO_XENSTORE "\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EXIT_FAILED);
	_exit(EXIT_FAILED);
}

static void on_interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/**
 * store_open() - connects with xenstored
 *
 * In a dom0 without xenstored the device file can be opened, but a request
 * is never answered: hence the alarm.
 *
 * Return: a handle for the process's life, or NULL after an error message.
 */
struct xs_handle *store_open(void)
{
	struct xs_handle *xs = xs_open(0);
	char **names;
	unsigned int count;

	if (!xs) {
		fail(NO_XENSTORE);
		return NULL;
	}
	signal(SIGALRM, on_alarm);
	alarm(OPEN_SECONDS);
	names = xs_directory(xs, XBT_NULL, "device", &count);
	alarm(0);
	if (!names && (errno == EBADF || errno == EPIPE)) {
		xs_close(xs);
		fail(NO_XENSTORE);
		return NULL;
	}
	free(names);
	return xs;
}

static void make_path(char path[STORE_PATH_MAX], const char *format,
		      va_list args)
{
	int n = vsnprintf(path, STORE_PATH_MAX, format, args);

	/* A path cut short could be another's. */
	if (n < 0 || n >= STORE_PATH_MAX)
		path[0] = '\0';
}

/**
 * store_read() - reads a node
 * @xs: connection
 * @t: transaction or XBT_NULL
 * @format: of the path
 *
 * Return: an allocated string, or NULL.
 */
char *store_read(struct xs_handle *xs, xs_transaction_t t,
		 const char *format, ...)
{
	char path[STORE_PATH_MAX];
	va_list args;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	return xs_read(xs, t, path, NULL);
}

/**
 * store_read_number() - reads a node that holds a decimal number
 * @xs: connection
 * @t: transaction or XBT_NULL
 * @format: of the path
 *
 * Return: the number, or -1 if there is none.
 */
int store_read_number(struct xs_handle *xs, xs_transaction_t t,
		      const char *format, ...)
{
	char path[STORE_PATH_MAX];
	unsigned long number;
	va_list args;
	char *text;
	bool ok;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	text = xs_read(xs, t, path, NULL);
	ok = text && value_number(text, 999999999, &number);
	free(text);
	return ok ? (int)number : -1;
}

/**
 * store_write() - writes a node
 * @xs: connection
 * @t: transaction or XBT_NULL
 * @value: its new content
 * @format: of the path
 *
 * Return: whether it worked; errno says why not.
 */
bool store_write(struct xs_handle *xs, xs_transaction_t t, const char *value,
		 const char *format, ...)
{
	char path[STORE_PATH_MAX];
	va_list args;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	return xs_write(xs, t, path, value, (unsigned int)strlen(value));
}

/**
 * store_exists() - whether there is a node
 * @xs: connection
 * @t: transaction or XBT_NULL
 * @format: of the path
 *
 * Return: true if it is there and may be read.
 */
bool store_exists(struct xs_handle *xs, xs_transaction_t t,
		  const char *format, ...)
{
	char path[STORE_PATH_MAX];
	va_list args;
	void *value;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	value = xs_read(xs, t, path, NULL);
	free(value);
	return value != NULL;
}

/**
 * store_list() - names of a node's children
 * @xs: connection
 * @t: transaction or XBT_NULL
 * @count: is set; 0 on error
 * @format: of the path
 *
 * Return: an array to be freed in one piece, or NULL.
 */
char **store_list(struct xs_handle *xs, xs_transaction_t t, unsigned int *count,
		  const char *format, ...)
{
	char path[STORE_PATH_MAX];
	va_list args;
	char **names;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	*count = 0;
	names = xs_directory(xs, t, path, count);
	if (!names)
		*count = 0;
	return names;
}

/**
 * store_mkdir() - makes a directory anew, with permissions
 * @xs: connection
 * @t: transaction
 * @path: whatever is there is removed
 * @owner: domain that may read and write
 * @reader: domain that may read, or -1; children inherit both
 *
 * Return: whether it worked; errno says why not.
 */
bool store_mkdir(struct xs_handle *xs, xs_transaction_t t, const char *path,
		 unsigned int owner, int reader)
{
	struct xs_permissions perms[2] = {
		{ .id = owner, .perms = XS_PERM_NONE },
		{ .id = (unsigned int)reader, .perms = XS_PERM_READ },
	};

	if (!xs_rm(xs, t, path) && errno != ENOENT)
		return false;
	return xs_mkdir(xs, t, path) &&
		xs_set_permissions(xs, t, path, perms, reader < 0 ? 1 : 2);
}

/**
 * store_remove() - removes a directory, and those above that it leaves empty
 * @xs: connection
 * @t: transaction
 * @path: need not exist
 * @parents: how many levels above are removed if empty
 *
 * Return: whether it worked; errno says why not.
 */
bool store_remove(struct xs_handle *xs, xs_transaction_t t, const char *path,
		  int parents)
{
	char parent[STORE_PATH_MAX];
	unsigned int count;
	char **names;

	/* xenstored reports success where only the parent is there. */
	if (!xs_rm(xs, t, path) && errno != ENOENT)
		return false;
	snprintf(parent, sizeof(parent), "%s", path);
	while (parents-- > 0 && strrchr(parent, '/') > parent) {
		*strrchr(parent, '/') = '\0';
		names = store_list(xs, t, &count, "%s", parent);
		free(names);
		if (names && count)
			break;
		if (names && !xs_rm(xs, t, parent))
			return false;
	}
	return true;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum store_verdict wait_loop(struct xs_handle *xs, long end,
				    store_look look, void *data)
{
	struct pollfd pollfd = { .fd = xs_fileno(xs), .events = POLLIN };
	enum store_verdict verdict;
	char **event;

	for (;;) {
		long left = end - milliseconds();

		/* First, so that what came with the last event counts. */
		verdict = look(xs, data);
		if (verdict != STORE_WAIT)
			return verdict;
		if (interrupted)
			return STORE_INTERRUPTED;
		if (left <= 0)
			return STORE_TIMEOUT;
		if (poll(&pollfd, 1, (int)left) < 0 && errno != EINTR)
			return STORE_FAILED;
		if (pollfd.revents & (POLLERR | POLLHUP | POLLNVAL))
			return STORE_FAILED;
		while ((event = xs_check_watch(xs)))
			free(event);
	}
}

/**
 * store_wait() - looks at xenstore again and again, as it changes
 * @xs: connection
 * @path: what is watched
 * @seconds: how long at most
 * @look: says whether the wait is over
 * @data: for @look
 *
 * SIGINT and SIGTERM end the wait, so that the caller can clean up.
 *
 * Return: what @look said last, or why the wait ended without it.
 */
enum store_verdict store_wait(struct xs_handle *xs, const char *path,
			      unsigned int seconds, store_look look,
			      void *data)
{
	struct sigaction action = { .sa_handler = on_interrupt };
	struct sigaction old_int, old_term;
	long end = milliseconds() + (long)seconds * 1000;
	enum store_verdict verdict = STORE_FAILED;

	sigaction(SIGINT, &action, &old_int);
	sigaction(SIGTERM, &action, &old_term);
	if (xs_watch(xs, path, "wait")) {
		verdict = wait_loop(xs, end, look, data);
		xs_unwatch(xs, path, "wait");
	}
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	return verdict;
}

/**
 * store_error() - why the last call failed, and what to do about it
 *
 * Return: a string for an error message.
 */
const char *store_error(void)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		return "xenstore denies it: run this as root in dom0";
	case EBADF:
	case EPIPE:
		return "the connection with xenstored is lost";
	default:
		return strerror(errno);
	}
}
