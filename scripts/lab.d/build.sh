# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Builds what the lab tests, with the project's own Makefile.

# has_target NAME
has_target() {
	[[ -e $LAB_REPO/Makefile ]] &&
		grep -Eq "^([^#	=]* )?$1( [^=]*)?:([^=]|\$)" "$LAB_REPO/Makefile"
}

# build_artefacts: sets MODULE (the guest's module) and TOOLS. Runs of the lab
# share the build directory, so one at a time.
build_artefacts() {
	local lock log=$RUN/logs/build.log

	MODULE=
	TOOLS=()
	[[ ! $OPT_PV_DRIVERS ]] || return 0
	mkdir -p "$LAB_REPO/build"
	exec {lock}>"$LAB_REPO/build/.lab.lock"
	flock "$lock"
	if has_target module; then
		MODULE=$LAB_REPO/build/$GUEST_RELEASE/virtio_xen.ko
		make -C "$LAB_REPO" "KVER=$GUEST_RELEASE" module \
			>"$log" 2>&1 {lock}>&- || {
			cat "$log" >&2
			return 1
		}
		# Another run may build again while this one packs.
		cp "$MODULE" "$RUN/virtio_xen.ko" || return 1
		MODULE=$RUN/virtio_xen.ko
	fi
	if has_target tools; then
		make -C "$LAB_REPO" tools >>"$log" 2>&1 {lock}>&- || {
			cat "$log" >&2
			return 1
		}
		mkdir "$RUN/tools"
		cp "$LAB_REPO"/build/tools/{vhost-xen,virtio-xen} "$RUN/tools/" ||
			return 1
		TOOLS=("$RUN"/tools/*)
	fi
	exec {lock}>&-
	[[ $MODULE && ${#TOOLS[@]} != 0 ]] || {
		say "the Makefile has no module or tools target yet:" \
			"only --pv-drivers works"
		return 1
	}
}
