"""A Primary's block device beside its NBD socket: the same load on both in turns, in one run, and the medians."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile

from demo import NODES, Cluster, await_sync, say

DISK_BYTES = 512 << 20
LOADS = ("randwrite", "randread")


def fio(load, depth, seconds, *target):
    command = ["fio", "--name=bench", f"--rw={load}", "--bs=4k", f"--iodepth={depth}", f"--runtime={seconds}", "--time_based"]
    done = subprocess.run(
        [*command, "--size=384m", "--output-format=json", *target], capture_output=True, text=True, timeout=seconds + 60, check=True
    )
    text = done.stdout
    job = json.loads(text[text.index("{") :])["jobs"][0]["write" if load == "randwrite" else "read"]
    return job["iops"], job["clat_ns"]["percentile"]["50.000000"] / 1000


def measure(cluster, arguments):
    nbd = ("--ioengine=nbd", f"--uri=nbd+unix:///r0?socket={cluster.nbd('alpha')}")
    device = ("--ioengine=libaio", "--direct=1", f"--filename={cluster.folder}/alpha.dev/r0")
    for load in LOADS:
        for depth in (1, 32):
            results = {"socket": [], "device": []}
            for _ in range(arguments.rounds):
                results["socket"].append(fio(load, depth, arguments.seconds, *nbd))
                results["device"].append(fio(load, depth, arguments.seconds, *device))
            iops = {name: statistics.median(one[0] for one in all) for name, all in results.items()}
            p50 = {name: statistics.median(one[1] for one in all) for name, all in results.items()}
            say(
                f"bench: load={load} bs=4k depth={depth} socket_iops={iops['socket']:.0f} device_iops={iops['device']:.0f}"
                f" socket_p50_us={p50['socket']:.0f} device_p50_us={p50['device']:.0f} cost={iops['socket'] / iops['device']:.2f}"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rhizome", required=True)
    parser.add_argument("--attach", default="auto", help="the front end; default: the best that the kernel has")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of one measurement")
    arguments = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rhizome-bench-")
    pki = os.path.join(folder, "pki")
    subprocess.run([arguments.rhizome, "pki", "init", "--directory", pki], check=True, capture_output=True)
    for node in NODES:
        subprocess.run([arguments.rhizome, "pki", "issue", "--directory", pki, node], check=True, capture_output=True)
    cluster = Cluster(arguments.rhizome, folder, DISK_BYTES, arguments.attach)
    try:
        for node in NODES:
            cluster.run(node, "create-md", "r0")
            cluster.start(node)
        cluster.run("alpha", "primary", "--force", "r0")
        await_sync(cluster, "alpha", "initial sync", 0)
        say(f"front end: {cluster.status('alpha')['devices'][0].get('front-end', 'none')}")
        measure(cluster, arguments)
        cluster.stop_all()
    finally:
        cluster.kill_all()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
