# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the lab boots on an arm64 machine, from the cache, instead of what
# images.sh has. Needs apt.sh and cross.sh.

# boot_release SERIES
boot_release() {
	arm64_release "$1"
}

ARM64_XEN=xen-hypervisor-4.17-arm64

# runtime_dir: prints the directory with the hypervisor (xen), the kernels
# (vmlinux-RELEASE, as amd64's are called), their modules (root/lib/modules/RELEASE) and busybox.
runtime_dir() {
	ARM64_INDEX=$(arm64_index) &&
		RUNTIME_VERSIONS=$(arm64_kernel_packages linux-image) || return 1
	RUNTIME_VERSIONS+=$'\n'$(arm64_apt "$ARM64_INDEX" apt-cache show \
		--no-all-versions "$ARM64_XEN" busybox-static |
		awk '/^Package:/ { name = $2 }
			/^Version:/ { print name "=" $2 }')
	cache_get arm64-runtime "$(cache_key "$RUNTIME_VERSIONS" \
		"$(declare -f build_arm64_runtime build_modules arm64_unpack)")" \
		build_arm64_runtime
}

# build_arm64_runtime DIR: called by cache_get
build_arm64_runtime() {
	local dir=$1 series release

	# shellcheck disable=SC2086 # a list of names
	arm64_download "$ARM64_INDEX" "$dir/deb" $RUNTIME_VERSIONS &&
		arm64_unpack "$dir/deb" "$dir/root" --exclude './usr/share/*' ||
		return 1
	rm -rf "$dir/deb"
	cp "$dir"/root/bin/busybox "$dir/" || return 1
	arm64_image "$dir/root/boot/xen-4.17-arm64" "$dir/xen" || return 1
	for series in "${GUEST_KERNELS[@]}"; do
		release=$(arm64_release "$series") || return 1
		arm64_image "$dir/root/boot/vmlinuz-$release" \
			"$dir/vmlinux-$release" || return 1
		build_modules "$dir/root/lib/modules/$release" || return 1
	done
}

# arm64_image FROM TO: FROM, which may be packed
arm64_image() {
	local from=$1

	[[ -e $from ]] || from=$from.gz
	if gzip -t "$from" 2>/dev/null; then
		gzip -dc "$from" >"$2"
	else
		cp "$from" "$2"
	fi
}

# rootfs_dir: prints the directory with root.ext4 and scratch.ext4.
rootfs_dir() {
	ARM64_INDEX=$(arm64_index) &&
		ROOTFS_VERSIONS=$(arm64_versions "$ARM64_INDEX" '?essential' \
			"${ROOTFS_PACKAGES[@]}") || return 1
	cache_get arm64-rootfs "$(cache_key "$ROOTFS_VERSIONS" \
		"@$LAB_D/rootfs.sh" "$(declare -f build_arm64_rootfs \
		arm64_configure arm64_unpack)")" build_arm64_rootfs
}

# build_arm64_rootfs DIR: called by cache_get
build_arm64_rootfs() {
	local dir=$1

	say "downloading $(wc -l <<<"$ROOTFS_VERSIONS") packages"
	# shellcheck disable=SC2086 # a list of names
	arm64_download "$ARM64_INDEX" "$dir/deb" $ROOTFS_VERSIONS &&
		arm64_unpack "$dir/deb" "$dir/root" \
			--exclude './usr/share/doc/*' \
			--exclude './usr/share/man/*' \
			--exclude './usr/share/info/*' \
			--exclude './usr/share/locale/*' \
			--exclude './usr/lib/udev/hwdb.d/*' \
			--exclude './usr/share/lintian/*' \
			--exclude './usr/lib/xen-4.17/boot' &&
		arm64_configure "$dir/root" && rm -rf "$dir/deb" &&
		rootfs_images "$dir"
}

# arm64_configure ROOT: what the packages' own scripts would do, as far as anybody
# needs it there.
arm64_configure() {
	local root=$1 file

	for file in passwd group; do
		cp "$root/usr/share/base-passwd/$file.master" "$root/etc/$file" ||
			return 1
	done
	rm -rf "$root"/var/{run,lock} &&
		ln -s /run /run/lock "$root/var/" &&
		ln -s mawk "$root/usr/bin/awk" &&
		ln -s nc.openbsd "$root/usr/bin/nc" &&
		rm -f "$root"/etc/{resolv.conf,hostname}
}
