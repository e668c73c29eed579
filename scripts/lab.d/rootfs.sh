# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The one root filesystem, as an ext4 image: dom0 mounts it read-only under a
# tmpfs, guests boot from it as their disk. It has no kernel modules: those
# come with each run's initramfs.

ROOTFS_SIZE=1536M
SCRATCH_SIZE=4G

# The host's own sources of the suite, so that no mirror is named here.
rootfs_sources() {
	local codename

	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt's own format language
	apt-get indextargets --format \
		'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' |
		grep -E " $codename(-[a-z-]+)? " | sort -u
}

# build_rootfs DIR: leaves DIR/root.ext4 and DIR/scratch.ext4.
build_rootfs() {
	local dir=$1 include

	[[ $(id -u) == 0 ]] || {
		say "the root filesystem is built as root"
		return 1
	}
	rootfs_sources >"$dir/sources.list"
	[[ -s $dir/sources.list ]] || {
		say "apt knows no Debian sources: run apt-get update"
		return 1
	}
	include=$(IFS=, && echo "${ROOTFS_PACKAGES[*]}")
	say "mmdebstrap: ${#ROOTFS_PACKAGES[@]} packages and what they need"
	# No documentation, manual pages or translations: nobody reads them
	# there, and each file costs time in mke2fs. The kernel drivers of
	# udev's hardware database are not needed either.
	# shellcheck disable=SC2016 # the hooks' own shell expands $1
	mmdebstrap --quiet --mode=root --variant=essential \
		--include="$include" \
		--aptopt='Acquire::Languages "none"' \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/i18n/*' \
		--dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' \
		--dpkgopt='path-exclude=/usr/share/lintian/*' \
		--customize-hook='rm -rf "$1"/boot/* "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/*' \
		--customize-hook='rm -rf "$1"/usr/lib/xen-4.17/boot' \
		--customize-hook='rm -f "$1"/etc/resolv.conf "$1"/etc/hostname' \
		"$(sed -nE 's/.* ([a-z]+) [^ ]+$/\1/p' "$dir/sources.list" | head -1)" \
		"$dir/root" "$dir/sources.list" >"$dir/log" 2>&1 || {
		tail -30 "$dir/log" >&2
		return 1
	}
	rootfs_images "$dir" && rm "$dir/log"
}

# rootfs_images DIR: the images, with what is in DIR/root, which goes away.
rootfs_images() {
	local dir=$1

	# The lab's scripts, the modules and the scratch disk are mounted here.
	mkdir -p "$dir/root/lab" "$dir/root/lib/modules" "$dir/root/srv"
	echo 'root filesystem of the virtio-xen lab' >"$dir/root/etc/lab-release"
	say "making the ext4 images"
	truncate -s "$ROOTFS_SIZE" "$dir/root.ext4"
	mke2fs -q -t ext4 -L labroot -J size=8 -m 0 -d "$dir/root" \
		"$dir/root.ext4" || return 1
	truncate -s "$SCRATCH_SIZE" "$dir/scratch.ext4"
	mke2fs -q -t ext4 -L scratch -J size=16 -m 0 \
		"$dir/scratch.ext4" || return 1
	rm -rf "$dir/root"
}
