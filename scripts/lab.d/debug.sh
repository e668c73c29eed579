# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The guest's kernels that have checkers (--guest-kernel debug and kcsan): Debian's
# source of 6.12 with the configuration in debug/. Needs common.sh, cache.sh and
# kunit.d/source.sh.
#
# Only what handles memory that the module has given to it is instrumented, and the
# module itself: all else would take most of the time to build and to run, and
# could find the kernel's own defects only.

DEBUG_SERIES=6.12
DEBUG_KERNELS=(debug kcsan)

# debug_watched KERNEL: sets what is instrumented, as directories with all below
# them, and what of that is not
debug_watched() {
	case $1 in
	debug)
		watched=(kernel lib fs/sysfs fs/kernfs fs/debugfs
			drivers/{base,virtio,xen,block,net})
		unwatched=(kernel/{trace,events,bpf,power,sched} lib/kunit)
		;;
	kcsan)
		# The other half of a race with the module is the module, or
		# virtio's core.
		watched=(drivers/virtio)
		unwatched=()
		;;
	esac
}

# PVH's entry runs before there is a shadow, and compares strings.
DEBUG_UNSHADOWED=(KASAN_SANITIZE_string.o=n)

# What modules are built with, and nothing more, as in Debian's header packages.
DEBUG_KEEP=(Kbuild Makefile Module.symvers System.map .config arch include scripts tools)

# is_debug_kernel NAME
is_debug_kernel() {
	[[ " ${DEBUG_KERNELS[*]} " == *" $1 "* ]]
}

# debug_kernel_dir KERNEL: prints the directory with the kernel: build (to build
# modules against), vmlinux, root/lib/modules/RELEASE and release.
debug_kernel_dir() {
	local version key

	DEBUG_KERNEL=$1
	version=$(source_candidate "linux-source-$DEBUG_SERIES")
	key=$(cache_key "$version" "@$LAB_D/debug/config" \
		"@$LAB_D/debug/config-$1" "@$LAB_D/debug.sh")
	cache_get "$1-kernel" "$key" build_debug_kernel
}

# build_debug_kernel DIR: DEBUG_KERNEL, in the source's tree, for then no absolute
# path is built in and the result can be moved.
build_debug_kernel() {
	local dir=$1 log=$1/log source cc=gcc start=$SECONDS

	source=$(kernel_source "$DEBUG_SERIES") || {
		say "there is no source of Linux $DEBUG_SERIES"
		return 1
	}
	say "building the $DEBUG_KERNEL kernel: 3 to 5 minutes on two idle cores," \
		"later less than one with ccache"
	# Links: the compiler only reads them.
	cp -al "$source" "$dir/build" || return 1
	debug_edit "$dir/build" || return 1

	! command -v ccache >/dev/null || cc='ccache gcc'
	# Objects of an earlier build, in another directory, are found again.
	export CCACHE_BASEDIR=/ CCACHE_NOHASHDIR=1
	DEBUG_MAKE=(-s -C "$dir/build" "CC=$cc" "-j$(nproc)" "${DEBUG_UNSHADOWED[@]}")
	{
		debug_config "$dir" &&
			debug_make &&
			make "${DEBUG_MAKE[@]}" "INSTALL_MOD_PATH=$dir/root" \
				modules_install
	} </dev/null >"$log" 2>&1 || {
		grep -E -m 20 '(error|undefined|\*\*\*)' "$log" >&2 ||
			tail -n 20 "$log" >&2
		return 1
	}
	objcopy -S "$dir/build/vmlinux" "$dir/vmlinux" || return 1
	cp "$dir/build/include/config/kernel.release" "$dir/release"
	rm -f "$dir"/root/lib/modules/*/{build,source}
	debug_prune "$dir/build"
	rm "$log" "$dir/config"
	say "built the $DEBUG_KERNEL kernel in $((SECONDS - start)) s"
}

# debug_sanitize VALUE DIRECTORY...: what is instrumented there and below. sed makes
# new files of what was linked.
debug_sanitize() {
	local value=$1 directory

	shift
	for directory; do
		sed -i "\$a KASAN_SANITIZE := $value\nUBSAN_SANITIZE := $value\nKCSAN_SANITIZE := $value" \
			"$directory/Makefile" || return 1
	done
}

# debug_edit TREE: makes the source what is to be built.
debug_edit() {
	local watched unwatched

	debug_watched "$DEBUG_KERNEL"
	# Of the unit tests' kernel.
	sed -i '/virtio-xen/d' "$1"/drivers/{Makefile,Kconfig}
	rm -f "$1/drivers/virtio-xen"
	# It is about the compiler's warnings.
	sed -i '/test_fortify/d' "$1/lib/Makefile"
	debug_sanitize y "${watched[@]/#/$1/}" &&
		debug_sanitize n "${unwatched[@]/#/$1/}"
}

# debug_make: what the directories' Makefiles do not say is not instrumented.
debug_make() {
	KASAN_SANITIZE=n UBSAN_SANITIZE=n KCSAN_SANITIZE=n \
		make "${DEBUG_MAKE[@]}" vmlinux modules
}

# debug_config DIR: configures DIR/build, and sees that all that was asked for is
# there.
debug_config() {
	local line missing=

	cat "$LAB_D/debug/config" "$LAB_D/debug/config-$DEBUG_KERNEL" >"$1/config"
	make "${DEBUG_MAKE[@]}" "KCONFIG_ALLCONFIG=$1/config" allnoconfig ||
		return 1
	while IFS= read -r line; do
		grep -qxF "$line" "$1/build/.config" || {
			echo "error: the configuration lacks $line"
			missing=1
		}
	done < <(grep '^CONFIG_' "$1/config")
	[[ ! $missing ]]
}

# debug_prune TREE
debug_prune() {
	local keep=() name

	for name in "${DEBUG_KEEP[@]}"; do
		keep+=(! -name "$name")
	done
	find "$1" -mindepth 1 -maxdepth 1 "${keep[@]}" -exec rm -rf {} +
	find "$1/arch" -mindepth 1 -maxdepth 1 -type d ! -name x86 \
		-exec rm -rf {} +
	find "$1/tools" -mindepth 1 -maxdepth 1 ! -name objtool \
		-exec rm -rf {} +
	find "$1" -type f \( -name '*.[oaS]' -o -name '.*.cmd' -o \
		-name '*.c' ! -path '*/scripts/*' \) -delete
}
