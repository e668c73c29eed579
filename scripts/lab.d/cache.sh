# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The cache: one directory for each thing, named after a hash of what it is
# made of. It is built aside and renamed, so it is there whole or not at all;
# a lock for each kind lets concurrent users wait instead of building twice.

# cache_key FILE-OR-TEXT...: hash of all arguments; "@NAME" stands for the
# contents of file NAME.
cache_key() {
	local item

	for item; do
		case $item in
		@*) cat "${item#@}" ;;
		*) printf '%s\n' "$item" ;;
		esac
	done | sha256sum | cut -c 1-16
}

# cache_get KIND KEY BUILDER: prints the directory of KIND with KEY, made by
# "BUILDER DIR" if it is not there. Older ones of the same kind go, except
# those that a run which has just begun may be reading: a day's grace.
cache_get() {
	local kind=$1 key=$2 builder=$3
	local dir=$LAB_CACHE/$kind-$key
	local temp old lock

	if [[ -d $dir ]]; then
		touch "$dir"
		echo "$dir"
		return
	fi
	mkdir -p "$LAB_CACHE" || return 1
	exec {lock}>"$LAB_CACHE/$kind.lock"
	flock -n "$lock" || {
		say "waiting for another run to build $kind"
		flock "$lock"
	}
	if [[ ! -d $dir ]]; then
		# Left behind by a builder that was killed: we hold the lock.
		rm -rf "$LAB_CACHE/.$kind".*
		temp=$(mktemp -d "$LAB_CACHE/.$kind.XXXXXX") || return 1
		chmod 755 "$temp"
		say "building $kind (cached in $LAB_CACHE)"
		# The lock must not live on in what the builder leaves behind.
		if ! "$builder" "$temp" {lock}>&- >&2; then
			rm -rf "$temp"
			say "building $kind failed"
			exec {lock}>&-
			return 1
		fi
		mv -T "$temp" "$dir" || return 1
		while IFS= read -r old; do
			rm -rf "$old"
		done < <(find "$LAB_CACHE" -maxdepth 1 -name "$kind-*" \
			! -path "$dir" -mmin +1440)
	fi
	exec {lock}>&-
	echo "$dir"
}

cache_clean() {
	rm -rf "$LAB_CACHE"
}
