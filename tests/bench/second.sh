#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Starts another guest beside the first, on the same two bridges, for what goes
# from guest to guest. It has the lab's root disk as dom0 has it, read-only.
# shellcheck source=scripts/lab.d/dom0/lib.sh
. /lab/lib.sh

for dir in /sys/block/vd*; do
	[[ $(<"$dir/serial") != labroot ]] || root=/dev/${dir##*/}
done
{
	sed -e 's/^name = .*/name = "second"/' -e 's/^memory = .*/memory = 320/' \
		-e 's/000000000001"$/000000000002"/' \
		-e 's/^extra = "/&bench.host=3 /' -e '/^virtio_xen/d' \
		-e "s,^disk = .*,disk = [ \"phy:$root\\,xvda\\,r\" ]," /lab/guest.cfg
	echo 'virtio_xen = [ "net,bridge=xenbr0" ]'
} >/tmp/second.cfg
guest_create /tmp/second.cfg
