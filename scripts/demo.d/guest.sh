#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The guest's part of the demo. Lines that begin with "summary:" are repeated
# at the end.

set -e -o pipefail
mount -t debugfs debugfs /sys/kernel/debug

say() {
	echo "== $*"
}

summary() {
	echo "summary: $*"
}

# figure DEVICE NAME
figure() {
	sed -n "s/^$2 //p" "/sys/kernel/debug/virtio_xen/$1/state"
}

say "the kernel is Debian's, and so are the drivers"
uname -r
modinfo -F filename virtio_blk virtio_net virtio_xen

say "the root file system"
findmnt -no SOURCE,FSTYPE,SIZE /
[[ $(findmnt -no SOURCE,FSTYPE / | xargs) == "/dev/vda ext4" ]]

say "the network interface"
ethtool -i eth0 | head -n 1
ip -br addr show eth0
ping -c 3 -i 0.3 10.0.0.1

say "TCP to dom0 and back, 3 seconds each"
for way in '' -R; do
	# shellcheck disable=SC2086 # an option or nothing
	iperf3 -c 10.0.0.1 -t 3 $way --json >/tmp/iperf.json
	bytes=$(jq .end.sum_received.bytes /tmp/iperf.json)
	mbit=$(jq '.end.sum_received.bits_per_second / 1e6 | floor' /tmp/iperf.json)
	((bytes > 0))
	summary "network: $((bytes >> 20)) MiB over TCP" \
		"$([[ $way ]] && echo from || echo to) dom0," \
		"$mbit Mbit/s under emulation"
done

say "fio writes and verifies on a second disk"
fio --name=demo --filename=/dev/vdb --rw=randwrite --bs=16k --iodepth=16 \
	--size=32M --ioengine=libaio --direct=1 --verify=crc32c \
	--verify_fatal=1 --output-format=json >/tmp/fio.json
summary "disk: 32 MiB written at random, read back and verified, $(jq '.jobs[0].error' /tmp/fio.json) errors"

say "a file on the root disk for dom0 to find"
head -c 8M /dev/urandom >/root/written-by-the-guest
sha256sum /root/written-by-the-guest | tee /root/written-by-the-guest.sha256

grants=0
for dir in /sys/kernel/debug/virtio_xen/*/; do
	dev=$(basename "$dir")
	grants=$((grants + $(sed -n 's/^grants //p' "$dir/stat")))
	virtio=$(basename /sys/bus/xen/devices/"$dev"/virtio*)
	driver=$(basename "$(readlink "/sys/bus/virtio/devices/$virtio/driver")")
	summary "$dev: $driver, features $(figure "$dev" features)," \
		"$(sed -n 's/^windows //p' "$dir/stat") windows of" \
		"$(($(sed -n 's/^window_bytes //p' "$dir/stat") >> 10)) KiB in all," \
		"notifications $( (($(figure "$dev" bus_features) & 1)) &&
			echo by event channel || echo in messages)"
done
summary "grants in use: $grants (a bus page and windows for each device)"
