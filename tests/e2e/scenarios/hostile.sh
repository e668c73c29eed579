#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device net
# variant: pv --guest pv --vcpus 2
# seconds: pv=94
#
# Backends that misbehave, each after a number of messages that it answered
# well (hostile-backend.c): the guest says what is wrong, once, stays up, its
# other devices work, and the device goes away when it is detached.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

id=9
dev=virtio-msg-$id

# attempt DEVICE MODE GOOD
attempt() {
	step "$1 $2 after $3 good messages"
	guest 'dmesg -C'
	virtio-xen attach guest "external,id=$id" --no-wait >/dev/null ||
		fail "attach"
	/lab/payload/hostile-backend "$guest_id" $id "$1" "$2" "$3" 2 ||
		fail "hostile-backend has failed itself"
	# It has gone, whatever it was: the toolstack takes the device away.
	virtio-xen detach guest $id --force --timeout 1 ||
		xenstore-rm "/local/domain/$guest_id/device/virtio-msg/$id"
	guest wait_until 20 gone /sys/bus/xen/devices/$dev
	guest complained_once $dev
}

# Waiting for a silent backend is not what takes time here.
guest 'echo 700 >/sys/module/virtio_xen/parameters/timeout_ms'

# A network interface comes up with some 25 messages.
attempt net silent 0
attempt net silent 11
attempt net silent 100
attempt net garbage 1
attempt net garbage 11
attempt net wrong 0
attempt net wrong 1
attempt net wrong 11
attempt net index 1
attempt net storm 4
attempt net exit 11
attempt net exit 100
attempt net closed 7
attempt net vanish 11
attempt blk silent 11
attempt blk exit 12
attempt blk vanish 12

step "the other devices have noticed nothing"
guest ping -q -c 3 -i 0.2 10.0.0.1
guest 'dd if=/dev/vda of=/dev/null bs=64k count=64 iflag=direct'
virtio-xen list
