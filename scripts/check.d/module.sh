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

# arm64_kernels: those that there are headers of to build with for arm64
arm64_kernels() {
	local dir

	for dir in "$(scripts/cross)"/usr/src/linux-headers-*-arm64; do
		echo "${dir#*headers-}"
	done
}

# compiled_files TREE RELEASE: how many of the sources a kernel's modules are made
# of; which ones depends on its configuration
compiled_files() {
	local file count=0

	while read -r file; do
		[[ ! -e $1/build/$2/drivers/${file%.c}.o ]] || count=$((count + 1))
	done < <(cd "$1/drivers" && find . -name '*.c' ! -name '*.mod.c')
	echo "$count"
}

# build_module TREE RELEASE [FLAGS]: sparse must have looked at every file; it is
# left out without a word where the kernel's build does not get on with it.
build_module() {
	local tree=$1 release=$2 flags=${3:-W=1 C=2} log files checked
	local -a arch=()

	[[ $release != *-arm64 ]] || arch=(ARCH=arm64)
	log=$(mktemp) || return 1
	make -C "$tree" "${arch[@]}" module "KVER=$release" "KFLAGS=$flags" 2>&1 | tee "$log"
	((!PIPESTATUS[0])) || return 1
	files=$(compiled_files "$tree" "$release")
	checked=$(grep -c '^  CHECK ' "$log")
	echo "sparse has looked at $checked of $files files"
	! grep -qE 'warning:|error:' "$log" && ((files && checked == files))
	set -- $?
	rm -f "$log"
	return "$1"
}
