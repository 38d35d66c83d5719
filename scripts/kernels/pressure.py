"""Little memory, and writes that go through it."""

import contextlib
import os
import subprocess
import sys
import time

from lab import MIB, PATIENCE_S, Failure, read, require, run, say, show_blocked

GROUP = "/sys/fs/cgroup/pressure"
GROUP_BYTES = 48 * MIB
LEFT_BYTES = 160 * MIB

HOG = """
import sys, time
open("/proc/self/oom_score_adj", "w").write("1000")
memory = bytearray(int(sys.argv[1]))
memory[::4096] = b"x" * len(memory[::4096])
print("ready", flush=True)
time.sleep(86400)
"""


def write_through_the_cache(path, megabytes, before=None):
    """Has another process write a file and make it durable, within a time limit; answers with the seconds that it took."""
    began = time.monotonic()
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files.py")
    # Not a with statement: whoever hangs in the kernel cannot be waited for.
    # pylint: disable-next=subprocess-popen-preexec-fn,consider-using-with # there are no threads here
    writer = subprocess.Popen([sys.executable, "-B", script, path, str(megabytes)], preexec_fn=before)
    try:
        code = writer.wait(PATIENCE_S)
    except subprocess.TimeoutExpired as late:
        show_blocked()
        writer.kill()
        raise Failure(f"{os.path.getsize(path) // MIB} of {megabytes} MiB were written in {PATIENCE_S} s") from late
    require(code == 0, f"the writer ended with {code}")
    require(os.path.getsize(path) == megabytes * MIB, "the file is not complete")
    os.unlink(path)
    return time.monotonic() - began


def buffered_writer_in_a_group(folder, megabytes):
    """Writes much more than the memory of the writer's control group."""
    require(megabytes * MIB >= 1.5 * GROUP_BYTES, f"{megabytes} MiB are too few to put pressure on")
    with open("/sys/fs/cgroup/cgroup.subtree_control", "w", encoding="ascii") as control:
        control.write("+memory +io")
    os.makedirs(GROUP, exist_ok=True)
    with open(f"{GROUP}/memory.max", "w", encoding="ascii") as limit:
        limit.write(str(GROUP_BYTES))

    def join_group():
        with open(f"{GROUP}/cgroup.procs", "w", encoding="ascii") as members:
            members.write(str(os.getpid()))

    seconds = write_through_the_cache(os.path.join(folder, "filled"), megabytes, join_group)
    events = dict(line.split() for line in read(f"{GROUP}/memory.events").splitlines())
    say(f"    {megabytes} MiB with {GROUP_BYTES // MIB} MiB of memory in {seconds:.0f} s, limit hit {events['max']} times")
    require(int(events["max"]) > 0, "the memory limit was never reached")


def available_bytes():
    for line in read("/proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise Failure("the kernel does not say how much memory is available")


@contextlib.contextmanager
def hog():
    """Takes most of the machine's memory."""
    size = available_bytes() - LEFT_BYTES
    require(size > 0, "there is no memory to take")
    with subprocess.Popen([sys.executable, "-c", HOG, str(size)], stdout=subprocess.PIPE) as process:
        try:
            require(process.stdout.readline() == b"ready\n", "the memory was not to be had")
            yield size
        finally:
            process.kill()


def buffered_writer_in_a_full_machine(folder, megabytes):
    """Writes while the whole machine, and the daemons with it, is short of memory."""
    run("sync")
    with hog() as size:
        seconds = write_through_the_cache(os.path.join(folder, "filled"), megabytes)
        say(f"    {megabytes} MiB in {seconds:.0f} s, {size // MIB} MiB of memory taken, {available_bytes() // MIB} left")
