#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M,queues=2 --device net --device net
# variant: arm64 --guest arm64 --vcpus 2
# seconds: arm64=100
# alone: arm64: two processors are to meet
#
# Message rings and virtqueues under load from two processors at the same time:
# I/O on both queues of a disk, its configuration written and read from both, a
# network card reset over and over, another one busy, and devices that come and
# go. What is written must come back, and no message may be lost or wrong.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "load"
iperf3 -s -D
served 5201
guest '[[ $(nproc) == 2 && -d /sys/block/vdb/mq/1 ]]'
guest net_load 10.0.0.1 10M
guest '. ./hammer.sh; hammer_load vdb'
guest '. ./hammer.sh; hammer_begin vdb eth1'

truncate -s 16M /srv/hot.img
for round in 1 2; do
	step "round $round: a disk comes and goes"
	virtio-xen attach guest "blk,target=/srv/hot.img,id=7" || fail "attach"
	guest wait_until 60 test -b /dev/vdc
	guest verify /dev/vdc 4k 8 256k
	virtio-xen detach guest 7 || fail "detach"
	guest wait_until 60 gone /dev/vdc
done

step "all of it has gone on, and was right"
guest '. ./hammer.sh; hammer_end 20 5'
guest gone /tmp/iperf.status
guest stop_disk_load
guest 'pkill iperf3; wait_until 30 ping -q -c 1 -W 5 10.0.0.1'
guest '! dmesg --level=err,warn | grep "virtio.*[0-9]: "'
