# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Documents: docutils stops at a warning.

files_rst() {
	tracked '*.rst'
}

lint_rst() {
	local file n=0 bad=0

	for file; do
		if python3 -m docutils --halt=2 --report=1 "$file" >"$LINT_OUT/rst.html"; then
			grep -q '<h1' "$LINT_OUT/rst.html" && n=$((n + 1))
		else
			bad=1
		fi
	done
	rm -f "$LINT_OUT/rst.html"
	looked "$n"
	return $bad
}

plant_rst() {
	PLANT=Documentation/plant.rst
	cat >"$PLANT" <<-'END'
	.. SPDX-License-Identifier: GPL-2.0-only

	=====
	Plant
	=====

	A title with a short line
	=========

	Text.
	END
}
