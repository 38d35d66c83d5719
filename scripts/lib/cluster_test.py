"""Scenarios on the lab. Each has the cluster whole before and after, and a writer all the while."""

import argparse
import random
import shlex
import sys
import time

from cluster_lab import NODES, RESOURCE, Failure, Lab, Writer, judge, other, run_on_lab


def move(lab, writer):
    """The service to the other node, and back."""
    for _ in range(2):
        node = lab.active()
        lab("move")
        expect_active(lab, other(node))
        writer.wait_for_writes()


def standby(lab, writer):
    """A node is not to run anything: the active one, then it may again."""
    node = lab.active()
    lab("standby", node)
    expect_active(lab, other(node))
    writer.wait_for_writes()
    lab("online", node)


def kill_active(lab, writer):
    """The active node loses its power: it is fenced, and the other goes on."""
    node = lab.active()
    lab("kill", node)
    expect_active(lab, other(node))
    writer.wait_for_writes()


def kill_passive(lab, writer):
    """The other node loses its power: clients wait until it is fenced."""
    node = other(lab.active())
    lab("kill", node)
    writer.wait_for_writes()


def kill_daemon_active(lab, writer):
    """The daemon alone dies where the service runs; Pacemaker mends it, here or there."""
    lab("kill-daemon", lab.active())
    time.sleep(8)
    writer.wait_for_writes()


def kill_daemon_passive(lab, writer):
    lab("kill-daemon", other(lab.active()))
    time.sleep(3)
    writer.wait_for_writes()


def hang_daemon_active(lab, writer):
    """The daemon hangs: nothing can be stopped there, so the node is fenced."""
    node = lab.active()
    lab.exec(node, "sh", "-c", "kill -STOP $(cat /run/lab/daemon.pid)")
    expect_active(lab, other(node), 120)
    writer.wait_for_writes()


def kill_corosync(lab, writer):
    """The active node leaves the cluster without a word, and is fenced."""
    node = lab.active()
    lab("kill-corosync", node)
    expect_active(lab, other(node))
    writer.wait_for_writes()


def cut_replication(lab, writer):
    """Only the link between the daemons: the Primary has the peer kept from promotion, and goes on."""
    node = lab.active()
    lab("cut", "replication")
    time.sleep(2)
    writer.wait_for_writes()
    lab.exec(node, "crm_resource", "--wait", "--timeout", "60s", check=False)
    if lab.active() != node:
        raise Failure("the service has moved although its node was well")
    lab("move", check=False)
    time.sleep(5)
    if lab.mounted(other(node)):
        raise Failure("a node that was left behind was promoted")
    lab.exec(node, "crm_resource", "--clear", "--resource", f"{RESOURCE}-clone", check=False)
    lab("heal")


def constraint_outlives_daemon(lab, writer):
    """The daemon that had the peer fenced dies before it could take that back: the agent's monitor does."""
    lab("cut", "replication")
    time.sleep(3)
    lab("kill-daemon", lab.active())
    writer.wait_for_writes()
    lab("heal")


def cut_cluster(lab, writer):
    """Only Corosync's link: one of them fences the other, and one goes on."""
    lab("cut", "cluster")
    await_fencing(lab)
    lab("heal")
    writer.wait_for_writes()


def cut_both(lab, writer):
    lab("cut")
    await_fencing(lab)
    lab("heal")
    writer.wait_for_writes()


def refuse_to_go_on(lab, dead, seconds):
    time.sleep(seconds)
    if lab.mounted(other(dead)):
        raise Failure("the service runs although the other node was not fenced")


def fencing_fails(lab, writer):
    """While the active node may still live, nobody goes on; once it is known to be off, the other one does."""
    node = lab.active()
    lab("fence-break", node)
    lab("kill", node)
    refuse_to_go_on(lab, node, 6)
    lab("fence-fix", node)
    expect_active(lab, other(node))
    writer.wait_for_writes()


def fencing_given_up(lab, writer):
    """Fencing never succeeds, and Pacemaker gives up: nobody goes on until the node itself is back."""
    node = lab.active()
    lab("fence-break", node)
    lab("kill", node)
    refuse_to_go_on(lab, node, 20)
    lab("start", node)
    writer.wait_for_writes(90)
    lab("fence-fix", node)


def both_die(lab, writer, first):
    active = lab.active()
    order = [active, other(active)] if first == "active" else [other(active), active]
    for node in order:
        lab("kill", node)
    lab("start", order[0])
    time.sleep(8)
    if lab.mounted(order[0]):
        raise Failure(f"{order[0]} runs the service without having met the other node")
    lab("start", order[1])


def both_die_active_first(lab, writer):
    """Both nodes lose power; the one that was active is back first."""
    both_die(lab, writer, "active")


def both_die_passive_first(lab, writer):
    """Both nodes lose power; the one that was not active is back first."""
    both_die(lab, writer, "passive")


def left_behind(lab, writer):
    """A node that was left behind is not promoted, even when it is the only one left."""
    node = lab.active()
    lab("cut", "replication")
    time.sleep(3)
    writer.wait_for_writes()
    lab("kill", node)
    time.sleep(8)
    if lab.mounted(other(node)):
        raise Failure("old data is served")
    lab("heal")
    lab("start", node)
    writer.wait_for_writes(90)


def disk_loss_active(lab, writer):
    """The Primary's disk goes: it serves through the peer, and Pacemaker moves the service to where the data is."""
    node = lab.active()
    lab.post(node, "detach")
    expect_active(lab, other(node))
    writer.wait_for_writes()
    lab.post(node, "attach")


def reattach(lab, writer):
    """Pacemaker is stopped and started under a running service (maintenance): nobody who uses it notices."""
    node = lab.active()
    lab.exec(node, "crm_attribute", "--name", "maintenance-mode", "--update", "true")
    for what in ("cluster-stop", "cluster-start"):
        for each in NODES:
            lab(what, each)
    end = time.monotonic() + 60
    while "Online: [ alpha beta ]" not in lab.exec(node, "crm_mon", "-1", check=False):
        if time.monotonic() > end:
            raise Failure("the cluster does not form again")
        time.sleep(0.5)
    time.sleep(2)
    lab.exec(node, "crm_attribute", "--name", "maintenance-mode", "--delete")
    time.sleep(3)
    lab.exec(node, "crm_resource", "--wait", "--timeout", "60s")
    if lab.active() != node or len(writer.found) > 1:
        raise Failure("the service was stopped, or has moved")


SCENARIOS = [move, standby, kill_active, kill_passive, kill_daemon_active, kill_daemon_passive, kill_corosync]
SCENARIOS += [cut_replication, constraint_outlives_daemon, cut_cluster, cut_both, fencing_fails, fencing_given_up]
SCENARIOS += [both_die_active_first, both_die_passive_first]
SCENARIOS += [left_behind, disk_loss_active, reattach, hang_daemon_active]
# What may happen at any time, to whichever node.
FAULTS = ["kill NODE", "reboot NODE", "kill-daemon NODE", "kill-corosync NODE"]
FAULTS += ["cut replication", "cut cluster", "cut", "move", "standby NODE"]


def expect_active(lab, node, limit_s=60):
    end = time.monotonic() + limit_s
    while not lab.mounted(node):
        if time.monotonic() > end:
            raise Failure(f"{node} does not take over within {limit_s} s")
        time.sleep(0.1)


def await_fencing(lab, limit_s=60):
    before = len(lab.events())
    end = time.monotonic() + limit_s
    while not any(words[0] == "power-off" for _, words in lab.events()[before:]):
        if time.monotonic() > end:
            raise Failure(f"nobody was fenced within {limit_s} s")
        time.sleep(0.1)


def mend(lab):
    """What a person would do afterwards: cables, power, and a look; of the cluster's commands only the end of a standby."""
    lab("heal")
    for node in NODES:
        lab("start", node)
    end_standby(lab)
    lab("wait", "120", timeout=400)


def end_standby(lab, limit_s=60):
    """What is said to a node that is being fenced is lost: it is said again until the cluster has it."""
    end = time.monotonic() + limit_s
    while True:
        for node in NODES:
            lab("online", node, check=False)
        shown = lab("status", check=False)
        if f"Online: [ {' '.join(NODES)} ]" in shown and "standby" not in shown:
            return
        if time.monotonic() > end:
            raise Failure(f"a node is still standby after {limit_s} s")
        time.sleep(0.5)


def run(lab, name, scenario):
    begin = time.monotonic()
    writer = Writer(lab)
    writer.start()
    try:
        writer.wait_for_writes()
        scenario(lab, writer)
        mend(lab)
        writer.wait_for_writes()
        judge(lab, writer)
    except Exception:
        print(f"{name}: failed", flush=True)
        raise
    finally:
        writer.stopping = True
    pauses = f", pauses {' '.join(map(str, writer.pauses))} s" if writer.pauses else ""
    print(f"{name}: ok, {time.monotonic() - begin:.0f} s, {writer.acknowledged} rows{pauses}", flush=True)


def storm(choice):
    """A scenario of one fault or two, and some time in between, at random."""
    faults = [choice.choice(FAULTS).replace("NODE", choice.choice(NODES)) for _ in range(choice.choice((1, 1, 2)))]
    waits = [choice.uniform(0, 7) for _ in faults]

    def scenario(lab, writer):
        for fault, wait in zip(faults, waits):
            # One that is no more possible, on a node that is off for example, does nothing.
            lab(*shlex.split(fault), check=False)
            time.sleep(wait)

    return scenario, ", ".join(f"{fault}, {wait:.1f} s" for fault, wait in zip(faults, waits))


def run_random(lab, count, seed):
    choice = random.Random(seed)
    for number in range(1, count + 1):
        scenario, words = storm(choice)
        print(f"{number} of {count}: {words}", flush=True)
        run(lab, f"{number} of {count}", scenario)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    parser.add_argument("--keep", action="store_true", help="leave the lab up")
    parser.add_argument("--random", type=int, metavar="FAULTS")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    named = {scenario.__name__: scenario for scenario in SCENARIOS}
    if arguments.list:
        print("\n".join(f"{name}: {(scenario.__doc__ or '').strip()}" for name, scenario in named.items()))
        return 0
    lab = Lab(arguments.lab)

    def work():
        if arguments.random:
            print(f"seed {arguments.seed}", flush=True)
            run_random(lab, arguments.random, arguments.seed)
        else:
            for name in arguments.names or named:
                run(lab, name, named[name])

    return run_on_lab(lab, "test-cluster", work, arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
