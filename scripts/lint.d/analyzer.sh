# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The tools, by gcc -fanalyzer.

files_analyzer() {
	tracked 'tools/*.c'
}

# Of one file: what is found goes to $LINT_OUT/analyzer/FILE, with / as _.
analyze() {
	local out=$LINT_OUT/analyzer/${1//\//_}

	# -O1: with less, and with more, it sees less.
	LC_ALL=C gcc -std=gnu11 -D_GNU_SOURCE '-DVERSION="lint"' -Iinclude -Itools/lib \
		-O1 -fanalyzer -fdiagnostics-plain-output \
		-S -o "$out.s" "$1" 2>"$out" || echo "$1:0: error: gcc failed" >>"$out"
}

lint_analyzer() {
	local dir=$LINT_OUT/analyzer

	rm -rf "$dir"
	mkdir -p "$dir"
	export LINT_OUT
	export -f analyze
	# shellcheck disable=SC2016 # for the other bash
	printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I '{}' bash -c 'analyze "$1"' _ '{}'
	# Only what was compiled was looked at.
	looked "$(find "$dir" -name '*.s' -size +0 | wc -l)"
	find "$dir" ! -name '*.s' -type f -exec cat {} + |
		sed -nE '/: (warning|error): /p' | is_allowed analyzer
}

plant_analyzer() {
	PLANT=tools/virtio-xen/plant.c
	cat >"$PLANT" <<-'END'
	// SPDX-License-Identifier: GPL-2.0-only
	#include <stdlib.h>

	struct plant {
		char *text;
	};

	char plant(struct plant *p, int n);
	static void drop(struct plant *p)
	{
		free(p->text);
	}

	char plant(struct plant *p, int n)
	{
		if (n > 3)
			drop(p);
		return p->text[0];
	}
	END
}
