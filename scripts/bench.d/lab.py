# SPDX-License-Identifier: GPL-2.0-only
"""One boot of the lab that goes through a plan: from the plan to the lines that
dom0 has written.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ROOT / "tests/bench"
IN_PAYLOAD = ("tools.py", "cost.py", "packets.py", "second.sh")
RESULT = "dom0| result "
# Other work on the machine shall disturb as little as possible.
NICE = -10


class Failed(Exception):
    """The lab has not come to the plan's end."""


def payload(plan, where):
    """What dom0 and the guests have in /lab/payload."""
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir(parents=True)
    (where / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    for name in IN_PAYLOAD:
        shutil.copy(PARTS / name, where)
    subprocess.run(["make", "-s", "-C", PARTS, f"O={where}"], check=True)


def options_for(guest, specs, icount, guest_args):
    """The lab's, for what is to be booted."""
    argv = ["--guest", guest, "--pv-root", "--vcpus", "1" if icount else "2"]
    for spec in specs:
        argv += ["--device", spec]
    if guest_args:
        argv += ["--guest-args", guest_args]
    return argv + (["--icount"] if icount else [])


def raise_priority():
    try:
        os.nice(NICE)
    except PermissionError:
        pass


def forget(where):
    """Earlier runs."""
    for path in where.glob("output*"):
        path.unlink()


def command(where, timeout, options):
    return ["scripts/lab", "run", "--timeout", str(timeout),
            "--keep", str(where / "logs"), "--payload", str(where / "payload"),
            "--guest-script", str(PARTS / "agent.py"),
            "--dom0-script", str(PARTS / "dom0.py"), *options]


def run(guest, options, plan, where, timeout):
    """Lines of dom0's script are shown as they come, unless they are results."""
    where.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(where / "logs", ignore_errors=True)
    payload(plan, where / "payload")
    with open(where / "output", "w", encoding="utf-8") as log, subprocess.Popen(
            command(where, timeout, options), cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=raise_priority) as lab:
        for line in lab.stdout:
            log.write(line)
            if line.startswith(("dom0| ", "lab: ")) and RESULT not in line:
                print(f"{guest}: {line.removeprefix('dom0| ')}", end="",
                      file=sys.stderr, flush=True)
    if lab.returncode:
        raise Failed(
            f"the lab has failed with status {lab.returncode}, see "
            f"{where / 'output'} and {where / 'logs'}; --resume goes on")


def results(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line.removeprefix(RESULT)) for line in file
                if line.startswith(RESULT)]


def boots(where):
    """How many a run took."""
    return len(list(where.glob("output*")))


def set_aside(where):
    """What an interrupted boot has measured. Its traces are gone with dom0."""
    number = len(list(where.glob("output.*"))) + 1
    (where / "output").rename(where / f"output.{number}")


def read(where):
    """The results of all boots of a run, which may be an earlier one."""
    lines = [line for path in sorted(where.glob("output.*"))
             for line in results(path) if line["kind"] == "rate"]
    if (where / "output").exists():
        lines += results(where / "output")
    return lines
