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

# in_guest COMMAND: runs it, of one line, in the guest; its status. Its output is on the
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
	echo "$*" >&"$commands"
	while read -r -u "$answers" n status; do
		[[ $n != "$1" ]] || return 0
	done
	return 1
}

# guest COMMAND: the same, and the scenario fails if it does
guest() {
	in_guest "$*" || fail "in the guest: $*"
}

# listening PORT: somebody does, in dom0, by TCP
listening() {
	grep -qsE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$1") [0-9A-F]+:0000 0A " \
		/proc/net/tcp /proc/net/tcp6
}

# served PORT: what has been started is not there at once, and the guest is quick.
served() {
	wait_for 20 listening "$1" || fail "nobody listens on port $1"
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

# networks_have POLICIES: those of vhost-net's threads, sorted, as ps has them, or "".
# They are the kernel's own, or vhost-xen's.
networks_have() {
	local found

	found=$(ps -eL -o policy= -o comm= |
		awk '$2 ~ /^vhost-[0-9]+$/ { print $1 }' | sort | xargs)
	[[ $found == "$*" ]] || fail "vhost-net's threads have '$found', not '$*'"
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
	# Polling would cost the one CPU that serves the guest's devices, and each
	# process a tenth of a second.
	coproc TALK { exec python3 -ES /lab/payload/talk.py "$e2e/cmd" "$e2e/done"; }
	# shellcheck disable=SC2153 # coproc sets it
	exec {answers}<&"${TALK[0]}" {commands}>&"${TALK[1]}"
	# The guest's script is up; the debug kernel takes five times as long.
	wait_for 300 xenstore-read "/local/domain/$guest_id/data/lab/state" >/dev/null 2>&1 ||
		fail "the guest never came up"
fi
