// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_stat.c - "virtio-xen stat": the figures of the guest's driver
 *
 * Needs no Xen: a directory of plain files stands for the driver's in debugfs.
 * jq says whether what is meant for programs is JSON, and what it says.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

/*
 * Included, not linked: the bridge, which the other tests are linked with, has
 * names of its own for much the same things.
 */
#include "../../tools/virtio-xen/report.c"
#include "../../tools/virtio-xen/stat.c"
#include "../../tools/virtio-xen/stat_json.c"
#include "../../tools/virtio-xen/stat_parse.c"
#include "../../tools/virtio-xen/stat_print.c"
#include "../../tools/virtio-xen/stat_read.c"
#include "../../tools/virtio-xen/stat_watch.c"

#define ALL_NAMES							\
	"maps 10\nunmaps 9\nbounced_out_bytes 1536\nbounced_in_bytes 1048576\n" \
	"inplace_maps 2\ninplace_bytes 8192\nexhausted 1\nwindows 1\n"	\
	"windows_added 1\nwindows_removed 0\nwindow_bytes 4194304\n"	\
	"slots_used_bytes 512\nslots_high_bytes 65536\ngrants 1025\n"	\
	"deferred 0\nleaked 0\n"
#define QUEUE(n, kicks)							\
	"queue" #n "_entries 256\nqueue" #n "_kicks " #kicks "\n"	\
	"queue" #n "_interrupts 7\nqueue" #n "_spurious 0\n"

static char dir[] = "/tmp/test_stat.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(in_dir(name), "w");

	REQUIRE(file);
	fputs(text, file);
	REQUIRE(!fclose(file));
}

static void put_device(const char *name, const char *text)
{
	char path[256];

	mkdir(in_dir(name), 0700);
	snprintf(path, sizeof(path), "%s/stat", name);
	put(path, text);
}

static bool move(const char *from, const char *to)
{
	char old[512];

	snprintf(old, sizeof(old), "%s", in_dir(from));
	return !rename(old, in_dir(to));
}

static void empty_dir(void)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -rf '%s'; mkdir '%s'", dir, dir);
	REQUIRE(!system(command));
}

/* Whether what jq computes of the JSON in the file is true. */
static bool jq(const char *name, const char *filter)
{
	char command[1024];

	snprintf(command, sizeof(command), "jq -e '%s' '%s' >/dev/null", filter, in_dir(name));
	return system(command) == 0;
}

/* The table or JSON of what is in the directory, in the file "out" there. */
static void json(char *const *names, int count)
{
	char error[STAT_ERROR_MAX];
	struct stat_sample sample;
	FILE *out = fopen(in_dir("out"), "w");

	REQUIRE(out);
	REQUIRE(!stat_read(&sample, dir, error));
	stat_json(out, &sample, names, count);
	REQUIRE(!fclose(out));
	stat_free(&sample);
}

static char *text_of(const char *name)
{
	static char text[16384];
	FILE *file = fopen(in_dir(name), "r");
	size_t n;

	REQUIRE(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

/* What text parses to, in allocations whose ends the sanitizer sees. */
static struct figures parse(const char *text, size_t length)
{
	struct figures figures;
	char *copy = malloc(length + !length);

	REQUIRE(copy);
	memcpy(copy, text, length);
	REQUIRE(!figures_parse(&figures, copy, length));
	free(copy);
	return figures;
}

static void lines(void)
{
	static const struct {
		const char *text;
		const char *name;
		uint64_t value;		/* of name */
	} good[] = {
		{ "maps 0\n", "maps", 0 },
		{ "maps 1", "maps", 1 },			/* no newline */
		{ "\n\nmaps 1\n\n", "maps", 1 },
		{ "maps\t 1 \n", "maps", 1 },
		{ "maps 007\n", "maps", 7 },
		{ "maps 18446744073709551615\n", "maps", UINT64_MAX },
		{ "maps 1\nmaps 2\n", "maps", 2 },
		{ "what ever\n=\nmaps 3\n", "maps", 3 },
		{ "never_heard_of 4\n", "never_heard_of", 4 },
	};
	static const char * const bad[] = {
		"", "\n", "maps", "maps ", "maps -1\n", "maps +1\n", "maps 0x1\n",
		"maps 1.5\n", "maps 1 2\n", "maps 1k\n", " maps 1\n", "1\n",
		"maps: 1\n", "ma\"ps 1\n", "m\xc3\xa4ps 1\n", "maps 1\r\n",
		"maps 18446744073709551616\n",
		"maps 18446744073709551620\n",
		"maps 99999999999999999999999999999999999\n",
		/* one more than fits */
		"a234567890123456789012345678901234567890123456789012345678901234 1\n",
	};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct figures figures = parse(good[i].text, strlen(good[i].text));
		const uint64_t *value = figures_find(&figures, good[i].name);

		CHECK_EQ(figures.count, 1);
		CHECK(value && *value == good[i].value);
		figures_free(&figures);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct figures figures = parse(bad[i], strlen(bad[i]));

		if (figures.count)
			fprintf(stderr, "accepted: %s\n", bad[i]);
		CHECK_EQ(figures.count, 0);
		figures_free(&figures);
	}
}

/* A file full of names does not fill the memory. */
static void many_lines(void)
{
	struct figures figures;
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	unsigned int i;

	REQUIRE(memory);
	for (i = 0; i < STAT_FIGURES_MAX + 10; i++)
		fprintf(memory, "name%u %u\n", i, i);
	REQUIRE(!fclose(memory));
	figures = parse(text, size);
	CHECK_EQ(figures.count, STAT_FIGURES_MAX);
	figures_free(&figures);
	free(text);
}

/* No byte of a file, wherever it stands, must upset the parsers. */
static void mutations(void)
{
	static const char text[] = "queue0_kicks 12\ndomid 1 ref 20\n";
	unsigned int byte;
	size_t at, count;

	for (at = 0; at < sizeof(text) - 1; at++) {
		for (byte = 0; byte < 256; byte++) {
			char copy[sizeof(text)];
			struct figures figures;
			struct stat_page *pages;

			memcpy(copy, text, sizeof(text));
			copy[at] = (char)byte;
			figures = parse(copy, sizeof(text) - 1);
			figures_free(&figures);
			REQUIRE(!stat_pages_parse(&pages, &count, copy, sizeof(text) - 1));
			CHECK(count <= 1);
			free(pages);
			/* Cut off there. */
			figures = parse(copy, at);
			figures_free(&figures);
		}
	}
}

static void queue_names(void)
{
	static const char * const none[] = {
		"queue", "queue0", "queue_kicks", "queue0_", "queue00_kicks",
		"queue01_kicks", "queue-1_kicks", "queue65536_kicks",
		"queue99999999999999999999_kicks", "queues", "aqueue0_kicks",
	};
	static const char text[] = "queue2_kicks 1\nqueue10_kicks 2\nqueue0_kicks 3\n";
	struct figures figures = parse(text, strlen(text));
	unsigned int queue;
	const char *what;
	size_t i;

	CHECK(figure_queue("queue0_kicks", &queue, &what) && !queue && !strcmp(what, "kicks"));
	CHECK(figure_queue("queue65535_a_b", &queue, &what) && queue == 65535 &&
	      !strcmp(what, "a_b"));
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(!figure_queue(none[i], &queue, &what));
	CHECK_EQ(figures_next_queue(&figures, -1), 0);
	CHECK_EQ(figures_next_queue(&figures, 0), 2);
	CHECK_EQ(figures_next_queue(&figures, 2), 10);
	CHECK_EQ(figures_next_queue(&figures, 10), -1);
	figures_free(&figures);
}

static void held_pages(void)
{
	static const char text[] =
		"deferred 3\nleaked 1\ndomid 0 ref 8\ndomid 5 ref 4294967295\n"
		"domid 5 ref 4294967296\ndomid 5 ref\ndomid ref 5\nref 5 domid 1\n"
		"domid -1 ref 5\ndomid 7 ref 9 \ndomid5 ref 6\ndomid 5 ref 6x\n"
		"domid 1 ref 2 device virtio-msg-4\n"
		"domid 1 ref 3 device a reason why\ndomid 1 ref 4 newer 5\n"
		"domid 1 ref 5 device \n"
		/* longer than any name */
		"domid 1 ref 6 device aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";
	struct stat_page *pages;
	size_t count;

	REQUIRE(!stat_pages_parse(&pages, &count, text, strlen(text)));
	REQUIRE(count == 8);
	CHECK(pages[0].domid == 0 && pages[0].ref == 8);
	CHECK(pages[1].domid == 5 && pages[1].ref == UINT32_MAX);
	CHECK(pages[2].domid == 7 && pages[2].ref == 9 && !*pages[2].device);
	CHECK(pages[3].ref == 2 && !strcmp(pages[3].device, "virtio-msg-4"));
	CHECK(pages[4].ref == 3 && !strcmp(pages[4].device, "a"));
	CHECK(pages[5].ref == 4 && !*pages[5].device);
	CHECK(pages[6].ref == 5 && !*pages[6].device);
	CHECK(pages[7].ref == 6 && !*pages[7].device);
	free(pages);
}

static void units(void)
{
	static const struct {
		double bytes;
		const char *text;
	} wanted[] = {
		{ 0, "0 B" }, { 1023, "1023 B" }, { 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" }, { 102400, "100 KiB" }, { 102348, "99.9 KiB" },
		{ 1048575, "1.0 MiB" }, { 1047552, "1023 KiB" },
		{ 18446744073709551615.0, "16.0 EiB" },
	};
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct text text = bytes_text(wanted[i].bytes);

		if (strcmp(text.text, wanted[i].text))
			fprintf(stderr, "%s, not %s\n", text.text, wanted[i].text);
		CHECK(!strcmp(text.text, wanted[i].text));
	}
}

/* A device as it is read a number of seconds after another. */
static struct stat_device device_at(double seconds, ino_t inode, const char *text)
{
	struct stat_device device = { .name = "d", .inode = inode, .seconds = seconds };

	device.figures = parse(text, strlen(text));
	return device;
}

static double rate(const char *before, const char *now, const char *name)
{
	struct stat_device a = device_at(10, 1, before), b = device_at(12.5, 1, now);
	double result = stat_rate(&a, &b, name);

	figures_free(&a.figures);
	figures_free(&b.figures);
	return result;
}

static void rates(void)
{
	struct stat_device a, b;

	CHECK(rate("maps 100\n", "maps 350\n", "maps") == 100);
	CHECK(rate("maps 100\n", "maps 100\n", "maps") == 0);
	CHECK(rate("queue3_kicks 0\n", "queue3_kicks 5\n", "queue3_kicks") == 2);
	/* The largest step is no overflow. */
	CHECK(rate("maps 0\n", "maps 18446744073709551615\n", "maps") > 7e18);
	/* One of both does not have it. */
	CHECK(rate("maps 1\n", "unmaps 2\n", "maps") < 0);
	CHECK(rate("unmaps 1\n", "maps 2\n", "maps") < 0);
	CHECK(rate("", "", "maps") < 0);
	/* The device was made anew: none of its rates is one. */
	CHECK(rate("maps 100\nunmaps 5\n", "maps 10\nunmaps 7\n", "maps") < 0);
	CHECK(rate("maps 100\nunmaps 5\n", "maps 10\nunmaps 7\n", "unmaps") < 0);
	CHECK(rate("maps 1\nqueue0_kicks 5\n", "maps 9\nqueue0_kicks 2\n", "maps") < 0);
	/* What may become less says nothing of that. */
	CHECK(rate("maps 1\ngrants 9\n", "maps 6\ngrants 2\n", "maps") == 2);
	CHECK(rate("maps 1\ngrants 9\n", "maps 6\ngrants 2\n", "grants") < 0);

	a = device_at(10, 1, "maps 1\n");
	b = device_at(11, 2, "maps 5\n");
	CHECK(stat_rate(&a, &b, "maps") < 0);	/* another file */
	b.inode = 1;
	CHECK(stat_rate(&a, &b, "maps") == 4);
	CHECK(stat_rate(NULL, &b, "maps") < 0);
	b.seconds = 10;
	CHECK(stat_rate(&a, &b, "maps") < 0);	/* no time between them */
	figures_free(&a.figures);
	figures_free(&b.figures);
}

static void json_names(void)
{
	char *names[] = { (char *)"virtio-msg-1" };

	empty_dir();
	put_device("virtio-msg-1", ALL_NAMES QUEUE(0, 5) QUEUE(1, 6)
		   "newer 18446744073709551615\nqueue1_newer 4\n"
		   "device 1\nqueues 2\nqueue1_queue 3\n");
	put_device("virtio-msg-0", "maps 1\nnot a figure\n");
	json(NULL, 0);
	/* The whole of a device, so that no name changes unseen. */
	CHECK(jq("out", ".[1] | del(.newer) == {device: \"virtio-msg-1\", maps: 10, unmaps: 9, "
		 "bounced_out_bytes: 1536, bounced_in_bytes: 1048576, inplace_maps: 2, "
		 "inplace_bytes: 8192, exhausted: 1, windows: 1, windows_added: 1, "
		 "windows_removed: 0, window_bytes: 4194304, slots_used_bytes: 512, "
		 "slots_high_bytes: 65536, grants: 1025, deferred: 0, leaked: 0, queues: ["
		 "{queue: 0, entries: 256, kicks: 5, interrupts: 7, spurious: 0}, "
		 "{queue: 1, entries: 256, kicks: 6, interrupts: 7, spurious: 0, newer: 4}]}"));
	/* jq computes with doubles. */
	CHECK(strstr(text_of("out"), "\"newer\": 18446744073709551615"));
	CHECK(jq("out", "length == 2 and .[0].device == \"virtio-msg-0\" and .[0].maps == 1"));
	CHECK(jq("out", ".[0] | .unmaps == null and has(\"unmaps\") and .queues == []"));
	CHECK(jq("out", "[.[].queues | type] == [\"array\", \"array\"]"));
	json(names, 1);
	CHECK(jq("out", "length == 1 and .[0].device == \"virtio-msg-1\""));
}

static void json_empty(void)
{
	char *names[] = { (char *)"virtio-msg-0" };

	empty_dir();
	json(NULL, 0);
	CHECK(!strcmp(text_of("out"), "[]\n"));
	put("deferred", "deferred 0\nleaked 0\n");
	json(NULL, 0);
	CHECK(!strcmp(text_of("out"), "[]\n"));
	put("deferred", "deferred 2\nleaked 1\ndomid 3 ref 70 device virtio-msg-2\ndomid 0 ref 71\n");
	json(NULL, 0);
	CHECK(jq("out", ". == [{device: null, deferred: 2, leaked: 1, "
		 "pages: [{domid: 3, ref: 70, device: \"virtio-msg-2\"}, "
		 "{domid: 0, ref: 71, device: null}]}]"));
	json(names, 1);
	CHECK(!strcmp(text_of("out"), "[]\n"));
}

/* Names that would break JSON's strings, or command a terminal. */
static void odd_devices(void)
{
	char error[STAT_ERROR_MAX], *text = NULL;
	struct stat_sample sample;
	size_t size;
	FILE *out;

	empty_dir();
	put_device("a\"b\\c", "maps 1\n");
	put_device("\033[2J", "maps 2\n");
	put_device("\xff", "maps 3\n");
	put_device(".hidden", "maps 4\n");
	put("file", "maps 5\n");
	json(NULL, 0);
	CHECK(jq("out", "length == 3 and ([.[].maps] | add) == 6"));
	CHECK(jq("out", "any(.[]; .device == \"a\\\"b\\\\c\")"));
	REQUIRE(!stat_read(&sample, dir, error));
	out = open_memstream(&text, &size);
	REQUIRE(out);
	stat_show(out, &(struct stat_view){ .dir = dir }, &sample, NULL);
	REQUIRE(!fclose(out));
	CHECK(!strchr(text, '\033') && strstr(text, "\\x1b[2J"));
	stat_free(&sample);
	free(text);
}

static void table(void)
{
	char error[STAT_ERROR_MAX], *text = NULL;
	struct stat_sample before, now;
	struct stat_view view = { .dir = dir, .seconds = 2 };
	size_t size;
	FILE *out;

	empty_dir();
	put_device("virtio-msg-3", ALL_NAMES QUEUE(0, 5));
	put("deferred", "deferred 1\nleaked 0\ndomid 3 ref 70 device virtio-msg-2\n");
	REQUIRE(!stat_read(&before, dir, error));
	/* Written into the same file: the same device goes on. */
	put_device("virtio-msg-3", "maps 50\nbounced_in_bytes 3145728\n" QUEUE(0, 25));
	REQUIRE(!stat_read(&now, dir, error));
	REQUIRE(before.count == 1 && now.count == 1);
	now.devices[0].seconds = before.devices[0].seconds + 2;

	out = open_memstream(&text, &size);
	REQUIRE(out);
	stat_show(out, &view, &now, &before);
	REQUIRE(!fclose(out));
	CHECK(strstr(text, "virtio-msg-3\n"));
	CHECK(strstr(text, "  maps       50                             20/s\n"));
	CHECK(strstr(text, "  copied in  3.0 MiB                        1.0 MiB/s\n"));
	CHECK(strstr(text, "  unmaps     -                              -\n"));
	CHECK(strstr(text, "      0     256           25      10/s            7       0/s         0\n"));
	CHECK(strstr(text, "1 deferred, 0 leaked\n  domain 3, grant 70, of virtio-msg-2\n"));
	free(text);

	/* One that came in between has no rates yet. */
	text = NULL;
	out = open_memstream(&text, &size);
	REQUIRE(out);
	before.devices[0].name[0] = 'x';
	stat_show(out, &view, &now, &before);
	REQUIRE(!fclose(out));
	CHECK(strstr(text, "  maps       50                             -\n"));
	free(text);
	stat_free(&before);
	stat_free(&now);
}

/* Reading fails as it does in debugfs when the device has just gone. */
static void vanishes_while_read(void)
{
	char error[STAT_ERROR_MAX];
	struct stat_sample sample;

	empty_dir();
	put_device("virtio-msg-0", ALL_NAMES);
	mkdir(in_dir("virtio-msg-1"), 0700);
	REQUIRE(!symlink("/proc/self/mem", in_dir("virtio-msg-1/stat")));	/* EIO */
	REQUIRE(!symlink("/proc/self/mem", in_dir("deferred")));
	CHECK(!stat_read(&sample, dir, error));
	CHECK_EQ(sample.count, 1);
	CHECK(stat_find(&sample, "virtio-msg-0") && !stat_find(&sample, "virtio-msg-1"));
	stat_free(&sample);
}

/* Devices come and go as fast as another process can have them. */
static void vanishes_at_random(void)
{
	char error[STAT_ERROR_MAX];
	unsigned int i, whole = 0, gone = 0;
	pid_t child;

	empty_dir();
	put_device("virtio-msg-0", ALL_NAMES);
	child = fork();
	REQUIRE(child >= 0);
	for (i = 0; !child; i++) {
		/* Whole from its beginning, as a device of debugfs is not. */
		put_device("new", ALL_NAMES QUEUE(0, 1));
		if (!move("new", "virtio-msg-1"))
			_exit(1);
		usleep(i % 50);
		unlink(in_dir("virtio-msg-1/stat"));
		rmdir(in_dir("virtio-msg-1"));
		usleep(i % 50);
	}
	for (i = 0; (whole < 100 || gone < 100) && i < 100000; i++) {
		const struct stat_device *device;
		struct stat_sample sample;

		CHECK(!stat_read(&sample, dir, error));
		CHECK(stat_find(&sample, "virtio-msg-0"));
		device = stat_find(&sample, "virtio-msg-1");
		whole += device && device->figures.count == 20;
		gone += !device;
		stat_free(&sample);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	CHECK(whole && gone);	/* else nothing came or went */
}

/* run_stat()'s exit code; what it says is in the files "out" and "err". */
static int run_with(const char *stat_dir, struct options *options)
{
	pid_t child = fork();
	int status;

	REQUIRE(child >= 0);
	if (!child) {
		setenv("VIRTIO_XEN_STAT_DIR", stat_dir, 1);
		if (!freopen(in_dir("out"), "w", stdout) || !freopen(in_dir("err"), "w", stderr))
			_exit(100);
		status = run_stat(NULL, options);
		fflush(NULL);
		_exit(status);
	}
	REQUIRE(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void exit_codes(void)
{
	char *names[] = { (char *)"virtio-msg-0", (char *)"nothing" };
	struct options options = { 0 };

	empty_dir();
	CHECK_EQ(run_with(dir, &options), EXIT_DONE);
	CHECK(!strcmp(text_of("out"), "no devices\n"));
	put_device("virtio-msg-0", ALL_NAMES);
	put_device("virtio-msg-1", ALL_NAMES);
	CHECK_EQ(run_with(dir, &options), EXIT_DONE);
	CHECK(strstr(text_of("out"), "virtio-msg-1"));

	options.args = names;
	options.count = 1;
	CHECK_EQ(run_with(dir, &options), EXIT_DONE);
	CHECK(strstr(text_of("out"), "virtio-msg-0") && !strstr(text_of("out"), "virtio-msg-1"));
	options.count = 2;
	CHECK_EQ(run_with(dir, &options), EXIT_FAILED);
	CHECK(strstr(text_of("err"), "no device 'nothing': there are virtio-msg-0 virtio-msg-1\n"));
	CHECK(!*text_of("out"));

	options.count = 0;
	options.looks = 3;
	CHECK_EQ(run_with(dir, &options), EXIT_USAGE);

	/* A module without this file is an older one. */
	options.looks = 0;
	empty_dir();
	mkdir(in_dir("virtio-msg-0"), 0700);
	CHECK_EQ(run_with(dir, &options), EXIT_FAILED);
	CHECK(strstr(text_of("err"), "older"));
}

/* Two looks, a device gone between them, and another come. */
static void watches(void)
{
	struct options options = { .watch = 1, .looks = 2 };
	pid_t child;

	empty_dir();
	put_device("virtio-msg-0", ALL_NAMES);
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		usleep(300000);
		REQUIRE(move("virtio-msg-0", "virtio-msg-7"));
		_exit(0);
	}
	CHECK_EQ(run_with(dir, &options), EXIT_DONE);
	waitpid(child, NULL, 0);
	CHECK(strstr(text_of("out"), "virtio-msg-0"));
	CHECK(strstr(strstr(text_of("out"), "virtio-msg-0"), "virtio-msg-7"));
	CHECK(!*text_of("err"));

	/* The module is taken out. */
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		usleep(300000);
		REQUIRE(!unlink(in_dir("virtio-msg-7/stat")) && !rmdir(in_dir("virtio-msg-7")));
		_exit(0);
	}
	options.given = OPTION_JSON;
	CHECK_EQ(run_with(dir, &options), EXIT_DONE);
	waitpid(child, NULL, 0);
	/* Without slurping, jq reads one array after the other. */
	CHECK(jq("out", "type == \"array\""));
	CHECK(strstr(text_of("out"), "]\n[]\n"));
}

static void signal_ends(int number)
{
	struct options options = { .watch = 3600 };
	struct timespec begin, end;
	pid_t child;

	empty_dir();
	put_device("virtio-msg-0", ALL_NAMES);
	put("out", "");
	child = fork();
	REQUIRE(child >= 0);
	if (!child) {
		alarm(20);
		_exit(run_with(dir, &options));
	}
	/* The grandchild is what reads: it is told when it has begun. */
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		usleep(20000);
		clock_gettime(CLOCK_MONOTONIC, &end);
	} while (!strstr(text_of("out"), "virtio-msg-0") && end.tv_sec - begin.tv_sec < 10);
	{
		char command[128];
		int status;

		snprintf(command, sizeof(command), "kill -%d $(cat /proc/%d/task/%d/children)",
			 number, (int)child, (int)child);
		REQUIRE(!system(command));
		REQUIRE(waitpid(child, &status, 0) == child);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE);
	}
}

static void sigint_ends(void)
{
	signal_ends(SIGINT);
}

static void sigterm_ends(void)
{
	signal_ends(SIGTERM);
}

int main(void)
{
	char command[256];

	REQUIRE(mkdtemp(dir));
	RUN(lines);
	RUN(many_lines);
	RUN(mutations);
	RUN(queue_names);
	RUN(held_pages);
	RUN(units);
	RUN(rates);
	RUN(json_names);
	RUN(json_empty);
	RUN(odd_devices);
	RUN(table);
	RUN(vanishes_while_read);
	RUN(vanishes_at_random);
	RUN(exit_codes);
	RUN(watches);
	RUN(sigint_ends);
	RUN(sigterm_ends);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	if (system(command))
		return EXIT_FAILURE;
	return test_done();
}
