#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M --device net
# variant: pv --guest pv --vcpus 2
# seconds: pv=99
#
# The plug is pulled: storage daemon, worker and bridge killed, guest destroyed.
# The guest stays up, gets its device back, and nothing is left behind.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

# worker ID: the process that serves a device
worker() {
	pgrep -f "vhost-xen.*--worker $guest_id $1\$"
}

# storage_daemon ID: its child
storage_daemon() {
	pgrep -P "$(worker "$1")" qemu-storage
}

no_worker() {
	! worker "$1" >/dev/null
}

# back_again DEVICE: the guest has the disk, and its data
back_again() {
	wait_for 60 connected 1 || fail "not connected again"
	guest wait_until 30 test -b "/dev/$1"
	guest "verify /dev/$1 4k 8 1M --verify_only"
}

guest verify /dev/vdb 4k 8 1M

step "kill -9 of the storage daemon"
kill -9 "$(storage_daemon 1)"
guest wait_until 60 gone /dev/vdb
back_again vdb

step "kill -9 of the worker"
kill -9 "$(worker 1)"
guest wait_until 60 gone /dev/vdb
back_again vdb

step "kill -9 of the bridge, then a new one: the devices go on"
kill -9 "$(cat /run/vhost-xen.pid)"
guest verify /dev/vdb 4k 8 512k
vhost-xen --foreground >>/var/log/vhost-xen.log 2>&1 &
echo $! >/run/vhost-xen.pid
sleep 3
guest ping -q -c 3 -i 0.2 10.0.0.1
guest 'dd if=/dev/vda of=/dev/null bs=64k count=16 iflag=direct'
virtio-xen list

step "another guest, its root on qcow2, is destroyed while it works"
for dir in /sys/block/vd*; do
	[[ $(<"$dir/serial") != labroot ]] || base=/dev/${dir##*/}
done
qemu-img create -q -f qcow2 -b "$base" -F raw /srv/second.qcow2 || fail "image"
{
	sed -e 's/^name = .*/name = "second"/' -e 's/^memory = .*/memory = 320/' \
		-e 's/000000000001"$/000000000002"/' -e '/^virtio_xen/d' \
		/lab/guest.cfg
	echo 'virtio_xen = [ "blk,target=/srv/second.qcow2,format=qcow2", "net,bridge=xenbr9" ]'
} >/tmp/second.cfg
# A bridge of its own: the lab gives both guests the same address.
ip link add xenbr9 type bridge forward_delay 0
ip link set xenbr9 up
virtio-xen create /tmp/second.cfg || fail "second guest"
second=$(xl domid second)
second_up() {
	[[ $(guest_read state second) == script ]]
}
wait_for 90 second_up || fail "the second guest does not come up"
xenstore-write "/local/domain/$second/data/e2e/cmd" \
	"1 while :; do dd if=/dev/urandom of=/root/x bs=64k count=64 oflag=direct; ping -c 1 -W 1 10.0.0.1; done"
sleep 3
xl destroy second

none_left() {
	! pgrep -f "vhost-xen.*--worker $second " >/dev/null &&
		! xenstore-exists "/local/domain/0/backend/virtio-msg/$second" &&
		! ip link show | grep -q "vx$second"
}
wait_for 30 none_left || fail "workers, nodes or taps of the second guest stay"
! pgrep -f second.qcow2 || fail "its storage daemon stays"
# A domain whose pages somebody has still mapped cannot go.
second_gone() {
	[[ $(xl list | wc -l) == 3 ]]
}
wait_for 30 second_gone || fail "the domain cannot go: $(xl list)"

step "the first guest has noticed nothing"
guest ping -q -c 3 -i 0.2 10.0.0.1
guest verify /dev/vdb 4k 8 512k
