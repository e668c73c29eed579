# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# User-mode Linux with this repository in it.

# kernel_build VERSION SOURCE OUT: makes OUT/linux
kernel_build() {
	local version=$1 src=$2 out=$3 log=$3/build.log cc=gcc
	local make=(make -C "$src" "O=$out/objects" ARCH=um "-j$(nproc)" -s)
	local start=$SECONDS

	! command -v ccache >/dev/null || cc='ccache gcc'
	# Objects of the same kernel built elsewhere are found again.
	export CCACHE_BASEDIR=/ CCACHE_NOHASHDIR=1
	make+=("CC=$cc")

	mkdir -p "$out/objects"
	graft "$src" "$out" || return 1
	say "$version: building (log: ${log#"$LAB_REPO/"})"
	{
		kernel_config "$version" "$out" "${make[@]}" &&
			"${make[@]}" linux
	} </dev/null >"$log" 2>&1 || {
		say "$version: the build failed:"
		grep -E -m 20 '(error|undefined|\*\*\*)' "$log" >&2 || tail -n 20 "$log" >&2
		return 1
	}
	say "$version: built in $((SECONDS - start)) s"
}

# graft SOURCE OUT: what is tested becomes a part of the kernel's source: the
# repository, or a copy of it with a defect in it.
graft() {
	local src=$1 out=$2 tree=$LAB_REPO
	local mark=$out/objects/.kunit-graft

	# shellcheck disable=SC2154 # set in scripts/kunit
	if [[ $plant ]]; then
		tree=$out/planted
		rm -rf "$tree"
		mkdir -p "$tree"
		cp -a "$LAB_REPO"/{Kbuild,Kconfig,drivers,include,tests} "$tree" ||
			return 1
		patch -s -p1 -d "$tree" \
			<"$LAB_REPO/tests/kunit/plants/$plant.patch" || {
			say "the defect $plant does not fit the sources any more"
			return 1
		}
	fi
	# Objects of another tree are not to be trusted: times say nothing then.
	if [[ $(cat "$mark" 2>/dev/null) != "$tree $plant" ]]; then
		rm -rf "$out/objects/drivers/virtio-xen"
		echo "$tree $plant" >"$mark"
	fi
	ln -sfn "$tree" "$src/drivers/virtio-xen"
}

# kernel_config VERSION OUT MAKE...: again only if something has changed, for a
# new configuration makes everything be looked at again.
kernel_config() {
	local version=$1 out=$2 option
	local key=$out/objects/.kunit-config

	shift 2
	cat "$KUNIT_D/config" "$LAB_REPO/Kconfig" >"$key.new"
	if [[ ! -f $out/objects/.config ]] || ! cmp -s "$key.new" "$key"; then
		"$@" "KCONFIG_ALLCONFIG=$KUNIT_D/config" allnoconfig || return 1
		mv "$key.new" "$key"
	fi
	# What does not exist in one kernel or the other.
	grep -oE '^CONFIG_[A-Z0-9_]+' "$KUNIT_D/config" | while read -r option; do
		grep -q "^$option=y" "$out/objects/.config" ||
			echo "$version has no $option"
	done
	for option in KUNIT KASAN PROVE_LOCKING DMA_API_DEBUG \
		VIRTIO_XEN_KUNIT_TEST; do
		grep -q "^CONFIG_$option=y" "$out/objects/.config" || {
			echo "error: CONFIG_$option could not be set"
			return 1
		}
	done
}
