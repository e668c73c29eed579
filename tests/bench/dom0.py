#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""dom0's script in a benchmark: goes through the plan step by step, has the
guests run what a step says, and prints what came out, "result JSON" for each
run. Traces go to /var/log/bench.
"""
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, "/lab/payload")
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import cost  # noqa: E402
import tools  # noqa: E402

PLAN = "/lab/payload/plan.json"
# The interface of Xen's own driver carries the commands.
CONTROL = 1
PORT = 7000
NETWORK = {"virtio": 0, "netfront": 1}


def address_for(case, variant):
    """The other end's address on the network of that variant."""
    return "10.0.%d.%d" % (NETWORK.get(variant, CONTROL),
                           3 if case.get("peer") == "guest" else 1)


def run_here(request):
    """What a guest's agent would, in dom0."""
    return subprocess.run(request["argv"], stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


class Guest:
    """A guest's agent."""

    def __init__(self, host):
        self.host = host
        deadline = time.monotonic() + 300
        while True:
            try:
                self.socket = socket.create_connection(
                    (self.address(CONTROL), PORT), timeout=5)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
        self.socket.settimeout(None)
        self.stream = self.socket.makefile("rw", encoding="utf-8")

    def address(self, network):
        return "10.0.%d.%d" % (network, self.host)

    def run(self, request):
        """What the command has written."""
        self.stream.write(json.dumps(request) + "\n")
        self.stream.flush()
        answer = json.loads(self.stream.readline())
        if answer["status"]:
            raise RuntimeError("%s: status %d: %s %s" % (
                request["argv"], answer["status"], answer["stdout"][-2000:],
                answer["stderr"][-2000:]))
        return answer["stdout"]

    def end(self):
        self.stream.write('{"exit": true}\n')
        self.stream.flush()


def how(step):
    """By which function of Bench a step is done."""
    return step["case"]["tool"] if step["kind"] == "rate" else step["kind"]


def batches(steps):
    """What is done at once: neighbours of one round by fio, at most so many that
    progress is seen.
    """
    batch = []
    for step in steps:
        if batch and (how(step) != "fio" or how(batch[-1]) != "fio" or
                      step["round"] != batch[-1]["round"] or len(batch) == 8):
            yield batch
            batch = []
        batch.append(step)
    if batch:
        yield batch


class Bench:
    """The plan, and where its results go."""

    def __init__(self, plan):
        self.plan = plan
        self.guest = Guest(2)
        self.second = None

    def note(self, step, variant, result):
        line = {"kind": step["kind"], "round": step["round"],
                "case": step["case"]["name"], "variant": variant, **result}
        print("result " + json.dumps(line), flush=True)

    def start_second(self):
        """The other guest, when it is needed first: it takes memory and time."""
        if not self.second:
            subprocess.run(["/lab/payload/second.sh"], check=True)
            self.second = Guest(3)

    def end(self):
        """Of the guests; without, the lab would wait for them."""
        if self.second:
            self.second.end()
        self.guest.end()

    def step_fio(self, steps):
        """How fast each variant is, back to back. One fio for several cases: it
        takes seconds to start here.
        """
        jobs = [(step, variant) for step in steps for variant in step["variants"]]
        text = self.guest.run(tools.fio_request(
            [tools.fio_job(i, step["case"], variant, runtime=step["runtime"])
             for i, (step, variant) in enumerate(jobs)]))
        for (step, variant), result in zip(jobs, tools.fio_results(text), strict=True):
            self.note(step, variant, result)

    def packets(self, case, variant, runtime):
        """Generated at one end, counted at the other."""
        network = NETWORK.get(variant, CONTROL)
        if case["way"] == "out":
            generate, count = self.guest.run, run_here
            address = address_for(case, variant)
        else:
            generate, count = run_here, self.guest.run
            address = self.guest.address(network)
        snmp = {"argv": ["cat", tools.SNMP]}
        before = tools.datagrams(count(snmp))
        text = generate(tools.request(case, variant, address, runtime=runtime))
        return tools.packets_result(text, tools.datagrams(count(snmp)) - before)

    def step_net(self, steps):
        """The same for the network, which has a program for each variant."""
        for step in steps:
            case = step["case"]
            for variant in step["variants"]:
                if case["load"] == "packets":
                    result = self.packets(case, variant, step["runtime"])
                else:
                    result = tools.result(case, self.guest.run(tools.request(
                        case, variant, address_for(case, variant),
                        runtime=step["runtime"])))
                self.note(step, variant, result)

    def step_cost(self, steps):
        """What a number of requests costs; the difference of two such numbers
        is without what the program's start costs. A first run is not counted:
        it has the program to load.
        """
        step, = steps
        case = step["case"]
        for variant in step["variants"]:
            self.guest.run(tools.request(case, variant, address_for(case, variant),
                                         requests=step["requests"][0]))
            for requests in step["requests"]:
                request = tools.request(case, variant, address_for(case, variant),
                                        requests=requests)
                counters = cost.Counters(self.guest)
                trace = None
                if step["trace"]:
                    trace = cost.Trace("%s-%s-%d-%d" % (
                        case["name"], variant, requests, step["round"]))
                text = self.guest.run(request)
                result = counters.since()
                if trace:
                    result["trace"] = trace.end()
                    result["apart"] = step["apart"]
                self.note(step, variant, {"requests": requests, **result,
                                          "measured": tools.result(case, text)})

    def run(self):
        done = 0
        start = time.monotonic()
        for steps in batches(self.plan["steps"]):
            if steps[0]["case"].get("peer") == "guest":
                self.start_second()
            begin = time.monotonic()
            getattr(self, "step_" + how(steps[0]))(steps)
            now = time.monotonic()
            done += len(steps)
            print("%d/%d %s, round %d: %s (%.0f s, %.0f s in all)" % (
                done, len(self.plan["steps"]), steps[0]["kind"], steps[0]["round"],
                " ".join(step["case"]["name"] for step in steps),
                now - begin, now - start), flush=True)


def main():
    with open(PLAN, encoding="utf-8") as file:
        plan = json.load(file)
    os.makedirs(cost.LOGS, exist_ok=True)
    _servers = tools.start_servers()
    bench = Bench(plan)
    try:
        bench.run()
    finally:
        bench.end()


if __name__ == "__main__":
    main()
