# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# User space in C, by cppcheck. It cannot make sense of the kernel's macros:
# what it says of the module is mostly that.

CPPCHECK_OPTIONS=(
	--std=c11 --library=posix --library=gnu --inline-suppr
	--enable=warning --enable=performance --enable=portability
	-D_GNU_SOURCE '-DVERSION="lint"' -Iinclude
	# Headers that are not ours are not looked for.
	--suppress=missingIncludeSystem
)

files_cppcheck() {
	tracked 'tools/*.c' 'tests/unit/*.c' 'tests/fuzz/*.c' 'tests/e2e/*.c'
}

lint_cppcheck() {
	local out=$LINT_OUT/cppcheck.out

	cppcheck -j "$(nproc)" "${CPPCHECK_OPTIONS[@]}" \
		--template='{file}:{line}: {id}: {message}' "$@" \
		>"$out" 2>"$out.found" || return 1
	# "Checking FILE ...", once more for each set of macros that it tries.
	looked "$(sed -n 's/^Checking \([^:]*\) \.\.\.$/\1/p' "$out" | sort -u | wc -l)"
	is_allowed cppcheck <"$out.found"
}

plant_cppcheck() {
	PLANT=tools/virtio-xen/plant.c
	cat >"$PLANT" <<-'END'
	// SPDX-License-Identifier: GPL-2.0-only
	#include <string.h>

	void plant(int *table);
	void plant(int *table)
	{
		memset(table, 0, sizeof(table));
	}
	END
}
