"""Running a program, and waiting for something: what the guide's test does all the time."""

import subprocess
import time

from cluster_lab import Failure


def run(*words, limit_s=600):
    """What it prints. timeout(1) ends it with all that it has started."""
    command = ["timeout", str(limit_s), *map(str, words)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode == 124:
        raise Failure(f"{' '.join(command[2:])}: does not end within {limit_s} s")
    if done.returncode:
        raise Failure(f"{' '.join(command[2:])}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def until(condition, what, limit_s=90):
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"not so after {limit_s} s: {what}")
        time.sleep(0.2)
