"""Files on a file system that may be lost any moment.

files.py write FOLDER            writes files, makes each durable, and then says "synced NAME DIGEST"
files.py check FOLDER MANIFEST   looks for every file of the manifest's such lines
"""

import hashlib
import os
import random
import select
import sys

STATE = "state"


def durably(folder, name, data):
    """As careful programs do: beside its place, synced, renamed, and the folder synced."""
    path = os.path.join(folder, name)
    with open(path + ".new", "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def told_to_stop():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def write(folder):
    choice = random.Random(1)
    number = 0
    try:
        while not told_to_stop():
            number += 1
            data = choice.randbytes(choice.randrange(1, 60_000))
            name = f"file-{number % 400}-{number}"
            durably(folder, name, data)
            print("synced", name, hashlib.sha256(data).hexdigest(), flush=True)
            # One file is replaced again and again; it must never be half old, half new.
            durably(folder, STATE, f"{number}\n".encode() * 1000)
            print("state", number, flush=True)
            old = number - 300
            if old > 0:
                os.unlink(os.path.join(folder, f"file-{old % 400}-{old}"))
                print("unlinked", f"file-{old % 400}-{old}", flush=True)
    except OSError as error:
        print("ended:", error, flush=True)
        # Not the ordinary end: that would flush what can no longer be written.
        os._exit(0)
    print("ended: as told", flush=True)


def check(folder, manifest):
    wanted = {}
    state = 0
    with open(manifest, encoding="ascii") as lines:
        for line in lines:
            word, *rest = line.split()
            if word == "synced":
                wanted[rest[0]] = rest[1]
            elif word == "state":
                state = int(rest[0])
            elif word == "unlinked":
                wanted.pop(rest[0])
    bad = 0
    for name, digest in wanted.items():
        try:
            with open(os.path.join(folder, name), "rb") as file:
                found = hashlib.sha256(file.read()).hexdigest()
        except OSError as error:
            found = str(error)
        if found != digest:
            bad += 1
            print(f"{name}: {found}")
    with open(os.path.join(folder, STATE), "rb") as file:
        numbers = set(file.read().split())
    print(f"{len(wanted)} synced files, {bad} bad; state {numbers}, at least {state}")
    newest = int(min(numbers)) if len(numbers) == 1 else 0
    return 1 if bad or not wanted or newest < state else 0


if sys.argv[1] == "write":
    write(sys.argv[2])
else:
    sys.exit(check(sys.argv[2], sys.argv[3]))
