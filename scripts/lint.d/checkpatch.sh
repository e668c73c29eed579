# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The kernel's style, by its own scripts/checkpatch.pl.

files_checkpatch() {
	tracked 'drivers/*.[ch]' 'include/*.[ch]' 'tests/kunit/*.[ch]'
}

lint_checkpatch() {
	local out=$LINT_OUT/checkpatch.out scripts

	scripts=$(kernel_scripts) || return 1
	# Only what is not terse sums each file up. Beside it lie the words and structures that it knows. Its status is
	# that of findings, which are looked at below.
	perl "$scripts/checkpatch.pl" --no-tree --strict --show-types --emacs -f "$@" \
		>"$out" 2>&1
	looked "$(grep -c '^total: .* lines checked$' "$out")"
	sed -nE '/^[^ ]+:[0-9]+: (ERROR|WARNING|CHECK):/p' "$out" | is_allowed checkpatch
}

plant_checkpatch() {
	PLANT=drivers/plant.c
	cat >"$PLANT" <<-'END'
	// SPDX-License-Identifier: GPL-2.0-only
	int plant(int n)
	{
		if(n)
			return 1;
		return 0;
	}
	END
}
