# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other parts' globals
# The device trees of the arm64 machine: the one by which Xen finds what it boots,
# and the part of the guest's that names its virtio devices.

# xl's guests: the nodes tell of devices in xenstore.
# dom0less guests: each device has an event channel, between these two ports, and
# a grant reference of those that Linux never hands out, 2 to 7.
STATIC_PORT_DOM0=20
STATIC_PORT_GUEST=10
STATIC_REF=2
STATIC_DEVICES=6

# guest_devices: how many there are, with the root disk
guest_devices() {
	echo $((${#OPT_DEVICES[@]} + 1))
}

# guest_tree: writes RUN/guest.dtb, and adds to RUN/config. Only what is below passthrough gets into the
# guest's tree; Linux looks there for devices since it says that it is a bus.
guest_tree() {
	local id

	[[ ! $OPT_PV_DRIVERS ]] || return 0
	printf '%s=%d\n' LAB_STATIC_PORT $STATIC_PORT_DOM0 \
		LAB_STATIC_REF $STATIC_REF >>"$RUN/config"
	{
		cat <<-END
		/dts-v1/;
		/ {
			#address-cells = <2>;
			#size-cells = <2>;
			passthrough {
				compatible = "simple-bus";
				#address-cells = <2>;
				#size-cells = <2>;
				ranges;
		END
		for ((id = 0; id < $(guest_devices); id++)); do
			printf 'virtio-msg-%d {\ncompatible = "xen,virtio-msg";\n' "$id"
			printf 'xen,backend-domid = <0>;\n'
			if [[ $OPT_GUEST == dom0less ]]; then
				printf 'xen,event-channel = <%d>;\nxen,grant-ref = <%d>;\n' \
					$((STATIC_PORT_GUEST + id)) $((STATIC_REF + id))
			else
				printf 'xen,device-id = <%d>;\n' "$id"
			fi
			echo '};'
		done
		[[ ! $OPT_GUEST_TREE ]] || cat "$OPT_GUEST_TREE"
		echo '}; };'
	} >"$RUN/guest.dts"
	dtc -q -I dts -O dtb -o "$RUN/guest.dtb" "$RUN/guest.dts"
}

# tree_module NODE KIND FILE [ARGUMENTS]: has QEMU load FILE, and prints the node
# that tells Xen of it. To be called in a function that has address and loaders,
# and not by $(...).
tree_module() {
	local size

	size=$(stat -L -c %s "$3") || return 1
	loaders+=(-device "loader,file=$3,addr=$address,force-raw=on")
	printf '%s {\ncompatible = "multiboot,%s", "multiboot,module";\n' "$1" "$2"
	printf 'reg = <0x0 0x%x 0x0 0x%x>;\n' "$address" "$size"
	[[ ! ${4:-} ]] || printf 'bootargs = "%s";\n' "$4"
	echo '};'
	# The next one on a boundary of 2 MiB.
	address=$((address + (size + 0x3fffff & ~0x1fffff)))
}

# tree_chosen DOM0-ARGUMENTS
tree_chosen() {
	local id

	cat <<-END
	/ { chosen {
		#address-cells = <2>;
		#size-cells = <2>;
		xen,xen-bootargs = "console=dtuart dtuart=/pl011@9000000 conring_size=512k dom0_mem=1G dom0_max_vcpus=1 loglvl=all guest_loglvl=all $OPT_XEN_ARGS";
	END
	tree_module dom0-kernel kernel "$RUNTIME/vmlinux-$DOM0_RELEASE" "$1" &&
		tree_module dom0-initramfs ramdisk "$RUN/dom0.cpio" || return 1
	if [[ $OPT_GUEST == dom0less ]]; then
		for ((id = 0; id < $(guest_devices); id++)); do
			tree_channel "dom0_$id" $((STATIC_PORT_DOM0 + id)) \
				"guest_$id"
		done
		tree_guest || return 1
	fi
	echo '}; };'
}

# tree_channel LABEL PORT OTHER-LABEL: one end of an event channel. Xen 4.17 takes
# the port from xen,evtchn, and the other end's from its node.
tree_channel() {
	printf '%s: evtchn@%x {\ncompatible = "xen,evtchn-v1";\n' "$1" "$2"
	printf 'reg = <0x%x>;\nxen,evtchn = <0x%x &%s>;\n};\n' "$2" "$2" "$3"
}

# tree_guest: the guest that Xen starts itself
tree_guest() {
	local id

	cat <<-END
	domU1 {
		compatible = "xen,domain";
		#address-cells = <2>;
		#size-cells = <2>;
		cpus = <$OPT_VCPUS>;
		memory = <0x0 $((OPT_MEMORY * 1024))>;
		xen,enhanced = "no-xenstore";
		vpl011;
	END
	tree_module guest-kernel kernel "$GUEST_VMLINUX" "$(guest_args)" &&
		tree_module guest-initramfs ramdisk "$RUN/guest.cpio" &&
		tree_module guest-tree device-tree "$RUN/guest.dtb" || return 1
	for ((id = 0; id < $(guest_devices); id++)); do
		tree_channel "guest_$id" $((STATIC_PORT_GUEST + id)) \
			"dom0_$id"
	done
	echo '};'
}

# machine_tree MACHINE DOM0-ARGUMENTS SMP MEMORY: writes RUN/machine.dtb: QEMU's
# own, and what Xen shall boot. Adds to loaders what that speaks of.
machine_tree() {
	local address=$((0x50000000)) id

	qemu-system-aarch64 -M "$1,dumpdtb=$RUN/qemu.dtb" -cpu cortex-a57 \
		-global virtio-mmio.force-legacy=false -smp "$3" -m "$4" \
		-nodefaults -display none 2>"$RUN/logs/qemu.log" || return 1
	dtc -q -I dtb -O dts "$RUN/qemu.dtb" >"$RUN/machine.dts" &&
		tree_chosen "$2" >>"$RUN/machine.dts" &&
		dtc -q -I dts -O dtb -o "$RUN/machine.dtb" "$RUN/machine.dts"
}
