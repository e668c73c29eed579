# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the scenarios, which are dom0's scripts: talk to the guest, check.

# shellcheck source=scripts/lab.d/dom0/lib.sh
. /lab/lib.sh

command_number=0

fail() {
	echo "FAILED: $*"
	exit 1
}

step() {
	echo "-- $SECONDS s: $*"
}

# in_guest COMMAND: runs it in the guest; its status. Its output is on the
# guest's console. Bounded by the lab's own timeout.
in_guest() {
	local status

	command_number=$((command_number + 1))
	ask_guest "$command_number" "$*" ||
		fail "the guest has not answered: $*"
	return "$status"
}

# ask_guest N COMMAND: sets status. By xenstore; or as channel.sh has it.
ask_guest() {
	local n

	if [[ $LAB_GUEST_TYPE == dom0less ]]; then
		channel_run "$@" && status=$channel_status
		return
	fi
	xenstore-write "$e2e/cmd" "$*"
	while read -r -u "$done_events" _; do
		read -r n status <<<"$(xenstore-read "$e2e/done" 2>/dev/null)"
		[[ $n != "$1" ]] || return 0
	done
	return 1
}

# guest COMMAND: the same, and the scenario fails if it does
guest() {
	in_guest "$*" || fail "in the guest: $*"
}

# backend_dir ID
backend_dir() {
	echo "/local/domain/0/backend/virtio-msg/$guest_id/$1"
}

# connected ID: both ends say so
connected() {
	[[ $(xenstore-read "$(backend_dir "$1")/state" 2>/dev/null) == 4 &&
	   $(xenstore-read "/local/domain/$guest_id/device/virtio-msg/$1/state" 2>/dev/null) == 4 ]]
}

# end_guest: the guest must end whatever happens here.
end_guest() {
	if [[ $LAB_GUEST_TYPE == dom0less ]]; then
		channel_send end exit
	else
		xenstore-write "$e2e/cmd" "end exit"
	fi
}

trap end_guest EXIT
if [[ $LAB_GUEST_TYPE == dom0less ]]; then
	# shellcheck source=tests/e2e/lib/channel.sh
	. /lab/payload/channel.sh
	guest_id=$LAB_GUEST_ID
	channel_open || fail "the guest never came up"
else
	guest_id=$(xl domid guest)
	e2e=/local/domain/$guest_id/data/e2e
	# Polling would cost the one CPU that serves the guest's devices.
	exec {done_events}< <(exec xenstore-watch "$e2e/done")
	# The guest's script is up; the debug kernel takes five times as long.
	wait_for 300 xenstore-read "/local/domain/$guest_id/data/lab/state" >/dev/null 2>&1 ||
		fail "the guest never came up"
fi
