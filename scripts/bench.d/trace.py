# SPDX-License-Identifier: GPL-2.0-only
"""Counts what xentrace has recorded: which domain made which hypercalls.

The trace has a stream of records for each CPU; which virtual CPU runs there is told
by its runstate changes. A hypercall of a PV guest is recorded with its number
and some arguments, one of another guest with its number alone.
"""
import collections
import struct

CPU_CHANGE = 0x1f003
LOST_RECORDS = 0x1f001
RUNSTATE_CHANGE = 0x21001
RUNSTATE_MASK = 0xfffff00f
PV_HYPERCALL = 0x20100d
PV_SUBCALL = 0x20200e
HVM_VMEXIT = 0x81002
HVM_VMMCALL = 0x82012
FLAG_64 = 0x100
RUNNING = 0

GRANT_TABLE_OP = 20
NAMES = {
    0: "set_trap_table", 1: "mmu_update", 3: "stack_switch",
    5: "fpu_taskswitch", 12: "memory_op",
    13: "multicall", 14: "update_va_mapping", 15: "set_timer_op",
    16: "event_channel_op_compat", 17: "xen_version", 18: "console_io",
    20: "grant_table_op", 23: "iret", 24: "vcpu_op", 25: "set_segment_base",
    26: "mmuext_op", 29: "sched_op", 32: "event_channel_op",
    33: "physdev_op", 34: "hvm_op", 35: "sysctl", 36: "domctl",
}
# What a driver calls. The others that are frequent are a PV kernel's own, for
# exceptions and task switches.
IO = (20, 32)
GRANT_NAMES = {0: "map", 1: "unmap", 5: "copy", 7: "unmap_and_replace"}


def records(data):
    """CPU, event and its words, one record after another."""
    cpu = None
    place = 0
    while place + 4 <= len(data):
        head, = struct.unpack_from("<I", data, place)
        place += 12 if head >> 31 else 4
        count = head >> 28 & 7
        if place + 4 * count > len(data):
            break
        words = struct.unpack_from("<%dI" % count, data, place)
        place += 4 * count
        event = head & 0xfffffff
        if event == CPU_CHANGE:
            cpu = words[0]
        yield cpu, event, words


def arguments(words):
    """Hypercall number, and its recorded 32-bit arguments by their place."""
    found = {}
    rest = list(words[1:])
    for number in range(6):
        kind = words[0] >> (20 + 2 * number) & 3
        if kind == 1 and rest:
            found[number] = rest.pop(0)
        elif kind == 2 and len(rest) > 1:
            found[number] = rest.pop(0) | rest.pop(0) << 32
    return words[0] & 0xfffff, found


def count_call(counts, number):
    counts["hypercalls"] += 1
    counts[NAMES.get(number, str(number))] += 1
    if number in IO:
        counts["io_hypercalls"] += 1


def count_grants(counts, number, found):
    """Grant operations, of which one hypercall can hold many."""
    if number == GRANT_TABLE_OP and 0 in found:
        name = GRANT_NAMES.get(found[0], "other")
        counts["grant_" + name] += found.get(2, 1)
        counts["grant_hypercalls"] += 1


def count(data):
    """{domain: Counter}: "hypercalls" in all, each by name, "io_hypercalls" of
    those that drivers make, "grant_map" and so on, "exits" of guests that are not PV.
    """
    running = {}
    domains = collections.defaultdict(collections.Counter)
    for cpu, event, words in records(data):
        if event == LOST_RECORDS:
            raise ValueError("records were lost: a larger buffer is needed")
        if event & RUNSTATE_MASK == RUNSTATE_CHANGE:
            if event >> 4 & 3 == RUNNING:
                running[cpu] = words[0] >> 16
            continue
        if event >> 12 == CPU_CHANGE >> 12:
            continue
        counts = domains[running.get(cpu, "unknown")]
        if event in (PV_HYPERCALL, PV_SUBCALL):
            number, found = arguments(words)
            if event == PV_HYPERCALL:
                count_call(counts, number)
            count_grants(counts, number, found)
        elif event == HVM_VMMCALL:
            count_call(counts, words[0])
        elif event & ~FLAG_64 == HVM_VMEXIT:
            counts["exits"] += 1
    return domains
