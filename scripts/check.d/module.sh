# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The module for each of Debian's kernels, without a warning: by gcc with W=1
# and by sparse.

# kernels: the releases that there are headers of
kernels() {
	local dir

	for dir in /usr/src/linux-headers-*-amd64; do
		[[ $dir == *-cloud-* || $dir == *-rt-* ]] || echo "${dir#*headers-}"
	done
}

# build_module TREE RELEASE [FLAGS]: sparse must have looked at every file; it is
# left out without a word where the kernel's build does not get on with it.
build_module() {
	local tree=$1 release=$2 flags=${3:-W=1 C=2} log files checked

	log=$(mktemp) || return 1
	make -C "$tree" module "KVER=$release" "KFLAGS=$flags" 2>&1 | tee "$log"
	((!PIPESTATUS[0])) || return 1
	files=$(grep -c '^[a-z]*_xen-y' "$tree/drivers/Kbuild")
	checked=$(grep -c '^  CHECK ' "$log")
	echo "sparse has looked at $checked of $files files"
	! grep -qE 'warning:|error:' "$log" && ((files && checked == files))
	set -- $?
	rm -f "$log"
	return "$1"
}
