#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --pv-root --device blk:32M --device net
# variant: pv --guest pv --vcpus 2
# seconds: pv=80
#
# The driver lets go of idle devices and takes them again: module unloaded and
# loaded, device unbound and bound. The other module, dom0's, does what it says,
# stays while it is used, and the bridge does without it.
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

step "the way that notifications take goes and comes with a device"
ties() {
	grep -c "vhost-xen-$guest_id-" /proc/interrupts
}
no_ties() {
	[[ $(ties) == 0 ]]
}
guest modprobe virtio_xen
guest wait_until 30 test -b /dev/vda
guest wait_until 30 test -e /sys/class/net/eth0
wait_for 20 connected $id_disk || fail "disk is not connected"
before=$(ties)
((before > 0)) || fail "the kernel passes nothing on"
! rmmod vhost_xen 2>/dev/null || fail "vhost_xen has gone under its users"
guest rmmod virtio_xen
wait_for 20 no_ties || fail "$(ties) event channels are still tied"
rmmod vhost_xen || fail "vhost_xen stays"

step "without it, the bridge passes notifications on"
guest modprobe virtio_xen
guest wait_until 30 test -b /dev/vda
guest verify /dev/vda 4k 8 512k
guest rmmod virtio_xen

step "what vhost_xen promises"
modprobe vhost_xen || fail "vhost_xen does not come back"
/lab/payload/tie-test || fail "tie-test"
guest modprobe virtio_xen
guest wait_until 30 test -b /dev/vda
guest wait_until 30 test -e /sys/class/net/eth0
((before == $(ties))) || fail "$(ties) event channels are tied, not $before"
