# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What a run's logs and the control port's lines amount to.

# Lines of the kernel that say that something is wrong with it. Only lines with
# a kernel time stamp are searched, so a script may print what it likes.
SPLAT='WARNING: |BUG: |BUG at |Oops|Kernel panic|UBSAN: |KASAN: |KCSAN: |KFENCE: '
SPLAT+='|possible (recursive|circular|irq|deadlock|unsafe)|inconsistent lock state'
SPLAT+='|suspicious RCU usage|sleeping function called|scheduling while atomic'
SPLAT+='|general protection|invalid opcode|unable to handle|refcount_t: '
SPLAT+='|list_(add|del) corruption|blocked for more than|detected buffer overflow'
SPLAT+='|rcu: INFO: rcu_.* (detected|self-detected)|Call Trace'
SPLAT+='|INFO: trying to register non-static key|ODEBUG: '
# "DMA-API: DRIVER DEVICE: ..." is a complaint, "DMA-API: preallocated ..." is not.
SPLAT+='|DMA-API: [^ ]+ [^ ]+: '
# arm64's words
SPLAT+='|Call trace|Unable to handle|Internal error: |SError Interrupt|Bad mode in '
# A checker that has given up: what it has not seen cannot be trusted.
SPLAT+='|turning off the locking correctness|lockdep is turned off'
SPLAT+='|(DMA-API|kmemleak): .*disabl'

# splats FILE [HARMLESS]: the first such lines of FILE, without those that match
# a line of the file HARMLESS.
splats() {
	[[ -e $1 ]] || return 0
	# A console's lines end as a terminal's do.
	tr -d '\r' <"$1" |
		grep -aE "^(@@dmesg@@ )?\[ *[0-9]+\.[0-9]+\].*($SPLAT)" |
		if [[ ${2:-} ]]; then
			grep -avEf <(grep -Ev '^(#|$)' "$2")
		else
			cat
		fi | head -5
}

# ctl NAME: the value that dom0 told last, for instance of guest-status.
ctl() {
	sed -nE "s/^$1 ?//p" "$RUN/ctl.port" 2>/dev/null | tail -1
}

told() {
	grep -qE "^$1( |\$)" "$RUN/ctl.port" 2>/dev/null
}

# show_splats TITLE LINES
show_splats() {
	[[ $2 ]] || return 1
	say "$1:"
	printf '%s\n' "$2" | sed 's/^/    /' >&2
}

# last_words CONSOLE: Xen's, of a guest that it ended for a triple fault
last_words() {
	grep -aA 17 '^(XEN) d[0-9]*v[0-9]* Triple fault' "$1" | grep -a '^(XEN)' |
		tail -n 18 | sed 's/^/    /' >&2
}

# verdict REASON: REASON is why QEMU ended: end, timeout, boot-timeout, gone.
# Prints what is wrong, returns the run's status. Splats come first: a test
# that passed on a broken kernel has not passed.
verdict() {
	local log status post bad='' console=$RUN/logs/xen.log harmless=

	[[ ! -e $RUN/xen-asked.log ]] || console=$RUN/xen-asked.log
	[[ $OPT_GUEST_KERNEL != kcsan ]] || harmless=$LAB_D/debug/harmless-kcsan
	for log in "$RUN"/logs/guest.log "$RUN"/logs/var-log/xen/console/*.log; do
		show_splats "the guest's kernel complains (${log##*/})" \
			"$(splats "$log" "$harmless")" && bad=1 && break
	done
	show_splats "dom0's kernel complains" \
		"$(splats "$console" "$LAB_D/dom0/harmless")" && bad=1
	show_splats "Xen complains" "$(grep -aE \
		'^\(XEN\).*(Panic on CPU|Unexpected Trap|FATAL|Xen BUG|Xen WARN|Assertion .* failed|double fault)' \
		"$console" | head -5)" && bad=1
	[[ ! $bad ]] || return "$LAB_EXIT_SPLAT"

	case $1 in
	timeout)
		say "timeout after $OPT_TIMEOUT s"
		return "$LAB_EXIT_TIMEOUT"
		;;
	boot-timeout)
		say "dom0 did not come up in $BOOT_TIMEOUT s"
		return "$LAB_EXIT_BOOT"
		;;
	esac
	if told failed; then
		say "$(ctl failed)"
		return "$LAB_EXIT_BOOT"
	fi
	if ! told end; then
		if told dom0-up; then
			say "dom0 ended early"
			return "$LAB_EXIT_SPLAT"
		fi
		say "dom0 did not boot"
		return "$LAB_EXIT_BOOT"
	fi
	status=0
	if [[ ! $OPT_NO_GUEST && ! $OPT_SHELL ]]; then
		if told guest-crashed; then
			last_words "$console"
			say "the guest crashed"
			return "$LAB_EXIT_SPLAT"
		fi
		status=$(ctl guest-status)
		if [[ ! $status && $(ctl guest-state) != script ]]; then
			say "the guest did not come to its script; it said last:"
			tail -15 "$RUN/logs/guest.log" | sed 's/^/    /' >&2
			return "$LAB_EXIT_BOOT"
		elif [[ ! $status ]]; then
			say "the guest ended without a status of its script"
			return "$LAB_EXIT_SPLAT"
		fi
	fi
	[[ $status == 0 ]] || {
		say "the guest's script: status $status"
		return "$status"
	}
	if [[ $OPT_DOM0_SCRIPT ]]; then
		status=$(ctl dom0-status)
		[[ $status == 0 ]] || {
			say "dom0's script: status $status"
			return "${status:-$LAB_EXIT_SPLAT}"
		}
	fi
	if [[ $OPT_DOM0_POST ]]; then
		post=$(ctl post-status)
		[[ $post == 0 ]] || {
			say "dom0's post script: status $post"
			return "${post:-$LAB_EXIT_SPLAT}"
		}
	fi
}
