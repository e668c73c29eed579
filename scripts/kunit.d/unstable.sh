# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Packages that only Debian's unstable suite has, such as the source of the
# newest kernel. They are looked up and downloaded with an index of their own,
# in the cache: the machine's apt neither learns of the suite nor installs
# anything from it. Needs common.sh and cache.sh.

UNSTABLE_SUITE=sid
UNSTABLE_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# unstable_archive: prints the URI of the archive that this machine gets its own
# Debian from; every suite is in the same one.
unstable_archive() {
	local own

	own=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# The suite's name as the machine's sources have it, and its real name,
	# which is known once there is an index.
	# shellcheck disable=SC2016 # apt's own format language
	apt-get indextargets \
		--format '$(RELEASE)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk -F '|' -v own="$own" \
			'($1 == own || $2 == own) && $3 == "main" { print $4; exit }'
}

# unstable_apt INDEX TOOL ARGUMENT...: apt-get or apt-cache with the index that
# is in directory INDEX
unstable_apt() {
	local index=$1 tool=$2

	shift 2
	# The suite's signature may have expired on a mirror that lags behind.
	"$tool" -q \
		-o "Dir::Etc::sourcelist=$index/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o "Dir::State::lists=$index/lists" \
		-o Dir::State::status=/dev/null \
		-o "Dir::Cache=$index/cache" \
		-o APT::Default-Release= \
		-o APT::Sandbox::User=root \
		-o APT::Update::Error-Mode=any \
		-o Acquire::Check-Valid-Until=false \
		-o Acquire::Languages=none \
		"$@"
}

# Called by cache_get with the directory to fill.
build_unstable_index() {
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	echo "deb [signed-by=$UNSTABLE_KEYRING] $UNSTABLE_ARCHIVE" \
		"$UNSTABLE_SUITE main" >"$1/sources.list"
	unstable_apt "$1" apt-get update
}

# unstable_index: prints the directory of the index, which is a day old at most
unstable_index() {
	UNSTABLE_ARCHIVE=$(unstable_archive)
	[[ $UNSTABLE_ARCHIVE ]] || {
		say "apt's sources have no Debian archive with this machine's suite"
		return 1
	}
	cache_get unstable-index "$(cache_key "$UNSTABLE_ARCHIVE" \
		"$UNSTABLE_SUITE" "$(date +%F)")" build_unstable_index
}
