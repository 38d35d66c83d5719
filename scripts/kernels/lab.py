"""What the guest's programs share: failures, commands with time limits, waiting."""

import subprocess
import time

MIB = 1 << 20

# Emulation is ten to fifty times slower than the machine, and that one may be busy with other things: only what hangs takes this long.
PATIENCE_S = 600


class Failure(Exception):
    """Something is not as it must be."""


class Untested(Exception):
    """Something cannot be tested here, and why."""


def say(text):
    print(text, flush=True)


def require(condition, text):
    if not condition:
        raise Failure(text)


def run(*command, check=True, limit_s=PATIENCE_S):
    """A command's standard output; one that fails or takes too long is a failure that shows its last words."""
    pipe = subprocess.PIPE
    # Not a with statement: whoever hangs in the kernel cannot be waited for.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    try:
        output, errors = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired as late:
        process.kill()
        show_blocked()
        raise Failure(f"{' '.join(command)} did not end within {limit_s} s") from late
    if check and process.returncode != 0:
        words = (errors.strip() or output.strip()).splitlines()[-3:]
        raise Failure(f"{' '.join(command)} ended with {process.returncode}: {' / '.join(words)}")
    return output


def show_blocked():
    """Has the kernel write to its log where in it every blocked task waits."""
    with open("/proc/sysrq-trigger", "w", encoding="ascii") as trigger:
        trigger.write("w")


def wait(what, condition, limit_s=PATIENCE_S):
    """Waits until a condition answers with something true, and answers with that."""
    deadline = time.monotonic() + limit_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {limit_s} s")
        time.sleep(0.2)


def read(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read().strip()


def kernel_log():
    return run("dmesg")
