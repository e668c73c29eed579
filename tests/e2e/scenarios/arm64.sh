#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M --device net
# variant: xl --guest arm64 --vcpus 2
#
# The same on arm64: Debian's Xen, dom0 and guest, the module and the tools built
# for it. Data arrives whole, and a device may go and come again.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "root is ext4 on virtio_blk, the interface is virtio_net"
guest '[[ $(uname -m) == aarch64 ]]'
guest '[[ $(findmnt -no SOURCE,FSTYPE / | xargs) == "/dev/vda ext4" ]]'
guest driver_is block/vda virtio_blk
guest driver_is block/vdb virtio_blk
guest driver_is net/eth0 virtio_net

step "a disk: several block sizes and depths, direct I/O"
guest verify_each /dev/vdb 512,1,64k 4k,32,2M 64k,8,8M 1M,2,8M

step "a filesystem survives being unmounted and mounted"
guest 'mkfs.ext4 -q /dev/vdb && mkdir -p /mnt && mount /dev/vdb /mnt'
guest 'head -c 8M /dev/urandom >/mnt/file && sha256sum /mnt/file >/root/sum'
guest 'umount /mnt && mount /dev/vdb /mnt && sha256sum -c /root/sum && umount /mnt'

step "the network: ping and TCP both ways, data arrives whole"
iperf3 -s -D
guest ping -q -c 5 -i 0.2 -s 1400 10.0.0.1
guest tcp 10.0.0.1 2
head -c 8M /dev/urandom >/tmp/data
nc -l -N -p 7000 </tmp/data &
guest 'nc 10.0.0.1 7000 >/tmp/data'
guest "[[ \$(sha256sum </tmp/data) == '$(sha256sum </tmp/data)' ]]"

step "the disk goes, and comes again with its data"
guest verify /dev/vdb 4k 8 1M
virtio-xen detach guest 1 || fail "detach"
guest wait_until 30 gone /dev/vdb
! xenstore-exists "$(backend_dir 1)" || fail "backend directory left"
virtio-xen attach guest blk,target=/srv/disk1.img,format=raw,id=1 ||
	fail "attach"
guest wait_until 30 test -b /dev/vdb
guest driver_is block/vdb virtio_blk
guest verify /dev/vdb 4k 8 1M --verify_only
guest ping -q -c 2 -i 0.2 10.0.0.1
