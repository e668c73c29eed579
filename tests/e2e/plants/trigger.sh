#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lab: --pv-root --device blk:16M --guest pvh --guest-kernel debug --vcpus 2 --timeout 800
#
# What each planted defect (*.patch) is run with: some I/O, and the module unloaded
# after it. That the guest does not survive this is no matter here.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

guest wait_until 60 test -b /dev/vda
guest verify /dev/vda 4k 8 64k
guest no_kmemleak
guest rmmod virtio_xen
