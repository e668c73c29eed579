# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The kinds of device that --device knows. This is the one place to add one:
# write device_KIND and a line in the help text. dom0 sources this file to make
# the guest's configuration, the host to check the command line.
#
# A SPEC is KIND[:ARGUMENT][,OPTION...]. device_KIND ARGUMENT OPTIONS adds to
# the arrays
#   CFG_VIRTIO  what virtio-xen shall attach ("blk,target=...,format=raw")
#   CFG_DISK    xl's disk= entries
#   CFG_VIF     xl's vif= entries
# OPTIONS (with their leading comma) are handed through to the first two.
# LAB_PV_DRIVERS=1 turns blk and net into xen-blk and xen-net.

# shellcheck disable=SC2034 # the usage text's
DEVICE_HELP='
  blk[:SIZE]         a disk on a raw file of SIZE (default 64M) in dom0'\''s /srv;
                     the first is the guest'\''s /dev/vdb, /dev/vda is its root
  net[:BRIDGE]       a network card on BRIDGE (default xenbr0, xenbr1, ... in
                     the order given); dom0 is 10.0.N.1, the guest 10.0.N.2
  virtio:ARGS        anything: ARGS go to virtio-xen as they are, for instance
                     virtio:console or virtio:blk,target=/srv/x,format=raw
  xen-blk[:SIZE]     as blk, but with blkfront: /dev/xvdb and on
  xen-net[:BRIDGE]   as net, but with netfront
  null-blk           a disk on null_blk, for measurements
  xen-null-blk       the same with blkfront
  ram-blk[:MB]       a disk on a RAM disk of MB (default 64) in dom0, likewise
  xen-ram-blk[:MB]   the same with blkfront
With the option "late" a device of vhost-xen is left for dom0'\''s script to attach;
a device tree names it nevertheless. Such devices come last.'

CFG_VIRTIO=()
CFG_DISK=()
CFG_VIF=()
device_files=0
device_nets=0
device_xvds=0
device_nulls=0
device_rams=0

# new_disk_file SIZE: sets disk_file. Not by $(...): it counts.
new_disk_file() {
	disk_file=/srv/disk$((++device_files)).img
	truncate -s "$1" "$disk_file"
}

# next_bridge [NAME]: sets bridge, and makes it if it does not exist yet.
next_bridge() {
	bridge=${1:-xenbr$device_nets}
	[[ -d /sys/class/net/$bridge ]] || {
		ip link add "$bridge" type bridge forward_delay 0
		ip addr add "10.0.$device_nets.1/24" dev "$bridge"
		ip link set "$bridge" up
	}
	device_nets=$((device_nets + 1))
}

# next_null: sets null_device.
next_null() {
	# The disk is called as its directory is.
	local dir=/sys/kernel/config/nullb/null$device_nulls

	modprobe null_blk nr_devices=0
	mountpoint -q /sys/kernel/config ||
		mount -t configfs configfs /sys/kernel/config
	mkdir "$dir"
	echo 0 >"$dir/irqmode"
	echo 1024 >"$dir/size"
	echo 1 >"$dir/power"
	null_device=/dev/null$device_nulls
	device_nulls=$((device_nulls + 1))
}

# next_ram MB: sets ram_device. All have the size that the first one asks for;
# they are filled, so that a write does not have to find memory first.
next_ram() {
	modprobe brd rd_nr=16 rd_size=$(($1 * 1024))
	ram_device=/dev/ram$device_rams
	device_rams=$((device_rams + 1))
	dd if=/dev/zero of="$ram_device" bs=1M status=none 2>/dev/null
	[[ -b $ram_device ]]
}

# xen_disk BLOCK-DEVICE OPTIONS: xvda, xvdb, ...
xen_disk() {
	local letters=abcdefghijklmnop

	CFG_DISK+=("phy:$1,xvd${letters:device_xvds:1},w$2")
	device_xvds=$((device_xvds + 1))
}

device_blk() {
	[[ ! ${LAB_PV_DRIVERS:-} ]] || {
		device_xen-blk "$@"
		return
	}
	new_disk_file "${1:-64M}"
	CFG_VIRTIO+=("blk,target=$disk_file,format=raw$2")
}

device_xen-blk() {
	new_disk_file "${1:-64M}"
	# Without virtio's root disk xvda may be free: keep it so.
	((device_xvds)) || device_xvds=1
	xen_disk "$(losetup -f --show "$disk_file")" "$2"
}

device_net() {
	[[ ! ${LAB_PV_DRIVERS:-} ]] || {
		device_xen-net "$@"
		return
	}
	next_bridge "$1"
	CFG_VIRTIO+=("net,bridge=$bridge$2")
}

device_xen-net() {
	next_bridge "$1"
	CFG_VIF+=("bridge=$bridge,script=vif-bridge$2")
}

device_virtio() {
	CFG_VIRTIO+=("$1$2")
}

device_null-blk() {
	[[ ! ${LAB_PV_DRIVERS:-} ]] || {
		device_xen-null-blk "$@"
		return
	}
	next_null
	CFG_VIRTIO+=("blk,target=$null_device,format=raw$2")
}

device_xen-null-blk() {
	next_null
	((device_xvds)) || device_xvds=1
	xen_disk "$null_device" "$2"
}

device_ram-blk() {
	[[ ! ${LAB_PV_DRIVERS:-} ]] || {
		device_xen-ram-blk "$@"
		return
	}
	next_ram "${1:-64}"
	CFG_VIRTIO+=("blk,target=$ram_device,format=raw$2")
}

device_xen-ram-blk() {
	next_ram "${1:-64}"
	((device_xvds)) || device_xvds=1
	xen_disk "$ram_device" "$2"
}

# The root disk is a block device that QEMU gives to dom0.
device_root() {
	if [[ ${LAB_PV_DRIVERS:-}${LAB_PV_ROOT:-} ]]; then
		xen_disk "$1" ''
	else
		CFG_VIRTIO+=("blk,target=$1,format=raw${LAB_ROOT_OPTIONS:+,$LAB_ROOT_OPTIONS}")
	fi
}

# parse_spec SPEC: sets spec_kind, spec_argument and spec_options.
parse_spec() {
	spec_options=
	spec_argument=
	spec_kind=${1%%,*}
	[[ $1 != *,* ]] || spec_options=,${1#*,}
	[[ $spec_kind != *:* ]] || spec_argument=${spec_kind#*:}
	spec_kind=${spec_kind%%:*}
}

# check_spec SPEC: is it well-formed?
check_spec() {
	parse_spec "$1"
	[[ $spec_kind != root ]] && declare -F "device_$spec_kind" >/dev/null
}

# add_device SPEC
add_device() {
	parse_spec "$1"
	"device_$spec_kind" "$spec_argument" "$spec_options"
}
