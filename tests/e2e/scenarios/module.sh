#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --pv-root --device blk:32M --device net
# variant: pv --guest pv --vcpus 2
# seconds: pv=80
#
# The driver lets go of idle devices and takes them again: module unloaded and
# loaded, device unbound and bound.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

id_disk=0

for round in 1 2 3; do
	step "round $round: both devices work"
	guest wait_until 30 test -b /dev/vda
	guest wait_until 30 test -e /sys/class/net/eth0
	guest verify /dev/vda 4k 8 512k
	guest 'ip addr replace 10.0.0.2/24 dev eth0; ip link set eth0 up; ping -q -c 2 -i 0.2 10.0.0.1'
	wait_for 20 connected $id_disk || fail "disk is not connected"

	step "round $round: the module goes, and takes its devices along"
	guest rmmod virtio_xen
	guest gone /dev/vda
	guest gone /sys/class/net/eth0
	[[ $(xenstore-read "$(backend_dir $id_disk)/state") == 6 ]] ||
		fail "backend is not Closed"
	guest modprobe virtio_xen
done

step "one device is unbound and bound again"
guest wait_until 30 test -b /dev/vda
guest 'echo virtio-msg-0 >/sys/bus/xen/drivers/virtio_xen/unbind'
guest gone /dev/vda
guest test -e /sys/class/net/eth0
guest 'echo virtio-msg-0 >/sys/bus/xen/drivers/virtio_xen/bind'
guest wait_until 30 test -b /dev/vda
guest verify /dev/vda 4k 8 512k

step "no grant is left behind: none was held back"
guest rmmod virtio_xen
guest '! dmesg | grep "held back"'
guest '! dmesg | grep -i "g.e. .*still in use\|deferring g.e."'
