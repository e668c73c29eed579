# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Manual pages: groff by way of man, with all its warnings, and mandoc.

files_man() {
	tracked 'tools/man/*'
}

lint_man() {
	local file out n=0 bad=0

	for file; do
		out=$(MANWIDTH=80 man --warnings=w -l "$file" 2>&1 >/dev/null)
		[[ ! $out ]] || {
			echo "$out"
			bad=1
		}
		# Below a warning, it is about other systems' conventions.
		mandoc -T lint -W warning "$file" || bad=1
		# A page that is shown is one that was read.
		[[ ! $(MANWIDTH=80 man -l "$file" 2>/dev/null) ]] || n=$((n + 1))
	done
	looked "$n"
	return $bad
}

plant_man() {
	PLANT=tools/man/plant.8
	cat >"$PLANT" <<-'END'
	.\" SPDX-License-Identifier: GPL-2.0-only
	.Dd November 21, 2026
	.Dt PLANT 8
	.Os
	.Sh NAME
	.Nm plant
	.Nd a list without its end
	.Sh DESCRIPTION
	.Bl -tag -width Ds
	.It one
	END
}
