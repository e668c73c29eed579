# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For in_guest: the module's tests that run in the guest's kernel.

# real_kunit: loads the tests of tests/kunit/real, and compares what they say in
# the log with kunit.expected: "SUITE NUMBER" a line, from the sources. Loading
# runs them, and says nothing of how that went.
real_kunit() {
	local marker="real_kunit $RANDOM$RANDOM"

	# Writing would take references while they are counted.
	sync
	mount -o remount,ro / || return
	echo "$marker" >/dev/kmsg
	insmod ./virtio_xen_real_test.ko || return
	mount -o remount,rw /
	dmesg | sed -E 's/^\[[^]]*\] //' | sed -n "/^$marker\$/,\$p" >/tmp/ktap
	ktap_is_complete ./kunit.expected </tmp/ktap && return
	# Where it is seen, too, when only the end of the log is.
	grep -A 6 -E '(EXPECTATION|ASSERTION) FAILED' /tmp/ktap
	return 1
}

# ktap_is_complete FILE: each suite of FILE has run all of its tests, and all have
# passed.
ktap_is_complete() {
	awk '
		FNR == NR { expected[$1] = $2; suites++; next }
		/^    # Subtest: / { suite = $3 }
		/^ *not ok / { print; bad++ }
		/^    ok .*# SKIP/ { print; bad++; next }
		/^    ok / { passed[suite]++; all++ }
		END {
			for (suite in expected)
				if (passed[suite] != expected[suite]) {
					print suite ": " passed[suite] + 0 \
						" of " expected[suite] " tests passed"
					bad++
				}
			print "real KUnit: " all + 0 " tests passed in " \
				suites + 0 " suites"
			exit bad || !all || !suites
		}' "$1" -
}
