#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The guest's script in a benchmark: sets up what is measured, then runs one
command at a time for dom0.py, which connects by TCP. Nothing runs between
commands, and nothing polls.

A request is a line of JSON: {"files": {PATH: TEXT}, "argv": [...]} or {"exit":
true}. The answer is a line too: {"status": N, "stdout": "...", "stderr": "..."}.
"""
import glob
import json
import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, "/lab/payload")
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import tools  # noqa: E402

PORT = 7000
PLAN = "/lab/payload/plan.json"
# By which driver an interface has, the third number of its address.
NETWORKS = {"virtio_net": 0, "vif": 1}


def run(*argv):
    subprocess.run(argv, check=True)


def host_number():
    """The last number of this guest's addresses."""
    with open("/proc/cmdline", encoding="ascii") as file:
        found = re.search(r"bench\.host=(\d+)", file.read())
    return int(found.group(1)) if found else 2


def set_up_interfaces():
    """The order of interfaces is the order in which drivers were loaded."""
    for path in glob.glob("/sys/class/net/eth*"):
        name = os.path.basename(path)
        driver = os.path.basename(os.readlink(path + "/device/driver"))
        run("ip", "addr", "flush", "dev", name)
        run("ip", "addr", "add", "10.0.%d.%d/24" % (NETWORKS[driver], host_number()),
            "dev", name)
        run("ip", "link", "set", name, "up")
        print(name, driver, "10.0.%d.%d" % (NETWORKS[driver], host_number()))


def virtio_disks():
    """Block devices in the order in which they were attached."""
    def number(path):
        return int(re.search(r"virtio-msg-(\d+)", path).group(1))
    paths = [os.path.realpath(p) for p in glob.glob("/sys/block/vd*")]
    return sorted((p for p in paths if "virtio-msg-" in p), key=number)


def xen_disks():
    return sorted(p for p in glob.glob("/sys/block/xvd*")
                  if not p.endswith("xvda"))


def local_disk():
    """As dom0's are."""
    run("modprobe", "null_blk", "nr_devices=1", "gb=1", "irqmode=0")
    return ["/sys/block/nullb0"]


def set_up_disks(disks):
    """Names in /dev/bench, and each virtio disk's way to grant its buffers."""
    os.makedirs("/dev/bench", exist_ok=True)
    found = {"virtio": virtio_disks(), "xen": xen_disks()}
    if any(disk["bus"] == "local" for disk in disks):
        found["local"] = local_disk()
    for disk in disks:
        path = found[disk["bus"]][disk["index"]]
        name = os.path.basename(path)
        os.symlink("/dev/" + name, "/dev/bench/" + disk["name"])
        if disk["bus"] == "virtio":
            device = re.search(r"virtio-msg-\d+", path).group(0)
            with open("/sys/bus/xen/devices/%s/inplace_min" % device, "w",
                      encoding="ascii") as file:
                file.write("%d\n" % disk.get("inplace_min", 0))
        with open("/sys/block/%s/queue/scheduler" % name, encoding="ascii") as file:
            print(disk["name"], name, file.read().strip())


def answer(request):
    for path, text in request.get("files", {}).items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    done = subprocess.run(request["argv"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    return {"status": done.returncode, "stdout": done.stdout,
            "stderr": done.stderr}


def serve():
    listener = socket.create_server(("", PORT))
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rw", encoding="utf-8") as stream:
            for line in stream:
                request = json.loads(line)
                if request.get("exit"):
                    return
                stream.write(json.dumps(answer(request)) + "\n")
                stream.flush()


def main():
    with open(PLAN, encoding="utf-8") as file:
        plan = json.load(file)
    set_up_interfaces()
    if host_number() == 2:
        set_up_disks(plan["disks"])
    _servers = tools.start_servers()
    serve()


if __name__ == "__main__":
    main()
