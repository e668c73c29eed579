# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Builds what the lab tests, with the project's own Makefile.

# has_target NAME
has_target() {
	[[ -e $LAB_REPO/Makefile ]] &&
		grep -Eq "^([^#	=]* )?$1( [^=]*)?:([^=]|\$)" "$LAB_REPO/Makefile"
}

# planted_tree: prints a copy of what the module is made of, with OPT_PATCH applied.
planted_tree() {
	local tree=$RUN/planted

	mkdir "$tree" &&
		cp -a "$LAB_REPO"/{Kbuild,Makefile,drivers,include} "$tree" ||
		return 1
	patch -s -p1 -d "$tree" <"$OPT_PATCH" >&2 || {
		say "$OPT_PATCH does not fit the sources"
		return 1
	}
	echo "$tree"
}

# kernel_modules TREE RELEASE LOG [VARIABLE...]: both modules for a kernel
kernel_modules() {
	local tree=$1 release=$2 log=$3

	shift 3
	make -C "$tree" "KVER=$release" "$@" module >>"$log" 2>&1 {lock}>&- || {
		cat "$log" >&2
		return 1
	}
}

# build_artefacts: sets MODULE (the guest's module), CHECKED_MODULES (dom0's, which a
# guest whose kernel has checkers gets as well), BACKEND_MODULES (dom0's) and TOOLS. Runs of the lab share the build directory, so one at a time.
build_artefacts() {
	local lock log=$RUN/logs/build.log tree=$LAB_REPO

	MODULE=
	CHECKED_MODULES=()
	BACKEND_MODULES=()
	TOOLS=()
	[[ ! $OPT_PV_DRIVERS ]] || return 0
	mkdir -p "$LAB_REPO/build"
	exec {lock}>"$LAB_REPO/build/.lab.lock"
	flock "$lock"
	if has_target module; then
		[[ ! $OPT_PATCH ]] || tree=$(planted_tree) || return 1
		kernel_modules "$tree" "$GUEST_RELEASE" "$log" \
			${GUEST_KDIR:+"KDIR=$GUEST_KDIR"} || return 1
		kernel_modules "$LAB_REPO" "$DOM0_RELEASE" "$log" || return 1
		# Another run may build again while this one packs.
		cp "$tree/build/$GUEST_RELEASE/virtio_xen.ko" \
			"$LAB_REPO/build/$DOM0_RELEASE"/vhost_xen{,_ring,_blk,_net}.ko "$RUN/" ||
			return 1
		MODULE=$RUN/virtio_xen.ko
		# shellcheck disable=SC2034 # for initramfs.sh
		BACKEND_MODULES=("$RUN"/vhost_xen{,_ring,_blk,_net}.ko)
		if is_debug_kernel "$OPT_GUEST_KERNEL"; then
			mkdir "$RUN/checked" &&
				cp "$tree/build/$GUEST_RELEASE"/vhost_xen_{ring,blk,net}.ko \
					"$RUN/checked/" || return 1
			# shellcheck disable=SC2034 # for initramfs.sh
			CHECKED_MODULES=("$RUN"/checked/vhost_xen_{ring,blk,net}.ko)
		fi
	fi
	if has_target tools; then
		make -C "$LAB_REPO" tools >>"$log" 2>&1 {lock}>&- || {
			cat "$log" >&2
			return 1
		}
		mkdir "$RUN/tools"
		cp "$LAB_REPO/build/tools${ARCH:+-$ARCH}"/{vhost-xen,virtio-xen} "$RUN/tools/" ||
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
