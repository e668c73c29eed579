# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every part of the lab uses: messages, exit statuses, the cache's place.

# Statuses of scripts/lab; --help documents them.
# shellcheck disable=SC2034 # used by the files that source this one
readonly LAB_EXIT_USAGE=2 LAB_EXIT_SPLAT=70 LAB_EXIT_BOOT=71
readonly LAB_EXIT_TIMEOUT=124

LAB_D=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
LAB_REPO=$(dirname "$(dirname "$LAB_D")")
LAB_CACHE=${VIRTIO_XEN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtio-xen}
readonly LAB_D LAB_REPO LAB_CACHE

say() {
	printf '%s: %s\n' "${LAB_NAME:-lab}" "$*" >&2
}

# die STATUS MESSAGE...: a subshell's die only ends the subshell, so callers
# of functions in $(...) must let the status through.
die() {
	local status=$1
	shift
	say "$*"
	exit "$status"
}
