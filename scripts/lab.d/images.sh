# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the lab keeps in its cache, each with the key that says what it is made
# of. Needs common.sh, packages.sh, cache.sh; rootfs.sh for rootfs_dir, debug.sh
# for guest_kernel.

# runtime_dir: prints the directory with the hypervisor (xen.elf), the kernels
# (vmlinux-RELEASE) and their modules (root/lib/modules/RELEASE).
runtime_dir() {
	local packages key

	packages=$(runtime_packages) || return 1
	key=$(cache_key "$packages" "$(declare -f build_runtime build_modules)" \
		"@$LAB_D/extract-vmlinux.py")
	cache_get runtime "$key" build_runtime
}

# boot_release SERIES: the kernel of that series that is booted
boot_release() {
	kernel_release "$1"
}

# guest_kernel: sets GUEST_RELEASE, GUEST_VMLINUX, GUEST_ROOT (with its modules),
# GUEST_KDIR (what modules are built against; empty if that is installed).
# shellcheck disable=SC2034 # they are for the other parts
guest_kernel() {
	local dir

	if is_debug_kernel "$OPT_GUEST_KERNEL"; then
		dir=$(debug_kernel_dir "$OPT_GUEST_KERNEL") || return 1
		GUEST_RELEASE=$(<"$dir/release")
		GUEST_VMLINUX=$dir/vmlinux
		GUEST_ROOT=$dir/root
		GUEST_KDIR=$dir/build
		return
	fi
	GUEST_RELEASE=$(boot_release "$OPT_GUEST_KERNEL") || return 1
	GUEST_VMLINUX=$RUNTIME/vmlinux-$GUEST_RELEASE
	GUEST_ROOT=$RUNTIME/root
	GUEST_KDIR=
}

# rootfs_dir: prints the directory with root.ext4 and scratch.ext4.
rootfs_dir() {
	local versions key

	versions=$(apt-cache show --no-all-versions "${ROOTFS_PACKAGES[@]}" |
		grep -E '^(Package|Version):') || return 1
	key=$(cache_key "${ROOTFS_PACKAGES[*]}" "$versions" \
		"@$LAB_D/rootfs.sh")
	cache_get rootfs "$key" build_rootfs
}
