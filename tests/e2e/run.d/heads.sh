# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the heads of scenarios and of planted defects say, for run and run.d/one:
#
#   # lab: OPTIONS                 of scripts/lab, for all variants
#   # variant: NAME OPTIONS        and for this one; without any there is "pv"
#   # seconds: NAME=N ...          about how long each takes: long ones begin first
#   # alone: NAME: WHY             has all of the machine's CPUs for itself
#   # by name only: WHY            not among "all"
#
# NAME/VARIANT is what a scenario is called elsewhere.

# Set by those who source this file.
: "${here:?}"

# scenario_file NAME/VARIANT
scenario_file() {
	echo "$here/scenarios/${1%%/*}.sh"
}

# variants FILE: "NAME OPTIONS" a line
variants() {
	grep -q '^# variant:' "$1" && sed -n 's/^# variant: //p' "$1" ||
		echo pv --guest pv
}

list() {
	local file name

	for file in "$here"/scenarios/*.sh; do
		[[ $file != *.post.sh ]] || continue
		name=$(basename "$file" .sh)
		variants "$file" | while read -r variant _; do
			echo "$name/$variant"
		done
	done
}

# Scenarios that are not among "all", as patterns.
by_name_only() {
	grep -l '^# by name only' "$here"/scenarios/*.sh |
		sed 's,.*/\(.*\)\.sh,^\1/,'
}

# options_of NAME/VARIANT: those of scripts/lab
options_of() {
	local file

	file=$(scenario_file "$1")
	sed -n 's/^# lab: //p' "$file"
	variants "$file" | sed -n "s,^${1#*/} ,,p"
}

# is_alone NAME/VARIANT
is_alone() {
	grep -q "^# alone: ${1#*/}: " "$(scenario_file "$1")"
}

# seconds_of NAME/VARIANT: 9999 if nobody knows, so that it does not come last
seconds_of() {
	local seconds

	seconds=$(sed -n 's/^# seconds://p' "$(scenario_file "$1")" |
		grep -oE " ${1#*/}=[0-9]+")
	echo "${seconds##*=}" | grep . || echo 9999
}

plants() {
	find "$here/plants" -name '*.patch' -printf '%f\n' |
		sed 's/\.patch$//' | sort
}

# plant_head NAME KEY: "Lab", "Status" or "Seen as"
plant_head() {
	sed -n "s/^$2: //p" "$here/plants/$1.patch"
}
