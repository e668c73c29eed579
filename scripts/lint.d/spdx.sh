# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Each file of ours says what its licence is, within its first lines.

files_spdx() {
	# The licence itself has none, and in a patch it would be a context line.
	# Inputs of the fuzzers are bytes.
	tracked | grep -vE '^(COPYING|.*\.patch|tests/fuzz/(corpus|regressions)/.*)$'
}

lint_spdx() {
	local file bad=0 n=0

	for file; do
		n=$((n + 1))
		head -n 5 "$file" | grep -q 'SPDX-License-Identifier: ' && continue
		echo "$file: no SPDX line"
		bad=1
	done
	looked "$n"
	return $bad
}

plant_spdx() {
	PLANT=tests/plant.py
	echo 'print("no licence")' >"$PLANT"
}
