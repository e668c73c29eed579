// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat_watch.c - looks at the driver's figures again and again
 *
 * On a terminal each look is drawn over the last one; lines that do not fit are
 * cut, as a line that wraps or scrolls would break that.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "report.h"
#include "stat.h"

/* Plain ANSI: to the first column of the first line; the rest is erased. */
#define HOME		"\033[H"
#define ERASE_LINE	"\033[K"
#define ERASE_BELOW	"\033[J"

/* A signal writes into it: none can come unseen before the wait begins. */
static int stop_pipe[2];
static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	int error = errno;
	ssize_t n;

	(void)signal;
	stopped = 1;
	n = write(stop_pipe[1], "", 1);
	(void)n;	/* full: it is told already */
	errno = error;
}

static int catch_signals(void)
{
	/* Without SA_RESTART: reading may wait for a driver that hangs. */
	struct sigaction action = { .sa_handler = on_stop };

	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK))
		return fail("pipe: %s", strerror(errno));
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return 0;
}

static void release_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	close(stop_pipe[0]);
	close(stop_pipe[1]);
}

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Until a point of time; whether to go on then. */
static bool wait_until(long long end)
{
	struct pollfd pollfd = { .fd = stop_pipe[0], .events = POLLIN };
	long long left;

	while (!stopped && (left = end - milliseconds()) > 0)
		if (poll(&pollfd, 1, (int)left) < 0 && errno != EINTR)
			break;
	return !stopped;
}

/* Writes a look over the one before. */
static void draw(FILE *out, const char *text)
{
	struct winsize size = { 0 };
	size_t rows, columns, length;

	if (ioctl(fileno(out), TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col) {
		size.ws_row = 24;
		size.ws_col = 80;
	}
	rows = size.ws_row;
	columns = size.ws_col;
	fputs(HOME, out);
	/* The last row stays empty: a newline there would scroll. */
	for (; *text && rows > 1; rows--) {
		length = strcspn(text, "\n");
		fwrite(text, 1, length < columns ? length : columns, out);
		fputs(ERASE_LINE "\n", out);
		text += length + (text[length] == '\n');
	}
	fputs(ERASE_BELOW, out);
}

/* A look's text, allocated; NULL if there is no memory. */
static char *look_text(const struct stat_view *view,
		       const struct stat_sample *sample,
		       const struct stat_sample *before)
{
	time_t now = time(NULL);
	char stamp[32] = "";
	char *text = NULL;
	struct tm tm;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	if (!view->json) {
		if (localtime_r(&now, &tm))
			strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
		fprintf(memory, "== %s, every %u s\n", stamp, view->seconds);
	}
	stat_show(memory, view, sample, before);
	if (fclose(memory)) {
		free(text);
		return NULL;
	}
	return text;
}

static int print_look(const struct stat_view *view,
		      const struct stat_sample *sample,
		      const struct stat_sample *before, bool terminal)
{
	char *text = look_text(view, sample, before);

	if (!text)
		return fail("out of memory");
	if (terminal)
		draw(stdout, text);
	else
		fputs(text, stdout);
	free(text);
	if (fflush(stdout))
		return fail("standard output: %s", strerror(errno));
	return 0;
}

/* One look after the other; -1 after an error message. */
static int watch_loop(const struct stat_view *view, struct stat_sample *sample,
		      struct stat_sample *before)
{
	bool terminal = !view->json && isatty(STDOUT_FILENO);
	long long next = milliseconds(), period = view->seconds * 1000LL;
	char error[STAT_ERROR_MAX];
	unsigned long looks = 0;

	if (terminal)
		fputs(HOME ERASE_BELOW, stdout);
	for (;;) {
		if (stat_read(sample, view->dir, error))
			return stopped ? 0 : fail("%s", error);
		if (print_look(view, sample, before, terminal))
			return -1;
		stat_free(before);
		*before = *sample;
		memset(sample, 0, sizeof(*sample));
		if (++looks == view->looks)
			return 0;
		/* After a pause, those that were missed are not made up for. */
		next += period;
		if (next < milliseconds())
			next = milliseconds() + period;
		if (!wait_until(next))
			return 0;
	}
}

/**
 * stat_watch() - shows the figures until a signal or the number of looks ends it
 * @view: what shall be shown
 *
 * Return: an exit code.
 */
int stat_watch(const struct stat_view *view)
{
	struct stat_sample sample = { 0 }, before = { 0 };
	int result;

	if (catch_signals())
		return EXIT_FAILED;
	result = watch_loop(view, &sample, &before);
	release_signals();
	stat_free(&sample);
	stat_free(&before);
	return result ? EXIT_FAILED : EXIT_DONE;
}
