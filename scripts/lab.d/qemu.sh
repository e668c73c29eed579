# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The emulated machine. Xen and dom0's kernel have the serial port; everything
# that the lab itself reads comes by virtio-serial ports of dom0, one file each,
# so that no two writers share a line.

# machine_cpus: how many the machine has. Its guest has what was asked for, beside
# dom0's one, but no more of them run at a time than we have CPUs, as taskset may
# tell: each is a thread of QEMU, and those that spin for one which does not run
# (a lock, an answer to an interrupt) take the CPU that it needs. One more where a
# PVH guest may not have the first (guest_cpus): two processors of a guest that share
# one of QEMU's spin for each other's locks, for up to 20 ms, since QEMU does not tell
# Xen of a processor that spins, as a real one does (pause filter).
machine_cpus() {
	local wanted=$((OPT_VCPUS + 1)) have

	# The same machine everywhere.
	[[ ! $OPT_ICOUNT ]] || wanted=1
	have=$(nproc)
	# KCSAN sees what happens at the same time: see guest_cpus.
	[[ $OPT_GUEST_KERNEL != kcsan ]] || have=$wanted
	[[ $OPT_GUEST != pvh ]] || ((have == 1)) || ((have++))
	echo $((wanted < have ? wanted : have))
}

# guest_cpus: where a guest may run, in xl's words, or nothing if anywhere.
#
# Each processor of QEMU's that loads a floating point state, which Xen and each
# kernel do when they switch tasks, also clears a flag (IGNNE#) of processor 0, in a
# word that holds other ones, and without a lock: cpu_clear_ignne() in target/i386/tcg
# of QEMU 7.2 and of later ones. What processor 0 writes there at the same time is
# lost. When it enters a guest or leaves one, that is whether there is
# nested paging, and whether interrupts may come. The guest then dies of a triple
# fault, or stands still. So guests that need SVM stay away from processor 0, unless
# it is the only one.
guest_cpus() {
	[[ $OPT_GUEST != pvh ]] || (($(machine_cpus) == 1)) || echo "all,^0"
}

# machine_amd64 DOM0-ARGUMENTS SMP MEMORY: sets MACHINE, the emulator with processors and
# what is booted, and how virtio devices are called there. A comma separates
# kernel and initramfs, so those in arguments double.
machine_amd64() {
	MACHINE=(
		qemu-system-x86_64 -cpu "qemu64,+svm,+npt"
		-kernel "$RUNTIME/xen.elf"
		-append "console=com1 com1=115200,8n1 dom0_mem=1G,max:1G dom0_max_vcpus=1 loglvl=all guest_loglvl=all $OPT_XEN_ARGS"
		-initrd "$RUNTIME/vmlinux-$DOM0_RELEASE ${1//,/,,},$RUN/dom0.cpio"
	)
	VIRTIO_BLK=virtio-blk-pci
	VIRTIO_SERIAL=virtio-serial-pci
}

# shellcheck disable=SC2034 # QEMU_PID is for run.sh
# start_qemu: from the globals RUN, RUNTIME, ROOTFS and the options; sets
# QEMU_PID.
start_qemu() {
	local dom0_args smp memory=$((1024 + 1024 + OPT_MEMORY))
	local -a accel=(-accel "tcg,thread=multi") serial images ports=()
	local port stdin

	# Room for a second guest of a dom0 script.
	((memory >= 3072)) || memory=3072
	if [[ $OPT_ICOUNT ]]; then
		accel=(-accel "tcg,thread=single" -icount "shift=0,sleep=off")
	fi
	dom0_args="console=hvc0 rdinit=/init panic=1 printk.devkmsg=on"
	dom0_args+=" sysrq_always_enabled"
	dom0_args+=" net.ifnames=0 $OPT_DOM0_ARGS"
	exec {stdin}<&0
	if [[ $OPT_SHELL ]]; then
		serial=(-chardev "stdio,id=con,mux=on,signal=off,logfile=$RUN/logs/xen.log"
			-serial chardev:con -mon chardev=con)
	else
		# Sockets, so that a machine that hangs can be asked.
		serial=(-chardev "socket,id=con,path=$RUN/serial.sock,server=on,wait=off,logfile=$RUN/logs/xen.log"
			-serial chardev:con
			-monitor "unix:$RUN/monitor.sock,server=on,wait=off")
	fi
	# Snapshots (unlinked temporary files) keep the cache as it is.
	images=(
		-drive "if=none,id=root,format=raw,readonly=on,file=$ROOTFS/root.ext4"
		-drive "if=none,id=guest,format=raw,snapshot=on,cache=unsafe,file=$ROOTFS/root.ext4"
		-drive "if=none,id=scratch,format=raw,snapshot=on,cache=unsafe,file=$ROOTFS/scratch.ext4"
	)
	if [[ $OPT_KEEP_IMAGES ]]; then
		cp --sparse=always "$ROOTFS/root.ext4" "$RUN/guest.img" ||
			return 1
		cp --sparse=always "$ROOTFS/scratch.ext4" "$RUN/scratch.img" ||
			return 1
		images[3]="if=none,id=guest,format=raw,cache=unsafe,file=$RUN/guest.img"
		images[5]="if=none,id=scratch,format=raw,cache=unsafe,file=$RUN/scratch.img"
	fi
	: >"$RUN/logs/xen.log"
	for port in ctl dom0 guest logs; do
		: >"$RUN/$port.port"
		ports+=(-chardev "file,id=$port,path=$RUN/$port.port"
			-device "virtserialport,chardev=$port,name=lab.$port")
	done
	smp=$(machine_cpus)
	"machine_$LAB_ARCH" "$dom0_args" "$smp" "$memory" || return 1
	# Should this script be killed, QEMU must not stay behind. The shell
	# gives /dev/null to background jobs unless told otherwise.
	TMPDIR=$RUN setpriv --pdeathsig KILL "${MACHINE[@]}" -name virtio-xen-lab \
		-nodefaults -display none -no-reboot -smp "$smp" -m "$memory" \
		"${accel[@]}" "${serial[@]}" "${images[@]}" \
		-device "$VIRTIO_BLK,drive=root,serial=labroot" \
		-device "$VIRTIO_BLK,drive=guest,serial=labguest" \
		-device "$VIRTIO_BLK,drive=scratch,serial=labscratch" \
		-device "$VIRTIO_SERIAL,max_ports=8" \
		"${ports[@]}" <&"$stdin" 2>"$RUN/logs/qemu.log" &
	QEMU_PID=$!
	exec {stdin}<&-
}
