# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The initramfs of dom0 and of the guest, made for each run: busybox, the
# modules, and in /lab what the run needs. Uncompressed, as the emulated machine
# would take longer to unpack it than QEMU takes to load it.

# Modules by name; what they depend on comes along.
DOM0_MODULES=(
	# what QEMU gives to dom0
	virtio_pci virtio_mmio virtio_blk virtio_console ext4 crc32c_generic overlay
	# Xen's own
	xenfs xen-privcmd xen-gntdev xen-gntalloc xen-evtchn
	xen-blkback xen-netback
	# backends
	vhost_net vhost_vsock vhost_scsi tun tap bridge veth pktgen loop null_blk brd
	vsock vmw_vsock_virtio_transport dm-mod nbd
)
GUEST_MODULES=(
	ext4 crc32c_generic overlay loop
	virtio virtio_ring virtio_blk virtio_net virtio_console virtio_rng
	virtio_balloon virtio_scsi virtio_input virtiofs 9pnet_virtio 9p
	vmw_vsock_virtio_transport vsock vsock_diag sd_mod sr_mod sg virtio-gpu
	xen-blkfront xen-netfront
	xenfs xen-privcmd xen-gntdev xen-gntalloc xen-evtchn
	crc32c-intel raid1 dm-mod dm-crypt null_blk pktgen xfs btrfs
)

# copy_modules FROM TO RELEASE MODULE...: FROM and TO are roots. A module that
# this kernel lacks is left out: the lists serve several versions.
copy_modules() {
	local from=$1 to=$2 release=$3
	local modules=lib/modules/$release

	shift 3
	mkdir -p "$to/$modules"
	# modules.builtin lets modprobe accept names that are built in.
	cp "$from/$modules"/modules.{builtin,builtin.modinfo,order} \
		"$to/$modules/"
	modprobe -S "$release" -d "$from" --show-depends -a "$@" 2>/dev/null |
		sed -nE "s#^insmod $from/([^ ]+).*#\1#p" | sort -u |
		(cd "$from" && cpio -pdm --quiet "$to")
}

# add_busybox TO
add_busybox() {
	mkdir -p "$1"/{bin,dev,proc,sys,run,lab,new,lib}
	if [[ $LAB_ARCH == amd64 ]]; then
		cp /bin/busybox "$1/bin/busybox"
	else
		cp "$RUNTIME/busybox" "$1/bin/busybox"
	fi
}

# pack DIR FILE
pack() {
	(cd "$1" && find . | LC_ALL=C sort |
		cpio -o -H newc --quiet -R 0:0) >"$2"
}

# guest_initramfs TO: from the globals RUN, GUEST_ROOT and GUEST_RELEASE; with the
# run's virtio_xen.ko if there is one.
guest_initramfs() {
	local tree=$RUN/guest-tree

	add_busybox "$tree"
	copy_modules "$GUEST_ROOT" "$tree" "$GUEST_RELEASE" \
		"${GUEST_MODULES[@]}" || return 1
	if [[ ${MODULE:-} ]]; then
		mkdir -p "$tree/lib/modules/$GUEST_RELEASE/updates"
		cp "$MODULE" ${CHECKED_MODULES+"${CHECKED_MODULES[@]}"} \
			"$tree/lib/modules/$GUEST_RELEASE/updates/"
		# Modules that ours depends on are not in the list by name.
		# shellcheck disable=SC2046 # a list of names
		modprobe -S "$GUEST_RELEASE" -d "$GUEST_ROOT" \
			--show-depends -a \
			$(modinfo -F depends "$MODULE" | tr ',' ' ') 2>/dev/null |
			sed -nE "s#^insmod $GUEST_ROOT/([^ ]+).*#\1#p" | sort -u |
			(cd "$GUEST_ROOT" && cpio -pdmu --quiet "$tree") ||
			return 1
	fi
	depmod -b "$tree" "$GUEST_RELEASE" || return 1
	cp "$LAB_D"/guest/{init,main,hotplug} "$tree/lab/"
	cp "$RUN/config" "$tree/lab/config"
	ln -s lab/init "$tree/init"
	[[ ! $OPT_GUEST_SCRIPT ]] || cp "$OPT_GUEST_SCRIPT" "$tree/lab/script"
	[[ ! $OPT_PAYLOAD ]] || cp -rL "$OPT_PAYLOAD" "$tree/lab/payload"
	chmod 755 "$tree"/lab/*
	pack "$tree" "$1"
}

# dom0_initramfs TO
dom0_initramfs() {
	local tree=$RUN/dom0-tree

	add_busybox "$tree"
	copy_modules "$RUNTIME/root" "$tree" "$DOM0_RELEASE" \
		"${DOM0_MODULES[@]}" || return 1
	if [[ ${BACKEND_MODULES[*]-} ]]; then
		mkdir -p "$tree/lib/modules/$DOM0_RELEASE/updates"
		cp "${BACKEND_MODULES[@]}" "$tree/lib/modules/$DOM0_RELEASE/updates/"
	fi
	depmod -b "$tree" "$DOM0_RELEASE" || return 1
	cp "$LAB_D"/dom0/{init,main,lib.sh,dom0less.sh,block,vif-bridge} \
		"$LAB_D/devices.sh" "$RUN/config" "$tree/lab/"
	ln -s lab/init "$tree/init"
	mkdir -p "$tree"/lab/{guest,bin}
	cp "$RUN/guest.cpio" "$tree/lab/guest/initramfs"
	[[ ! -e $RUN/guest.dtb ]] || cp "$RUN/guest.dtb" "$tree/lab/guest/"
	cp "$GUEST_VMLINUX" "$tree/lab/guest/vmlinux"
	((${#TOOLS[@]} == 0)) || cp "${TOOLS[@]}" "$tree/lab/bin/"
	[[ ! $OPT_DOM0_SCRIPT ]] || cp "$OPT_DOM0_SCRIPT" "$tree/lab/script"
	[[ ! $OPT_DOM0_POST ]] || cp "$OPT_DOM0_POST" "$tree/lab/post"
	[[ ! $OPT_PAYLOAD ]] || cp -rL "$OPT_PAYLOAD" "$tree/lab/payload"
	chmod 755 "$tree"/lab/*
	pack "$tree" "$1"
}
