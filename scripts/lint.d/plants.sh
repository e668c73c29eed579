# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Each planted defect fits the code that it is for: one that no longer does shows
# nothing, and few of them are planted every time.

files_plants() {
	tracked '*/plants/*.patch'
}

lint_plants() {
	local file out n=0 bad=0

	for file; do
		n=$((n + 1))
		out=$(patch -p1 --dry-run --silent --force <"$file" 2>&1) && continue
		# shellcheck disable=SC2001 # each line of it
		sed "s,^,$file: ," <<<"$out"
		bad=1
	done
	looked "$n"
	return $bad
}

plant_plants() {
	PLANT=tests/kunit/plants/plant.patch
	cat >"$PLANT" <<-'END'
	A defect that is for code that there is not.

	--- a/drivers/ring.c
	+++ b/drivers/ring.c
	@@ -1,2 +1,2 @@
	-int a;
	+int b;
	 int c;
	END
}
