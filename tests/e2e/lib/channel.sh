# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # scenario.sh's; the coprocess's array
# How scenarios talk to a guest without xenstore: over a TCP connection, which the
# guest makes.
#
# to the guest    "N COMMAND"
# and back        "N STATUS"

CHANNEL_PORT=7999

# The scenario's end: in_guest in scenario.sh.
channel_open() {
	coproc CHANNEL { exec nc -l -N 10.0.0.1 "$CHANNEL_PORT"; }
	local n word

	# The guest's first word.
	read -r -t 300 n word <&"${CHANNEL[0]}" && [[ "$n $word" == "0 up" ]]
}

channel_send() {
	echo "$*" >&"${CHANNEL[1]}"
}

# channel_run N COMMAND: sets channel_status
channel_run() {
	local n

	channel_send "$*"
	while read -r n channel_status <&"${CHANNEL[0]}"; do
		[[ $n != "$1" ]] || return 0
	done
	return 1
}

# channel_agent: the guest's end: agent.sh
channel_agent() {
	local n command

	until exec 3<>"/dev/tcp/10.0.0.1/$CHANNEL_PORT"; do
		sleep 1
	done 2>/dev/null
	echo "0 up" >&3
	while read -r n command <&3; do
		[[ $command != exit ]] || return 0
		echo "+ $command"
		(eval "$command") </dev/null 3<&-
		echo "$n $?" >&3
	done
	return 1
}
