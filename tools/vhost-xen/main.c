// SPDX-License-Identifier: GPL-2.0-only
/* main.c - the command line of vhost-xen */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "fixed.h"
#include "log.h"
#include "manager.h"
#include "supervise.h"
#include "worker.h"

#ifndef VERSION
#define VERSION	"unknown"
#endif

static const char usage[] =
"Usage: vhost-xen [OPTION]...\n"
"       vhost-xen [OPTION]... --static domid=N,port=N,gref=N KEY=VALUE...\n"
"Serve virtio devices to Xen guests with vhost and vhost-user backends.\n"
"\n"
"  -f, --foreground      stay in the foreground\n"
"  -v, --verbose         log more\n"
"      --no-queue-ports  do not offer event channels for single virtqueues\n"
"      --static WHERE    serve one device of a system without xenstore\n"
"  -h, --help            show this help\n"
"  -V, --version         show the version\n"
"\n"
"Devices are found in xenstore under backend/virtio-msg. See vhost-xen(8).\n";

enum { OPT_WORKER = 256, OPT_NO_QUEUE_PORTS, OPT_STATIC };

static const struct option options[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "no-queue-ports", no_argument, NULL, OPT_NO_QUEUE_PORTS },
	{ "static", required_argument, NULL, OPT_STATIC },
	{ "worker", no_argument, NULL, OPT_WORKER },	/* the manager only */
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

struct args {
	bool foreground;
	bool verbose;
	bool no_queue_ports;
	bool worker;
	const char *where;
};

static void parse_args(struct args *a, int argc, char *argv[])
{
	int c;

	while ((c = getopt_long(argc, argv, "fvhV", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			a->foreground = true;
			break;
		case 'v':
			a->verbose = true;
			break;
		case OPT_NO_QUEUE_PORTS:
			a->no_queue_ports = true;
			break;
		case OPT_STATIC:
			a->where = optarg;
			break;
		case OPT_WORKER:
			a->worker = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		case 'V':
			puts("vhost-xen " VERSION);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (!a->where && argc - optind != (a->worker ? 2 : 0)) {
		fputs(usage, stderr);
		exit(2);
	}
}

static int run_worker(const struct args *a, char *const device[2])
{
	unsigned long domid, id;
	char prefix[32];

	if (config_parse_uint(device[0], DOMID_FIRST_RESERVED - 1, &domid) ||
	    config_parse_uint(device[1], INT_MAX, &id))
		return WORKER_FAILED;
	snprintf(prefix, sizeof(prefix), "d%lu.%lu", domid, id);
	log_init(a->verbose, prefix);
	return worker_run(domid, id, !a->no_queue_ports);
}

struct static_args {
	struct fixed fixed;
	bool queue_ports;
};

static int run_static_worker(void *arg)
{
	const struct static_args *s = arg;

	return worker_run_fixed(&s->fixed, s->queue_ports);
}

static int run_static(const struct args *a, char *const config[])
{
	struct static_args s = { .queue_ports = !a->no_queue_ports };
	char why[128], prefix[32];

	if (fixed_parse(&s.fixed, a->where, config, why, sizeof(why))) {
		fprintf(stderr, "vhost-xen: --static: %s\n", why);
		return 2;
	}
	snprintf(prefix, sizeof(prefix), "d%u.ref%u", s.fixed.domid, s.fixed.ref);
	log_init(a->verbose, prefix);
	if (!a->foreground && daemon(0, 1) < 0) {
		perror("vhost-xen");
		return EXIT_FAILURE;
	}
	return supervise(run_static_worker, &s);
}

int main(int argc, char *argv[])
{
	char *worker_argv[3];
	struct args a = { 0 };
	unsigned int n = 0;

	parse_args(&a, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (a.worker)
		return run_worker(&a, argv + optind);

	if (a.where)
		return run_static(&a, argv + optind);

	log_init(a.verbose, NULL);
	if (!a.foreground && daemon(0, 1) < 0) {
		perror("vhost-xen");
		return EXIT_FAILURE;
	}
	worker_argv[n++] = argv[0];
	if (a.verbose)
		worker_argv[n++] = (char *)"--verbose";
	if (a.no_queue_ports)
		worker_argv[n++] = (char *)"--no-queue-ports";
	return manager_run(worker_argv, n);
}
