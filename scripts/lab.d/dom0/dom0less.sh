# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts use what is unused here
# What is different in lib.sh where Xen has started the guest itself, and there is
# no xenstore between it and dom0: each device has a daemon of its own, that knows
# of event channel and bus page by its command line.
#
#   static_start ID         starts the daemon of a device, 0 being the root disk
#   static_stop ID          ends it
# That of a device with the option "late" is left for a script to start.

LAB_GUEST_ID=1

guest_config() {
	local spec id=0

	device_root "$LAB_GUEST_DISK"
	for spec in "${LAB_DEVICES[@]}"; do
		add_device "$spec"
	done
	for spec in "${CFG_VIRTIO[@]}"; do
		echo "type=${spec//,/ }" >"/run/static.$id.options"
		id=$((id + 1))
	done
}

static_start() {
	local id=$1 option
	local -a options=()

	while read -r option; do
		[[ $option == late ]] || options+=("$option")
	done < <(xargs -n 1 <"/run/static.$id.options")
	vhost-xen --foreground --static \
		"domid=$LAB_GUEST_ID,port=$((LAB_STATIC_PORT + id)),gref=$((LAB_STATIC_REF + id))" \
		"${options[@]}" >>"/var/log/vhost-xen.$id.log" 2>&1 &
	echo $! >"/run/static.$id.pid"
}

static_stop() {
	local pid

	pid=$(<"/run/static.$1.pid")
	kill "$pid"
	wait_for 20 static_stopped "$pid"
}

static_stopped() {
	! kill -0 "$1" 2>/dev/null
}

guest_create() {
	local id

	for ((id = 0; id < ${#CFG_VIRTIO[@]}; id++)); do
		grep -qw late "/run/static.$id.options" || static_start "$id"
	done
}

# Nobody tells dom0 of its end.
guest_wait() {
	local state reason

	while read -r state reason <<<"$(guest_state "$LAB_GUEST_ID")"; do
		case $state in
		'') guest_reason=gone ;;
		*s* | *c*)
			case $reason in
			0) guest_reason=poweroff ;;
			1) guest_reason=reboot ;;
			2) guest_reason=suspend ;;
			*) guest_reason=crash ;;
			esac
			;;
		*)
			sleep 1
			continue
			;;
		esac
		break
	done
}

# Its markers on Xen's console are for the host.
guest_read() {
	return 1
}

# Xen keeps it: no toolstack has made it.
guest_destroy() {
	:
}
