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
# The first command may be there already, or come later.
coproc TALK { exec python3 -ES talk.py data/e2e/done data/e2e/cmd; }
# shellcheck disable=SC2153 # coproc sets it
exec {commands}<&"${TALK[0]}" {answers}>&"${TALK[1]}"
while read -r -u "$commands" n command; do
	[[ $command != exit ]] || exit 0
	echo "+ $command"
	(eval "$command") </dev/null {commands}<&- {answers}>&-
	echo "$n $?" >&"$answers"
done
echo "nobody tells what to do any more"
exit 1
