"""Resync beside an application, resync alone, and resync of zeroes: two real daemons over TLS on loopback, in turns, in one run."""

import argparse
import mmap
import os
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

from demo import MIB, NODES, Cluster, Failure, free_port, say, states

LEAST_SHARE = 0.70
LEAST_OF_COPY = 0.80
MOST_OF_ZEROES = 0.15
BLOCK = 1 << 20


class Load:
    """fio: steady random 4 KiB writes on the Primary's NBD socket, and what it has achieved in each half second."""

    def __init__(self, cluster, node, depth, megabytes):
        self.log = os.path.join(cluster.folder, "load")
        self.process = subprocess.Popen(
            ["fio", "--name=load", "--rw=randwrite", "--bs=4k", f"--iodepth={depth}", "--ioengine=nbd", "--time_based", "--runtime=600"]
            + [f"--uri=nbd+unix:///r0?socket={cluster.nbd(node)}", f"--size={megabytes}m", "--status-interval=1", "--output-format=json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)


def fill(path, megabytes, share=1.0):
    """Data that does not compress, in whole MiB; of every ten, as many as the share says."""
    with open(path, "r+b") as file:
        for number in range(megabytes):
            if number % 10 < round(share * 10):
                file.seek(number * BLOCK)
                file.write(os.urandom(BLOCK))
        os.fsync(file.fileno())


def written(status):
    return status["counters"]["written-bytes"]


def iops(cluster, node, seconds):
    """Writes a second, counted by the node itself."""
    before, began = written(cluster.status(node)), time.monotonic()
    time.sleep(seconds)
    after, ended = written(cluster.status(node)), time.monotonic()
    return (after - before) / 4096 / (ended - began)


def resync(cluster, node):
    return states(cluster.status(node))[3].get("resync")


def await_end(cluster, node, limit):
    began = time.monotonic()
    while states(cluster.status(node))[:3] != ("UpToDate", "UpToDate", "Connected"):
        if time.monotonic() - began > limit:
            raise Failure(f"no resync within {limit} s: {states(cluster.status(node))}")
        time.sleep(0.02)


def sent(cluster, node):
    """What the kernel has sent over the peer link, headers and TLS and all: of the process's connections, the one with the most."""
    process = cluster.processes[node].pid
    lines = subprocess.run(["ss", "-tinpHO"], capture_output=True, text=True, check=True).stdout.splitlines()
    mine = [line for line in lines if f"pid={process}," in line]
    return max((int(word.partition(":")[2]) for line in mine for word in line.split() if word.startswith("bytes_sent:")), default=0)


def forget(cluster, node):
    """The node's data is to be copied anew, all of it: its metadata is made afresh."""
    cluster.run(node, "down", "r0")
    cluster.run(node, "create-md", "--force", "r0")
    cluster.run(node, "up", "r0")


def await_begin(cluster, node):
    began = time.monotonic()
    while not resync(cluster, node):
        if time.monotonic() - began > 30:
            raise Failure("no resync has begun")
        time.sleep(0.02)


def beside_load(cluster, arguments, primary, depth):
    """One full resync, paused and resumed in turns: the application's share of what it has during the pauses; what the resync does, at worst and on average."""
    target = "beta" if primary == "alpha" else "alpha"
    load = Load(cluster, primary, depth, arguments.megabytes - 64)
    paused, running, shares, steps = [], [], [], []
    try:
        time.sleep(arguments.seconds)
        forget(cluster, target)
        await_begin(cluster, primary)
        for _ in range(arguments.rounds):
            cluster.run(primary, "pause-sync", "r0")
            time.sleep(0.5)
            paused.append(iops(cluster, primary, arguments.seconds))
            cluster.run(primary, "resume-sync", "r0")
            begin, count = time.monotonic(), written(cluster.status(primary))
            last = resync(cluster, primary)["done-bytes"]
            for _ in range(arguments.seconds):
                time.sleep(1)
                now = resync(cluster, primary)
                if not now:
                    raise Failure("the resync ended before the measurement did: use a larger volume")
                steps.append((now["done-bytes"] - last) / MIB)
                last = now["done-bytes"]
            running.append((written(cluster.status(primary)) - count) / 4096 / (time.monotonic() - begin))
            if len(paused) > 1:
                # The pauses before and after what is measured in between.
                shares.append(running[-2] / ((paused[-2] + paused[-1]) / 2))
            say(
                f"  depth={depth} paused_iops={paused[-1]:.0f} running_iops={running[-1]:.0f}"
                f" resync_mib_s={statistics.mean(steps[-arguments.seconds:]):.1f} limit={now['limit']}"
            )
    finally:
        load.stop()
    await_end(cluster, primary, 300)
    return statistics.median(shares), statistics.mean(steps), min(steps)


COPY_SERVER = """
import mmap, os, socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_cert_chain(sys.argv[3], sys.argv[4])
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
connection, _ = listener.accept()
connection = context.wrap_socket(connection, server_side=True)
disk = os.open(sys.argv[2], os.O_WRONLY | os.O_DIRECT)
size = os.fstat(disk).st_size // (1 << 20)
view = memoryview(mmap.mmap(-1, 1 << 20))
number = 0
while True:
    command = connection.recv(1)
    if command == b"f":
        os.fsync(disk)
        connection.sendall(b"d")
    elif command == b"b":
        filled = 0
        while filled < len(view):
            filled += connection.recv_into(view[filled:])
        os.pwrite(disk, view, number % size << 20)
        number += 1
    else:
        break
"""


class Copy:
    """A sequential copy: reads 1 MiB (O_DIRECT), sends it by TLS 1.3 (OpenSSL), writes it (O_DIRECT); two processes; fsync at the end of each turn."""

    def __init__(self, cluster, source, target, megabytes):
        with open(target, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, megabytes * BLOCK)
        port = free_port()
        pki = os.path.join(cluster.folder, "pki")
        self.server = subprocess.Popen(
            [sys.executable, "-c", COPY_SERVER, str(port), target, f"{pki}/beta.crt", f"{pki}/beta.key"], stdout=subprocess.PIPE
        )
        self.server.stdout.readline()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(f"{pki}/ca.crt")
        self.connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        self.disk = os.open(source, os.O_RDONLY | os.O_DIRECT)
        self.block = mmap.mmap(-1, BLOCK)
        self.megabytes = megabytes
        self.number = 0

    def turn(self, seconds):
        began, count = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            os.preadv(self.disk, [self.block], self.number % self.megabytes * BLOCK)
            self.connection.sendall(b"b")
            self.connection.sendall(self.block)
            self.number += 1
            count += 1
        self.connection.sendall(b"f")
        self.connection.recv(1)
        return count / (time.monotonic() - began)

    def close(self):
        self.connection.close()
        os.close(self.disk)
        self.server.kill()
        self.server.wait()


def copied(cluster, node, seconds):
    """What the resync copies in this time, or until it ends, and how long that is."""
    began, first = time.monotonic(), resync(cluster, node)
    last, ended = first, began
    while time.monotonic() - began < seconds:
        time.sleep(0.05)
        now = resync(cluster, node)
        if not now:
            break
        last, ended = now, time.monotonic()
    return last["done-bytes"] - first["done-bytes"], ended - began


def alone(cluster, arguments):
    """A full resync without an application, and a plain copy between the same disks, in turns: one is paused while the other runs."""
    copies, resyncs = [], []
    copy = Copy(cluster, cluster.disk("alpha"), cluster.disk("beta") + ".copy", arguments.megabytes - 64)
    try:
        while len(resyncs) < arguments.rounds:
            cluster.run("alpha", "resume-sync", "r0", check=False)
            if not resync(cluster, "alpha"):
                await_end(cluster, "alpha", 300)
                forget(cluster, "beta")
                await_begin(cluster, "alpha")
            moved, took = copied(cluster, "alpha", arguments.seconds)
            cluster.run("alpha", "pause-sync", "r0")
            time.sleep(0.5)
            if took < arguments.seconds / 4:
                continue  # What was left was too little to measure: another one.
            resyncs.append(moved / took / MIB)
            copies.append(copy.turn(arguments.seconds))
            say(f"  copy_mib_s={copies[-1]:.0f} resync_mib_s={resyncs[-1]:.0f}")
        cluster.run("alpha", "resume-sync", "r0")
        await_end(cluster, "alpha", 300)
    finally:
        copy.close()
    os.unlink(cluster.disk("beta") + ".copy")
    ratio = statistics.median(one / other for one, other in zip(resyncs, copies))
    return statistics.median(resyncs), statistics.median(copies), ratio


def zeroes(cluster, arguments):
    cluster.run("alpha", "down", "r0")
    with open(cluster.disk("alpha"), "r+b") as file:
        for number in range(arguments.megabytes - 64):
            if number % 10 != 0:
                file.seek(number * BLOCK)
                file.write(bytes(BLOCK))
        os.fsync(file.fileno())
    cluster.run("alpha", "up", "r0")
    time.sleep(1)
    cluster.run("alpha", "primary", "--force", "r0")
    await_end(cluster, "alpha", 300)
    forget(cluster, "beta")
    await_begin(cluster, "alpha")
    await_end(cluster, "alpha", 300)
    return sent(cluster, "alpha") / (arguments.megabytes * BLOCK)


def verdict(good):
    return "ok" if good else "MISSED"


def measure(cluster, arguments):
    for node in NODES:
        fill(cluster.disk(node), arguments.megabytes - 64)
    for node in NODES:
        cluster.run(node, "create-md", "--force", "r0")
        cluster.start(node)
    cluster.run("alpha", "primary", "--force", "r0")
    await_begin(cluster, "alpha")
    await_end(cluster, "alpha", 600)
    good = True
    if "alone" in arguments.parts:
        rate, copy, ratio = alone(cluster, arguments)
        met = ratio >= LEAST_OF_COPY
        good &= met
        say(f"bench: idle_resync_mib_s={rate:.0f} plain_copy_mib_s={copy:.0f} ratio={ratio:.2f} limit={LEAST_OF_COPY} {verdict(met)}")
    if "load" in arguments.parts:
        for depth in arguments.depths:
            share, rate, worst = beside_load(cluster, arguments, "alpha", depth)
            met = share >= LEAST_SHARE and worst > 0
            good &= met
            say(
                f"bench: depth={depth} application_share={share:.2f} limit={LEAST_SHARE} resync_mib_s={rate:.1f}"
                f" worst_second_mib={worst:.1f} limit=>0 {verdict(met)}"
            )
    if "zeroes" in arguments.parts:
        share = zeroes(cluster, arguments)
        met = share < MOST_OF_ZEROES
        good &= met
        say(f"bench: zeroes=90% sent_share={share:.3f} limit={MOST_OF_ZEROES} {verdict(met)}")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rhizome", required=True)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=int, default=4, help="of one turn")
    parser.add_argument("--megabytes", type=int, default=2048, help="the disks' size")
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--parts", nargs="+", default=["alone", "load", "zeroes"], choices=["alone", "load", "zeroes"])
    parser.add_argument("--directory", help="where the disks are")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="rhizome-bench-", dir=arguments.directory)
    pki = os.path.join(folder, "pki")
    subprocess.run([arguments.rhizome, "pki", "init", "--directory", pki], check=True, capture_output=True)
    for node in NODES:
        subprocess.run([arguments.rhizome, "pki", "issue", "--directory", pki, node], check=True, capture_output=True)
    cluster = Cluster(arguments.rhizome, folder, arguments.megabytes << 20)
    # Random writes all over the disk: extents that cool after a second would be all that is measured.
    with open(cluster.config, encoding="ascii") as file:
        text = file.read()
    with open(cluster.config, "w", encoding="ascii") as file:
        file.write(text.replace("al-cool-after = 1s", ""))
    try:
        good = measure(cluster, arguments)
        cluster.stop_all()
    finally:
        cluster.kill_all()
        shutil.rmtree(folder)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
