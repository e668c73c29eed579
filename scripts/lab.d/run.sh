# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # globals are for the other parts
# One run: from a temporary directory to an exit status.

DOM0_SERIES=6.1
RUN=
QEMU_PID=
STREAM_PIDS=()

cleanup() {
	local pid

	for pid in $QEMU_PID "${STREAM_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
	done
	# QEMU still writes to what goes away now.
	wait
	[[ ! $RUN ]] || rm -rf "$RUN"
}

# stream FILE PREFIX [SED-SCRIPT]: shows FILE's lines as they come, until QEMU
# has ended, or this script has been killed: QEMU may be a zombie then, which
# tail takes for a living process.
stream() {
	setpriv --pdeathsig TERM tail -q -n +1 -s 0.1 -f --pid="$QEMU_PID" "$1" 2>/dev/null |
		sed -u -e 's/\r//g' ${3:+-e "$3"} -e "s/^/$2/" &
	STREAM_PIDS+=($!)
}

# For guests without a device tree, and for those with a console in dom0.
guest_tree() { :; }
guest_console() { :; }
guest_tells() { :; }

start_streams() {
	guest_console
	if [[ $OPT_VERBOSE ]]; then
		stream "$RUN/guest.port" 'guest| ' '/^@@dmesg@@/d'
		stream "$RUN/logs/xen.log" 'xen| '
	else
		# Only what lies between the markers, not the boot.
		stream "$RUN/guest.port" 'guest| ' \
			'/^@@dmesg@@/d;/@@LAB@@ begin/,/@@LAB@@ end/!d;/@@LAB@@/d'
	fi
	stream "$RUN/dom0.port" 'dom0| '
}

# interrogate: what a machine that hangs is doing, for the logs. The answers look
# like splats: what was there before is kept apart for the verdict.
interrogate() {
	cp "$RUN/logs/xen.log" "$RUN/xen-asked.log"
	timeout -k 5 60 python3 "$LAB_D/interrogate.py" "$RUN/serial.sock" \
		"$RUN/monitor.sock" >"$RUN/logs/registers.log" 2>&1
}

# watch_qemu: waits for the end; sets REASON. QEMU is asked to quit as soon as
# dom0 has said all it has to: it flushes its images then.
watch_qemu() {
	local start=$SECONDS deadline=$((SECONDS + OPT_TIMEOUT)) tries

	REASON=gone
	while kill -0 "$QEMU_PID" 2>/dev/null; do
		if told end; then
			REASON=end
			break
		elif ((SECONDS >= deadline)); then
			REASON=timeout
			break
		elif ((SECONDS - start >= BOOT_TIMEOUT)) && ! told dom0-up; then
			REASON=boot-timeout
			break
		fi
		sleep 0.2
	done
	[[ $REASON != *timeout ]] || interrogate
	kill "$QEMU_PID" 2>/dev/null
	for ((tries = 0; tries < 50; tries++)); do
		kill -0 "$QEMU_PID" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$QEMU_PID" 2>/dev/null
	wait "$QEMU_PID" 2>/dev/null
	wait "${STREAM_PIDS[@]}" 2>/dev/null
	QEMU_PID=
	STREAM_PIDS=()
}

collect_logs() {
	tr -d '\r' <"$RUN/guest.port" >"$RUN/logs/guest.log"
	cp "$RUN/dom0.port" "$RUN/logs/dom0.log"
	guest_tells >>"$RUN/ctl.port"
	cp "$RUN/ctl.port" "$RUN/logs/ctl.log"
	sed -i 's/\r//g' "$RUN/logs/xen.log"
	mkdir -p "$RUN/logs/var-log"
	tar -C "$RUN/logs/var-log" -xf "$RUN/logs.port" 2>/dev/null
	# The dump that the guest made at its end, on its own.
	sed -n 's/^@@dmesg@@ //p' "$RUN/logs/guest.log" \
		>"$RUN/logs/guest-dmesg.log"
}

# keep_logs STATUS
keep_logs() {
	local to=$OPT_KEEP

	if [[ ! $to ]]; then
		(($1)) || return 0
		to=$LAB_REPO/build/lab-logs/$(date +%Y%m%d-%H%M%S)-$$
	fi
	mkdir -p "$to" && cp -r "$RUN/logs/." "$to/" || return
	if [[ $OPT_KEEP_IMAGES ]]; then
		mv "$RUN/guest.img" "$RUN/scratch.img" "$to/"
	fi
	say "logs: $to"
}

prepare_run() {
	RUNTIME=$(runtime_dir) || return
	ROOTFS=$(rootfs_dir) || return
	DOM0_RELEASE=$(boot_release "$DOM0_SERIES") || return
	guest_kernel || return
	build_artefacts || return
	write_config
	guest_tree || return
	# busybox's shell knows no arrays: the guest does without.
	guest_initramfs "$RUN/guest.cpio" || return
	cat "$RUN/devices" >>"$RUN/config"
	dom0_initramfs "$RUN/dom0.cpio" || return
	rm -rf "$RUN/guest-tree" "$RUN/dom0-tree"
}

run_lab() {
	local status

	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	RUN=$(mktemp -d "${TMPDIR:-/tmp}/virtio-xen-lab.XXXXXX") || return
	mkdir "$RUN/logs"
	prepare_run || {
		say "cannot prepare the run"
		keep_logs 1
		return "$LAB_EXIT_BOOT"
	}
	start_qemu || return "$LAB_EXIT_BOOT"
	if [[ $OPT_SHELL ]]; then
		# The console is the user's, for as long as QEMU lives.
		wait "$QEMU_PID"
		return
	fi
	start_streams
	watch_qemu
	collect_logs
	# Its end by our signal is no news.
	grep -v 'terminating on signal' "$RUN/logs/qemu.log" >&2
	verdict "$REASON"
	status=$?
	keep_logs "$status"
	return "$status"
}
