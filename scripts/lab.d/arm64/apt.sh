# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian's packages for arm64: looked up and downloaded with an index of their
# own in the cache, and unpacked without running anything of theirs, so that
# this machine's apt and dpkg never learn of the architecture. Needs common.sh,
# cache.sh and rootfs.sh.

# arm64_apt INDEX TOOL ARGUMENT...: apt-get or apt-cache with the index that is
# in directory INDEX. Nothing counts as installed. The architecture has to be
# known before apt opens its index, which only a file sees to.
arm64_apt() {
	local index=$1

	shift
	APT_CONFIG=$index/apt.conf "$@" -o "Dir::Etc::sourcelist=$index/sources.list" \
		-o "Dir::State::lists=$index/lists" -o "Dir::Cache=$index/cache"
}

# Called by cache_get with the directory to fill.
build_arm64_index() {
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
	rootfs_sources >"$1/sources.list"
	[[ -s $1/sources.list ]] || {
		say "apt knows no Debian sources: run apt-get update"
		return 1
	}
	cat >"$1/apt.conf" <<-END
	APT::Architecture "arm64";
	APT::Architectures { "arm64"; };
	APT::Default-Release "";
	APT::Install-Recommends "false";
	APT::Sandbox::User "root";
	APT::Update::Error-Mode "any";
	Acquire::Languages "none";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::State::status "/dev/null";
	END
	arm64_apt "$1" apt-get -q update
}

# arm64_index: prints the directory of the index. It is as old as this machine's
# own, so that both know of the same versions.
arm64_index() {
	local own

	# shellcheck disable=SC2016 # apt's own format language
	own=$(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' |
		xargs -r stat -c '%n %Y' 2>/dev/null | sort)
	cache_get arm64-index "$(cache_key "$(rootfs_sources)" "$own" \
		"$(declare -f build_arm64_index)")" build_arm64_index
}

# arm64_versions INDEX PACKAGE...: NAME=VERSION of each and of what it depends on
arm64_versions() {
	local index=$1

	shift
	arm64_apt "$index" apt-get -qq --simulate install "$@" |
		sed -nE 's/^Inst ([^ ]+) \(([^ ]+) .*/\1=\2/p' | sort |
		grep .
}

# arm64_download INDEX DIR NAME=VERSION...: these and no others, into DIR
arm64_download() {
	local index=$1 dir=$2

	shift 2
	mkdir -p "$dir"
	(cd "$dir" && arm64_apt "$index" apt-get -q download "$@") \
		>"$dir.log" 2>&1 || {
		tail -n 20 "$dir.log" >&2
		say "cannot download packages for arm64: upgrade this machine's" \
			"(apt-get update, apt-get upgrade) and try again"
		return 1
	}
	rm "$dir.log"
}

# arm64_unpack DIR ROOT [TAR-OPTION...]: all packages of DIR. Debian's directories
# in / are links to those in /usr, which no package makes.
arm64_unpack() {
	local dir=$1 root=$2 name package

	shift 2
	mkdir -p "$root"
	for name in bin sbin lib; do
		mkdir -p "$root/usr/$name"
		ln -sfn "usr/$name" "$root/$name"
	done
	for package in "$dir"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" |
			tar -x -C "$root" --keep-directory-symlink "$@" ||
			return 1
	done
}
