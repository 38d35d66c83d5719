"""A Greengrass core that is at work becomes a protected pair, and a single machine again: the commands of docs/greengrass.md, and how long the core is away.

On loop devices, with two daemons and the stand-in for the core, which acknowledges 50 transactions a second to an oracle outside
its volume. Each way is gone several times; what takes how long is told step by step.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "standin"))

import check  # noqa: E402
import install  # noqa: E402

NODES = ("alpha", "beta")
PORTS = {"alpha": 7941, "beta": 7942}
MIB = 1 << 20
SIZE_MIB = 256
OPTIONS = "nodelalloc,commit=1,errors=remount-ro"
RATE = 50


class Failure(Exception):
    """Something is not as it is promised."""


class Machine:
    """What happens on the one machine and, for the volume, on the other."""

    def __init__(self, rhizome, folder, external):
        self.rhizome = rhizome
        self.folder = folder
        self.config = folder / "rhizome.conf"
        self.root = folder / "v2"
        self.record = folder / "record"
        self.daemons, self.loops, self.core, self.steps = {}, {}, None, {}
        self.root.mkdir()
        for node in NODES:
            image = folder / f"{node}.image"
            with image.open("wb") as file:
                file.truncate(SIZE_MIB * MIB)
            self.loops[node] = self.run("losetup", "--find", "--show", image).strip()
        self.fenced = folder / "fenced"
        self.handler = folder / "fence-peer"
        self.handler.write_text(f'#!/bin/sh\ntouch "{self.fenced}.asked"\n[ -e "{self.fenced}" ] && exit 7\nexit 1\n')
        self.handler.chmod(0o755)
        self.configure(external)
        self.cli("alpha", "pki", "init", "--directory", folder / "pki", "--nodes", "alpha,beta", config=False)

    def configure(self, external):
        nodes, sides = "", ""
        for node in NODES:
            keys = f'authority = "{self.folder}/pki/ca.crt", certificate = "{self.folder}/pki/{node}.crt", key = "{self.folder}/pki/{node}.key"'
            nodes += f'{node} {{ control-socket = "{self.folder}/{node}.control", device-directory = "{self.device(node).parent}", pki {{ {keys} }} }}\n'
            metadata = f', meta-disk = "{self.folder}/{node}.md"' if external else ""
            sides += f'{node} {{ disk = {self.loops[node]}{metadata}, address = "127.0.0.1:{PORTS[node]}" }}\n'
        options = f'net {{ connect-interval = 250ms, fencing = resource-and-stonith }}\nhandlers {{ fence-peer = "{self.handler}" }}'
        self.config.write_text(f"nodes {{\n{nodes}}}\nresources {{ vol0 {{ on {{\n{sides}}}\n{options} }} }}\n")

    def device(self, node):
        return self.folder / f"{node}.dev" / "vol0"

    def run(self, *words, accepted=(0,)):
        done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode not in accepted:
            raise Failure(f"{' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def cli(self, node, *words, config=True):
        return self.run(self.rhizome, *words, *(("--config", self.config, "--node", node) if config else ()))

    @contextlib.contextmanager
    def step(self, name):
        begin = time.monotonic()
        yield
        self.steps[name] = self.steps.get(name, 0) + time.monotonic() - begin

    # ---- the daemons

    def start_daemon(self, node):
        with open(self.folder / f"{node}.log", "ab") as log:
            words = [self.rhizome, "daemon", "--no-up", "--config", self.config, "--node", node]
            self.daemons[node] = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.until(lambda: subprocess.run([self.rhizome, "status", "--config", self.config, "--node", node], capture_output=True, check=False).returncode == 0)

    def until(self, condition, limit_s=60):
        end = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > end:
                raise Failure(f"in vain for {limit_s} s")
            time.sleep(0.02)

    # ---- the core

    def acknowledged(self):
        """The times of the transactions; a line that is being written does not count yet."""
        return [float(line.split()[0]) for line in self.record.read_text().split("\n")[:-1] if " ack " in line]

    def start_core(self):
        before = len(self.acknowledged()) if self.record.exists() else 0
        self.core = subprocess.Popen([self.root / "alts/current/distro/bin/loader"], start_new_session=True, cwd="/")
        self.until(lambda: self.record.exists() and len(self.acknowledged()) > before)

    def stop_core(self):
        self.core.terminate()
        if self.core.wait(60) != 143:
            raise Failure("the core does not stop in order")
        # What a component has left behind, as systemd does (KillMode=mixed).
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.killpg(self.core.pid, signal.SIGKILL)
                time.sleep(0.01)

    def work(self):
        goal = len(self.acknowledged()) + RATE
        self.until(lambda: len(self.acknowledged()) >= goal)

    def whole(self):
        good, line = check.check(str(self.root), str(self.record))
        if not good:
            raise Failure(line)

    def end(self):
        """In order: who uses a file system, the file system, the device, the daemon."""
        if self.core and self.core.poll() is None:
            os.killpg(self.core.pid, signal.SIGKILL)
            self.core.wait()
        for place in (self.root, self.folder / "new"):
            subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            daemon.wait(100)
        for loop in self.loops.values():
            subprocess.run(["losetup", "--detach", loop], capture_output=True, timeout=60, check=False)


# ---- the ways. What stands here stands in docs/greengrass.md.


def begin_on_a_disk(machine):
    """A core as it is: on a disk of its own, mounted as Linux does."""
    machine.run("mkfs.ext4", "-q", machine.loops["alpha"])
    machine.run("mount", machine.loops["alpha"], machine.root)
    install.install(machine.root, machine.record, RATE)
    machine.start_core()


def promote(machine):
    """Beside the other node, which has no data yet: nobody need be fenced."""
    machine.cli("alpha", "up", "vol0")
    machine.cli("alpha", "wait-connect", "vol0", "--timeout", "20s")
    machine.cli("alpha", "primary", "--force", "vol0")


def promote_and_start(machine):
    with machine.step("promote"):
        promote(machine)
    with machine.step("mount"):
        machine.run("mount", "-o", OPTIONS, machine.device("alpha"), machine.root)
    with machine.step("start"):
        machine.start_core()


def external(machine):
    """Metadata of its own: not a byte of the disk is changed."""
    with machine.step("stop"):
        machine.stop_core()
    with machine.step("unmount"):
        machine.run("umount", machine.root)
    with machine.step("metadata"):
        machine.cli("alpha", "create-md", "vol0")
    promote_and_start(machine)


def shrunk(machine):
    """Metadata at the end of the disk, where the file system makes room."""
    with machine.step("stop"):
        machine.stop_core()
    with machine.step("unmount"):
        machine.run("umount", machine.root)
    with machine.step("shrink"):
        machine.run("e2fsck", "-f", "-p", machine.loops["alpha"], accepted=(0, 1))
        machine.run("resize2fs", machine.loops["alpha"], f"{SIZE_MIB - 4}M")
    with machine.step("metadata"):
        machine.cli("alpha", "create-md", "--force", "vol0")
    promote_and_start(machine)


def begin_in_a_folder(machine):
    """A core as it is most often: in a folder of the machine's own file system."""
    install.install(machine.root, machine.record, RATE)
    machine.start_core()


def copied(machine):
    """Onto a new volume: most of it while the core works, the rest while it does not."""
    new = machine.folder / "new"
    new.mkdir()
    machine.cli("alpha", "create-md", "vol0")
    promote(machine)
    machine.run("mkfs.ext4", "-q", machine.device("alpha"))
    machine.run("mount", "-o", OPTIONS, machine.device("alpha"), new)
    copy = ("rsync", "-aHAX", "--numeric-ids", "--delete", "--exclude=/lost+found", f"{machine.root}/", f"{new}/")
    machine.run(*copy, accepted=(0, 24))  # 24: files have gone meanwhile
    with machine.step("stop"):
        machine.stop_core()
    with machine.step("copy"):
        # A file that was changed within the second of the first copy has the same size and, to rsync, the same time.
        machine.run(*copy, "--checksum")
        machine.run("sync", "-f", new)
    with machine.step("unmount"):
        machine.run("umount", new)
        machine.root.rename(machine.folder / "v2.before")
        machine.root.mkdir()
    with machine.step("mount"):
        machine.run("mount", "-o", OPTIONS, machine.device("alpha"), machine.root)
    with machine.step("start"):
        machine.start_core()


def prepare_the_other(machine):
    machine.cli("beta", "create-md", "vol0")
    machine.cli("beta", "up", "vol0")


def back_to_the_disk(machine):
    """The way back: the data begins at the disk's first byte, wherever the metadata is."""
    with machine.step("stop"):
        machine.stop_core()
    with machine.step("unmount"):
        machine.run("umount", machine.root)
    with machine.step("down"):
        machine.cli("alpha", "secondary", "vol0")
        machine.cli("alpha", "down", "vol0")
    with machine.step("mount"):
        machine.run("mount", "-o", OPTIONS, machine.loops["alpha"], machine.root)
    with machine.step("start"):
        machine.start_core()


def grow_again(machine):
    """What the metadata took is the file system's again. It could stay mounted if we had CAP_SYS_RESOURCE, which not every container has."""
    before = os.statvfs(machine.root).f_blocks
    machine.run("umount", machine.root)
    machine.run("e2fsck", "-f", "-p", machine.loops["alpha"], accepted=(0, 1))
    machine.run("resize2fs", machine.loops["alpha"])
    machine.run("mount", "-o", OPTIONS, machine.loops["alpha"], machine.root)
    if os.statvfs(machine.root).f_blocks <= before:
        raise Failure("the file system has not grown")


def take_over(machine):
    """The machine dies, with its daemon; the other one has it all."""
    os.killpg(machine.core.pid, signal.SIGKILL)
    machine.core.wait()
    daemon = machine.daemons.pop("alpha")
    daemon.kill()
    daemon.wait()
    machine.run("umount", "--lazy", machine.root)
    machine.fenced.touch()
    machine.cli("beta", "primary", "vol0")
    machine.run("mount", "-o", OPTIONS, machine.device("beta"), machine.root)
    machine.whole()
    machine.start_core()


WAYS = {"external": (begin_on_a_disk, external), "internal": (begin_on_a_disk, shrunk), "copy": (begin_in_a_folder, copied)}


def measured(machine, way):
    """How long nothing was acknowledged while a way was gone, and its steps."""
    machine.steps, begin = {}, time.time()
    machine.work()
    way(machine)
    machine.work()
    times = [at for at in machine.acknowledged() if at >= begin]
    return dict(machine.steps, outage=max(later - earlier for earlier, later in zip(times, times[1:])))


def go(rhizome, name, last):
    """There and back, or, the last time, there and to the other node."""
    begin, way = WAYS[name]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rhizome-adoption-"))
    machine = Machine(rhizome, folder, name == "external")
    there = back = None
    try:
        for node in NODES:
            machine.start_daemon(node)
        begin(machine)
        prepare_the_other(machine)
        there = measured(machine, way)
        machine.cli("alpha", "wait-sync", "vol0", "--timeout", "100s")
        if machine.fenced.with_suffix(".asked").exists():
            raise Failure("fence-peer was called, although both nodes were there")
        machine.work()
        if last:
            take_over(machine)
        elif name != "copy":
            back = measured(machine, back_to_the_disk)
        machine.work()
        machine.stop_core()
        if name == "internal" and back:
            grow_again(machine)
        machine.whole()
    finally:
        machine.end()
    shutil.rmtree(folder)
    return there, back


def table(title, rows):
    rows = [row for row in rows if row]
    if not rows:
        return
    print(f"{title}: " + ", ".join(f"{name} {statistics.median(row[name] for row in rows):.2f}" for name in rows[0] if name != "outage"))
    outages = [row["outage"] for row in rows]
    print(f"    nothing acknowledged for {statistics.median(outages):.2f} s (median of {len(outages)}; {min(outages):.2f} to {max(outages):.2f})", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rhizome", required=True, help="bin/rhizome")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("ways", nargs="*", metavar="WAY", help=", ".join(WAYS))
    arguments = parser.parse_args()
    for name in arguments.ways or WAYS:
        rounds = [go(arguments.rhizome, name, number == arguments.rounds) for number in range(1, arguments.rounds + 1)]
        table(f"{name}, there, s", [there for there, _ in rounds])
        table(f"{name}, back, s", [back for _, back in rounds])
    print("test-adoption: all passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
