// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - runs xl, without a shell
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"
#include "run.h"

#define EXIT_NO_PROGRAM	127	/* as a shell has it */

/**
 * run_program() - runs a program and waits for it
 * @argv: its name, found by PATH, and its arguments, ended by NULL
 *
 * Return: 0 if it succeeded, -1 after an error message if not.
 */
int run_program(char *const argv[])
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return fail("cannot run %s: %s", argv[0], strerror(errno));
	if (!pid) {
		execvp(argv[0], argv);
		fail("cannot run %s: %s", argv[0], strerror(errno));
		_exit(EXIT_NO_PROGRAM);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail("cannot wait for %s: %s", argv[0],
				    strerror(errno));
	if (WIFSIGNALED(status))
		return fail("%s %s was killed by signal %d", argv[0], argv[1],
			    WTERMSIG(status));
	if (WEXITSTATUS(status))
		return fail("%s %s failed with exit code %d", argv[0], argv[1],
			    WEXITSTATUS(status));
	return 0;
}

/**
 * print_program() - prints a command line, to be read by people
 * @argv: ended by NULL
 */
void print_program(char *const argv[])
{
	for (; *argv; argv++) {
		print_safe(stdout, *argv);
		putchar(argv[1] ? ' ' : '\n');
	}
}
