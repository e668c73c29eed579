#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# lab: --device blk:64M --device net --device blk:16M,late --vcpus 2
# variant: xl --guest arm64
# variant: dom0less --guest dom0less
# seconds: xl=120 dom0less=180
#
# Devices found by a device tree, on arm64: a guest of xl's, which learns the rest
# from xenstore, and one that Xen has started itself, which has no xenstore. Data
# arrives whole, a device may go and come again, or come minutes after the guest;
# nodes that are wrong (arm64.dtsi) are told apart, and harm nobody.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

if [[ $LAB_GUEST_TYPE == dom0less ]]; then
	plug() {
		static_start "$1"
	}
	unplug() {
		static_stop "$1"
	}
else
	plug() {
		virtio-xen attach guest "$2,id=$1"
	}
	unplug() {
		virtio-xen detach guest "$1" &&
			! xenstore-exists "$(backend_dir "$1")"
	}
fi

# cpu_time: seconds of processor time that the guest has had
cpu_time() {
	xl list "$guest_id" | awk 'NR == 2 { print int($6) }'
}

step "root is ext4 on virtio_blk, the interface is virtio_net"
guest '[[ $(uname -m) == aarch64 ]]'
guest '[[ $(findmnt -no SOURCE,FSTYPE / | xargs) == "/dev/vda ext4" ]]'
guest driver_is block/vda virtio_blk
guest driver_is block/vdb virtio_blk
guest driver_is net/eth0 virtio_net
guest '. ./nodes.sh; found_by_node'

step "one line for each node that is wrong"
guest '. ./nodes.sh; complains bad-no-domain "no xen,backend-domid"'
guest '. ./nodes.sh; complains bad-domain "xen,backend-domid 32752 is no domain"'
guest '. ./nodes.sh; complains bad-no-device "either xen,device-id or xen,grant-ref"'
guest '. ./nodes.sh; complains bad-reference "xen,grant-ref 9 is not between 2 and 7"'
guest '. ./nodes.sh; complains bad-channel "event channel 99 is not there"'
guest '. ./nodes.sh; complains twin-2 "its xen,device-id is that of .*twin-1 already"'

step "a disk: several block sizes and depths, direct I/O"
guest verify_each /dev/vdb 512,1,64k 4k,32,2M 64k,8,8M 1M,2,8M

step "a filesystem survives being unmounted and mounted"
guest 'mkfs.ext4 -q /dev/vdb && mkdir -p /mnt && mount /dev/vdb /mnt'
guest 'head -c 8M /dev/urandom >/mnt/file && sha256sum /mnt/file >/root/sum'
guest 'umount /mnt && mount /dev/vdb /mnt && sha256sum -c /root/sum && umount /mnt'

step "the network: ping and TCP both ways, data arrives whole"
iperf3 -s -D
served 5201
guest ping -q -c 5 -i 0.2 -s 1400 10.0.0.1
guest tcp 10.0.0.1 2
head -c 8M /dev/urandom >/tmp/data
nc -l -N -p 7000 </tmp/data &
served 7000
guest 'nc 10.0.0.1 7000 >/tmp/data'
guest "[[ \$(sha256sum </tmp/data) == '$(sha256sum </tmp/data)' ]]"

step "vhost_xen_net serves the network, or vhost-net where that is not loaded"
if [[ $LAB_GUEST_TYPE == dom0less ]]; then
	networks_have B
else
	networks_have ""
fi

step "the disk goes, and comes again with its data"
guest verify /dev/vdb 4k 8 1M
unplug 1 || fail "unplug"
guest wait_until 30 gone /dev/vdb
plug 1 blk,target=/srv/disk1.img,format=raw || fail "plug"
guest wait_until 30 test -b /dev/vdb
guest driver_is block/vdb virtio_blk
guest verify /dev/vdb 4k 8 1M --verify_only
guest ping -q -c 2 -i 0.2 10.0.0.1

step "what is not there yet is waited for, and not by spinning"
guest gone /dev/vdc
before=$(cpu_time)
sleep 10
used=$(($(cpu_time) - before))
echo "$used s of processor time in 10 s"
((used <= 2)) || fail "the guest spins"
plug 3 blk,target=/srv/disk2.img,format=raw || fail "plug"
guest wait_until 30 test -b /dev/vdc
guest driver_is block/vdc virtio_blk
guest verify /dev/vdc 4k 8 1M
