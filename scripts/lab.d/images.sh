# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the lab keeps in its cache, each with the key that says what it is made
# of. Needs common.sh, packages.sh, cache.sh; rootfs.sh for rootfs_dir.

# runtime_dir: prints the directory with the hypervisor (xen.elf), the kernels
# (vmlinux-RELEASE) and their modules (root/lib/modules/RELEASE).
runtime_dir() {
	local packages key

	packages=$(runtime_packages) || return 1
	key=$(cache_key "$packages" "$(declare -f build_runtime build_modules)" \
		"@$LAB_D/extract-vmlinux.py")
	cache_get runtime "$key" build_runtime
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
