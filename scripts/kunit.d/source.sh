# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The kernel's sources, from Debian's packages into the cache.

# Large and not needed for user-mode Linux. Every Kconfig is.
SOURCE_WITHOUT=(
	'*/drivers/gpu/drm/*/*.[ch]'
	'*/arch/[!ux]*/*.[chS]'
	'*/arch/*/boot/dts'
	'*/Documentation/*.rst'
	'*/Documentation/devicetree/bindings/*.yaml'
)

# source_candidate PACKAGE: the version that apt would get
source_candidate() {
	apt-cache policy "$1" 2>/dev/null |
		sed -n 's/^ *Candidate: //p' | grep -v '^(none)$'
}

# Called by cache_get with the directory to fill.
unpack_source() {
	local temp=$1 deb options=() pattern

	(
		cd "$temp" &&
			apt-get -q -o APT::Sandbox::User= download \
				"$SOURCE_PACKAGE=$SOURCE_VERSION"
	) || return 1
	deb=$(echo "$temp"/*.deb)
	for pattern in "${SOURCE_WITHOUT[@]}"; do
		options+=(--exclude "$pattern")
	done
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xO "./usr/src/$SOURCE_PACKAGE.tar.xz" |
		tar -xJ -C "$temp" --strip-components 1 "${options[@]}" ||
		return 1
	rm -f "$deb"
	graft_source "$temp"
}

# The links to the repository and to nowhere until kernel_build sets it.
graft_source() {
	echo 'obj-y += virtio-xen/' >>"$1/drivers/Makefile" &&
		echo 'source "drivers/virtio-xen/Kconfig"' >>"$1/drivers/Kconfig"
}

# kernel_source VERSION: prints the directory of the sources
kernel_source() {
	local dir

	SOURCE_PACKAGE=linux-source-$1
	SOURCE_VERSION=$(source_candidate "$SOURCE_PACKAGE")
	if [[ $SOURCE_VERSION ]]; then
		cache_get "kunit-source-$1" "$SOURCE_VERSION-$(cache_key \
			"${SOURCE_WITHOUT[@]}" | cut -c 1-4)" unpack_source
		return
	fi

	# Without an index, what was unpacked earlier does.
	dir=$(find "$LAB_CACHE" -maxdepth 1 -name "kunit-source-$1-*" 2>/dev/null |
		sort -V | tail -n 1)
	[[ $dir ]] || {
		say "$1: left out: apt's sources have no $SOURCE_PACKAGE" \
			"(try apt-get update)"
		return 1
	}
	echo "$dir"
}
