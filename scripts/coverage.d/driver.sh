# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The driver's figures: user-mode Linux runs the KUnit tests, and writes what
# ran when it ends, as any program does that was built for gcov.

# driver_config DIR: a directory that scripts/kunit.d/build.sh takes the
# kernel's configuration from.
driver_config() {
	mkdir -p "$1"
	{
		grep -v '^CONFIG_UBSAN' "$KUNIT_CONFIG"
		cat "$COVERAGE_D/config"
	} >"$1/config"
}

# driver_build VERSION SOURCE OUT
driver_build() {
	local status=0 lock link="-fprofile-arcs\\ -L$3"

	driver_config "$3/kunit.d"
	# A function of the library's has the name of one of the kernel's.
	objcopy --redefine-sym mangle_path=gcov_mangle_path \
		"$(gcc -print-file-name=libgcov.a)" "$3/libgcov.a" || return 1
	# The source is grafted to one repository at a time, as in scripts/kunit.
	exec {lock}>"$LAB_CACHE/kunit-$1.lock"
	flock "$lock"
	# The driver's files are built for gcov by tests/kunit/Kbuild. Without
	# flags of its own for this the kernel's are not.
	MAKEFLAGS="CFLAGS-y= GCOV_OPT=$link" KUNIT_D=$3/kunit.d \
		kernel_build "$1" "$2" "$3" || status=1
	exec {lock}>&-
	return "$status"
}

# driver_run VERSION SOURCE OUT: fails if a test does
driver_run() {
	local version=$1 src=$2 out=$3 sums

	find "$out/objects/drivers/virtio-xen" -name '*.gcda' -delete
	kernel_boot "$version" "$out"
	sums=$(KUNIT_D=$KUNIT_TOOLS kernel_results "$version" "$src" "$out") ||
		return 1
	[[ ${sums% *} != 0 && ${sums#* } == 0 ]] || {
		say "a run whose tests fail says nothing about coverage"
		return 1
	}
}

# driver_capture OUT INFO
driver_capture() {
	local objects=$1/objects/drivers/virtio-xen log=$1/lcov.log

	[[ $(find "$objects" -name '*.gcda' -print -quit) ]] || {
		say "the kernel has left no coverage data in" \
			"${objects#"$LAB_REPO/"}: see ${1#"$LAB_REPO/"}/boot.log"
		return 1
	}
	say "driver: reading what ran (log: ${log#"$LAB_REPO/"})"
	capture "$objects" "$2" "$log" "$LAB_REPO/drivers/*"
}

# cover_driver VERSION INFO
cover_driver() {
	local version=$1 info=$2 out=$COVERAGE_OUT/linux-$1 src

	say "$version: getting the source"
	src=$(kernel_source "$version") || return 1
	mkdir -p "$out"
	driver_build "$version" "$src" "$out" &&
		driver_run "$version" "$src" "$out" &&
		driver_capture "$out" "$info"
}
