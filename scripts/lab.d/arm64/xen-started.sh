# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other parts' globals
# The guest that Xen starts itself: nothing is between it and dom0 that it could
# tell by how its script has ended, so its console, which Xen has, does.

if [[ $OPT_GUEST == dom0less ]]; then
	# Earlier kernels do not let a process bind a static event channel.
	DOM0_SERIES=6.12
	GUEST_CONSOLE=ttyAMA0
	((${#OPT_DEVICES[@]} < STATIC_DEVICES)) ||
		usage_error "--guest dom0less has room for" \
			"$((STATIC_DEVICES - 1)) devices beside the root disk"
	[[ ! $OPT_PV_DRIVERS$OPT_PV_ROOT$OPT_NO_GUEST ]] ||
		usage_error "--guest dom0less goes with none of --pv-drivers," \
			"--pv-root and --no-guest"
fi

# guest_console: fills guest.port, while QEMU runs
guest_console() {
	[[ $OPT_GUEST == dom0less ]] || return 0
	setpriv --pdeathsig TERM tail -q -n +1 -s 0.1 -f --pid="$QEMU_PID" \
		"$RUN/logs/xen.log" 2>/dev/null |
		sed -un 's/\r//g; s/^.*(XEN) DOM1: //p' >>"$RUN/guest.port" &
	STREAM_PIDS+=($!)
}

# guest_tells: what dom0 would have told of the guest
guest_tells() {
	[[ $OPT_GUEST == dom0less ]] || return 0
	sed -nE 's/^.*@@LAB@@ (guest-(state|status) .*)/\1/p' "$RUN/logs/guest.log"
}
