#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M --device net
# variant: pvh --guest pvh --vcpus 2
# seconds: pvh=85
# alone: pvh: two guest CPUs under load leave dom0 too little of one
#
# Devices come and go, while others work and notice nothing.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "load on the disk and the network that stay"
iperf3 -s -D
served 5201
guest disk_load /dev/vdb
guest net_load 10.0.0.1

truncate -s 32M /srv/hot.img
for round in 1 2; do
	step "round $round: add a disk and a network interface"
	out=$(virtio-xen attach guest "blk,target=/srv/hot.img,id=7") ||
		fail "attach: $out"
	virtio-xen attach guest "net,bridge=xenbr0,id=8" || fail "attach net"
	guest wait_until 30 test -b /dev/vdc
	guest wait_until 30 test -e /sys/class/net/eth1
	guest driver_is block/vdc virtio_blk
	guest driver_is net/eth1 virtio_net
	wait_for 20 connected 7 || fail "disk is not connected"
	wait_for 20 connected 8 || fail "interface is not connected"
	guest verify /dev/vdc 4k 8 1M

	step "round $round: remove them"
	virtio-xen detach guest 7 || fail "detach"
	virtio-xen detach guest 8 || fail "detach net"
	guest wait_until 30 gone /dev/vdc
	guest wait_until 30 gone /sys/class/net/eth1
	! xenstore-exists "$(backend_dir 7)" || fail "backend directory left"
	! xenstore-exists "/local/domain/$guest_id/device/virtio-msg/7" ||
		fail "frontend directory left"
	guest gone /tmp/load.status
	guest gone /tmp/iperf.status
done

step "the disk's file holds what fio wrote"
virtio-xen attach guest "blk,target=/srv/hot.img,id=7" || fail "attach"
guest wait_until 30 test -b /dev/vdc
guest verify /dev/vdc 4k 8 1M --verify_only

step "a removed disk that is in use: errors, but no harm to the others"
guest 'mkfs.ext4 -q /dev/vdc && mkdir -p /mnt && mount /dev/vdc /mnt'
virtio-xen detach guest 7 || fail "detach of a mounted disk"
guest 'umount /mnt; wait_until 30 gone /dev/vdc'

step "the load has been verified without an error"
guest gone /tmp/iperf.status
guest stop_disk_load
