"""What running Rhizome costs: start, a CLI call, memory, stop; each beside its limit. Times are medians; the CPU time beside them depends less on what else runs."""

import argparse
import json
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from demo import NODES, Cluster, states

MIB = 1 << 20
GIB = 1 << 30
METADATA_ROOM = 32 * MIB
PATIENCE_SECONDS = 600
SETTLE_SECONDS = 8
START_LIMIT_MS, CALL_LIMIT_MS, MEMORY_LIMIT_MIB, GROWTH_LIMIT_KIB, STOP_LIMIT_MS = 1500, 300, 128, 256, 90_000


class Pair(Cluster):
    """Daemons that say by sd_notify when they are ready."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.listeners = {}

    def start(self, node):
        path = os.path.join(self.folder, f"{node}.notify")
        if os.path.exists(path):
            os.unlink(path)
        # As systemd does it, it stays open: a daemon that is not heard would say it again and again.
        listener = self.listeners[node] = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(path)
        listener.settimeout(60)
        with open(os.path.join(self.folder, f"{node}.log"), "ab") as log:
            began = time.monotonic()
            process = subprocess.Popen(
                [self.rhizome, "daemon", "--config", self.config, "--node", node],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "NOTIFY_SOCKET": path},
            )
        self.processes[node] = process
        while not listener.recv(4096).startswith(b"READY=1"):
            pass
        return (time.monotonic() - began) * 1000, cpu_ms(process.pid)

    def stop(self, node):
        process = self.processes.pop(node)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        if process.wait(timeout=PATIENCE_SECONDS) != 0:
            raise RuntimeError(f"the daemon of {node} ended with {process.returncode}")
        self.listeners.pop(node).close()
        return (time.monotonic() - began) * 1000


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def memory_kib(pid):
    """Resident and proportional: what is shared with other processes counts in part there."""
    sizes = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            name, _, rest = line.partition(":")
            sizes[name] = rest.split()[0]
    return int(sizes["Rss"]), int(sizes["Pss"])


def prepare(rhizome, folder, gigabytes, pki):
    os.makedirs(folder)
    os.symlink(pki, os.path.join(folder, "pki"))
    pair = Pair(rhizome, folder, gigabytes * GIB + METADATA_ROOM)
    for node in NODES:
        # By force: else the whole disk is searched for metadata of before it grew.
        pair.run(node, "create-md", "--force", "r0")
    return pair


def starts(pair, count):
    took = []
    for _ in range(count):
        took.append(pair.start("alpha"))
        pair.stop("alpha")
    return statistics.median(each[0] for each in took), statistics.median(each[1] for each in took)


def calls(pair, count):
    took = []
    for _ in range(count):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        pair.run("alpha", "status")
        wall = (time.monotonic() - began) * 1000
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append((wall, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000))
    return statistics.median(each[0] for each in took), statistics.median(each[1] for each in took)


def await_in_step(pair):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while states(pair.status("alpha"))[:3] != ("UpToDate", "UpToDate", "Connected"):
        if time.monotonic() > deadline:
            raise RuntimeError("the nodes do not get in step")
        time.sleep(0.2)


def traffic(pair, load, block, depth, size):
    command = ["fio", "--name=bench", "--ioengine=nbd", f"--uri=nbd+unix:///r0?socket={pair.nbd('alpha')}"]
    command += [f"--rw={load}", f"--bs={block}", f"--iodepth={depth}", f"--size={size}", "--norandommap", "--output-format=terse"]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE_SECONDS)


def after_traffic(pair, write_gigabytes):
    """A full resync, large and small writes, reads: then every buffer has been used."""
    for node in NODES:
        pair.start(node)
    pair.run("alpha", "primary", "--force", "r0")
    await_in_step(pair)
    traffic(pair, "write", "1m", 32, f"{write_gigabytes}g")
    traffic(pair, "randwrite", "4k", 64, "128m")
    traffic(pair, "randread", "128k", 32, "512m")
    peak = max(memory_kib(process.pid)[0] for process in pair.processes.values())
    # What the compilers have in hand goes back within seconds of the last compilation.
    time.sleep(SETTLE_SECONDS)
    found = [memory_kib(process.pid) for process in pair.processes.values()]
    stop = max(pair.stop(node) for node in NODES)
    return peak / 1024, max(each[0] for each in found) / 1024, max(each[1] for each in found) / 1024, stop


def idle_kib(pair, count):
    found = []
    for _ in range(count):
        pair.start("alpha")
        time.sleep(1)
        found.append(memory_kib(pair.processes["alpha"].pid)[0])
        pair.stop("alpha")
    return statistics.median(found)


def measure(arguments, folder, pairs):
    pki = os.path.join(folder, "pki")
    subprocess.run([arguments.rhizome, "pki", "init", "--directory", pki], check=True, capture_output=True)
    for node in NODES:
        subprocess.run([arguments.rhizome, "pki", "issue", "--directory", pki, node], check=True, capture_output=True)
    pair = prepare(arguments.rhizome, os.path.join(folder, "one"), arguments.gigabytes, pki)
    pairs.append(pair)
    start_ms, start_cpu_ms = starts(pair, arguments.starts)
    yield "start to ready", start_ms, START_LIMIT_MS, "ms", f"CPU {start_cpu_ms:.0f} ms, median of {arguments.starts}"
    pair.start("alpha")
    call_ms, call_cpu_ms = calls(pair, arguments.calls)
    pair.stop("alpha")
    yield "rhizome status", call_ms, CALL_LIMIT_MS, "ms", f"CPU {call_cpu_ms:.0f} ms, median of {arguments.calls}"
    small = idle_kib(pair, 3)
    yield f"memory, {arguments.gigabytes} GiB, idle", small / 1024, MEMORY_LIMIT_MIB, "MiB", "RSS, median of 3"
    peak, rss, pss, stop_ms = after_traffic(pair, arguments.write)
    yield f"memory, {arguments.gigabytes} GiB, in traffic", peak, MEMORY_LIMIT_MIB, "MiB", "RSS of the larger daemon at its end"
    yield f"memory, {arguments.gigabytes} GiB, after traffic", rss, MEMORY_LIMIT_MIB, "MiB", f"RSS of the larger daemon; PSS {pss:.0f} MiB"
    yield "stop after SIGTERM", stop_ms, STOP_LIMIT_MS, "ms", "the slower of Primary and Secondary"
    large = prepare(arguments.rhizome, os.path.join(folder, "large"), arguments.large, pki)
    pairs.append(large)
    growth = (idle_kib(large, 3) - small) / (arguments.large - arguments.gigabytes)
    yield "memory for each further GiB", growth, GROWTH_LIMIT_KIB, "KiB", f"{arguments.large} GiB beside {arguments.gigabytes} GiB, idle"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench operations", description=__doc__)
    parser.add_argument("--rhizome", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--calls", type=int, default=11)
    parser.add_argument("--gigabytes", type=int, default=16, help="of the resource; its disks are sparse files")
    parser.add_argument("--large", type=int, default=512, help="of the one that it is compared with")
    parser.add_argument("--write", type=int, default=2, help="gigabytes that are written before memory is measured")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rhizome-bench-")
    pairs = []
    rows = []
    try:
        for what, value, limit, unit, how in measure(arguments, folder, pairs):
            rows.append({"what": what, "value": round(value, 1), "limit": limit, "unit": unit, "ok": value <= limit, "how": how})
            if not arguments.json:
                verdict = "ok" if value <= limit else "MISSED"
                print(f"{what:32} {value:9.1f} {unit:3}  limit {limit:6} {unit:3}  {verdict:6}  {how}", flush=True)
    finally:
        for pair in pairs:
            pair.kill_all()
        shutil.rmtree(folder)
    if arguments.json:
        print(json.dumps({"load": os.getloadavg()[0], "processors": os.cpu_count(), "figures": rows}, indent=1))
    elif not all(row["ok"] for row in rows):
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors: what else runs counts in the times")
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


if __name__ == "__main__":
    main()
