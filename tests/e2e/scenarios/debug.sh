#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --pv-root --device blk:32M --device net --timeout 800
# variant: pvh --guest pvh --guest-kernel debug --vcpus 2 --guest-args xen_blkfront.feature_persistent=0
# seconds: pvh=270
# alone: pvh: it takes longest, most of all if dom0 shares its CPU
#
# The module's whole life under a kernel with KASAN, lockdep, DMA and object
# debugging, UBSAN and kmemleak: load, hotplug, unbinding, unloading. What they
# find fails the run. Sizes are small: everything takes several times as long.
# The module that serves disks in dom0 is tried here as well: it has no checkers there.
# Then the tests that make real grant and event-channel calls (tests/kunit/real),
# for which dom0 is the other domain. They count references: blkfront would give
# back, every ten seconds, some of those that it keeps for a minute or longer.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "the checkers are on"
guest checkers_on

step "load on the disk and the network"
iperf3 -s -D
served 5201
guest disk_load /dev/vda
guest net_load 10.0.0.1 1M

step "a disk and a network interface are added, used and removed meanwhile"
truncate -s 16M /srv/hot.img
virtio-xen attach guest "blk,target=/srv/hot.img,id=7" || fail "attach"
virtio-xen attach guest "net,bridge=xenbr0,id=8" || fail "attach net"
guest wait_until 60 test -b /dev/vdb
guest wait_until 60 test -e /sys/class/net/eth1
guest verify /dev/vdb 4k 8 256k
guest verify /dev/vdb 256k 2 1M
virtio-xen detach guest 7 || fail "detach"
virtio-xen detach guest 8 || fail "detach net"
guest wait_until 60 gone /dev/vdb
guest wait_until 60 gone /sys/class/net/eth1

step "the load has been verified without an error"
guest gone /tmp/iperf.status
guest stop_disk_load
# What is queued goes first.
guest 'pkill iperf3; wait_until 60 ping -q -c 1 -W 5 -s 1400 10.0.0.1'

step "a device is unbound and bound again"
guest 'echo virtio-msg-0 >/sys/bus/xen/drivers/virtio_xen/unbind'
guest gone /dev/vda
guest 'echo virtio-msg-0 >/sys/bus/xen/drivers/virtio_xen/bind'
guest wait_until 60 test -b /dev/vda

step "the module is unloaded and loaded again"
guest rmmod virtio_xen
guest gone /dev/vda
guest modprobe virtio_xen
guest wait_until 60 test -b /dev/vda
guest verify /dev/vda 4k 8 256k

step "what serves disks in dom0, here on the guest's own"
guest 'modprobe vhost_xen_blk && /lab/payload/blk-test /dev/vda 41 && rmmod vhost_xen_blk'

step "what serves networks in dom0, here for nobody"
guest 'modprobe vhost_xen_net && /lab/payload/net-test 20 && rmmod vhost_xen_net vhost_xen_ring'

guest rmmod virtio_xen
guest '! dmesg | grep -E "held back|still mapped by another domain"'

step "real grants and event channels"
/lab/payload/grant-peer "$guest_id" >/var/log/grant-peer.log &
guest '. ./kunit.sh; real_kunit'

step "no memory has been lost, and no checker has given up"
guest no_kmemleak
guest checkers_on
