# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Which Debian packages go where, and how the run-time pieces are fetched
# without being installed on the host.

# Installed on the host by scripts/setup.
# shellcheck disable=SC2034
HOST_PACKAGES=(
	# building the module and the tools
	build-essential linux-headers-amd64 linux-headers-6.12-amd64
	libxen-dev libcap-ng-dev pkg-config gcc-aarch64-linux-gnu
	# the lab
	qemu-system-x86 qemu-system-arm device-tree-compiler qemu-utils
	mmdebstrap busybox-static cpio kmod e2fsprogs python3 xz-utils zstd
	procps util-linux ca-certificates
	# checks
	sparse bc jq flex bison patch ccache libelf-dev
)
mapfile -t -O ${#HOST_PACKAGES[@]} HOST_PACKAGES \
	< <(grep -hv '^#' "$LAB_D"/../*.d/packages)

# Unpacked into the cache only: their maintainer scripts would edit the
# host's boot loader.
XEN_PACKAGE=xen-hypervisor-4.17-amd64
GUEST_KERNELS=(6.1 6.12)

# In the one root filesystem that dom0 and the guests share.
# shellcheck disable=SC2034
ROOTFS_PACKAGES=(
	# small things that tests and the lab's own scripts use
	bash coreutils util-linux mount procps psmisc iproute2 iputils-ping
	netcat-openbsd ethtool kmod e2fsprogs jq strace pciutils busybox
	# load
	fio iperf3 stress-ng
	# the Xen side
	xen-utils-4.17 xenstore-utils
	# backends
	qemu-system-common qemu-utils
	# what the tools link with
	libxenstore4 libxengnttab1 libxenevtchn1 libxentoolcore1 libcap-ng0
)

# kernel_meta SERIES: the header metapackage that fixes a series' version.
kernel_meta() {
	case $1 in
	6.1) echo linux-headers-amd64 ;;
	*) echo "linux-headers-$1-amd64" ;;
	esac
}

# kernel_release SERIES: for instance 6.1.0-56-amd64. Follows the installed
# header metapackage, so that a module built on the host fits the kernel that
# the lab boots.
kernel_release() {
	local meta release

	meta=$(kernel_meta "$1")
	# shellcheck disable=SC2016 # dpkg-query's own format language
	release=$(dpkg-query -W -f '${Depends}' "$meta" 2>/dev/null |
		sed -nE 's/^.*linux-headers-([0-9][^ ,]*) .*$/\1/p')
	[[ $release ]] || {
		say "$meta is not installed: run scripts/setup as root"
		return 1
	}
	echo "$release"
}

# runtime_packages: NAME=VERSION of each package that is unpacked, one a line.
runtime_packages() {
	local series release version

	for series in "${GUEST_KERNELS[@]}"; do
		release=$(kernel_release "$series") || return 1
		# shellcheck disable=SC2016
		version=$(dpkg-query -W -f '${Version}' "linux-headers-$release") ||
			return 1
		echo "linux-image-$release=$version"
	done
	# The hypervisor and the tools in the root filesystem have to be of one
	# version: both are apt's candidate.
	version=$(apt-cache policy "$XEN_PACKAGE" |
		sed -n 's/^  Candidate: //p')
	[[ $version && $version != '(none)' ]] || {
		say "apt knows no $XEN_PACKAGE: run scripts/setup as root"
		return 1
	}
	echo "$XEN_PACKAGE=$version"
}

# fetch_package DIR PACKAGE: apt's sandbox user could not write into a private
# directory.
fetch_package() {
	(cd "$1" && apt-get -q -o APT::Sandbox::User=root download "$2")
}

# build_runtime DIR: downloads and unpacks them into DIR/root, and leaves the
# pieces that are booted, ready to use, in DIR.
build_runtime() {
	local dir=$1 package log=$1/log release series

	mkdir -p "$dir/deb" "$dir/root"
	for package in $(runtime_packages); do
		say "downloading ${package%%=*}"
		fetch_package "$dir/deb" "$package" >"$log" 2>&1 || {
			# An old index names files that are gone by now.
			say "trying again with a new index"
			apt-get -q update >"$log" 2>&1
			fetch_package "$dir/deb" "$package" >>"$log" 2>&1
		} || {
			cat "$log" >&2
			say "cannot download $package: upgrade the header" \
				"packages (apt-get upgrade) and try again"
			return 1
		}
	done
	for package in "$dir"/deb/*.deb; do
		say "unpacking $(basename "$package")"
		dpkg-deb -x "$package" "$dir/root" || return 1
	done
	gzip -dc "$dir"/root/boot/xen-4.17-amd64.gz >"$dir/xen.elf" || return 1
	for series in "${GUEST_KERNELS[@]}"; do
		release=$(kernel_release "$series") || return 1
		# An ELF kernel spares the emulated machine the unpacking.
		python3 "$LAB_D/extract-vmlinux.py" \
			"$dir/root/boot/vmlinuz-$release" \
			"$dir/vmlinux-$release" || return 1
		build_modules "$dir/root/lib/modules/$release" || return 1
	done
	rm -rf "$dir/deb" "$log"
}

# build_modules DIR: busybox's modprobe wants plain .ko files.
build_modules() {
	local release

	release=$(basename "$1")
	find "$1" -name '*.ko.xz' -exec xz -d -T1 {} + || return 1
	find "$1" -name '*.ko.zst' -exec zstd -q -d --rm {} + || return 1
	depmod -b "$(dirname "$(dirname "$(dirname "$1")")")" "$release"
}
