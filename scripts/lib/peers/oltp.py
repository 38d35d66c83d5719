"""Small transactions, as a program's database makes them: SQLite (WAL, synchronous=FULL) on ext4 on the contender's device.

A program of its own, in a mount namespace of its own (unshare --mount): argument 1 is the NBD URI or the disk's path, 2 the seconds. The device is a loop device,
of nbdfuse's file where it is a URI: the same way for all who are compared. Prints JSON: transactions, seconds, latencies (ns)."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

ROWS = 20_000
PATIENCE_SECONDS = 60


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS).stdout.strip()


class Device:
    """A loop device of a file, or of an NBD export, with a file system that is mounted; ends in order."""

    def __init__(self, source, folder):
        self.folder = folder
        self.fuse = None
        self.loop = None
        self.mounted = False
        self.source = source

    def __enter__(self):
        path = self.source
        if "://" in path:
            path = os.path.join(self.folder, "nbd")
            os.close(os.open(path, os.O_CREAT))
            self.fuse = subprocess.Popen(["nbdfuse", path, self.source], stdin=subprocess.DEVNULL)
            deadline = time.monotonic() + PATIENCE_SECONDS
            while os.path.getsize(path) == 0:
                if self.fuse.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("nbdfuse does not come up")
                time.sleep(0.05)
        self.loop = run("losetup", "--find", "--show", path)
        run("mkfs.ext4", "-q", "-F", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", self.loop)
        self.mount = os.path.join(self.folder, "mount")
        os.makedirs(self.mount)
        run("mount", self.loop, self.mount)
        self.mounted = True
        return self.mount

    def __exit__(self, *_):
        if self.mounted:
            run("umount", self.mount)
        if self.loop:
            run("losetup", "--detach", self.loop)
        if self.fuse:
            run("fusermount3", "-u", os.path.join(self.folder, "nbd"))
            self.fuse.wait(timeout=PATIENCE_SECONDS)


def fill(database):
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER, filler TEXT)")
    database.execute("CREATE TABLE history (id INTEGER PRIMARY KEY, account INTEGER, delta INTEGER, at REAL)")
    database.execute("BEGIN")
    database.executemany("INSERT INTO account VALUES (?, 0, ?)", ((i, "x" * 84) for i in range(ROWS)))
    database.execute("COMMIT")


def transact(database, seconds):
    latencies = []
    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        account, delta = random.randrange(ROWS), random.randrange(-5000, 5000)
        sent = time.perf_counter_ns()
        database.execute("BEGIN IMMEDIATE")
        database.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (delta, account))
        database.execute("SELECT balance FROM account WHERE id = ?", (account,)).fetchone()
        database.execute("INSERT INTO history (account, delta, at) VALUES (?, ?, ?)", (account, delta, time.time()))
        database.execute("COMMIT")
        latencies.append(time.perf_counter_ns() - sent)
    return latencies, time.perf_counter() - began


def main():
    source, seconds = sys.argv[1], float(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="rhizome-oltp-") as folder, Device(source, folder) as mount:
        database = sqlite3.connect(os.path.join(mount, "bench.db"), isolation_level=None)
        try:
            fill(database)
            latencies, took = transact(database, seconds)
        finally:
            database.close()
    print(json.dumps({"transactions": len(latencies), "seconds": took, "latencies_ns": latencies}))


if __name__ == "__main__":
    main()
