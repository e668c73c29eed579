# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Whether the checks find anything: each has a defect planted for it.

# Clean files for all checkers: on these they must not fail.
SELFTEST_CLEAN=(
	tools/virtio-xen/report.c scripts/lint.d/spdx.sh tools/man/virtio-xen.8
	Documentation/admin-guide.rst drivers/ring.c tests/kunit/plants/slots-trim.patch
	"Documentation/devicetree/bindings/virtio/xen,virtio-msg.yaml"
)

# copy_tree DIR: what git knows, as it is here, in a repository of its own
copy_tree() {
	(cd "$LAB_REPO" && tracked | xargs cp -a --parents -t "$1") &&
		git -C "$1" init -q && git -C "$1" add -A
}

# Set by scripts/lint.
: "${kernel:=}"

# selftest_clean: what finds a defect does not find one everywhere.
selftest_clean() {
	local out

	out=$("$LAB_REPO/scripts/lint" --kernel "$kernel" "${SELFTEST_CLEAN[@]}" 2>&1)
	[[ $(tail -n 1 <<<"$out") == "${#CHECKERS[@]} passed, 0 failed" ]] || {
		echo "$out"
		return 1
	}
}

# selftest_one NAME DIR: in DIR, the defect for check NAME is found by it among
# all files, and by none of the other checks that look at the file.
selftest_one() {
	local name=$1 dir=$2 out other others=()

	(cd "$dir" && "plant_$name" && git add "$PLANT" && echo "$PLANT" >.git/plant) ||
		return 1
	PLANT=$(cat "$dir/.git/plant")
	out=$("$dir/scripts/lint" --kernel "$kernel" --only "$name" 2>&1)
	if ! grep -q "^not ok $name\$" <<<"$out" || ! grep -q "$PLANT" <<<"$out"; then
		echo "$name has not found the defect in $PLANT:"
		echo "$out"
		return 1
	fi
	for other in "${CHECKERS[@]}"; do
		[[ $other == "$name" ]] || others+=(--only "$other")
	done
	out=$("$dir/scripts/lint" --kernel "$kernel" "${others[@]}" \
		"$PLANT" 2>&1)
	if [[ $(tail -n 1 <<<"$out") != *' passed, 0 failed' ]]; then
		echo "others than $name have found the defect in $PLANT:"
		echo "$out"
		return 1
	fi
}

# selftest_result NAME STATUS TEXT
selftest_result() {
	if ((!$2)); then
		echo "ok selftest $1"
		passed=$((passed + 1))
	else
		echo "not ok selftest $1"
		awk '{ print "    " $0 }' <<<"$3"
		failed=$((failed + 1))
	fi
}

# selftest NAME...: adds to the sums
selftest() {
	local name dir out

	out=$(selftest_clean)
	selftest_result clean $? "$out"
	for name; do
		dir=$(mktemp -d "${TMPDIR:-/tmp}/virtio-xen-lint.XXXXXX") || return 1
		out=$(copy_tree "$dir" && selftest_one "$name" "$dir")
		selftest_result "$name" $? "${out:-cannot copy the tree}"
		rm -rf "$dir"
	done
}
