"""Failovers under the stand-in for a Greengrass core: how long until it is back, and whether all that was acknowledged is there.

The oracle in the lab's hub has noted each acknowledged transaction and deployment, with the time. Before each start of the core
checked-loader (scripts/lib/lab/core.sh) holds the volume against that. A failover counts from the loss of power to the first
transaction that is acknowledged on the other node, and to the first answer of its CLI with all components RUNNING.
"""

import argparse
import collections
import os
import random
import statistics
import sys
import time

from cluster_lab import MOUNT, NODES, RESOURCE, Failure, Lab, Roles, await_unfenced, disks_are_same, other, run_on_lab
from cluster_test import mend

RATE = 50
CLI = f"{MOUNT}/bin/greengrass-cli"
SHARED = "/run/lab/shared"
# What happens how often beside the loss of power, which is what is measured.
WEIGHTS = {"node": 10, "daemon": 1, "replication": 1, "cluster": 1, "move": 1}


class Lines:
    """A file that grows, read on from where the last look ended."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8")
        self.rest = ""

    def new(self):
        text = self.rest + self.file.read()
        *lines, self.rest = text.split("\n")
        return [line.split() for line in lines]


class Oracle:
    """What the core has acknowledged: the last transaction, and when; the longest pause since it was last asked for."""

    def __init__(self, lab):
        self.lines = Lines(f"{lab.state}/shared/record")
        self.acknowledged = 0
        self.last_s = time.time()
        self.start_s = 0.0
        self.pause_s = 0.0

    def read(self):
        """The transactions since the last look: when each was acknowledged, and when the core had been started."""
        found = []
        for stamp, what, number, *_ in self.lines.new():
            if what == "start":
                self.start_s = float(stamp)
            elif what == "ack":
                at = float(stamp)
                self.pause_s = max(self.pause_s, at - self.last_s)
                self.last_s, self.acknowledged = at, int(number)
                found.append((at, self.start_s))
        return found

    def first_of_a_start_after(self, since_s, limit_s=90):
        """When a core that was started after this time has acknowledged its first transaction. One that has died may still be heard of."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            for at, start_s in self.read():
                if start_s > since_s:
                    return at
            time.sleep(0.02)
        raise Failure(f"no transaction is acknowledged for {limit_s} s")

    def await_transactions(self, count, limit_s=90):
        self.read()
        goal, end = self.acknowledged + count, time.monotonic() + limit_s
        while self.acknowledged < goal:
            if time.monotonic() > end:
                raise Failure(f"no {count} transactions are acknowledged within {limit_s} s")
            time.sleep(0.02)
            self.read()

    def rate(self, seconds):
        """Transactions a second, now."""
        self.read()
        before = self.acknowledged
        time.sleep(seconds)
        self.read()
        return (self.acknowledged - before) / seconds


class Checks:
    """What checked-loader has found before each start of the core."""

    def __init__(self, lab):
        self.lines = Lines(f"{lab.state}/shared/checks")
        self.starts = 0
        self.empty = 0

    def read(self, damage_is_wanted=False):
        for line in self.lines.new():
            self.starts += 1
            words = dict(word.split("=", 1) for word in line if "=" in word)
            self.empty += int(words.get("empty_recipes", 0)) + int(words.get("empty_artifacts", 0))
            if line[2] != "ok" and not damage_is_wanted:
                raise Failure("not all is there: " + " ".join(line[1:]))


def active(lab):
    return lab.active(90)


def answers(lab, node, limit_s=60):
    """When the core's CLI has said that all components run."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        said = lab.exec(node, CLI, "component", "list", check=False)
        if said.count("State: RUNNING") == 2:
            return time.time()
        time.sleep(0.1)
    raise Failure(f"the components do not run on {node} after {limit_s} s: {said}")


def event_time(lab, since_s, *words):
    return next((at for at, line in lab.events() if at >= since_s and all(word in line for word in words)), None)


def kill_node(lab, oracle):
    """The seconds from the loss of power to: fenced, first transaction acknowledged, components RUNNING."""
    node = active(lab)
    begin = time.time()
    lab("kill", node)
    off = event_time(lab, begin, "power-off", node)
    acknowledged = oracle.first_of_a_start_after(off)
    answered = answers(lab, other(node))
    fenced = event_time(lab, off, "fence", f"target={node}", "rc=0")
    return fenced - off, acknowledged - off, answered - off


def fault(lab, oracle, what):
    node = active(lab)
    if what == "daemon":
        lab("kill-daemon", node)
    elif what == "move":
        lab("move")
    else:
        lab("cut", what)
    time.sleep(8)
    if what == "replication":
        lab("heal")
    oracle.await_transactions(2 * RATE)


def kinds(choice, failovers):
    """Losses of power, so many, and what comes in between."""
    while failovers:
        kind = choice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        failovers -= kind == "node"
        yield kind


def rounds(lab, oracle, checks, arguments):
    choice = random.Random(arguments.seed)
    measured, others = [], collections.Counter()
    print(f"{'':12}{'node':>8}{'fenced':>9}{'acknowledged':>14}{'answers':>9}{'rate':>7}{'load':>6}", flush=True)
    for kind in kinds(choice, arguments.failovers):
        oracle.await_transactions(choice.randint(1, 4 * RATE))
        rate = oracle.rate(2)
        oracle.pause_s = 0.0
        node = active(lab)
        if kind == "node":
            measured.append(kill_node(lab, oracle) + (rate,))
            fenced, acknowledged, answered, _ = measured[-1]
            print(f"{len(measured):<12}{node:>8}{fenced:9.1f}{acknowledged:14.1f}{answered:9.1f}{rate:7.0f}{os.getloadavg()[0]:6.1f}", flush=True)
        else:
            fault(lab, oracle, kind)
            others[kind] += 1
            print(f"{kind:12}{node:>8}   the longest pause {oracle.pause_s:.1f} s", flush=True)
        oracle.await_transactions(RATE)
        checks.read(arguments.damage_is_wanted)
        mend(lab)
        checks.read(arguments.damage_is_wanted)
        await_unfenced(lab, active(lab))
    return measured, others


def summary(measured, others, checks):
    print(f"\n{'':12}{'fenced':>9}{'acknowledged':>14}{'answers':>9}   of {len(measured)} losses of power, in s", flush=True)
    columns = list(zip(*measured))
    for name, pick in (("median", statistics.median), ("worst", max)):
        print(f"{name:12}{pick(columns[0]):9.1f}{pick(columns[1]):14.1f}{pick(columns[2]):9.1f}", flush=True)
    print(f"in between: {', '.join(f'{name} {count}' for name, count in others.items()) or 'nothing'}")
    print(f"transactions a second before a failover: median {statistics.median(columns[3]):.0f}, least {min(columns[3]):.0f}")
    print(f"{checks.starts} starts of the core, each held against what was acknowledged; {checks.empty} empty recipes and artifacts", flush=True)


def end(lab, checks, damage_is_wanted):
    """The core stopped in order, its root whole, the file system clean, the disks the same, one Primary at any time."""
    node = active(lab)
    stopped = ("--meta", "--set-parameter", "target-role", "--parameter-value", "Stopped")
    lab.exec(node, "crm_resource", "--resource", "greengrass", *stopped)
    lab.exec(node, "crm_resource", "--wait", "--timeout", "150s", timeout=170)
    checks.read(damage_is_wanted)
    time.sleep(0.5)
    last = lab.exec(node, "/usr/bin/python3", "-B", "/run/lab/bin/standin/check.py", MOUNT, f"{SHARED}/record", check=not damage_is_wanted)
    print(last.strip(), flush=True)
    lab.exec(node, "crm_resource", "--resource", "service", *stopped)
    lab.exec(node, "crm_resource", "--wait", "--timeout", "60s")
    if lab.mounted(node):
        raise Failure("the volume is not unmounted")
    lab.exec(node, "timeout", "60", "e2fsck", "-fn", f"/dev/rhizome/{RESOURCE}")
    disks_are_same(lab, node)
    Roles(lab).check()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--failovers", type=int, default=5, help="how often the active node loses its power")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only-nodes", action="store_true", help="nothing but losses of power")
    parser.add_argument("--damage-is-wanted", action="store_true", help="count what is lost, and go on: with other mount options, for example")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    arguments = parser.parse_args()
    if arguments.only_nodes:
        for name in WEIGHTS:
            WEIGHTS[name] = int(name == "node")
    lab = Lab(arguments.lab)

    def work():
        print(f"seed {arguments.seed}", flush=True)
        oracle, checks = Oracle(lab), Checks(lab)
        answers(lab, active(lab))
        measured, others = rounds(lab, oracle, checks, arguments)
        summary(measured, others, checks)
        end(lab, checks, arguments.damage_is_wanted)

    return run_on_lab(lab, "test-greengrass", work, arguments.keep, "--greengrass")


if __name__ == "__main__":
    sys.exit(main())
