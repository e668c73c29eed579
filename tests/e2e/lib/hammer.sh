# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For in_guest: as many messages and as many requests as two processors make, at
# the same time.

# hammer_load DISK: verified I/O on a disk from two processors, each with a part of
# it, until stop_disk_load. Not as much as there can be: dom0 has one processor,
# and other things to do.
hammer_load() {
	local cpu
	local -a jobs=()

	for cpu in 0 1; do
		jobs+=(--name="cpu$cpu" --cpus_allowed="$cpu"
			--offset="$((cpu * 16))M" --size=4M --filename="/dev/$1"
			--rw=randrw --bsrange=512-64k --bs_unaligned=0
			--rate_iops=60 --iodepth=8 --ioengine=libaio --direct=1
			--verify=crc32c --verify_fatal=1 --time_based
			--runtime=600)
	done
	(
		fio "${jobs[@]}" >/tmp/load.out 2>&1
		echo $? >/tmp/load.status
	) &
}

# hammer_config CPU DISK: writes to and reads from a disk's configuration, which
# takes a few messages each time, until hammer_end. The kernel reads back what it
# has written.
hammer_config() {
	local n=0 mode file=/sys/block/$2/cache_type

	while [[ ! -e /tmp/hammer.end ]]; do
		for mode in 'write through' 'write back'; do
			echo "$mode" >"$file" || n=-1000000
			n=$((n + 1))
		done
	done
	echo "$n" >"/tmp/hammer.$1"
}

# hammer_reset DRIVER DEVICE: resets a device, and makes its queues anew
hammer_reset() {
	local n=0

	while [[ ! -e /tmp/hammer.end ]]; do
		echo "$2" >"/sys/bus/virtio/drivers/$1/unbind" &&
			echo "$2" >"/sys/bus/virtio/drivers/$1/bind" ||
			n=-1000000
		n=$((n + 1))
		sleep 0.2
	done
	echo "$n" >/tmp/hammer.reset
}

# hammer_begin DISK INTERFACE
hammer_begin() {
	local cpu card

	card=$(basename "$(readlink -f "/sys/class/net/$2/device")")
	rm -f /tmp/hammer.*
	for cpu in 0 1; do
		(taskset -pc "$cpu" "$BASHPID" >/dev/null &&
			hammer_config "$cpu" "$1") &
	done
	hammer_reset virtio_net "$card" &
}

# hammer_end CONFIGS RESETS: how often it has been done has to be that at least
hammer_end() {
	touch /tmp/hammer.end
	wait_until 30 test -e /tmp/hammer.0 -a -e /tmp/hammer.1 \
		-a -e /tmp/hammer.reset || return
	echo "configuration: $(</tmp/hammer.0) and $(</tmp/hammer.1) times;" \
		"resets: $(</tmp/hammer.reset)"
	(($(</tmp/hammer.0) >= $1 && $(</tmp/hammer.1) >= $1 &&
		$(</tmp/hammer.reset) >= $2))
}
