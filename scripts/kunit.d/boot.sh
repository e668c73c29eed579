# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Running the tests, and judging what came of it.

# What the kernel prints when one of its checkers has found something.
SPLAT='BUG:|WARNING:|UBSAN|KASAN:|possible .*(deadlock|recursive)|DMA-API:.*error|INFO: (task|trying)|Kernel panic'

# Seconds; a run takes less than ten.
BOOT_TIMEOUT=300

# kernel_boot VERSION OUT: writes OUT/boot.log
kernel_boot() {
	local version=$1 out=$2
	local cmdline=(mem=256M con=null 'con0=fd:0,fd:1' kunit_shutdown=halt
		time-travel
		panic=1 panic_on_oops=1)

	# shellcheck disable=SC2154 # set in scripts/kunit
	[[ ! $seed ]] || cmdline+=("vxen_kunit.slots_seed=$seed"
		"vxen_kunit.canary_seed=$seed")
	say "$version: running"
	# The exit status says nothing: results are in the log.
	timeout -k 5 "$BOOT_TIMEOUT" "$out/objects/linux" "${cmdline[@]}" \
		</dev/null >"$out/boot.log" 2>&1
	(($? != 124)) || say "$version: still running after $BOOT_TIMEOUT s"
}

# kernel_results VERSION SOURCE OUT: prints "PASSED FAILED", and for people
# what failed and why
kernel_results() {
	local version=$1 src=$2 out=$3 splats sums

	python3 "$src/tools/testing/kunit/kunit.py" parse \
		"--json=$out/results.json" "$out/boot.log" \
		>"$out/results.txt" 2>&1
	sums=$(python3 "$KUNIT_D/results.py" "$version" "$out/results.json" \
		"$LAB_REPO/tests/kunit") || {
		say "$version: no results; the end of ${out#"$LAB_REPO/"}/boot.log:"
		tail -n 20 "$out/boot.log" >&2
		return 1
	}

	if splats=$(grep -E -A 15 "$SPLAT" "$out/boot.log"); then
		say "$version: the kernel complained:"
		head -n 60 <<<"$splats" >&2
		sums="${sums% *} $((${sums#* } + 1))"
	fi
	[[ ${sums#* } == 0 ]] ||
		grep -E -A 4 '(EXPECTATION|ASSERTION) FAILED' "$out/boot.log" |
		head -n 60 >&2
	say "$version: ${sums% *} passed, ${sums#* } failed"
	echo "$sums"
}
