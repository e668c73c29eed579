# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The kernel's sources, from Debian's packages into the cache. Needs common.sh
# and cache.sh.

# shellcheck source=scripts/kunit.d/unstable.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/unstable.sh"

# Large and not needed for user-mode Linux. Every Kconfig is.
SOURCE_WITHOUT=(
	'*/drivers/gpu/drm/*/*.[ch]'
	'*/arch/[!ux]*/*.[chS]'
	'*/arch/*/boot/dts'
	'*/Documentation/*.rst'
	'*/Documentation/devicetree/bindings/*.yaml'
)

# source_apt INDEX TOOL ARGUMENT...: the machine's own apt, if INDEX is empty
source_apt() {
	if [[ $1 ]]; then
		unstable_apt "$@"
	else
		"${@:2}"
	fi
}

# source_candidate PACKAGE [INDEX]: the version that apt would get
source_candidate() {
	source_apt "${2:-}" apt-cache policy "$1" 2>/dev/null |
		sed -n 's/^ *Candidate: //p' | grep -v '^(none)$'
}

# source_download DIRECTORY PACKAGE: as of the version of the source
source_download() {
	(
		cd "$1" &&
			source_apt "$SOURCE_INDEX" apt-get -q \
				-o APT::Sandbox::User=root download \
				"$2=$SOURCE_VERSION"
	)
}

# Called by cache_get with the directory to fill.
unpack_source() {
	local temp=$1 deb options=() pattern

	source_download "$temp" "$SOURCE_PACKAGE" || return 1
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

# source_find VERSION: says which package in which index has the source
source_find() {
	SOURCE_PACKAGE=linux-source-$1 SOURCE_INDEX=
	SOURCE_VERSION=$(source_candidate "$SOURCE_PACKAGE")
	[[ ! $SOURCE_VERSION ]] || return 0
	SOURCE_INDEX=$(unstable_index) &&
		SOURCE_VERSION=$(source_candidate "$SOURCE_PACKAGE" \
			"$SOURCE_INDEX") && [[ $SOURCE_VERSION ]]
}

# cache_latest KIND: prints what was unpacked earlier
cache_latest() {
	local dir

	dir=$(find "$LAB_CACHE" -maxdepth 1 -name "$1-*" 2>/dev/null |
		sort -V | tail -n 1)
	[[ $dir ]] && echo "$dir"
}

# kernel_source VERSION: prints the directory of the sources
kernel_source() {
	if source_find "$1"; then
		cache_get "kunit-source-$1" "$SOURCE_VERSION-$(cache_key \
			"${SOURCE_WITHOUT[@]}" | cut -c 1-4)" unpack_source
		return
	fi

	# Without an index, what was unpacked earlier does.
	cache_latest "kunit-source-$1" || {
		say "$1: cannot get $SOURCE_PACKAGE: neither this machine's suites" \
			"nor Debian's $UNSTABLE_SUITE have it, or they cannot be" \
			"reached (try apt-get update)"
		return 1
	}
}
