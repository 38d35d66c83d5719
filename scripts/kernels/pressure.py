"""Little memory, and writes that go through it."""

import os
import subprocess
import sys
import time

from lab import MIB, Failure, read, require, say

GROUP = "/sys/fs/cgroup/pressure"
GROUP_BYTES = 48 * MIB
LIMIT_S = 400


def buffered_writer_in_a_group(folder, megabytes):
    """Writes much more than the memory of the writer's control group, within a time limit."""
    require(megabytes * MIB >= 1.5 * GROUP_BYTES, f"{megabytes} MiB are too few to put pressure on")
    with open("/sys/fs/cgroup/cgroup.subtree_control", "w", encoding="ascii") as control:
        control.write("+memory +io")
    os.makedirs(GROUP, exist_ok=True)
    with open(f"{GROUP}/memory.max", "w", encoding="ascii") as limit:
        limit.write(str(GROUP_BYTES))
    path = os.path.join(folder, "filled")

    def join_group():
        with open(f"{GROUP}/cgroup.procs", "w", encoding="ascii") as members:
            members.write(str(os.getpid()))

    began = time.monotonic()
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files.py")
    # pylint: disable-next=subprocess-popen-preexec-fn # there are no threads here yet
    with subprocess.Popen([sys.executable, script, path, str(megabytes)], preexec_fn=join_group) as writer:
        try:
            code = writer.wait(LIMIT_S)
        except subprocess.TimeoutExpired as late:
            writer.kill()
            size = os.path.getsize(path)
            raise Failure(f"{size // MIB} of {megabytes} MiB were written in {LIMIT_S} s") from late
    events = dict(line.split() for line in read(f"{GROUP}/memory.events").splitlines())
    seconds = time.monotonic() - began
    say(f"    {megabytes} MiB with {GROUP_BYTES // MIB} MiB of memory in {seconds:.0f} s, limit hit {events['max']} times")
    require(code == 0, f"the writer ended with {code}")
    require(int(events["max"]) > 0, "the memory limit was never reached")
    require(os.path.getsize(path) == megabytes * MIB, "the file is not complete")
    os.unlink(path)
