# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shell: what begins with #! and a shell, and sourced parts, which say so.

files_shellcheck() {
	local file

	tracked | while IFS= read -r file; do
		head -n 1 "$LAB_REPO/$file" | grep -aEq '^#!.*\b(ba)?sh\b' && echo "$file"
		sed -n 2,4p "$LAB_REPO/$file" | grep -aq '^# shellcheck shell=' && echo "$file"
	done
}

lint_shellcheck() {
	local status

	# SC1091: a sourced file that is there only when it is run.
	# Given more than it can read, shellcheck fails.
	shellcheck -f gcc -x -P SCRIPTDIR -e SC1091 "$@"
	status=$?
	looked $#
	return $status
}

plant_shellcheck() {
	PLANT=scripts/plant
	# shellcheck disable=SC2016 # not to be expanded here
	printf '#!/bin/bash\n# SPDX-License-Identifier: GPL-2.0-only\nrm $1\n' >"$PLANT"
}
