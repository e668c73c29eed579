#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dom0's part of the demo, beside the guest's.
iperf3 -s -D
echo "== what virtio-xen lists"
virtio-xen list
