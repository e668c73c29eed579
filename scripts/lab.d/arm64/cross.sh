# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the module and the tools are built with for arm64, in one directory of the
# cache: usr/src/linux-headers-RELEASE for each of Debian's kernels, and a
# sysroot with the libraries. Needs apt.sh and packages.sh.

# What the tools link with; the compiler's own libraries come with it.
CROSS_PACKAGES=(libc6-dev libxen-dev libcap-ng-dev)

# arm64_release SERIES: the kernel of the same version as amd64's, whose common
# headers and build programs serve for both.
arm64_release() {
	local release

	release=$(kernel_release "$1") && echo "${release%-amd64}-arm64"
}

# arm64_kernel_packages PREFIX: NAME=VERSION for each series, one a line
arm64_kernel_packages() {
	local series release version

	for series in "${GUEST_KERNELS[@]}"; do
		release=$(kernel_release "$series") || return 1
		# shellcheck disable=SC2016 # dpkg-query's own format language
		version=$(dpkg-query -W -f '${Version}' "linux-headers-$release") ||
			return 1
		echo "$1-${release%-amd64}-arm64=$version"
	done
}

# cross_dir: prints the directory
cross_dir() {
	if ! ARM64_INDEX=$(arm64_index) ||
		! CROSS_HEADERS=$(arm64_kernel_packages linux-headers) ||
		! CROSS_VERSIONS=$(arm64_versions "$ARM64_INDEX" \
			"${CROSS_PACKAGES[@]}"); then
		say "cannot find the packages for arm64"
		return 1
	fi
	cache_get arm64-cross "$(cache_key "$CROSS_HEADERS" "$CROSS_VERSIONS" \
		"$(declare -f build_cross arm64_unpack)")" build_cross
}

# build_cross DIR: called by cache_get
build_cross() {
	local dir=$1

	# shellcheck disable=SC2086 # lists of names
	arm64_download "$ARM64_INDEX" "$dir/headers" $CROSS_HEADERS &&
		arm64_unpack "$dir/headers" "$dir" &&
		arm64_download "$ARM64_INDEX" "$dir/deb" $CROSS_VERSIONS &&
		arm64_unpack "$dir/deb" "$dir/sysroot" --exclude './usr/share/*' ||
		return 1
	rm -rf "$dir/headers" "$dir/deb"
	# The programs of the kernel's build are this machine's.
	ln -sf /usr/lib/linux-kbuild-* "$dir/usr/lib/"
	# Links to absolute paths would lead to this machine's own.
	find "$dir/sysroot" -type l -lname '/*' | while IFS= read -r link; do
		ln -sfnr "$dir/sysroot$(readlink "$link")" "$link"
	done
}
