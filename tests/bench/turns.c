// SPDX-License-Identifier: GPL-2.0-only
/*
 * turns.c - TCP request and response, a byte each way
 *
 * turns --server PORT         answers, for one client after another
 * turns ADDRESS PORT N        N turns
 * turns ADDRESS PORT Ss       as many as there are in S seconds
 *
 * The client prints "TURNS NANOSECONDS".
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		err(1, "TCP_NODELAY");
}

static int serve(struct sockaddr_in *at)
{
	int on = 1, fd, client;
	char byte;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)at, sizeof(*at)) || listen(fd, 8))
		err(1, "server");
	for (;;) {
		client = accept(fd, NULL, NULL);
		if (client < 0)
			err(1, "accept");
		no_delay(client);
		while (read(client, &byte, 1) == 1 &&
		       write(client, &byte, 1) == 1)
			;
		close(client);
	}
}

static void turn(int fd)
{
	char byte = 0;

	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		errx(1, "the server has gone");
}

static int ask(const struct sockaddr_in *to, long long number, bool seconds)
{
	long long start, end, turns = 0;
	int fd;

	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		err(1, "connect");
	no_delay(fd);
	/* Not counted: what only the first one has to do. */
	turn(fd);
	start = now();
	do {
		turn(fd);
		turns++;
		end = now();
	} while (seconds ? end - start < number * 1000000000LL :
			   turns < number);
	printf("%lld %lld\n", turns, end - start);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	long long number;
	char *end;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "--server")) {
		address.sin_port = htons(atoi(argv[2]));
		return serve(&address);
	}
	if (argc != 4 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1)
		errx(2, "usage: turns --server PORT | ADDRESS PORT N|Ss");
	address.sin_port = htons(atoi(argv[2]));
	number = strtoll(argv[3], &end, 10);
	if (number < 1)
		errx(2, "no number of turns: %s", argv[3]);
	return ask(&address, number, *end == 's');
}
