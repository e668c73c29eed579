# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Planted defects, for scripts/selftest: a copy of the sources, the defects in it
# one after another, and what a test that has found one must have said.
#
# A defect is a patch. Its head says in words what it breaks and, where that is
# not simply a failed test, "Seen as: ", an extended regular expression.

: "${repo:?}" "${logs:?}"
: "${passed:?}" "${failed:?}"

# seen_as PATCH
seen_as() {
	sed -n 's/^Seen as: //p' "$1"
}

# copy_sources DIR: new files, so that make believes nothing of an earlier copy
copy_sources() {
	rm -rf "$1"
	mkdir -p "$1"
	(cd "$repo" && cp -r Kbuild Kconfig Makefile drivers include tools "$1") &&
		mkdir "$1/tests" && cp -r "$repo/tests/unit" "$1/tests"
}

# found NAME LOG STATUS PATTERN START: one line for a defect; the test's exit
# STATUS must be a failure, and its LOG must have PATTERN.
found() {
	local name=$1 log=$2 status=$3 pattern=$4 took=$((SECONDS - $5))

	if ((status)) && grep -qE -- "$pattern" "$log"; then
		echo "ok $name ($took s): $(grep -oEm 1 -- "$pattern.*" "$log" | cut -c 1-80)"
		passed=$((passed + 1))
	else
		echo "not ok $name ($took s): status $status, seen or not: $pattern"
		tail -n 20 "$log" | sed 's/^/    /'
		cp "$log" "$logs/${name//\//-}.log"
		failed=$((failed + 1))
	fi
}

# clean NAME LOG STATUS START: without a defect the same test must pass, or its
# failures would say nothing.
clean() {
	local name=$1 log=$2 status=$3 took=$((SECONDS - $4))

	if ((!status)); then
		echo "ok $name ($took s)"
		passed=$((passed + 1))
	else
		echo "not ok $name ($took s): it fails without a defect"
		tail -n 20 "$log" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
}

# plant_each PREFIX TREE PATCH-DIR COMMAND...: COMMAND, as it is and with each of
# the defects in TREE.
plant_each() {
	local prefix=$1 tree=$2 dir=$3 log=$2/log patch start status

	shift 3
	start=$SECONDS
	"$@" >"$log" 2>&1
	clean "$prefix/clean" "$log" $? "$start"
	for patch in "$dir"/*.patch; do
		start=$SECONDS
		patch -s -p1 -d "$tree" <"$patch" >"$log" 2>&1 &&
			"$@" >>"$log" 2>&1
		status=$?
		found "$prefix/$(basename "$patch" .patch)" "$log" $status \
			"$(seen_as "$patch")" "$start"
		patch -s -R -p1 -d "$tree" <"$patch"
	done
}
