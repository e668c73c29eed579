#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After the guest's end: dom0 looks into the disk image.
. /lab/config
echo "== dom0 checks the guest's disk image"
e2fsck -fn "$LAB_GUEST_DISK" || exit 1
mkdir -p /tmp/image
mount -o ro "$LAB_GUEST_DISK" /tmp/image || exit 1
cd /tmp/image || exit 1
sed 's,/root/,root/,' root/written-by-the-guest.sha256 | sha256sum -c || exit 1
echo "summary: image: clean, and the guest's 8 MiB file is in it intact"
