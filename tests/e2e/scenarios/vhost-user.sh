#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what the guest runs is for it to expand
# variant: pv --guest pv
# seconds: pv=52
#
# vhost-user daemons that the administrator runs: virtiofsd, and a storage
# daemon of his own.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

step "a directory, through virtiofsd"
mkdir -p /srv/share
head -c 4M /dev/urandom >/srv/share/from-dom0
/usr/lib/qemu/virtiofsd --socket-path=/run/fs.sock -o source=/srv/share \
	>/var/log/virtiofsd.log 2>&1 &
wait_for 20 test -S /run/fs.sock || fail "virtiofsd does not start"
virtio-xen attach guest vhost-user,socket=/run/fs.sock,device=fs,tag=share,id=5 ||
	fail "attach"
wait_for 30 connected 5 || fail "not connected"
guest 'mkdir -p /share && mount -t virtiofs share /share && ls -l /share'
guest "[[ \$(sha256sum </share/from-dom0) == '$(sha256sum </srv/share/from-dom0)' ]]"
guest 'head -c 4M /dev/urandom >/share/from-guest && sha256sum </share/from-guest >/share/sum'
[[ $(sha256sum </srv/share/from-guest) == $(cat /srv/share/sum) ]] ||
	fail "what the guest wrote has not arrived"
guest umount /share
virtio-xen detach guest 5 || fail "detach"

step "a disk, through a storage daemon of our own"
truncate -s 32M /srv/own.img
qemu-storage-daemon --blockdev driver=file,node-name=own,filename=/srv/own.img \
	--export vhost-user-blk,id=own,node-name=own,addr.type=unix,addr.path=/run/own.sock,writable=on \
	>/var/log/own.log 2>&1 &
wait_for 20 test -S /run/own.sock || fail "the storage daemon does not start"
virtio-xen attach guest vhost-user,socket=/run/own.sock,device=blk,id=6 ||
	fail "attach"
guest wait_until 30 test -b /dev/vdb
guest verify /dev/vdb 16k 8 4M
virtio-xen detach guest 6 || fail "detach"
guest wait_until 30 gone /dev/vdb

step "and again: the daemon serves the next one"
virtio-xen attach guest vhost-user,socket=/run/own.sock,device=blk,id=6 ||
	fail "attach"
guest wait_until 30 test -b /dev/vdb
guest verify /dev/vdb 16k 8 4M --verify_only
virtio-xen detach guest 6 || fail "detach"

step "a socket that is not there is said to be so"
out=$(virtio-xen attach guest vhost-user,socket=/run/none.sock,device=blk 2>&1) &&
	fail "attached to nothing"
echo "$out"
[[ $out == *none.sock* ]] || fail "no word about the socket"
