# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Runs scenarios side by side, for tests/e2e/run: run_pool.
#
# Each of those that run at a time has CPUs that no other has, and sees no others,
# so that the machine it emulates has no more of them than that
# (scripts/lab.d/qemu.sh). Threads of two machines that share their CPUs would
# spin while they wait for one that cannot run: each is three to four times slower
# then.

# Set by those who source this file.
: "${here:?}" "${build:?}"
passed=0 failed=0
begun=0 total=0

# By process id: what it runs, its place, and when it began.
declare -A job_name=() job_place=() job_begin=()

# cpus: the numbers of those that we may use
cpus() {
	local range

	for range in $(sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status |
		tr ',' ' '); do
		seq "${range%-*}" "${range#*-}"
	done
}

# cpus_of PLACE PLACES: every so-many-th of them, for taskset
cpus_of() {
	cpus | awk "NR % $2 == $1" | paste -s -d ,
}

# room_for: how many machines there is memory for, of which each has 3 GiB
room_for() {
	awk '/^MemAvailable:/ { n = int($2 / 3 / 1024 / 1024) }
		END { print (n > 1 ? n : 1) }' /proc/meminfo
}

# start_job PLACE PLACES NAME: what it prints goes to a file first, so that
# nothing breaks it up
start_job() {
	local place=$1 places=$2 name=$3 kind=scenario
	local -a pin=()

	[[ $name == */* ]] || kind=plant
	((places == 1)) || pin=(taskset -c "$(cpus_of "$place" "$places")")
	begun=$((begun + 1))
	echo "   $begun of $total: $name"
	setpriv --pdeathsig TERM "${pin[@]}" "$here/run.d/one" "$kind" "$name" \
		3>&1 >"$build/place-$place.out" 2>&1 &
	job_name[$!]=$name
	job_place[$!]=$place
	job_begin[$!]=$SECONDS
}

# end_job PID STATUS: no word of how it went is a failure, too
end_job() {
	local name=${job_name[$1]} out=$build/place-${job_place[$1]}.out
	local label=$name

	[[ $name == */* ]] || label="plant $name"
	cat "$out"
	if (($2 == 0)) && grep -q "^ok $label " "$out"; then
		passed=$((passed + 1))
	else
		grep -q "^not ok $label " "$out" ||
			echo "not ok $label ($((SECONDS - job_begin[$1])) s," \
				"ended without a result, status $2)"
		failed=$((failed + 1))
	fi
	rm -f "$out"
	unset "job_name[$1]" "job_place[$1]" "job_begin[$1]"
}

# stop_jobs STATUS: none goes on without us. Each of them waits for its own.
stop_jobs() {
	trap '' INT TERM HUP
	((${#job_name[@]} == 0)) || kill "${!job_name[@]}" 2>/dev/null
	wait
	rm -f "$build"/place-*.out
	exit "$1"
}

# run_pool PLACES NAME...: as many at a time as there are places, begun in this
# order
run_pool() {
	local places=$1 place pid status
	local -a free=()

	shift
	for ((place = 0; place < places; place++)); do
		free+=("$place")
	done
	while (($# || ${#job_name[@]})); do
		while (($# && ${#free[@]})); do
			start_job "${free[0]}" "$places" "$1"
			free=("${free[@]:1}")
			shift
		done
		wait -n -p pid "${!job_name[@]}"
		status=$?
		free+=("${job_place[$pid]}")
		end_job "$pid" "$status"
	done
}
