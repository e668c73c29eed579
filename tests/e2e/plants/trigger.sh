#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# lab: --pv-root --device blk:16M --device blk:16M --vcpus 2 --timeout 800
# shellcheck disable=SC2016 # what the guest runs is for it to expand
#
# What each planted defect (*.patch) is run with: some I/O, and the module unloaded
# after it. That the guest does not survive this is no matter here.
# shellcheck source=tests/e2e/lib/scenario.sh
. /lab/payload/scenario.sh

guest wait_until 60 test -b /dev/vdb
guest 'verify /dev/vda 4k 8 256k & verify /dev/vdb 4k 8 256k && wait $!'
guest 'debugfs; [[ ! -e /sys/kernel/debug/kmemleak ]] || no_kmemleak'
guest rmmod virtio_xen
