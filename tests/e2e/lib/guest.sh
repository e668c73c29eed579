# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What scenarios do in the guest, as functions for in_guest.

# driver_is CLASS/DEVICE DRIVER: the kernel's driver for a block device or interface is
# Debian's own, and its parent is a virtio-msg device.
driver_is() {
	local dev=$1 driver=$2 path

	path=$(readlink -f "/sys/class/$dev/device") || return
	[[ $(basename "$(readlink -f "$path/driver")") == "$driver" ]] || {
		echo "$dev: driver is not $driver"
		return 1
	}
	[[ $path == *virtio-msg-* ]] || {
		echo "$dev is not behind virtio-msg: $path"
		return 1
	}
}

# verify DEVICE BS DEPTH SIZE [FIO-OPTION...]: what is written comes back.
verify() {
	local dev=$1 bs=$2 depth=$3 size=$4

	shift 4
	fio --name="verify-$bs-$depth" --filename="$dev" --rw=randwrite \
		--bs="$bs" --iodepth="$depth" --size="$size" --ioengine=libaio \
		--direct=1 --verify=crc32c --verify_fatal=1 --do_verify=1 \
		--output-format=terse --output="/tmp/fio.${dev##*/}" "$@" || {
		cat "/tmp/fio.${dev##*/}"
		return 1
	}
	echo "fio verify $dev bs=$bs depth=$depth: ok"
}

# verify_each DEVICE BS,DEPTH,SIZE...: the same one after another, but in one fio,
# which takes seconds to start here
verify_each() {
	local dev=$1 one bs depth size
	local -a jobs=()

	shift
	for one; do
		IFS=, read -r bs depth size <<<"$one"
		jobs+=(--name="verify-$bs-$depth" --stonewall --filename="$dev"
			--rw=randwrite --bs="$bs" --iodepth="$depth"
			--size="$size" --ioengine=libaio --direct=1
			--verify=crc32c --verify_fatal=1 --do_verify=1)
	done
	fio --output-format=json --output=/tmp/fio.each "${jobs[@]}" || {
		cat /tmp/fio.each
		return 1
	}
	# What was written has been read again, by each of them.
	jq -r '.jobs[] | "\(.jobname) \(.write.io_bytes) \(.read.io_bytes) \(.error)"' \
		/tmp/fio.each
	jq -e "[.jobs[] | select(.error == 0 and .write.io_bytes > 0 and
		.read.io_bytes == .write.io_bytes)] | length == $#" \
		/tmp/fio.each >/dev/null
}

# wait_until SECONDS COMMAND...
wait_until() {
	local deadline=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < deadline)) || {
			echo "still not: $*"
			return 1
		}
		sleep 0.2
	done
}

gone() {
	[[ ! -e $1 ]]
}

# inputs CPU: interrupts for packets received that have come to it, of all networks
inputs() {
	awk -v column=$(($1 + 2)) '/virtio[0-9]+-input/ { n += $column } END { print n }' \
		/proc/interrupts
}

# answers_come_to CPU OTHER ADDRESS: what a program there waits for interrupts no other
answers_come_to() {
	local here there

	here=$(inputs "$1")
	there=$(inputs "$2")
	taskset -c "$1" ping -q -c 20 -i 0.05 "$3" || return
	here=$(($(inputs "$1") - here))
	there=$(($(inputs "$2") - there))
	echo "interrupts: $here for CPU $1, $there for CPU $2"
	((here >= 15 && there <= 5))
}

# in_flight DISK: requests are under way
in_flight() {
	local reads writes

	read -r reads writes <"/sys/block/$1/inflight"
	((reads + writes))
}

# debugfs: mounts it. No process looks whether it is there: each takes a tenth of a
# second, and figures are asked for often.
debugfs() {
	compgen -G '/sys/kernel/debug/*' >/dev/null ||
		mount -t debugfs debugfs /sys/kernel/debug
}

# state DEVICE NAME: a figure from debugfs
state() {
	debugfs
	sed -n "s/^$2 //p" "/sys/kernel/debug/virtio_xen/$1/state"
}

# stat_is DEVICE NAME OPERATOR NUMBER: what a counter of the driver's says,
# compared as by test
stat_is() {
	local n

	debugfs
	n=$(sed -n "s/^$2 //p" "/sys/kernel/debug/virtio_xen/$1/stat")
	echo "$1 $2: $n"
	test "$n" "$3" "$4"
}

# deferred_is OPERATOR NUMBER: frames that are held back, of all devices
deferred_is() {
	local n

	n=$(sed -n 's/^deferred //p' /sys/kernel/debug/virtio_xen/deferred)
	test "$n" "$1" "$2"
}

# no_loss INTERFACE: nothing that was to be sent has been thrown away
no_loss() {
	ip -s -j link show "$1" | jq -Mc '.[0].stats64'
	ip -s -j link show "$1" | jq -e '.[0].stats64 |
		.tx.dropped == 0 and .tx.errors == 0 and .rx.errors == 0' >/dev/null
}

# flood SERVER SECONDS: as much at a time as there can be, both ways
flood() {
	local way

	for way in '' -R; do
		iperf3 -c "$1" -t "$2" -P 8 $way --json >/tmp/flood || return
		jq -Mc '.end | [.sum_sent.bytes, .sum_received.bytes]' /tmp/flood
	done
	iperf3 -c "$1" -t "$2" -u -b 0 -l 1400 --json >/tmp/flood || return
	jq -Mc '.end.sum | [.bytes, .packets, .lost_packets]' /tmp/flood
}

# checksum_transfer SERVER PORT SUM: what SERVER sends has that checksum, and so
# has what it gets back
checksum_transfer() {
	nc "$1" "$2" >/tmp/data || return
	[[ $(sha256sum </tmp/data) == "$3  -" ]] || return
	nc -N "$1" "$(($2 + 1))" </tmp/data
}

# tcp SERVER SECONDS: iperf3 both ways, some bytes must arrive
tcp() {
	local way bytes

	for way in '' -R; do
		bytes=$(iperf3 -c "$1" -t "$2" $way --json |
			jq .end.sum_received.bytes) || return
		echo "tcp $1 ${way:-forward}: $bytes bytes"
		((bytes > 100000)) || return 1
	done
}

# disk_load DEVICE: starts verified random I/O that goes on until stop_disk_load
disk_load() {
	(
		fio --name=load --filename="$1" --rw=randrw --bs=16k \
			--iodepth=4 --rate_iops=40 --size=8M \
			--ioengine=libaio --direct=1 --verify=crc32c \
			--verify_fatal=1 --time_based --runtime=600 \
			>/tmp/load.out 2>&1
		echo $? >/tmp/load.status
	) &
}

# stop_disk_load: fails if the load has found a fault
stop_disk_load() {
	gone /tmp/load.status || {
		echo "the load has ended: $(cat /tmp/load.status)"
		cat /tmp/load.out
		return 1
	}
	pkill -INT fio
	wait_until 60 test -e /tmp/load.status
	grep -E 'err=' /tmp/load.out
	! grep -E 'verify:|err= *[1-9]' /tmp/load.out
}

# net_load SERVER [RATE]: a TCP stream that goes on
net_load() {
	(
		iperf3 -c "$1" -b "${2:-20M}" -t 600 >/tmp/iperf.out 2>&1
		echo $? >/tmp/iperf.status
	) &
}

# The grants that the module says it has given, "FIRST COUNT" each
report_grants() {
	local dev

	for dev in /sys/bus/xen/devices/virtio-msg-*; do
		dev=${dev##*/}
		echo "$(state "$dev" bus_ref) 1"
		echo "$(state "$dev" window_first_ref)" \
			"$(state "$dev" window_frames)"
	done | tee /tmp/granted
	xenstore-write data/e2e/granted "$(tr '\n' ' ' </tmp/granted)"
}

# complained_once DEVICE: one error in the log says what is wrong with it
complained_once() {
	local n

	n=$(dmesg --level=err | grep -Ec "$1: device is broken|xenbus.*${1%-*}/${1##*-}|$1: .*(backend|refused)")
	dmesg --level=err,warn | grep "$1"
	((n == 1)) || {
		echo "$n complaints about $1, not one"
		return 1
	}
}

# checkers_on: the debug kernel's checkers are there, and none has given up
checkers_on() {
	debugfs || return
	dmesg >/tmp/dmesg
	grep -q 'KernelAddressSanitizer initialized' /tmp/dmesg || {
		echo "there is no KASAN"
		return 1
	}
	grep -Eq 'debug_locks: *1$' /proc/lockdep_stats || {
		echo "lockdep is off"
		return 1
	}
	[[ $(</sys/kernel/debug/dma-api/disabled) == N ]] || {
		echo "DMA debugging is off"
		return 1
	}
	echo scan=off >/sys/kernel/debug/kmemleak || {
		echo "kmemleak is off"
		return 1
	}
}

# no_kmemleak: scans twice, for what has a pointer to it only in a register or on
# another CPU's stack looks lost. What is ours is found by its backtrace; code of
# a module that has been unloaded is shown as a number.
no_kmemleak() {
	local leaks=/sys/kernel/debug/kmemleak

	debugfs || return
	# What is younger than 5 s is not reported.
	sleep 6
	echo scan >$leaks && echo scan >$leaks || return
	grep -c '^unreferenced' $leaks | sed 's/$/ leaks in all/'
	awk -v RS='unreferenced object' \
		'/\[virtio_xen(_real_test)?\]|0xffffffff[a-f]/ { print "unreferenced object" $0; n++ }
		END { exit n > 0 }' $leaks
}
