# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Results, for scripts/check and scripts/selftest: one line for each test, as
# soon as it is known, and the sums.
#
# The log of a test is $logs/NAME.log; it stays if the test failed.

# Set by those who source this file.
: "${repo:?}" "${logs:?}"
passed=0 failed=0 skipped=0

# result NAME STATUS [SECONDS]
result() {
	local name=$1 log=$logs/${1//\//-}.log took=${3:+ ($3 s)}

	if (($2 == 0)); then
		echo "ok $name$took"
		passed=$((passed + 1))
		rm -f "$log"
	else
		echo "not ok $name$took"
		tail -n 20 "$log" | sed 's/^/    /'
		echo "    all of it: ${log#"$repo"/}"
		failed=$((failed + 1))
	fi
}

# skip NAME WHY...
skip() {
	echo "skipped $1: ${*:2}"
	skipped=$((skipped + 1))
}

# run NAME COMMAND...: a test that is one command
run() {
	local name=$1 start=$SECONDS

	shift
	"$@" >"$logs/${name//\//-}.log" 2>&1
	result "$name" $? $((SECONDS - start))
}

# sum_of LOG: "PASSED FAILED" as the log's closing line has it, or nothing
sum_of() {
	sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$1" | tail -n 1
}

# counted NAME COMMAND...: a test with a closing line "N passed, N failed". A
# suite that ran nothing, or that ended before its closing line, has failed,
# whatever its exit status.
counted() {
	local name=$1 log=$logs/${1//\//-}.log start=$SECONDS status sum

	shift
	"$@" >"$log" 2>&1
	status=$?
	sum=$(sum_of "$log")
	if [[ ! $sum ]]; then
		echo "$name: no closing line" >>"$log"
		status=1
	else
		echo "   $name: ${sum% *} passed, ${sum#* } failed"
		((${sum% *} && !${sum#* })) || status=1
	fi
	result "$name" "$status" $((SECONDS - start))
}

# closing_line: "N passed, N failed, N skipped"; fails if something did, or if
# nothing ran.
closing_line() {
	echo "$passed passed, $failed failed, $skipped skipped"
	((passed && !failed))
}
