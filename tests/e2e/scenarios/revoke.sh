#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device net --pv-root
# variant: pv --guest pv
# seconds: pv=66
#
# A backend that keeps its mappings after it has said that they are gone: the
# guest holds the pages back, says so, shows them, and frees them when they are
# really free, with or without the module.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

id=9
dev=virtio-msg-$id

# A device comes, is used, goes, and leaves its mappings behind; they are gone
# when the process $keeper is.
keep() {
	guest 'dmesg -C'
	virtio-xen attach guest "external,id=$id" --no-wait >/dev/null ||
		fail "attach"
	/lab/payload/hostile-backend "$guest_id" $id net keep 0 300 &
	keeper=$!
	guest wait_until 30 test -e /sys/class/net/eth1
	guest 'ip link set eth1 up; ping -c 1 -W 1 -I eth1 10.9.9.9; true'
	# Nobody is there to remove its directories.
	virtio-xen detach guest $id --force --timeout 5 || fail "detach"
	guest wait_until 20 gone /sys/class/net/eth1
	guest wait_until 20 gone /sys/bus/xen/devices/$dev
}

guest 'mount -t debugfs debugfs /sys/kernel/debug; deferred_is -eq 0'

step "pages are held back, and this is said and shown"
keep
guest 'dmesg | grep "frames of its windows mapped: they are held back"'
guest 'dmesg | grep "bus page mapped: it is held back"'
guest 'head /sys/kernel/debug/virtio_xen/deferred'
guest deferred_is -gt 256
guest "[[ \$(grep -c 'device $dev' /sys/kernel/debug/virtio_xen/deferred) -gt 256 ]]"

step "meanwhile all goes on"
guest ping -q -c 3 -i 0.2 10.0.0.1
guest 'dd if=/dev/xvda of=/dev/null bs=64k count=64 iflag=direct'

step "they are free when the mappings have gone"
kill $keeper
guest wait_until 20 deferred_is -eq 0

step "the module goes while pages are held back"
keep
guest deferred_is -gt 256
guest 'rmmod virtio_xen'
guest 'dmesg | grep "are still mapped by another domain: the kernel holds on"'
guest 'modprobe virtio_xen && wait_until 30 test -e /sys/class/net/eth0'
guest 'ip addr add 10.0.0.2/24 dev eth0; ip link set eth0 up'
guest ping -q -c 3 -i 0.2 10.0.0.1
kill $keeper
