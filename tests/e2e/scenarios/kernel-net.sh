#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device net --device net,kernel-notify=0,poll-us=0,queues=1
# variant: pvh --guest pvh --vcpus 2
# seconds: pvh=195
#
# Networks that vhost_xen_net carries: a guest or another process that does what it
# should not harms nobody, packets of all sizes arrive both ways, at the processor where
# they are waited for, the plug may be pulled, and nothing is left.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

driver_of() {
	ethtool -i "$1" 2>/dev/null | sed -n 's/^driver: //p'
}

worker() {
	pgrep -f "vhost-xen.*--worker $guest_id $1\$"
}

step "what vhost_xen_net promises to any process"
/lab/payload/net-test || fail "net-test"

step "networks are the module's, if nothing else is said"
first=
for interface in /sys/class/net/vx"$guest_id".*; do
	interface=${interface##*/}
	[[ $(driver_of "$interface") == vhost_xen_net ]] || fail "$interface is not"
	first=${first:-$interface}
done
[[ $first ]] || fail "there is none"
virtio-xen attach guest net,bridge=xenbr0,server=vhost,id=20 || fail "attach"
[[ $(driver_of "vx$guest_id.20") == tun ]] || fail "server=vhost is not heeded"
virtio-xen detach guest 20 || fail "detach"
out=$(virtio-xen attach guest net,bridge=xenbr0,server=kernel,single-grants=1,id=20 2>&1) &&
	fail "single-grants=1 is taken: $out"
[[ $out == *"takes vhost-net"* ]] || fail "no word about why: $out"

out=$(virtio-xen attach guest net,bridge=xenbr0,server=vhost,queues=2,id=20 2>&1) &&
	fail "vhost-net with two pairs is taken: $out"
[[ $out == *"one pair"* ]] || fail "no word about why: $out"

step "two pairs of queues: answers come to the processor that asks"
guest 'ethtool -l eth0 | grep -A 5 Current | grep -x "Combined:[[:space:]]*2"'
guest 'ethtool -l eth1 | grep -A 5 Current | grep -x "Combined:[[:space:]]*1"'
guest answers_come_to 0 1 10.0.0.1
guest answers_come_to 1 0 10.0.0.1
guest 'ethtool -L eth0 combined 1 && ping -q -c 3 -i 0.2 10.0.0.1'
guest 'ethtool -L eth0 combined 2'
guest answers_come_to 1 0 10.0.0.1

step "packets of all sizes, both ways"
for size in 18 64 1000 1472 4000 20000 65000; do
	guest "ping -q -c 3 -i 0.2 -s $size 10.0.0.1 && ping -q -c 3 -i 0.2 -s $size 10.0.1.1"
done

step "offloads are the guest's to choose"
iperf3 -s -D
served 5201
for features in "tx off" "gro off tx on tso off" "gro on tso on"; do
	guest "ethtool -K eth0 $features && tcp 10.0.0.1 1"
done
guest tcp 10.0.1.1 1

step "data arrives whole, both networks and both ways at once"
head -c 8M /dev/urandom >/tmp/data
sum=$(sha256sum </tmp/data)
for port in 7000 7001; do
	nc -l -N -p "$port" </tmp/data &
	served "$port"
done
nc -l -p 7002 >/tmp/back &
back=$!
served 7002
guest 'nc 10.0.0.1 7000 >/tmp/a & nc 10.0.1.1 7001 >/tmp/b; wait; nc -N 10.0.0.1 7002 </tmp/b'
wait "$back"
guest "[[ \$(sha256sum </tmp/a) == '$sum' && \$(sha256sum </tmp/b) == '$sum' ]]"
[[ $(sha256sum </tmp/back) == "$sum" ]] || fail "what came back is not what was sent"

step "an interface that is down, and up again"
guest 'ip link set eth0 down'
! ping -q -c 2 -i 0.2 -W 1 10.0.0.2 >/dev/null || fail "it answers"
guest 'ip link set eth0 up && wait_until 20 ping -q -c 1 -W 1 10.0.0.1'
ip link set "$first" down
guest '! ping -q -c 2 -i 0.2 -W 1 10.0.0.1'
ip link set "$first" up
guest 'wait_until 20 ping -q -c 1 -W 1 10.0.0.1'

step "kill -9 of the worker: the network comes back"
id=${first##*.}
kill -9 "$(worker "$id")"
guest wait_until 60 gone /sys/class/net/eth0
wait_for 60 connected "$id" || fail "not connected again"
guest 'wait_until 30 test -e /sys/class/net/eth0 && ip addr add 10.0.0.2/24 dev eth0 && ip link set eth0 up'
guest 'wait_until 20 ping -q -c 1 -W 1 10.0.0.1'
[[ $(driver_of "$first") == vhost_xen_net ]] || fail "not by the module again"

step "taken away under load, it is gone, and nothing of it is left"
guest 'ping -f -q -w 30 10.0.1.1 >/dev/null 2>&1 & sleep 1'
for interface in /sys/class/net/vx"$guest_id".*; do
	virtio-xen detach guest "${interface##*.}" || fail "detach"
done
gone() {
	! compgen -G "/sys/class/net/vx$guest_id.*" >/dev/null
}
wait_for 20 gone || fail "interfaces are left"
guest '! dmesg | grep "held back"'
! dmesg | grep -E 'BUG|WARNING|Oops|blocked for more|refcount|unregister_netdevice' ||
	fail "dom0's kernel complains"
rmmod vhost_xen_net || fail "the module does not go"
