"""The lab as the cluster tests see it, a writer on its volume, and the judges."""

import json
import os
import re
import subprocess
import threading
import time
import traceback

NODES = ("alpha", "beta")
RESOURCE = "vol0"
MOUNT = f"/srv/{RESOURCE}"

# Runs in the node where the volume is mounted. A row is acknowledged when its transaction is committed durably: "extra" also
# syncs the directory, else a journal that was removed may be back after a crash, and take the last row with it. It stands in
# the file system, so that this is not unmounted under it, and looks whether it really is there.
WRITER = """
import os, sqlite3, sys
os.chdir(sys.argv[1])
if os.stat(".").st_dev == os.stat("..").st_dev: sys.exit("not mounted")
base = sqlite3.connect("base", isolation_level=None)
base.execute("pragma synchronous=extra")
base.execute("create table if not exists log (id integer primary key, text)")
last = base.execute("select ifnull(max(id), 0) from log").fetchone()[0]
print("found", last, base.execute("select count(*) from log").fetchone()[0], flush=True)
while True:
    last += 1
    base.execute("insert into log values (?, ?)", (last, str(last) * 50))
    print("ack", last, flush=True)
"""

# What is there at the end: rows, the last one, whether the database is whole.
READER = """
import os, sqlite3, sys
os.chdir(sys.argv[1])
base = sqlite3.connect("base")
print(*base.execute("select count(*), max(id) from log").fetchone(), *base.execute("pragma integrity_check").fetchone())
"""


class Failure(Exception):
    """A promise was broken, or the cluster needs a hand."""


def other(node):
    return NODES[1 - NODES.index(node)]


class Lab:
    """scripts/lab, from outside."""

    def __init__(self, script, resource=RESOURCE):
        self.script = script
        self.resource = resource
        self.mount = f"/srv/{resource}"
        self.state = os.environ.get("RHIZOME_LAB", "/var/tmp/rhizome-lab")

    def __call__(self, *words, check=True, timeout=150):
        done = subprocess.run([self.script, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode:
            raise Failure(f"lab {' '.join(words)}: {(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout

    def exec(self, node, *command, check=True, timeout=60):
        return self("exec", node, *command, check=check, timeout=timeout)

    def post(self, node, verb, body="{}"):
        path = f"http://localhost/v1/resources/{self.resource}/{verb}"
        return self.exec(node, "curl", "-sS", "-m", "60", "--unix-socket", "/run/rhizome/control.sock", "-X", "POST", "-d", body, path)

    def status(self, node):
        path = f"http://localhost/v1/resources/{self.resource}"
        text = self.exec(node, "curl", "-s", "-m", "5", "--unix-socket", "/run/rhizome/control.sock", path, check=False)
        try:
            return json.loads(text)
        except ValueError:
            return None

    def mounted(self, node):
        return f" {self.mount} " in self.exec(node, "cat", "/proc/mounts", check=False, timeout=20)

    def serves(self, node):
        """Mounted, and with the service's address, which comes last and goes first."""
        words = "grep -q ' %s ' /proc/mounts && ip -4 -o address show dev eth0 | grep -q ' 10.77.0.100/' && echo yes" % self.mount
        return "yes" in self.exec(node, "sh", "-c", words, check=False, timeout=20)

    def active(self, limit_s=60):
        """The node where the volume is mounted."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            for node in NODES:
                if self.mounted(node):
                    return node
            time.sleep(0.1)
        raise Failure(f"the service runs nowhere after {limit_s} s")

    def events(self):
        """(seconds, words) of each line of the log of power, cables and fencing."""
        with open(f"{self.state}/events.log", encoding="ascii") as log:
            return [(float(line.split()[0]), line.split()[1:]) for line in log if line.endswith("\n")]


class Writer(threading.Thread):
    """Writes wherever the volume is mounted; the oracle of what was acknowledged is here, outside the nodes."""

    def __init__(self, lab):
        super().__init__(daemon=True)
        self.lab = lab
        self.acknowledged = 0
        self.pauses = []
        self.found = []
        self.problem = None
        self.stopping = False
        self.process = None
        self.last_s = time.monotonic()

    def run(self):
        while not self.stopping and not self.problem:
            for node in NODES:
                try:
                    if not self.stopping and not self.problem and self.lab.serves(node):
                        self.write_on(node)
                except (subprocess.TimeoutExpired, Failure):
                    pass
            time.sleep(0.05)

    def write_on(self, node):
        command = [self.lab.script, "exec", node, "/usr/bin/python3", "-c", WRITER, self.lab.mount]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            self.process = process
            for line in process.stdout:
                words = line.split()
                if words[0] == "found":
                    found, rows = int(words[1]), int(words[2])
                    self.found.append(found)
                    if found < self.acknowledged or rows != found:
                        self.problem = f"{node} has {rows} rows up to {found}; acknowledged were {self.acknowledged}"
                        break
                elif len(words) == 2 and line.endswith("\n"):
                    self.note(int(words[1]))
                if self.stopping:
                    break
            process.stdout.close()

    def note(self, number):
        now = time.monotonic()
        if now - self.last_s > 1:
            self.pauses.append(round(now - self.last_s, 1))
        self.last_s = now
        self.acknowledged = number

    def wait_for_writes(self, limit_s=60):
        """Until ten more rows are acknowledged than now."""
        goal = self.acknowledged + 10
        end = time.monotonic() + limit_s
        while self.acknowledged < goal:
            if self.problem:
                raise Failure(self.problem)
            if time.monotonic() > end:
                raise Failure(f"nothing was written for {limit_s} s")
            time.sleep(0.05)

    def stop(self):
        self.stopping = True
        self.join(60)
        if self.is_alive():
            raise Failure("the writer does not end")
        if self.problem:
            raise Failure(self.problem)


class Roles:
    """Who was Primary when, by the daemons' own logs and the power's: one clock, so the intervals can be compared."""

    LINE = re.compile(r"^(\S+Z) \S+ +" + RESOURCE + r": role (Primary|Secondary): ")
    ENDED = re.compile(r"^([0-9.]+) rhizome daemon ended")

    def __init__(self, lab):
        self.lab = lab

    def intervals(self, node):
        ends = [at for at, words in self.lab.events() if words[:2] == ["dead", node]]
        changes = [(at, "off") for at in ends]
        with open(f"{self.lab.state}/log/{node}/rhizome.log", encoding="utf-8", errors="replace") as log:
            for line in log:
                if match := self.LINE.match(line):
                    stamp = match[1][:-1].split(".")
                    seconds = time.mktime(time.strptime(stamp[0], "%Y-%m-%dT%H:%M:%S")) - time.timezone
                    changes.append((seconds + float("0." + stamp[1]), match[2]))
                elif match := self.ENDED.match(line):
                    changes.append((float(match[1]), "off"))
        begin = None
        for at, what in sorted(changes):
            if what == "Primary" and begin is None:
                begin = at
            elif what != "Primary" and begin is not None:
                yield begin, at
                begin = None
        if begin is not None:
            yield begin, time.time()

    def check(self):
        beta = list(self.intervals("beta"))
        for one in self.intervals("alpha"):
            for two in beta:
                if one[0] < two[1] and two[0] < one[1]:
                    raise Failure(f"two Primaries: alpha {one}, beta {two}")


def await_unfenced(lab, node, limit_s=30):
    """No constraint of fence-peer may be left: the next failover would need a hand."""
    end = time.monotonic() + limit_s
    while "rhizome-fence-by-handler" in lab.exec(node, "cibadmin", "--query", "--scope", "constraints"):
        if time.monotonic() > end:
            raise Failure("the constraint of fence-peer is still there")
        time.sleep(0.5)


def disks_are_same(lab, node, disks=None):
    size = lab.status(node)["devices"][0]["size"] * 1024
    disks = disks or [f"{lab.state}/disk/{name}/rhizome/disk" for name in NODES]
    if subprocess.run(["cmp", "-n", str(size), *disks], stdout=subprocess.DEVNULL, check=False).returncode:
        raise Failure("the disks differ")


def nothing_is_lost(lab, node, writer):
    """What was acknowledged is there, read where the volume is mounted; the writer stands still."""
    rows, last, whole = lab.exec(node, "/usr/bin/python3", "-c", READER, lab.mount).split(maxsplit=2)
    if int(last) < writer.acknowledged or rows != last or whole.strip() != "ok":
        raise Failure(f"{rows} rows up to {last}, database {whole}; acknowledged were {writer.acknowledged}")


def judge(lab, writer):
    """With the cluster whole again: nothing lost, one Primary at a time, the file system clean, the disks identical."""
    writer.stop()
    Roles(lab).check()
    node = lab.active()
    nothing_is_lost(lab, node, writer)
    await_unfenced(lab, node)
    lab.exec(node, "crm_resource", "--resource", "service", "--meta", "--set-parameter", "target-role", "--parameter-value", "Stopped")
    lab.exec(node, "crm_resource", "--wait", "--timeout", "60s")
    if lab.mounted(node):
        raise Failure("the service does not stop")
    lab.exec(node, "timeout", "60", "e2fsck", "-fn", f"/dev/rhizome/{RESOURCE}")
    disks_are_same(lab, node)
    lab.exec(node, "crm_resource", "--resource", "service", "--meta", "--delete-parameter", "target-role")
    lab("wait", "60")


def run_on_lab(lab, name, work, keep, *how):
    """Brings the lab up, works, and takes it down; the exit code. What has failed is told, and left to be looked at."""
    lab("up", *how, timeout=600)
    try:
        work()
        print(f"{name}: all passed", flush=True)
        return 0
    except Exception as problem:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        print(f"{name}: failed: {problem}\n{lab('status', check=False)}", flush=True)
        print(f"the lab's state and logs are left in {lab.state}", flush=True)
        keep = True
        return 1
    finally:
        if not keep:
            lab("down")
