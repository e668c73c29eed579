# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# shellcheck disable=SC2034 # the other parts' globals
# The emulated arm64 machine: what start_qemu in qemu.sh has to know of it.

# The project's Makefile and the kernel's build ask for it.
export ARCH=arm64

# machine_arm64 DOM0-ARGUMENTS SMP MEMORY: sets MACHINE, VIRTIO_BLK and
# VIRTIO_SERIAL.
machine_arm64() {
	local virt=virt,virtualization=on,gic-version=3
	local -a loaders=()

	# What dom0 maps of its guests has another address for devices than for
	# itself, which Linux knows if the device is behind an IOMMU.
	VIRTIO_BLK=virtio-blk-device,iommu_platform=on
	VIRTIO_SERIAL=virtio-serial-device
	machine_tree "$virt" "$@" || return 1
	MACHINE=(qemu-system-aarch64 -M "$virt" -cpu cortex-a57
		-global virtio-mmio.force-legacy=false
		-kernel "$RUNTIME/xen" -dtb "$RUN/machine.dtb" "${loaders[@]}")
}
