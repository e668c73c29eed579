# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The figures of the bridge and of the administrator's tool, by tests/unit.

# cover_tools INFO
cover_tools() {
	local info=$1 out=$COVERAGE_OUT/tools log=$COVERAGE_OUT/tools.log
	local make=(make -C "$LAB_REPO/tools" "O=$out" "CFLAGS=-O1 -g --coverage"
		"-j$(nproc)")

	mkdir -p "$out"
	say "tools: building and running their tests (log: ${log#"$LAB_REPO/"})"
	find "$out" -name '*.gcda' -delete
	# All of them, so that what no test is linked with counts, too.
	"${make[@]}" all run-tests >"$log" 2>&1 || {
		say "the tools' tests failed:"
		grep -E -m 20 '(^not ok|error|\*\*\*)' "$log" >&2 || tail -n 20 "$log" >&2
		return 1
	}
	say "tools: reading what ran"
	capture "$out" "$info" "$COVERAGE_OUT/tools-lcov.log" \
		"$LAB_REPO/tools/*"
}
