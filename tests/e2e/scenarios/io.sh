#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M --device blk:64M,kernel-notify=0 --device net --device net,server=vhost,kernel-notify=0
# variant: pv-2 --guest pv --vcpus 2
# variant: pvh-2 --guest pvh --vcpus 2
# variant: pvh-1-linux-6.12 --guest pvh --vcpus 1 --guest-kernel 6.12
# variant: pv-1-in-band --guest pv --vcpus 1 --root-options queue-ports=0 --device blk:32M,queue-ports=0
# seconds: pv-2=80 pvh-2=80 pvh-1-linux-6.12=93 pv-1-in-band=92
# alone: pv-2: a PV guest on two CPUs at a time
#
# Data arrives whole: two disks and two network interfaces beside the root disk,
# all through Debian's own drivers. Kinds of guests, numbers of CPUs, kernels and
# ways of notification (by the kernel of dom0, by the bridge, in the rings): each
# pair of kind and number, and each of the others.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "root is ext4 on virtio_blk, interfaces are virtio_net"
guest '[[ $(findmnt -no SOURCE,FSTYPE / | xargs) == "/dev/vda ext4" ]]'
guest driver_is block/vda virtio_blk
guest driver_is block/vdb virtio_blk
guest driver_is block/vdc virtio_blk
guest driver_is net/eth0 virtio_net
guest driver_is net/eth1 virtio_net

step "disks: several block sizes and depths, direct I/O, both at once"
guest verify_each /dev/vdb 512,1,64k 4k,1,256k 4k,32,4M 64k,8,8M 256k,4,16M 1M,2,16M
guest 'verify /dev/vdb 16k 16 4M & verify /dev/vdc 16k 16 4M && wait $!'

step "a filesystem survives being unmounted and mounted"
guest 'mkfs.ext4 -q /dev/vdc && mkdir -p /mnt && mount /dev/vdc /mnt'
guest 'head -c 8M /dev/urandom >/mnt/file && sha256sum /mnt/file >/root/sum'
guest 'umount /mnt && mount /dev/vdc /mnt && sha256sum -c /root/sum && umount /mnt'

step "networks: ping and TCP both ways, both at once"
iperf3 -s -D
served 5201
guest ping -q -c 5 -i 0.2 -s 1400 10.0.0.1
guest ping -q -c 5 -i 0.2 10.0.1.1
guest tcp 10.0.0.1 1
guest tcp 10.0.1.1 1

step "data over TCP arrives whole"
head -c 16M /dev/urandom >/tmp/data
nc -l -N -p 7000 </tmp/data &
served 7000
guest "nc 10.0.0.1 7000 >/tmp/data"
guest "[[ \$(sha256sum </tmp/data) == '$(sha256sum </tmp/data)' ]]"

step "rings of another size, in the middle of life"
guest 'ethtool -G eth0 rx 128 tx 32 && ethtool -g eth0 | tail -n 4'
guest ping -q -c 5 -i 0.2 -s 1400 10.0.0.1
guest tcp 10.0.0.1 1

step "one network is vhost_xen_net's; the other is vhost-net's, which waits for its turn"
drivers=$(for i in /sys/class/net/vx"$guest_id".*; do
	ethtool -i "${i##*/}" | sed -n 's/^driver: //p'
done | xargs)
[[ $drivers == "vhost_xen_net tun" ]] || fail "their drivers are $drivers"
networks_have B

step "the kernel has passed notifications on, where it may"
events=$(awk -v name="vhost-xen-$guest_id-" '
	index($NF, name) { for (i = 2; $i ~ /^[0-9]+$/; i++) n += $i }
	END { print n + 0 }' /proc/interrupts)
echo "$events events of the guest have signalled a backend from the interrupt"
((events > 100)) || fail "vhost_xen is not used"

step "a file for dom0 to find"
guest 'head -c 4M /dev/urandom >/root/proof && sha256sum /root/proof >/root/proof.sha256'
