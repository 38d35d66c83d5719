"""What grows with the volume: metadata made, start, memory, and the way back after an outage in which one block at the end was written."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import nbd

from bench_operations import GIB, METADATA_ROOM, MIB, PATIENCE_SECONDS, Pair, await_in_step, memory_kib
from demo import NODES, states

BLOCK_BYTES = 4096
BITMAP_SHARE = 32768
# What the daemon allows its bitmaps by itself; a larger volume needs a larger heap (docs/daemon.md).
OWN_HEAP_MIB = 96


def room(gigabytes):
    """Metadata at the end of the disk: a bit for each block, and the rest."""
    return METADATA_ROOM + gigabytes * GIB // BITMAP_SHARE


def heap_mib(gigabytes):
    return 2 * gigabytes * GIB // BITMAP_SHARE // MIB + OWN_HEAP_MIB


def pair_of(rhizome, folder, gigabytes, pki):
    os.makedirs(folder)
    os.symlink(pki, os.path.join(folder, "pki"))
    return Pair(rhizome, folder, gigabytes * GIB + room(gigabytes))


def await_parted(pair):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while states(pair.status("alpha"))[2] == "Connected":
        if time.monotonic() > deadline:
            raise RuntimeError("the nodes do not part")
        time.sleep(0.02)


def write_last_block(pair, gigabytes):
    handle = nbd.NBD()
    handle.connect_uri(f"nbd+unix:///r0?socket={pair.nbd('alpha')}")
    handle.pwrite(os.urandom(BLOCK_BYTES), gigabytes * GIB - BLOCK_BYTES)
    handle.shutdown()


def measure(rhizome, folder, gigabytes, pki, pairs):
    """Seconds for create-md, seconds to READY, RSS in MiB of the larger daemon, seconds from 'connect' to both UpToDate."""
    heap = heap_mib(gigabytes)
    os.environ["RHIZOME_JAVA_OPTIONS"] = f"-Xmx{heap}m" if heap > 2 * OWN_HEAP_MIB else ""
    pair = pair_of(rhizome, folder, gigabytes, pki)
    pairs.append(pair)
    began = time.monotonic()
    for node in NODES:
        pair.run(node, "create-md", "--force", "r0")
    created = (time.monotonic() - began) / 2
    ready = [pair.start(node)[0] / 1000 for node in NODES]
    pair.run("alpha", "wait-connect", "r0")
    pair.run("alpha", "new-current-uuid", "--clear-bitmap", "r0")
    pair.run("alpha", "primary", "r0")
    await_in_step(pair)
    memory = max(memory_kib(process.pid)[0] for process in pair.processes.values()) / 1024
    pair.run("beta", "disconnect", "r0")
    await_parted(pair)
    write_last_block(pair, gigabytes)
    began = time.monotonic()
    pair.run("beta", "connect", "r0")
    await_in_step(pair)
    back = time.monotonic() - began
    for node in NODES:
        pair.stop(node)
        os.unlink(pair.disk(node))
    return created, min(ready), memory, back


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench growth", description=__doc__)
    parser.add_argument("--rhizome", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--gigabytes", type=int, nargs="+", default=[1, 16, 256, 1024, 4096], help="of the volumes; their disks are sparse files")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rhizome-bench-")
    pairs = []
    try:
        pki = os.path.join(folder, "pki")
        subprocess.run([arguments.rhizome, "pki", "init", "--directory", pki, "--nodes", ",".join(NODES)], check=True, capture_output=True)
        print(f"{'volume':>10} {'create-md':>10} {'ready':>8} {'memory':>10} {'back':>8}  load average {os.getloadavg()[0]:.1f}", flush=True)
        for gigabytes in arguments.gigabytes:
            created, ready, memory, back = measure(arguments.rhizome, os.path.join(folder, str(gigabytes)), gigabytes, pki, pairs)
            print(f"{gigabytes:6} GiB {created:8.1f} s {ready:6.2f} s {memory:6.0f} MiB {back:6.2f} s", flush=True)
    finally:
        for pair in pairs:
            pair.kill_all()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
