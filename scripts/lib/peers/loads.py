"""The loads, and how one is run on a contender: fio, or libnbd where fio has no word for it (FUA)."""

import json
import os
import statistics
import subprocess
import sys
import time

import nbd

from .contenders import Failure, cpu_seconds


class Load:
    """One row: what is asked for, of which size, how deep."""

    def __init__(self, name, kind, size, depth, options=(), unit="IOPS"):
        self.name = name
        self.kind = kind
        self.size = size
        self.depth = depth
        self.options = options
        self.unit = unit


LOADS = [
    *[Load(f"4k write, depth {d}", "randwrite", "4k", d) for d in (1, 8, 32)],
    *[Load(f"4k write with FUA, depth {d}", "fua", "4k", d) for d in (1, 8, 32)],
    *[Load(f"4k write, flush every 8, depth {d}", "randwrite", "4k", d, ("--fsync=8",)) for d in (1, 8, 32)],
    *[Load(f"4k read, depth {d}", "randread", "4k", d) for d in (1, 32)],
    Load("128k write, depth 8", "write", "128k", 8, unit="MB/s"),
    Load("1M write, depth 4", "write", "1m", 4, unit="MB/s"),
    Load("128k read, depth 8", "read", "128k", 8, unit="MB/s"),
    Load("1M read, depth 4", "read", "1m", 4, unit="MB/s"),
    Load("4k mixed 70/30, depth 32", "randrw", "4k", 32, ("--rwmixread=70",)),
    Load("SQLite transactions on ext4", "oltp", "4k", 1, unit="tx/s"),
]

QUICK = ("4k write, depth 1", "4k write, depth 32", "128k write, depth 8", "1M write, depth 4", "4k read, depth 1", "4k read, depth 32")


class Result:
    """Of one load on one contender, once."""

    def __init__(self, operations, seconds, size_bytes, latencies_us, cpu_us):
        self.iops = operations / seconds
        self.mb_per_second = self.iops * size_bytes / 1e6
        self.p50, self.p99, self.p999 = latencies_us
        self.cpu_us = [each / max(operations, 1) for each in cpu_us]

    def value(self, load):
        return self.mb_per_second if load.unit == "MB/s" else self.iops


def bytes_of(size):
    return int(size[:-1]) * (1 << {"k": 10, "m": 20}[size[-1]])


def run(load, contender, seconds, disk_bytes):
    before = [cpu_seconds(pid) for pid in contender.pids()]
    if contender.local_file:
        operations, took, latencies = run_one_by_one(load, contender, seconds, disk_bytes)
    elif load.kind == "oltp":
        operations, took, latencies = run_oltp(contender, seconds)
    elif load.kind == "fua" and contender.uri:
        operations, took, latencies = run_fua(load, contender, seconds, disk_bytes)
    else:
        operations, took, latencies = run_fio(load, contender, seconds, disk_bytes)
    after = [cpu_seconds(pid) for pid in contender.pids()]
    cpu_us = [(b - a) * 1e6 for a, b in zip(before, after)]
    return Result(operations, took, bytes_of(load.size), latencies, cpu_us)


def run_fio(load, contender, seconds, disk_bytes):
    kind, options = load.kind, list(load.options)
    if kind == "fua":
        # The disk itself: O_DSYNC is what FUA is to a block device.
        kind, options = "randwrite", ["--sync=dsync"]
    command = ["fio", "--name=bench", f"--rw={kind}", f"--bs={load.size}", f"--iodepth={load.depth}", "--time_based"]
    command += [f"--runtime={seconds}", f"--size={disk_bytes}", "--norandommap", "--randrepeat=0", "--output-format=json"]
    done = subprocess.run(
        [*command, *options, *contender.fio()], capture_output=True, text=True, timeout=seconds + 90, check=False
    )
    if done.returncode != 0:
        raise Failure(f"{contender.name}: fio fails: {(done.stderr or done.stdout).strip()[-300:]}")
    job = json.loads(done.stdout[done.stdout.index("{") :])["jobs"][0]
    parts = [job[way] for way in ("read", "write") if job[way]["total_ios"]]
    operations = sum(part["total_ios"] for part in parts)
    busiest = max(parts, key=lambda part: part["total_ios"])["clat_ns"]["percentile"]
    latencies = [busiest[f"{p}00000"[:9]] / 1000 for p in ("50.0000", "99.0000", "99.9000")]
    return operations, max(part["runtime"] for part in parts) / 1000, latencies


def run_oltp(contender, seconds):
    """In a mount namespace of its own, and for a limited time: a device that hangs would hold up whoever looks at its mount."""
    program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "oltp.py")
    command = ["unshare", "--mount", "timeout", str(int(seconds) + 120), sys.executable, "-B", program, contender.uri or contender.path, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"{contender.name}: the transactions fail: {done.stderr.strip()[-300:]}")
    found = json.loads(done.stdout)
    return found["transactions"], found["seconds"], percentiles(found["latencies_ns"])


def run_one_by_one(load, contender, seconds, disk_bytes):
    """For who shows certificates: fio's engine does not let libnbd read their files."""
    handle = nbd.NBD()
    handle.set_uri_allow_local_file(True)
    handle.connect_uri(contender.uri)
    size = bytes_of(load.size)
    data = os.urandom(size)
    latencies = []
    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        sent = time.perf_counter_ns()
        handle.pwrite(data, len(latencies) * size % disk_bytes)
        latencies.append(time.perf_counter_ns() - sent)
    took = time.perf_counter() - began
    handle.shutdown()
    return len(latencies), took, percentiles(latencies)


def percentiles(latencies_ns):
    cuts = statistics.quantiles(latencies_ns, n=1000, method="inclusive")
    return [cuts[499] / 1000, cuts[989] / 1000, cuts[998] / 1000]


def run_fua(load, contender, seconds, disk_bytes):
    """Python takes some 20 us of an operation: the same for all who are compared by it."""
    handle = nbd.NBD()
    handle.set_tls(nbd.TLS_DISABLE)
    handle.connect_uri(contender.uri)
    size = bytes_of(load.size)
    blocks = disk_bytes // size
    data = nbd.Buffer.from_bytearray(bytearray(os.urandom(size)))
    latencies = []
    failures = []
    flying = 0
    state = int.from_bytes(os.urandom(6), "big")
    began = time.perf_counter()
    end = began + seconds

    def submit():
        nonlocal state, flying
        state = (state * 25214903917 + 11) & ((1 << 48) - 1)
        sent = time.perf_counter_ns()

        def done(error):
            nonlocal flying
            flying -= 1
            latencies.append(time.perf_counter_ns() - sent)
            if error.value:
                failures.append(error.value)
            return 1

        flying += 1
        handle.aio_pwrite(data, (state >> 16) % blocks * size, completion=done, flags=nbd.CMD_FLAG_FUA)

    while time.perf_counter() < end or flying:
        while flying < load.depth and time.perf_counter() < end:
            submit()
        if flying:
            handle.poll(-1)
    took = time.perf_counter() - began
    handle.shutdown()
    if failures:
        raise Failure(f"{contender.name}: {len(failures)} writes failed, the first with error {failures[0]}")
    return len(latencies), took, percentiles(latencies)
