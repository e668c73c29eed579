#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --pv-root --device blk:32M --device blk:32M --device net --timeout 400
# variant: pvh --guest pvh --guest-kernel kcsan --vcpus 2 --guest-args virtio_xen.window_idle_ms=500
# seconds: pvh=300
# alone: pvh: KCSAN sees what happens on two CPUs at a time
# by name only: what KCSAN happens to see differs from run to run
#
# Everything that may go on at a time, on two CPUs, under KCSAN: I/O on two disks
# and a network, windows that come and go, figures that are read, limits that are
# set, devices that are added and removed. A race fails the run.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "KCSAN is on"
guest '. ./races.sh; races_watched'

step "load on the disks and the network, figures are read meanwhile"
iperf3 -s -D
served 5201
guest disk_load /dev/vda
guest net_load 10.0.0.1
guest '. ./races.sh; nosy_begin'
guest verify /dev/vdb 4k 16 512k
guest verify /dev/vdb 64k 8 2M

step "devices come and go meanwhile"
truncate -s 16M /srv/hot.img
for round in 1 2; do
	virtio-xen attach guest "blk,target=/srv/hot.img,id=7" || fail "attach"
	virtio-xen attach guest "net,bridge=xenbr0,id=8" || fail "attach net"
	guest wait_until 60 test -b /dev/vdc
	guest wait_until 60 test -e /sys/class/net/eth1
	((round == 2)) || guest verify /dev/vdc 4k 8 128k
	virtio-xen detach guest 7 || fail "detach"
	virtio-xen detach guest 8 || fail "detach net"
	guest wait_until 60 gone /dev/vdc
	guest wait_until 60 gone /sys/class/net/eth1
done

step "the load has been verified without an error"
guest gone /tmp/iperf.status
guest stop_disk_load
guest '. ./races.sh; nosy_end'
guest 'pkill iperf3; wait_until 60 ping -q -c 1 -W 5 10.0.0.1'

step "unbound, bound, unloaded, loaded"
guest 'echo virtio-msg-0 >/sys/bus/xen/drivers/virtio_xen/unbind'
guest 'echo virtio-msg-0 >/sys/bus/xen/drivers/virtio_xen/bind'
guest wait_until 60 test -b /dev/vda
guest rmmod virtio_xen
guest modprobe virtio_xen
guest wait_until 60 test -b /dev/vda
guest '. ./races.sh; races_watched 1000'
