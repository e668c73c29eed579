#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# variant: pv --guest pv --vcpus 2
# seconds: pv=150
#
# Disks that dom0's kernel serves (vhost_xen_blk): data arrives whole, a guest or
# another process that does what it should not harms nobody, the plug may be pulled,
# and nothing is left.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

threads() {
	pgrep -c '^vxblk-'
}

daemons() {
	pgrep -fc '^/usr/bin/qemu-storage-daemon'
}

worker() {
	pgrep -f "vhost-xen.*--worker $guest_id $1\$"
}

modprobe brd rd_nr=1 rd_size=16384
step "what vhost_xen_blk promises to any process"
/lab/payload/blk-test /dev/ram0 || fail "blk-test"

step "a block device is the kernel's to serve, a file is a daemon's"
before=$(threads)
truncate -s 64M /srv/kernel.img /srv/file.img
disk=$(losetup -f --show --direct-io=on /srv/kernel.img) ||
	disk=$(losetup -f --show /srv/kernel.img)
virtio-xen attach guest "blk,target=$disk,id=5" || fail "attach"
guest wait_until 30 test -b /dev/vdb
(($(threads) == before + 2)) || fail "it is not: $(threads) threads, were $before"
before=$(daemons)
virtio-xen attach guest blk,target=/srv/file.img,id=6 || fail "attach"
guest wait_until 30 test -b /dev/vdc
(($(daemons) == before + 1)) || fail "no daemon: $(daemons), were $before"
virtio-xen detach guest 6 || fail "detach"

step "each of the guest's processors has a queue, and no scheduler is before them"
guest '[[ -d /sys/block/vdb/mq/1 && ! -d /sys/block/vdb/mq/2 ]]'
guest '[[ $(</sys/block/vdb/queue/scheduler) == *"[none]"* ]]'

step "its interrupt comes to the processor that it is for"
guest 'grep "req\." /proc/interrupts'
irq_of='awk -v name="$(basename "$(readlink /sys/block/vdb/device)")-req.$queue" "\$NF == name { print \$1 + 0 }" /proc/interrupts'
for queue in 0 1; do
	guest "queue=$queue; irq=\$($irq_of); [[ \$(</proc/irq/\$irq/effective_affinity_list) == $queue ]]"
	guest "[[ \$(</sys/block/vdb/mq/$queue/cpu_list) == $queue ]]"
done

step "it is as large, and can what the device in dom0 can"
guest '[[ $(blockdev --getsize64 /dev/vdb) == 67108864 ]]'
guest 'cat /sys/block/vdb/serial; grep . /sys/block/vdb/queue/{logical_block_size,write_cache,max_segments,discard_max_bytes,write_zeroes_max_bytes}'
guest '[[ $(</sys/block/vdb/queue/write_cache) == "write back" ]]'
guest 'blkdiscard /dev/vdb && blkdiscard -z /dev/vdb && cmp -n 1M /dev/vdb /dev/zero'

step "several block sizes and depths; what the guest has read is what is there"
guest verify_each /dev/vdb 512,1,64k 4k,1,256k 4k,32,4M 64k,8,8M 256k,4,16M 1M,2,16M
guest 'head -c 4M /dev/urandom | tee /root/x | dd of=/dev/vdb bs=64k iflag=fullblock oflag=direct conv=fsync status=none'
guest 'sha256sum </root/x >/root/sum && dd if=/dev/vdb bs=128k count=32 iflag=direct status=none | sha256sum -c /root/sum'
sum=$(dd if="$disk" bs=1M count=4 iflag=direct status=none | sha256sum)
guest "[[ \$(</root/sum) == '$sum' ]]"

step "a filesystem"
guest 'mkfs.ext4 -q /dev/vdb && mkdir -p /mnt && mount -o discard /dev/vdb /mnt'
guest 'cp /root/x /mnt/x && umount /mnt && mount /dev/vdb /mnt && sha256sum -c /root/sum </mnt/x && rm /mnt/x && umount /mnt'

step "one who only may read, does"
virtio-xen attach guest "blk,target=/dev/ram0,readonly=1,server=kernel,queues=1,id=7" || fail "attach"
guest wait_until 30 test -b /dev/vdc
guest '[[ ! -d /sys/block/vdc/mq/1 ]]'
guest '[[ $(</sys/block/vdc/ro) == 1 ]]'
guest dd if=/dev/vdc of=/dev/null bs=64k count=16 iflag=direct
virtio-xen detach guest 7 || fail "detach"

step "a disk that dom0 uses is not given away"
mkfs.ext4 -q /dev/ram0
mkdir -p /mnt
mount /dev/ram0 /mnt || fail "mount"
out=$(virtio-xen attach guest "blk,target=/dev/ram0,server=kernel,id=8" 2>&1) &&
	fail "it is: $out"
echo "$out"
[[ $out == *"in use"* ]] || fail "no word about why"
umount /mnt

step "kill -9 of the worker: the disk comes back, with its data"
guest verify /dev/vdb 4k 8 1M
kill -9 "$(worker 5)"
guest wait_until 60 gone /dev/vdb
wait_for 60 connected 5 || fail "not connected again"
guest wait_until 30 test -b /dev/vdb
guest verify /dev/vdb 4k 8 1M --verify_only

step "taken away under load, it is gone, and nothing of it is left"
guest 'fio --name=load --filename=/dev/vdb --allow_file_create=0 --rw=randrw --offset=32M --size=16M --bs=16k --iodepth=32 --ioengine=libaio --direct=1 --time_based --runtime=600 >/dev/null 2>&1 & wait_until 60 in_flight vdb'
virtio-xen detach guest 5 || fail "detach"
guest wait_until 60 gone /dev/vdb
losetup -d "$disk"
no_thread() {
	[[ $(threads) == "$1" ]]
}
wait_for 20 no_thread 2 || fail "$(threads) threads instead of the root disk's"
guest '! dmesg | grep "held back"'
! dmesg | grep -E 'BUG|WARNING|Oops|blocked for more' || fail "dom0's kernel complains"

step "the module stays as long as the root disk is its"
! rmmod vhost_xen_blk 2>/dev/null || fail "vhost_xen_blk has gone under its users"
