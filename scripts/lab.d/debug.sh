# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The guest's kernel with all checkers on (--guest-kernel debug): Debian's source
# of 6.12 with the configuration in debug/config. Needs common.sh, cache.sh and
# kunit.d/source.sh.

DEBUG_SERIES=6.12

# PVH's entry runs before there is a shadow: instrumented it would triple-fault.
DEBUG_MAKE=(-s KASAN_SANITIZE_enlighten_pvh.o=n)

# What modules are built with, and nothing more, as in Debian's header packages.
DEBUG_KEEP=(Kbuild Makefile Module.symvers System.map .config arch include scripts tools)

# debug_kernel_dir: prints the directory with the kernel: build (to build modules
# against), vmlinux, root/lib/modules/RELEASE and release.
debug_kernel_dir() {
	local version key

	version=$(source_candidate "linux-source-$DEBUG_SERIES")
	key=$(cache_key "$version" "@$LAB_D/debug/config" "@$LAB_D/debug.sh")
	cache_get debug-kernel "$key" build_debug_kernel
}

# build_debug_kernel DIR: in the source's tree, for then no absolute path is
# built in and the result can be moved.
build_debug_kernel() {
	local dir=$1 log=$1/log source cc=gcc start=$SECONDS

	source=$(kernel_source "$DEBUG_SERIES") || {
		say "there is no source of Linux $DEBUG_SERIES"
		return 1
	}
	say "building the debug kernel: 5 to 10 minutes on two idle cores, later" \
		"less than one with ccache"
	# Links: the compiler only reads them.
	cp -al "$source" "$dir/build" || return 1
	# Of the unit tests' kernel; sed makes new files of the two.
	sed -i '/virtio-xen/d' "$dir"/build/drivers/{Makefile,Kconfig}
	rm -f "$dir/build/drivers/virtio-xen"

	! command -v ccache >/dev/null || cc='ccache gcc'
	# Objects of an earlier build, in another directory, are found again.
	export CCACHE_BASEDIR=/ CCACHE_NOHASHDIR=1
	DEBUG_MAKE+=(-C "$dir/build" "CC=$cc" "-j$(nproc)")
	{
		debug_config "$dir/build" &&
			make "${DEBUG_MAKE[@]}" vmlinux modules &&
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
	rm "$log"
	say "built the debug kernel in $((SECONDS - start)) s"
}

# debug_config TREE: configures, and sees that all that was asked for is there.
debug_config() {
	local line missing=

	make "${DEBUG_MAKE[@]}" "KCONFIG_ALLCONFIG=$LAB_D/debug/config" \
		allnoconfig || return 1
	while IFS= read -r line; do
		grep -qxF "$line" "$1/.config" || {
			echo "error: the configuration lacks $line"
			missing=1
		}
	done < <(grep '^CONFIG_' "$LAB_D/debug/config")
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
