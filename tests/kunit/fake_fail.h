/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_fail.h - one failure, at a place that a test chooses
 *
 * Every allocation of the driver's and every call of a fake asks fake_fails().
 * A test that lets the first fail, then the second, and so on until none is
 * left, has seen each way out of what it does.
 */
#ifndef VXEN_FAKE_FAIL_H
#define VXEN_FAKE_FAIL_H

#include <linux/types.h>

void fake_fail_nth(int nth);
bool fake_fail_done(void);
bool fake_fails(const char *what);

#endif /* VXEN_FAKE_FAIL_H */
