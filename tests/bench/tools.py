# SPDX-License-Identifier: GPL-2.0-only
"""The programs that make the load: how each is called for a case, and what its
output says. A measurement is a dictionary with at least "rate", the figure that
is compared; larger is better.
"""
import json
import socket
import subprocess

TURNS_PORT = "7001"
# packets.py's
DISCARD_PORT = 9
SNMP = "/proc/net/snmp"
# A PV guest asks the time by a system call, several times for each request.
FIO_GLOBAL = """[global]
ioengine=libaio
direct=1
clocksource=cpu
thread=1
group_reporting=1
norandommap=1
randrepeat=1
random_generator=tausworthe64
size=48m
"""
PERCENTILES = ("50.000000", "99.000000", "99.900000")


def start_servers():
    """What the others talk to, in dom0 and in each guest. The caller keeps what it
    gets until the machine ends.
    """
    subprocess.run(["iperf3", "-s", "-D"], check=True)
    # Its packets are counted, not read, and not kept either. Without it each would
    # be answered that there is nobody.
    discard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    discard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
    discard.bind(("", DISCARD_PORT))
    return discard, subprocess.Popen(["/lab/payload/turns", "--server", TURNS_PORT],
                                     stdin=subprocess.DEVNULL)


def fio_job(number, case, variant, runtime=0, requests=0):
    """A section of a job file, for some time or for a number of requests;
    sections run one after another.
    """
    lines = ["[j%d]" % number, "stonewall",
             "filename=/dev/bench/%s.%s" % (case["store"], variant),
             "rw=" + case["rw"], "bs=" + case["bs"],
             "iodepth=%d" % case["depth"],
             "numjobs=%d" % case.get("jobs", 1)]
    if requests:
        lines += ["number_ios=%d" % requests]
    else:
        lines += ["time_based=1", "ramp_time=150ms",
                  "runtime=%dms" % (1000 * runtime)]
    return "\n".join(lines) + "\n"


def fio_request(jobs):
    return {"files": {"/tmp/bench.fio": FIO_GLOBAL + "".join(jobs)},
            "argv": ["fio", "--output-format=json", "/tmp/bench.fio"]}


def fio_results(text):
    """One measurement for each section."""
    # Complaints come before the JSON.
    report = json.loads(text[text.index("{"):])
    results = []
    for job in report["jobs"]:
        if job["error"]:
            raise ValueError("fio: error %d" % job["error"])
        side = job["read" if job["read"]["total_ios"] else "write"]
        percentile = side["clat_ns"].get("percentile", {})
        results.append({
            "rate": side["iops"], "bytes_per_second": side["bw_bytes"],
            "requests": side["total_ios"],
            "latency_us": {p.rstrip("0").rstrip("."): percentile[p] / 1000
                           for p in PERCENTILES if p in percentile},
            "cpu_user": job["usr_cpu"], "cpu_system": job["sys_cpu"],
        })
    return results


def iperf_argv(case, address, runtime=0, requests=0):
    """A request is a MiB of a stream, or a packet."""
    argv = ["iperf3", "-J", "-c", address]
    if case["load"] == "udp":
        argv += ["-u", "-b", "0", "-l", str(case["size"])]
    else:
        argv += ["-P", str(case["streams"])]
    if case["way"] == "in":
        argv.append("-R")
    if not requests:
        return argv + ["-t", str(max(1, round(runtime)))]
    if case["load"] == "udp":
        return argv + ["-k", str(requests)]
    return argv + ["-n", "%dM" % requests]


def iperf_result(case, text):
    end = json.loads(text)["end"]
    if case["load"] == "udp":
        total = end["sum"]
        received = total["packets"] - total["lost_packets"]
        return {"rate": received / total["seconds"],
                "sent": total["packets"], "received": received}
    return {"rate": end["sum_received"]["bits_per_second"],
            "retransmits": end["sum_sent"].get("retransmits", 0)}


def turns_argv(address, runtime=0, requests=0):
    length = str(requests) if requests else "%ds" % max(1, round(runtime))
    return ["/lab/payload/turns", address, TURNS_PORT, length]


def turns_result(text):
    turns, nanoseconds = (int(word) for word in text.split())
    return {"rate": turns * 1e9 / nanoseconds}


def packets_argv(case, address, runtime):
    """Until a time has come only: a number says nothing of how many arrive."""
    return ["/lab/payload/packets.py", address, str(case["size"]), str(runtime)]


def datagrams(snmp):
    """How many have come as far as UDP, read or not."""
    names, values = (line.split()[1:] for line in snmp.splitlines()
                     if line.startswith("Udp: "))
    counters = dict(zip(names, map(int, values), strict=True))
    return counters["InDatagrams"] + counters["RcvbufErrors"]


def packets_result(text, received):
    """Of packets, those that arrived."""
    sent, microseconds = (int(word) for word in text.split())
    return {"rate": received * 1e6 / microseconds,
            "sent": sent, "received": received}


def request(case, variant, address, **length):
    """What is to be run for one run of a case, by the guest if it is not packets that
    come in: for a runtime in seconds, or for a number of requests.
    """
    if case["tool"] == "fio":
        return fio_request([fio_job(0, case, variant, **length)])
    if case["load"] == "rr":
        return {"argv": turns_argv(address, **length)}
    if case["load"] == "packets":
        return {"argv": packets_argv(case, address, **length)}
    return {"argv": iperf_argv(case, address, **length)}


def result(case, text):
    """The measurement in that run's output."""
    if case["tool"] == "fio":
        return fio_results(text)[0]
    if case["load"] == "rr":
        return turns_result(text)
    return iperf_result(case, text)
