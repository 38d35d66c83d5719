"""Running a program, and waiting for something: what the guide's test does all the time."""

import subprocess
import time

from cluster_lab import Failure


def run(*words):
    done = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, words))}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def until(condition, what, limit_s=90):
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise Failure(f"not so after {limit_s} s: {what}")
        time.sleep(0.2)
