# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For in_guest, under the kernel with KCSAN.

# races_watched [NUMBER]: KCSAN is on, and has watched that many accesses at least
races_watched() {
	local figures=/sys/kernel/debug/kcsan watched

	debugfs || return
	cat $figures
	grep -q '^enabled: *1$' $figures || {
		echo "KCSAN is off"
		return 1
	}
	watched=$(sed -n 's/^setup_watchpoints: *//p' $figures)
	((watched >= ${1:-1}))
}

# nosy_begin, nosy_end: reads all figures, and sets a limit, over and over
nosy_begin() {
	debugfs || return
	while :; do
		cat /sys/kernel/debug/virtio_xen/*/* \
			/sys/kernel/debug/virtio_xen/deferred
		for limit in /sys/bus/xen/devices/virtio-msg-*/window_max_kib; do
			cat "$limit"
			echo 8192 >"$limit"
		done
		sleep 0.1
	done >/dev/null 2>&1 &
	echo $! >/tmp/nosy.pid
}

nosy_end() {
	kill "$(</tmp/nosy.pid)"
}
