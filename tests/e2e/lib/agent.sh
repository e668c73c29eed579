#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The guest's script in every scenario: runs what dom0's script asks for
# (in_guest in scenario.sh), one command at a time, until that is "exit".
#
# data/e2e/cmd   "N COMMAND", written by dom0
# data/e2e/done  "N STATUS", written here

cd /lab/payload || exit 1
# Commands run in a subshell, which is much quicker here than a new shell is.
# shellcheck source=tests/e2e/lib/guest.sh
. ./guest.sh
# shellcheck source=/dev/null
. /lab/config
if [[ $LAB_GUEST_TYPE == dom0less ]]; then
	# shellcheck source=tests/e2e/lib/channel.sh
	. ./channel.sh
	channel_agent
	exit
fi
last=
# The first event comes at once, whether there is a command or not.
exec {events}< <(exec xenstore-watch data/e2e/cmd)
while read -r -u "$events" _; do
	read -r n command <<<"$(xenstore-read data/e2e/cmd 2>/dev/null)"
	if [[ $n && $n != "$last" ]]; then
		last=$n
		[[ $command != exit ]] || exit 0
		echo "+ $command"
		(eval "$command") </dev/null {events}<&-
		xenstore-write data/e2e/done "$n $?"
	fi
done
echo "the watch for commands has ended"
exit 1
