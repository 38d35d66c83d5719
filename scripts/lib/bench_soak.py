"""Full load for minutes: memory that stays, what is allocated per write, pauses for garbage, and processor time of a pair that has nothing to do, before and after."""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from bench_operations import MEMORY_LIMIT_MIB, await_in_step, cpu_ms, memory_kib, prepare
from demo import NODES

SAMPLE_SECONDS = 5
IDLE_LIMIT_PERCENT = 0.5
GROWTH_LIMIT_MIB = 4
ALLOCATION_LIMIT_BYTES = 64
PAUSE_LIMIT_PERCENT = 0.1
YOUNG = re.compile(r"^\[([\d.]+)s\] GC\(\d+\) DefNew: (\d+)K\(\d+K\)->(\d+)K")
PAUSE = re.compile(r"^\[([\d.]+)s\] GC\(\d+\) Pause .* ([\d.]+)ms$")


def collections(path):
    """Of the JVM's log: KiB of the young heap before and after each collection, and how long all stood still (ms), each with its second."""
    young, pauses = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if match := YOUNG.match(line):
                young.append(tuple(float(each) for each in match.groups()))
            elif match := PAUSE.match(line):
                pauses.append(tuple(float(each) for each in match.groups()))
    return young, pauses


def allocated_bytes(young, began, ended):
    """What came to the young heap from one collection to the next, and in how many seconds."""
    within = [each for each in young if began <= each[0] <= ended]
    total = sum(after[1] - before[2] for before, after in zip(within, within[1:]))
    return total * 1024, within[-1][0] - within[0][0] if len(within) > 1 else 0


def idle_percent(pair, seconds):
    before = [cpu_ms(process.pid) for process in pair.processes.values()]
    time.sleep(seconds)
    after = [cpu_ms(process.pid) for process in pair.processes.values()]
    return max(b - a for a, b in zip(before, after)) / seconds / 10


def load(pair, seconds):
    command = ["fio", "--name=soak", "--ioengine=nbd", f"--uri=nbd+unix:///r0?socket={pair.nbd('alpha')}", "--rw=randwrite", "--bs=4k", "--iodepth=32"]
    command += ["--time_based", f"--runtime={seconds}", "--size=1g", "--norandommap", "--output-format=json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def soak(pair, seconds, say):
    """Writes, and the RSS of both nodes in MiB while they last; each sample is (seconds, larger of the two)."""
    client = load(pair, seconds)
    samples = []
    began = time.monotonic()
    while client.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        rss = max(memory_kib(process.pid)[0] for process in pair.processes.values()) / 1024
        samples.append((time.monotonic() - began, rss))
        if len(samples) % 12 == 0:
            say(f"{samples[-1][0]:.0f} s: {rss:.1f} MiB")
    output, errors = client.communicate()
    if client.returncode != 0:
        raise RuntimeError(f"fio fails: {errors.strip()[-300:]}")
    return samples, json.loads(output[output.index("{") :])["jobs"][0]["write"]


def measure(arguments, folder, pairs, say):
    pki = os.path.join(folder, "pki")
    subprocess.run([arguments.rhizome, "pki", "init", "--directory", pki, "--nodes", ",".join(NODES)], check=True, capture_output=True)
    os.environ["RHIZOME_JAVA_OPTIONS"] = f"-Xlog:gc,gc+heap:file={folder}/%p.gc:uptime:filecount=0"
    pair = prepare(arguments.rhizome, os.path.join(folder, "pair"), arguments.gigabytes, pki)
    pairs.append(pair)
    started = {}
    for node in NODES:
        started[node] = time.monotonic()
        pair.start(node)
    pair.run("alpha", "primary", "--force", "r0")
    await_in_step(pair)
    time.sleep(10)
    yield "idle, before", idle_percent(pair, arguments.idle), IDLE_LIMIT_PERCENT, "%", "of one processor, the busier daemon"
    began = time.monotonic()
    samples, writes = soak(pair, arguments.minutes * 60, say)
    ended = time.monotonic()
    third = max(1, len(samples) // 3)
    early, late = (statistics.median(rss for _, rss in part) for part in (samples[third : 2 * third], samples[-third:]))
    how = f"{writes['total_ios']:,} writes, {writes['iops']:,.0f} a second"
    yield "memory, most", max(rss for _, rss in samples), MEMORY_LIMIT_MIB, "MiB", "RSS of the larger daemon"
    yield "memory, growth", late - early, GROWTH_LIMIT_MIB, "MiB", "the last third beside the second, medians"
    for node in NODES:
        young, paused = collections(f"{folder}/{pair.processes[node].pid}.gc")
        bounds = began - started[node], ended - started[node]
        allocated, spanned = allocated_bytes(young, *bounds)
        pauses = [ms for at, ms in paused if bounds[0] <= at <= bounds[1]]
        per_write = allocated / (writes["iops"] * spanned) if spanned else 0
        yield f"allocated per write, {node}", per_write, ALLOCATION_LIMIT_BYTES, "B", how
        share = sum(pauses) / 10 / (ended - began)
        longest = max(pauses, default=0)
        yield f"pauses, {node}", share, PAUSE_LIMIT_PERCENT, "%", f"of the time, {len(pauses)} collections, the longest {longest:.1f} ms"
    p999 = writes["clat_ns"]["percentile"]["99.900000"] / 1e6
    say(f"{how}; p99.9 {p999:.1f} ms")
    time.sleep(10)
    yield "idle, after", idle_percent(pair, arguments.idle), IDLE_LIMIT_PERCENT, "%", "of one processor, the busier daemon"
    for node in NODES:
        pair.stop(node)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench soak", description=__doc__)
    parser.add_argument("--rhizome", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--idle", type=int, default=60, metavar="SECONDS", help="how long processor time of the idle pair is counted")
    parser.add_argument("--gigabytes", type=int, default=2, help="of the volume; its disks are sparse files")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rhizome-bench-")
    pairs = []
    missed = 0
    try:
        for what, value, limit, unit, how in measure(arguments, folder, pairs, lambda text: print(f"  {text}", flush=True)):
            missed += value > limit
            verdict = "ok" if value <= limit else "MISSED"
            print(f"{what:28} {value:9.2f} {unit:3}  limit {limit:6} {unit:3}  {verdict:6}  {how}", flush=True)
    finally:
        for pair in pairs:
            pair.kill_all()
        shutil.rmtree(folder)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
