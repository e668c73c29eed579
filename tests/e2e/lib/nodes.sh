# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For in_guest, where a device tree tells of devices.

# found_by_node: each node that is right has the driver
found_by_node() {
	local node n=0

	for node in /sys/bus/platform/devices/*virtio-msg-*; do
		[[ $(basename "$(readlink "$node/driver")") == virtio_xen_dt ]] || {
			echo "$node has no driver"
			return 1
		}
		n=$((n + 1))
	done
	echo "$n nodes"
	((n > 0))
}

# complains NODE TEXT: one line in the log says what is wrong with it, and it has
# no driver
complains() {
	local n

	dmesg | grep ":$1: "
	n=$(dmesg --level=err | grep -c ":$1: .*$2")
	((n == 1)) || {
		echo "$n lines, not one"
		return 1
	}
	! compgen -G "/sys/bus/platform/devices/*:$1/driver" >/dev/null
}
