# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The command line of "lab run" and "lab shell".
# shellcheck disable=SC2034 # the options are read by the other parts

OPT_GUEST=pv
LAB_ARCH=amd64
GUEST_CONSOLE=hvc0
OPT_GUEST_KERNEL=6.1
OPT_VCPUS=1
OPT_MEMORY=
OPT_TIMEOUT=
OPT_DEVICES=()
OPT_GUEST_SCRIPT='' OPT_DOM0_SCRIPT='' OPT_DOM0_POST='' OPT_PAYLOAD=''
OPT_ICOUNT='' OPT_PV_DRIVERS='' OPT_PV_ROOT='' OPT_NO_GUEST='' OPT_VERBOSE='' OPT_SHELL=''
OPT_KEEP='' OPT_KEEP_IMAGES='' OPT_PATCH='' OPT_GUEST_TREE=''
OPT_GUEST_ARGS='' OPT_DOM0_ARGS='' OPT_XEN_ARGS='' OPT_ROOT_OPTIONS=''

run_usage() {
	cat <<-END
	Usage: scripts/lab run [OPTION]...
	       scripts/lab shell [OPTION]...

	Boots Xen, dom0 and a guest in QEMU (no KVM needed) and runs scripts in
	them as root. The guest's root disk is /dev/vda, served through vhost-xen
	and virtio_xen as this checkout builds them. shell gives dom0's console.

	The guest
	  --guest pv|pvh           its kind (pv)
	  --guest arm64            all of it on an arm64 machine; a device tree tells
	                           the guest of its devices
	  --guest dom0less         likewise, but Xen starts the guest itself, and it
	                           has no xenstore: six devices at most, with the
	                           root disk, and nothing is attached later
	  --guest-tree FILE        more nodes for the device tree of these two
	  --guest-kernel 6.1|6.12  Debian's kernel of that series (6.1)
	  --guest-kernel debug     6.12 with KASAN, lockdep and more checkers, for
	                           --guest pvh (see lab.d/debug/); the first run
	                           builds it, which takes minutes
	  --guest-kernel kcsan     the same with KCSAN instead
	  --vcpus N                (1); of the machine's CPUs, of which there are
	                           N + 1, no more than this host has for us (nproc),
	                           or one more for a PVH guest where it has two
	  --memory MB              (512; 1024 with debug and kcsan)
	  --device SPEC            another device; may be repeated, see below
	  --root-options OPTIONS   for the root disk's attachment: KEY=VALUE,...
	  --patch FILE             build virtio_xen from a copy of this checkout
	                           with FILE applied, to see a defect found
	  --guest-args ARGS        for its kernel's command line, for instance
	                           virtio_xen.PARAMETER=VALUE
	  --pv-drivers             blkfront and netfront instead of virtio: the root
	                           disk is /dev/xvda; nothing is built
	  --pv-root                blkfront for the root disk alone, /dev/xvda, so
	                           that nothing depends on virtio_xen
	  --no-guest               dom0 alone

	The scripts (any interpreter of the image: bash, python3, sh)
	  --guest-script FILE      run in the guest, which then powers off
	  --dom0-script FILE       run in dom0, beside the guest's once the guest
	                           has been created; "source /lab/lib.sh" gives it
	                           guest_create, guest_wait and others, described
	                           there. With --no-guest it runs alone and may
	                           start the guest of /lab/guest.cfg itself.
	  --dom0-post FILE         run in dom0 after the guest's end
	  --payload DIR            copied to /lab/payload in both

	The machine
	  --icount                 a virtual clock that counts instructions: the
	                           same result at any load, five times slower
	  --timeout S              seconds of wall time (300; 600 with debug and
	                           kcsan; 1500 with --icount)
	  --dom0-args ARGS         for dom0's kernel
	  --xen-args ARGS          for Xen

	Output: lines of the guest's console from its script's start begin with
	"guest| ", those of dom0's scripts with "dom0| ".
	  --verbose                also the boot, and Xen's and dom0's console
	                           ("xen| ")
	  --keep DIR               keep the logs in DIR. A failed run keeps them in
	                           build/lab-logs without being asked. dom0's
	                           /var/log is among them: put there what you want.
	  --keep-images            with --keep: the guest's and the scratch disk too

	SPEC is KIND[:ARGUMENT][,KEY=VALUE]...; what follows the first comma is
	handed to virtio-xen or xl. KIND is one of$DEVICE_HELP

	Exit status: the guest script's; if that is 0, dom0's script's; if that is
	0, the post script's. And
	  $LAB_EXIT_USAGE    wrong usage (or a script's own $LAB_EXIT_USAGE)
	  $LAB_EXIT_SPLAT   a crash, panic, warning, BUG, Oops or sanitizer report in
	       the guest's log, in dom0's (but for the lines in lab.d/dom0/harmless)
	       or in Xen's; or a guest that ended without a status
	  $LAB_EXIT_BOOT   dom0 or the guest did not come as far as the scripts, or the
	       build failed
	  $LAB_EXIT_TIMEOUT  timeout
	END
}

usage_error() {
	say "$* (see scripts/lab ${LAB_COMMAND:+$LAB_COMMAND }--help)"
	exit "$LAB_EXIT_USAGE"
}

# number OPTION VALUE
number() {
	[[ $2 =~ ^[1-9][0-9]*$ ]] || usage_error "$1 wants a number, not \"$2\""
}

# file OPTION VALUE
file() {
	[[ -f $2 && -r $2 ]] || usage_error "$1: no file \"$2\""
}

parse_options() {
	local option value

	while (($#)); do
		option=$1
		shift
		case $option in
		--help | -h)
			run_usage
			exit 0
			;;
		--icount) OPT_ICOUNT=1 && continue ;;
		--pv-drivers) OPT_PV_DRIVERS=1 && continue ;;
		--pv-root) OPT_PV_ROOT=1 && continue ;;
		--no-guest) OPT_NO_GUEST=1 && continue ;;
		--verbose) OPT_VERBOSE=1 && continue ;;
		--keep-images) OPT_KEEP_IMAGES=1 && continue ;;
		--*=*)
			value=${option#*=}
			option=${option%%=*}
			;;
		--*)
			(($#)) || case $option in
			--guest | --guest-* | --vcpus | --memory | --device | \
				--root-options | --dom0-* | --payload | \
				--timeout | --xen-args | --keep | --patch)
				usage_error "$option wants a value" ;;
			*) usage_error "unknown option: $option" ;;
			esac
			value=$1
			shift
			;;
		*) usage_error "unexpected argument: $option" ;;
		esac
		case $option in
		--guest)
			case $value in
			pv | pvh) LAB_ARCH=amd64 ;;
			arm64 | dom0less) LAB_ARCH=arm64 ;;
			*) usage_error "--guest is pv, pvh, arm64 or dom0less, not \"$value\"" ;;
			esac
			OPT_GUEST=$value
			;;
		--guest-kernel)
			[[ " ${GUEST_KERNELS[*]} ${DEBUG_KERNELS[*]} " == *" $value "* ]] ||
				usage_error "--guest-kernel is one of" \
					"${GUEST_KERNELS[*]} ${DEBUG_KERNELS[*]}, not \"$value\""
			OPT_GUEST_KERNEL=$value
			;;
		--vcpus) number "$option" "$value" && OPT_VCPUS=$value ;;
		--memory) number "$option" "$value" && OPT_MEMORY=$value ;;
		--timeout) number "$option" "$value" && OPT_TIMEOUT=$value ;;
		--device)
			check_spec "$value" ||
				usage_error "no kind of device: \"$value\""
			OPT_DEVICES+=("$value")
			;;
		--root-options) OPT_ROOT_OPTIONS=$value ;;
		--guest-args) OPT_GUEST_ARGS=$value ;;
		--dom0-args) OPT_DOM0_ARGS=$value ;;
		--xen-args) OPT_XEN_ARGS=$value ;;
		--guest-script) file "$option" "$value" && OPT_GUEST_SCRIPT=$value ;;
		--dom0-script) file "$option" "$value" && OPT_DOM0_SCRIPT=$value ;;
		--dom0-post) file "$option" "$value" && OPT_DOM0_POST=$value ;;
		--guest-tree) file "$option" "$value" && OPT_GUEST_TREE=$value ;;
		--patch) file "$option" "$value" && OPT_PATCH=$value ;;
		--payload)
			[[ -d $value ]] || usage_error "--payload: no directory \"$value\""
			OPT_PAYLOAD=$value
			;;
		--keep) OPT_KEEP=$value ;;
		*) usage_error "unknown option: $option" ;;
		esac
	done
	[[ ! $OPT_KEEP_IMAGES || $OPT_KEEP ]] ||
		usage_error "--keep-images needs --keep DIR"
	[[ ! $OPT_GUEST_TREE || $LAB_ARCH == arm64 ]] ||
		usage_error "--guest-tree needs --guest arm64 or dom0less"
	if is_debug_kernel "$OPT_GUEST_KERNEL"; then
		[[ $OPT_GUEST == pvh ]] ||
			usage_error "--guest-kernel $OPT_GUEST_KERNEL needs --guest pvh"
		: "${OPT_MEMORY:=1024}" "${OPT_TIMEOUT:=$((OPT_ICOUNT ? 3000 : 600))}"
	fi
	: "${OPT_MEMORY:=512}" "${OPT_TIMEOUT:=$((OPT_ICOUNT ? 1500 : 300))}"
	# shellcheck disable=SC2034 # run.sh's
	BOOT_TIMEOUT=$((OPT_ICOUNT ? 600 : 120))
}

# guest_args: the command line of the guest's kernel
guest_args() {
	local args="console=$GUEST_CONSOLE rdinit=/init printk.devkmsg=on net.ifnames=0"

	# What has died holding a lock would keep the guest from ending.
	! is_debug_kernel "$OPT_GUEST_KERNEL" || args+=" oops=panic"
	echo "$args $OPT_GUEST_ARGS"
}

# write_config: what dom0 and the guest have to know, as shell variables.
write_config() {
	local spec nets=0

	for spec in "${OPT_DEVICES[@]}"; do
		[[ $spec != net* && $spec != xen-net* ]] || nets=$((nets + 1))
	done
	{
		printf 'LAB_DEVICES=('
		((${#OPT_DEVICES[@]} == 0)) || printf '%q ' "${OPT_DEVICES[@]}"
		printf ')\n'
	} >"$RUN/devices"
	{
		printf '%s=%q\n' \
			LAB_GUEST_TYPE "$OPT_GUEST" \
			LAB_GUEST_ARGS "$(guest_args)" \
			LAB_CONSOLE "$GUEST_CONSOLE" \
			LAB_ROOT_OPTIONS "$OPT_ROOT_OPTIONS" \
			LAB_MEMORY "$OPT_MEMORY" LAB_VCPUS "$OPT_VCPUS" \
			LAB_GUEST_CPUS "$(guest_cpus)" \
			LAB_PV_DRIVERS "$OPT_PV_DRIVERS" \
			LAB_PV_ROOT "$OPT_PV_ROOT" \
			LAB_NO_GUEST "$OPT_NO_GUEST" LAB_SHELL "$OPT_SHELL" \
			LAB_NETS "$nets" \
			LAB_ROOT "$([[ $OPT_PV_DRIVERS$OPT_PV_ROOT ]] && echo /dev/xvda || echo /dev/vda)"
	} >"$RUN/config"
}
