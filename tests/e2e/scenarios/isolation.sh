#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M --device net --guest-args virtio_xen.window_max_kib=4096 --xen-args conring_size=1M
# variant: pv --guest pv
# variant: pvh --guest pvh
# seconds: pv=93 pvh=93
#
# The claim: the backend can touch nothing but what the guest granted, the guest
# grants nothing but bus pages and windows, and nothing is in those but what was
# in a buffer.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

devices=3	# root disk, disk, network

step "load"
iperf3 -s -D
served 5201
guest disk_load /dev/vdb
guest net_load 10.0.0.1

step "what the guest says that it has granted to dom0"
guest report_grants
read -ra granted <<<"$(xenstore-read "$e2e/granted")"
((${#granted[@]} == 4 * devices)) || fail "no figures: ${granted[*]}"

step "what Xen says"
xl dmesg -c >/dev/null
xl debug-keys g
dumped() {
	xl dmesg >/tmp/grants
	grep -q 'gnttab_usage_print_all ] done' /tmp/grants
}
wait_for 60 dumped || fail "Xen's dump does not end"
python3 /lab/payload/grants.py /tmp/grants "$guest_id" "${granted[@]}" ||
	fail "the grants are not what they should be"

step "a backend that reads all it can does not find what is in the guest's memory"
# In pairs of digits, so that this command line does not have it in it.
canary=$(printf 'a secret of the guest, %d%d%d' 51 17 93)
guest "yes 'a secret of the guest, '51''17''93 | head -c 120M >/tmp/canary"
guest 'head -c 60M /tmp/canary >/tmp/freed; rm /tmp/freed'
guest 'ping -q -c 20 -i 0.05 -s 1400 10.0.0.1'
scan() {
	/lab/payload/grant-scan "$guest_id" "$canary" "${granted[@]}" |
		tee /tmp/scan
}
for try in 1 2 3; do
	scan || fail "cannot look at try $try"
	grep -q '^0 in' /tmp/scan || fail "the guest's memory shows"
	sleep 1
done

step "but it does find what the guest writes to the disk"
# While it does: what the load writes soon lies where it lay.
guest 'dd if=/tmp/canary of=/dev/vdb bs=64k count=500 seek=512 oflag=direct & echo $! >/tmp/dd'
for try in 1 2 3 4 5; do
	scan || fail "cannot look at try $try"
	grep -q '^0 in' /tmp/scan || break
done
! grep -q '^0 in' /tmp/scan || fail "the search finds nothing at all"
guest 'kill $(cat /tmp/dd) || true'

step "the bridge and the backends map grants only: no foreign mapping"
checked=0
for pid in $(pgrep -f 'vhost-xen|qemu-storage-daemon'); do
	grep -q . "/proc/$pid/maps" || continue
	checked=$((checked + 1))
	if grep -E 'privcmd' "/proc/$pid/maps"; then
		fail "process $pid has a privcmd mapping"
	fi
	if find "/proc/$pid/fd" -lname '*privcmd*' | grep .; then
		fail "process $pid has privcmd open"
	fi
done
echo "$checked processes"
# The manager, a worker for each device, and the storage daemon of the disk that is a
# file.
((checked >= 1 + devices + 1)) || fail "too few processes: $checked"
