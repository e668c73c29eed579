#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# variant: window --guest pv --vcpus 2 --device blk:64M --device net --guest-args "virtio_xen.window_max_kib=1024 virtio_xen.window_idle_ms=500"
# variant: in-place --guest pv --vcpus 2 --device blk:64M,single-grants=1 --device net,single-grants=1 --guest-args virtio_xen.inplace_min=4096
# variant: mixed --guest pvh --vcpus 2 --device blk:64M,single-grants=1 --device net,single-grants=1 --guest-args virtio_xen.window_max_kib=1024
# seconds: window=95 in-place=84 mixed=75
# alone: mixed: a PVH guest that does not wait for a CPU that dom0 has
#
# Windows that are much too small under load: data arrives whole, a disk's
# requests wait, and no packet is lost. Windows that grow and shrink. With a
# backend that reaches single grants: buffers in place, by choice and when the
# window is full.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

disk=virtio-msg-1
net=virtio-msg-2

# parameter NAME: sets $value. Not in a subshell, which would count commands for
# itself.
parameter() {
	guest "xenstore-write data/e2e/value \$(cat /sys/module/virtio_xen/parameters/$1)"
	value=$(xenstore-read "$e2e/value")
}

# Which of the variants this is.
parameter inplace_min
inplace_min=$value
single=
[[ $(xenstore-read "$(backend_dir 1)/config/single-grants" 2>/dev/null) != 1 ]] ||
	single=1

step "disk: blocks of all sizes, more at a time than a window holds"
guest verify_each /dev/vdb 4k,32,2M 64k,32,4M 1M,16,16M
# Multiples of three sectors begin at any sector of a page. No two blocks overlap:
# of writes under way at once that do, any may be the last.
guest verify /dev/vdb 1536 16 256k

step "network: eight streams at a time, both ways, and packets without end"
iperf3 -s -D
served 5201
guest flood 10.0.0.1 1
guest no_loss eth0
guest stat_is $net exhausted -eq 0

step "data over TCP arrives whole, both ways"
head -c 16M /dev/urandom >/tmp/data
sum=$(sha256sum </tmp/data)
nc -l -N -p 7000 </tmp/data &
nc -l -p 7001 >/tmp/back &
back=$!
served 7000
served 7001
guest checksum_transfer 10.0.0.1 7000 "${sum%% *}"
wait $back
[[ $(sha256sum </tmp/back) == "$sum" ]] || fail "what came back is not the same"

step "disk and network at once"
guest 'verify /dev/vdb 256k 8 4M & flood 10.0.0.1 1 && wait $!'
guest no_loss eth0

step "the counters tell what happened"
for dev in $disk $net; do
	guest stat_is "$dev" deferred -eq 0
	guest stat_is "$dev" leaked -eq 0
done
if ((inplace_min)); then
	guest stat_is $disk inplace_maps -gt 1000
	guest stat_is $disk inplace_bytes -gt 30000000
	guest stat_is $net inplace_bytes -gt 1000000
elif [[ $single ]]; then
	guest stat_is $disk inplace_maps -gt 0
else
	# Without pressure nothing was shown.
	guest stat_is $disk exhausted -gt 0
	guest stat_is $disk windows -eq 1

	step "with a higher limit windows come when they are needed"
	guest "echo 8192 >/sys/bus/xen/devices/$disk/window_max_kib"
	guest verify /dev/vdb 1M 16 16M
	guest stat_is $disk windows_added -gt 0
	step "and go when they are not"
	guest wait_until 30 stat_is $disk windows -eq 1
	guest stat_is $disk windows_removed -gt 0
fi
