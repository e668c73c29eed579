// SPDX-License-Identifier: GPL-2.0-only
/*
 * privs.c - what a worker and its daemon give up before they listen to a guest
 *
 * When the backend is open nothing needs a capability any more: the Xen
 * devices are files of root's, and we stay root. No program that is started
 * later can gain one.
 */
#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "privs.h"

/**
 * privs_drop() - Give up all capabilities for good
 *
 * Return: 0 or a negative errno
 */
int privs_drop(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_ALL) < 0)
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/**
 * privs_drop_child() - Leave a daemon what it takes to open its files
 *
 * Called between fork and exec, while there is only one thread. Images may
 * belong to other users.
 *
 * Return: 0 or a negative errno
 */
int privs_drop_child(void)
{
	if (geteuid())
		return 0;	/* there is nothing to give up */
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
			 CAP_DAC_OVERRIDE) < 0 ||
	    capng_apply(CAPNG_SELECT_ALL) < 0)
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
