"""Rhizome beside what else replicates a disk in user space, on the same machine, disks and load, in turns; medians of all rounds."""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from peers import report  # noqa: E402
from peers.contenders import (  # noqa: E402
    MIB,
    NbdkitMemory,
    Nbdkit,
    Place,
    QemuLocal,
    QemuMirror,
    QemuQuorum,
    Raw,
    Rhizome,
    rss_mib,
)
from peers.delay import Delay  # noqa: E402
from peers.loads import LOADS, QUICK, run  # noqa: E402

# Of the order in which contenders are measured: the same in each run.
ORDER_SEED = 1

ALL = {
    "raw": Raw,
    "unix": lambda: NbdkitMemory(False),
    "tls": lambda: NbdkitMemory(True),
    "nbdkit": Nbdkit,
    "qemu": QemuLocal,
    "rhizome": Rhizome,
    "quorum": QemuQuorum,
    "mirror": QemuMirror,
}


def say(text):
    print(text, flush=True)


def prepare_pki(rhizome, folder):
    pki = os.path.join(folder, "pki")
    subprocess.run([rhizome, "pki", "init", "--directory", pki], check=True, capture_output=True)
    for node in ("alpha", "beta"):
        subprocess.run([rhizome, "pki", "issue", "--directory", pki, node], check=True, capture_output=True)
    return pki


def start_all(makers, place):
    started = []
    try:
        for maker in makers:
            contender = maker()
            started.append(contender)
            contender.start(place)
    except BaseException:
        stop_all(started)
        raise
    return started


def stop_all(contenders):
    for contender in reversed(contenders):
        contender.stop()


def measure(contenders, loads, arguments, disk_bytes):
    """One warm-up round, then rounds in which every load meets every contender, in an order that is drawn anew each time."""
    order = random.Random(ORDER_SEED)
    results = {load.name: {each.name: [] for each in contenders} for load in loads}
    for load in (loads[0], loads[-1]):
        for contender in contenders:
            run(load, contender, arguments.warm_up, disk_bytes)
    for number in range(arguments.rounds):
        say(f"round {number + 1} of {arguments.rounds}, load average {os.getloadavg()[0]:.1f}")
        for load in loads:
            for contender in order.sample(contenders, len(contenders)):
                if measures_only_round_trips(contender) and load.name != "4k write, depth 1":
                    continue
                results[load.name][contender.name].append(run(load, contender, arguments.seconds, disk_bytes))
                # What the page cache still holds of this one would be written while the next is measured.
                os.sync()
    return results


def measures_only_round_trips(contender):
    return isinstance(contender, NbdkitMemory)


def summary(results, loads):
    rows = []
    for load in loads:
        for name, found in results[load.name].items():
            if not found:
                continue
            values = [each.value(load) for each in found]
            rows.append(
                {
                    "load": load.name,
                    "contender": name,
                    "unit": load.unit,
                    "value": statistics.median(values),
                    "spread": [min(values), max(values)],
                    "p50_us": statistics.median(each.p50 for each in found),
                    "p99_us": statistics.median(each.p99 for each in found),
                    "p999_us": statistics.median(each.p999 for each in found),
                    "cpu_us": [statistics.median(each.cpu_us[i] for each in found) for i in range(len(found[0].cpu_us))],
                }
            )
    return rows


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench peers", description=__doc__)
    parser.add_argument("--rhizome", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="six loads, two rounds: under three minutes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of one measurement")
    parser.add_argument("--warm-up", type=float, help="seconds before the first round, for each contender, twice")
    parser.add_argument("--megabytes", type=int, help="of each volume")
    parser.add_argument("--contenders", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--loads", help="only those whose name contains this")
    parser.add_argument("--disks", help="folder of the disks' files; /dev/shm leaves the disk out of it")
    parser.add_argument("--round-trip-ms", type=float, default=0, help="of the link between the nodes, more than loopback's own")
    parser.add_argument("--qemu", default="qemu-storage-daemon", help="the qemu-storage-daemon to compare with")
    parser.add_argument("--before", metavar="PROGRAM", help="bin/rhizome of another build, measured beside this one")
    parser.add_argument("--output", help="folder for results.json, report.html and its plots")
    arguments = parser.parse_args()
    full = (5, 4, 5, 512)
    quick = (2, 1, 2, 128)
    for name, value in zip(("rounds", "seconds", "warm_up", "megabytes"), quick if arguments.quick else full):
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


def main():
    arguments = parse()
    loads = [load for load in LOADS if not arguments.quick or load.name in QUICK]
    if os.geteuid() != 0:
        say("without root there are no file systems: the row of SQLite is left out")
        loads = [load for load in loads if load.kind != "oltp"]
    if arguments.loads:
        loads = [load for load in loads if arguments.loads in load.name]
    folder = tempfile.mkdtemp(prefix="rhizome-bench-")
    disks = tempfile.mkdtemp(prefix="rhizome-bench-", dir=arguments.disks)
    delay = Delay(arguments.round_trip_ms)
    contenders = []
    disk_bytes = arguments.megabytes * MIB
    began = time.time()
    try:
        pki = prepare_pki(arguments.rhizome, folder)
        place = Place(folder, disks, pki, disk_bytes, arguments.rhizome, arguments.qemu, delay.link)
        makers = [ALL[name] for name in arguments.contenders]
        if arguments.before:
            makers.append(lambda: Rhizome("rhizome, before", arguments.before))
        contenders = start_all(makers, place)
        results = measure(contenders, loads, arguments, disk_bytes)
        memory = {each.name: [rss_mib(pid) for pid in each.pids()] for each in contenders if each.pids()}
        found = {
            "began": int(began),
            "rounds": arguments.rounds,
            "seconds": arguments.seconds,
            "disks": arguments.disks or tempfile.gettempdir(),
            "round_trip_ms": arguments.round_trip_ms,
            "qemu": subprocess.run([arguments.qemu, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0],
            "processors": os.cpu_count(),
            "load_average": os.getloadavg()[0],
            "rows": summary(results, loads),
            "memory_mib": memory,
        }
        found["bars"] = report.bars(found["rows"])
        report.table(found, say)
        if arguments.output:
            report.write(found, arguments.output)
            say(f"report: {os.path.join(arguments.output, 'report.html')}")
    finally:
        stop_all(contenders)
        delay.close()
        shutil.rmtree(folder)
        shutil.rmtree(disks)


if __name__ == "__main__":
    main()
