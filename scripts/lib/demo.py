"""The demo: two daemons, a crash of the Primary under a writer, and a check of every acknowledged write."""

import argparse
import errno
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import nbd

BLOCK = 4096
NODES = ("alpha", "beta")
OUTAGE_BLOCKS = 500
MIB = 1 << 20


class Failure(Exception):
    """The demo did not go as it must."""


def say(text):
    print(text, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """Two daemons on file-backed disks in one folder."""

    def __init__(self, rhizome, folder, disk_bytes, attach="socket"):
        self.rhizome = rhizome
        self.folder = folder
        self.config = os.path.join(folder, "rhizome.conf")
        self.processes = {}
        self.ports = ports = {node: free_port() for node in NODES}
        nodes = "\n".join(
            f'  {node} {{ control-socket = "{folder}/{node}.control", device-directory = "{folder}/{node}.dev", pki {{ authority = "{folder}/pki/ca.crt",'
            f' certificate = "{folder}/pki/{node}.crt", key = "{folder}/pki/{node}.key" }} }}'
            for node in NODES
        )
        sides = "\n".join(
            f'      {node} {{ disk = "{self.disk(node)}", address = "127.0.0.1:{ports[node]}",'
            f' nbd-socket = "{self.nbd(node)}" }}'
            for node in NODES
        )
        with open(self.config, "w", encoding="ascii") as file:
            file.write(
                f"nodes {{\n{nodes}\n}}\nresources {{\n  r0 {{\n    attach = {attach}\n    on {{\n{sides}\n    }}\n"
                "    net { connect-interval = 250ms }\n    disk { al-cool-after = 1s }\n  }\n}\n"
            )
        for node in NODES:
            with open(self.disk(node), "wb") as file:
                file.truncate(disk_bytes)

    def disk(self, node):
        return os.path.join(self.folder, f"{node}.disk")

    def nbd(self, node):
        return os.path.join(self.folder, f"{node}.nbd")

    def config_of(self, _node):
        """One file for both, unless a subclass has another view."""
        return self.config

    def run(self, node, *words, check=True):
        command = [self.rhizome, *words[:1], "--config", self.config_of(node), "--node", node, *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode != 0:
            raise Failure(f"{' '.join(words)} on {node} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done

    def start(self, node):
        log = open(os.path.join(self.folder, f"{node}.log"), "ab")
        self.processes[node] = subprocess.Popen(
            [self.rhizome, "daemon", "--config", self.config_of(node), "--node", node],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        deadline = time.monotonic() + 60
        while not os.path.exists(os.path.join(self.folder, f"{node}.control")) or not self.answers(node):
            if self.processes[node].poll() is not None or time.monotonic() > deadline:
                raise Failure(f"the daemon of {node} did not start; see {log.name}")
            time.sleep(0.1)

    def answers(self, node):
        try:
            return self.status(node) is not None
        except (OSError, ValueError, KeyError, IndexError):
            return False

    def status(self, node):
        """The node's own status, asked over its control socket as curl would."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(os.path.join(self.folder, f"{node}.control"))
            connection.sendall(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        tree = json.loads(answer.partition(b"\r\n\r\n")[2])
        resources = tree if isinstance(tree, list) else tree["resources"]
        return resources[0]

    def kill(self, node):
        self.processes[node].send_signal(signal.SIGKILL)
        self.processes.pop(node).wait()
        os.unlink(os.path.join(self.folder, f"{node}.control"))

    def stop_all(self):
        """Ends every daemon in order, which must succeed."""
        for process in self.processes.values():
            process.terminate()
        wrong = []
        for node, process in self.processes.items():
            try:
                code = process.wait(timeout=60)
                if code != 0:
                    wrong.append(f"the daemon of {node} ended with {code}")
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                wrong.append(f"the daemon of {node} did not stop in 60 s")
        self.processes.clear()
        if wrong:
            raise Failure("; ".join(wrong))

    def kill_all(self):
        for process in self.processes.values():
            process.kill()
            process.wait()


def states(status):
    device = status["devices"][0]
    connection = status["connections"][0]
    peer = connection["peer_devices"][0]
    return device["disk-state"], peer["peer-disk-state"], connection["connection-state"], peer


def bar(label, done, total, rate):
    width = 30
    filled = width * done // max(total, 1)
    line = f"{label} [{'#' * filled}{'.' * (width - filled)}] {100 * done // max(total, 1):3d} %"
    return f"{line}  {done // MIB} of {total // MIB} MiB  {rate / MIB:.0f} MiB/s"


def await_sync(cluster, node, label, copied_before):
    """Waits until both disks are UpToDate, showing the resync; answers with the bytes that it copied."""
    before = time.monotonic()
    shown = ""
    while True:
        status = cluster.status(node)
        disk, peer_disk, connection, peer = states(status)
        resync = peer.get("resync")
        if resync:
            line = bar(label, resync["done-bytes"], resync["total-bytes"], resync["bytes-per-second"])
            if sys.stdout.isatty():
                print(f"\r{line}", end="", flush=True)
            elif resync["done-bytes"] * 4 // max(resync["total-bytes"], 1) != shown:
                shown = resync["done-bytes"] * 4 // max(resync["total-bytes"], 1)
                say(line)
        if (disk, peer_disk, connection) == ("UpToDate", "UpToDate", "Connected"):
            seconds = time.monotonic() - before
            copied = status["resynced-bytes"] - copied_before
            end = bar(label, copied, copied, copied / max(seconds, 0.001))
            print(f"\r{end}" if sys.stdout.isatty() else end, flush=True)
            return copied
        if time.monotonic() - before > 120:
            raise Failure(f"no resync within 120 s: {disk}/{peer_disk} {connection}")
        time.sleep(0.05)


def stamp(sequence, block):
    """Contents that say which write they are, and of which block."""
    seed = hashlib.sha256(f"{sequence}:{block}".encode()).digest()
    return seed * (BLOCK // len(seed))


class Writer(threading.Thread):
    """Writes through NBD with several requests in flight, and notes every acknowledgement."""

    DEPTH = 16

    def __init__(self, socket_path, blocks, journal_path):
        super().__init__(daemon=True)
        self.handle = nbd.NBD()
        self.handle.connect_unix(socket_path)
        self.blocks = blocks
        self.journal = open(journal_path, "w", encoding="ascii")
        self.acknowledged = {}
        self.uncertain = {}
        self.count = 0
        self.sequence = 0
        self.failure = None
        self.busy = set()
        self.stopping = False

    def run(self):
        try:
            while not (self.stopping and not self.busy):
                while len(self.busy) < self.DEPTH and not self.stopping:
                    self.submit()
                self.handle.poll(1000)
        except nbd.Error as error:
            self.failure = error
        self.journal.close()

    def submit(self):
        self.sequence += 1
        sequence = self.sequence
        block = int.from_bytes(hashlib.sha256(str(sequence).encode()).digest()[:8], "big") % self.blocks
        if block in self.busy:
            return
        self.busy.add(block)
        self.uncertain[block] = sequence
        data = nbd.Buffer.from_bytearray(bytearray(stamp(sequence, block)))
        flags = nbd.CMD_FLAG_FUA if sequence % 16 == 0 else 0

        def done(error):
            if error.value == 0:
                self.journal.write(f"{sequence} {block}\n")
                self.acknowledged[block] = sequence
                self.uncertain.pop(block)
                self.count += 1
            self.busy.discard(block)
            return 1

        self.handle.aio_pwrite(data, block * BLOCK, completion=done, flags=flags)


def connect_nbd(path, deadline_s=30):
    deadline = time.monotonic() + deadline_s
    while True:
        handle = nbd.NBD()
        try:
            handle.connect_unix(path)
            return handle
        except nbd.Error as error:
            if time.monotonic() > deadline:
                raise Failure(f"no NBD server at {path}: {error}") from error
            if error.errnum not in (errno.ENOENT, errno.ECONNREFUSED, 0):
                raise Failure(f"NBD at {path}: {error}") from error
            time.sleep(0.02)


def verify(handle, writer):
    """Reads every acknowledged write back; a block with a later unacknowledged one may hold that instead."""
    lost = 0
    for block, sequence in writer.acknowledged.items():
        data = bytes(handle.pread(BLOCK, block * BLOCK))
        allowed = {stamp(sequence, block)}
        if block in writer.uncertain:
            allowed.add(stamp(writer.uncertain[block], block))
        if data not in allowed:
            lost += 1
    return lost


def identical(cluster, volume_bytes):
    with open(cluster.disk("alpha"), "rb") as one, open(cluster.disk("beta"), "rb") as two:
        left = volume_bytes
        while left > 0:
            chunk = min(left, MIB)
            if one.read(chunk) != two.read(chunk):
                return False
            left -= chunk
    return True


def promote(cluster, node, *words):
    """Promotes as soon as the node lets us: right after a crash it may not have noticed yet."""
    deadline = time.monotonic() + 30
    while True:
        done = cluster.run(node, "primary", *words, "r0", check=False)
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise Failure(f"promotion of {node}: {done.stderr.strip()}")
        time.sleep(0.1)


def fill(path, megabytes):
    """Some data to copy in the first resync."""
    handle = connect_nbd(path)
    data = hashlib.sha512(b"rhizome").digest() * (MIB // 64)
    for index in range(megabytes):
        handle.pwrite(index.to_bytes(8, "big") + data[8:], index * MIB)
    handle.flush()
    handle.shutdown()


def show(cluster, node):
    for line in cluster.run(node, "status", "r0").stdout.rstrip().splitlines():
        say(f"    {line}")


def outage(cluster, volume_bytes):
    """The second node dies, blocks are written meanwhile, it returns: only those are copied."""
    say("-- kill -9 of beta; alpha writes on; beta returns")
    handle = connect_nbd(cluster.nbd("alpha"))
    handle.flush()
    cluster.kill("beta")
    step = volume_bytes // BLOCK // OUTAGE_BLOCKS
    for index in range(OUTAGE_BLOCKS):
        handle.pwrite(stamp(index, index), index * step * BLOCK)
    handle.flush()
    handle.shutdown()
    before = cluster.status("alpha")["resynced-bytes"]
    cluster.start("beta")
    copied = await_sync(cluster, "alpha", "resync", before)
    written = OUTAGE_BLOCKS * BLOCK
    say(f"    {written} bytes were written meanwhile, {copied} were copied")
    if copied != written:
        raise Failure(f"{copied} bytes were copied for {written} that were written")
    return copied


def demo(cluster, options):
    """Answers with whether all went well, and the line that says how."""
    say("-- certificates, metadata, first node")
    pki = os.path.join(cluster.folder, "pki")
    subprocess.run([cluster.rhizome, "pki", "init", "--directory", pki], check=True, stdout=subprocess.DEVNULL)
    for node in NODES:
        subprocess.run(
            [cluster.rhizome, "pki", "issue", "--directory", pki, node], check=True, stdout=subprocess.DEVNULL
        )
        cluster.run(node, "create-md", "r0")
    cluster.start("alpha")
    promote(cluster, "alpha", "--force")
    fill(cluster.nbd("alpha"), options.fill)
    volume_bytes = cluster.status("alpha")["devices"][0]["size"] * 1024

    say("-- second node: the initial sync")
    before = cluster.status("alpha")["resynced-bytes"]
    cluster.start("beta")
    await_sync(cluster, "alpha", "initial sync", before)
    show(cluster, "alpha")

    outage_bytes = outage(cluster, volume_bytes)

    say(f"-- a writer on alpha through NBD for {options.seconds} s, then kill -9 of alpha")
    blocks = min(options.working_set * MIB, volume_bytes) // BLOCK
    writer = Writer(cluster.nbd("alpha"), blocks, os.path.join(cluster.folder, "acknowledged"))
    writer.start()
    time.sleep(options.seconds)
    if writer.failure:
        raise Failure(f"the writer failed before the crash: {writer.failure}")
    killed = time.monotonic()
    cluster.kill("alpha")
    promote(cluster, "beta")
    handle = connect_nbd(cluster.nbd("beta"))
    handle.pread(BLOCK, 0)
    failover_ms = int((time.monotonic() - killed) * 1000)
    writer.join(timeout=30)
    if writer.is_alive():
        raise Failure("the writer did not notice the crash within 30 s")
    say(f"    {writer.count} writes were acknowledged; beta serves {failover_ms} ms after the crash")

    say("-- every acknowledged write is read on beta")
    lost = verify(handle, writer)
    say(f"    {lost} of {writer.count} are missing")
    handle.shutdown()

    say("-- beta goes on alone")
    second = Writer(cluster.nbd("beta"), blocks, os.path.join(cluster.folder, "acknowledged-alone"))
    second.sequence = writer.sequence
    second.start()
    time.sleep(1)
    second.stopping = True
    second.join(timeout=30)
    if second.is_alive() or second.failure or second.count == 0:
        raise Failure(f"beta did not take writes alone: {second.failure}")
    show(cluster, "beta")

    say("-- alpha returns")
    before = cluster.status("beta")["resynced-bytes"]
    cluster.start("alpha")
    resynced = await_sync(cluster, "beta", "resync", before)
    show(cluster, "beta")
    handle = connect_nbd(cluster.nbd("beta"))
    lost += verify(handle, second)
    handle.flush()
    handle.shutdown()
    cluster.run("beta", "secondary", "r0")
    cluster.stop_all()
    same = identical(cluster, volume_bytes)
    total = writer.count + second.count
    summary = (
        f"demo: acknowledged={total} lost={lost} failover_ms={failover_ms}"
        f" outage_bytes={outage_bytes} resynced_bytes={resynced}"
        f" identical={'yes' if same else 'no'}"
    )
    return lost == 0 and same and total > 0, summary


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--rhizome", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--disk", type=int, default=256, metavar="MIB", help="size of each disk (256)")
    parser.add_argument("--fill", type=int, default=96, metavar="MIB", help="data before the initial sync (96)")
    parser.add_argument(
        "--working-set", type=int, default=32, metavar="MIB", help="how much of the disk the writer uses (32)"
    )
    parser.add_argument("--seconds", type=float, default=4, help="how long the writer runs before the crash (4)")
    parser.add_argument("--keep", action="store_true", help="leave the folder with disks and logs")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="rhizome-demo-")
    if options.keep:
        say(f"disks and logs are in {folder}")
    good, summary = attempt(options, folder)
    if not good:
        report_logs(folder)
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    # The last line, whatever happened.
    say(summary)
    return 0 if good else 1


def attempt(options, folder):
    """The demo; what goes wrong with it is a line too."""
    cluster = None
    try:
        cluster = Cluster(options.rhizome, folder, options.disk * MIB)
        return demo(cluster, options)
    except (Failure, subprocess.SubprocessError, nbd.Error, OSError) as failure:
        return False, failed(str(failure))
    except Exception as bug:  # pylint: disable=broad-exception-caught
        # Where it came from is for whoever mends it.
        traceback.print_exc()
        return False, failed(f"{type(bug).__name__}: {bug}")
    finally:
        if cluster:
            cluster.kill_all()


def failed(reason):
    return f"demo: failed: {' '.join(reason.split())}"


def report_logs(folder):
    """The end of both logs, on standard error, since the folder goes."""
    for node in NODES:
        path = os.path.join(folder, f"{node}.log")
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as log:
                tail = log.read().splitlines()[-40:]
            print(f"-- the end of {node}'s log", *tail, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
