#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The guest's script in every scenario: runs what dom0's script asks for
# (in_guest in scenario.sh), one command at a time, until that is "exit".
#
# data/e2e/cmd   "N COMMAND", written by dom0
# data/e2e/done  "N STATUS", written here

shopt -s lastpipe
cd /lab/payload || exit 1
last=
while :; do
	read -r n command <<<"$(xenstore-read data/e2e/cmd 2>/dev/null)"
	if [[ $n && $n != "$last" ]]; then
		last=$n
		[[ $command != exit ]] || exit 0
		echo "+ $command"
		bash -c ". ./guest.sh; $command" </dev/null
		xenstore-write data/e2e/done "$n $?"
	fi
	sleep 0.2
done
