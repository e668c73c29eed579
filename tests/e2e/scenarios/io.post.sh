#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# After the guest's end: its root image is clean, and holds what it wrote.
. /lab/config
e2fsck -fn "$LAB_GUEST_DISK" || exit 1
mkdir -p /tmp/image
mount -o ro "$LAB_GUEST_DISK" /tmp/image || exit 1
cd /tmp/image || exit 1
sed 's,/root/,root/,' root/proof.sha256 | sha256sum -c
