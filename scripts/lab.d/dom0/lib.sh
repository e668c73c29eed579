# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2119,SC2120 # the scripts use what is unused here
# For dom0's scripts ("source /lab/lib.sh"): guests and what they say.
#
#   guest_config            writes /lab/guest.cfg for the devices of the command
#                           line; done once before any script runs
#   guest_create [CONFIG]   creates and starts it
#   guest_wait [NAME]       waits for its end; sets guest_reason to poweroff,
#                           reboot, suspend, crash or gone
#   guest_read KEY [NAME]   what it wrote to its xenstore node data/lab/KEY;
#                           main keeps "state" and "status" there
#   guest_destroy [NAME]
#   wait_for SECONDS COMMAND...  until it succeeds

# shellcheck source=/dev/null
. /lab/config
# shellcheck source=scripts/lab.d/devices.sh
. /lab/devices.sh

# list ENTRY...: xl's notation of a list
list() {
	local entry text=

	for entry; do
		text+="${text:+, }\"$entry\""
	done
	echo "[ $text ]"
}

guest_config() {
	local spec
	local -a present=()

	device_root "$LAB_GUEST_DISK"
	for spec in "${LAB_DEVICES[@]}"; do
		add_device "$spec"
	done
	# What is late, a script attaches.
	for spec in "${CFG_VIRTIO[@]}"; do
		[[ $spec, == *,late,* ]] || present+=("$spec")
	done
	# Preserved, so that its xenstore nodes can be read after its end.
	cat >/lab/guest.cfg <<-END
	name = "guest"
	# Without it xl waits for random numbers.
	uuid = "5f1b8bd0-6a1e-4c7a-9d39-000000000001"
	type = "${LAB_GUEST_TYPE/arm64/pvh}"
	kernel = "/lab/guest/vmlinux"
	ramdisk = "/lab/guest/initramfs"
	extra = "$LAB_GUEST_ARGS"
	# Emulated, the time stamp counter does not look reliable to Xen, which
	# would intercept each read of it.
	tsc_mode = "native"
	memory = $LAB_MEMORY
	vcpus = $LAB_VCPUS
	on_poweroff = "preserve"
	on_reboot = "preserve"
	on_crash = "preserve"
	disk = $(list "${CFG_DISK[@]}")
	vif = $(list "${CFG_VIF[@]}")
	END
	# Where it tells of devices.
	[[ ! -e /lab/guest/guest.dtb ]] ||
		echo 'device_tree = "/lab/guest/guest.dtb"' >>/lab/guest.cfg
	[[ ! $LAB_GUEST_CPUS ]] ||
		echo "cpus = \"$LAB_GUEST_CPUS\"" >>/lab/guest.cfg
	((${#present[@]} == 0)) ||
		echo "virtio_xen = $(list "${present[@]}")" >>/lab/guest.cfg
}

guest_create() {
	local config=${1:-/lab/guest.cfg}

	if grep -q '^virtio_xen' "$config"; then
		# The clock of --icount runs ahead while a disk of the host's is
		# waited for.
		virtio-xen create --timeout 300 "$config" || return
	else
		xl -f create -q "$config" || return
	fi
}

# One read of xl's list: "STATE REASON", or nothing once it is gone.
guest_state() {
	xl list -v "$1" 2>/dev/null |
		awk 'NR == 2 { print $5, $8 }'
}

guest_wait() {
	local name=${1:-guest} state reason watch_in

	# xenstored tells of the end of a domain, so nothing polls. The first
	# event comes at once, so an end before this point is not missed.
	exec {watch_in}< <(exec xenstore-watch @releaseDomain)
	local watch_pid=$!
	while read -r -u "$watch_in" _; do
		read -r state reason <<<"$(guest_state "$name")"
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
		*) continue ;;
		esac
		break
	done
	kill "$watch_pid"
	exec {watch_in}<&-
}

guest_read() {
	local id

	id=$(xl domid "${2:-guest}" 2>/dev/null) || return
	xenstore-read "/local/domain/$id/data/lab/$1" 2>/dev/null
}

guest_destroy() {
	xl destroy "${1:-guest}"
}

wait_for() {
	local deadline=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		sleep 0.1
	done
}

if [[ $LAB_GUEST_TYPE == dom0less ]]; then
	# shellcheck source=scripts/lab.d/dom0/dom0less.sh
	. /lab/dom0less.sh
fi
