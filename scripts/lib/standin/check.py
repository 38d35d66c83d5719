"""Holds a stand-in's root against what was acknowledged: one line, and exit code 0 if nothing is lost, 1 if something is.

arguments: ROOT RECORD     the stand-in must not be running; RECORD is the oracle's file

lost: transactions missing in any of the stores, or missing at a start (a nucleus that goes on from an older state acknowledges
the same numbers again, which would hide it). deployments: those acknowledged whose transaction-log entry is gone.
empty: recipes and artifacts of a version that the transaction log knows, with nothing in them, or not there.
"""

import os
import sqlite3
import sys
import zlib

import nucleus
import storage


class Promises:
    """What the oracle's record says: the newest of what was acknowledged, and what was found to be missing at a start."""

    def __init__(self, path):
        self.acknowledged = self.deployed = self.lost = self.rolled_back = 0
        with open(path, encoding="utf-8") as file:
            for line in file:
                self.read(line.split()[1:])

    def read(self, words):
        numbers = [int(word) for word in words[1:]]
        if words[0] == "ack":
            self.acknowledged = max(self.acknowledged, numbers[0])
        elif words[0] == "deployed":
            self.deployed = max(self.deployed, numbers[0])
        elif words[0] == "start":
            self.lost += max(0, self.acknowledged - numbers[0], nucleus.everywhere(self.acknowledged) - numbers[2])
            self.rolled_back += max(0, self.deployed - numbers[1])
            self.acknowledged, self.deployed = min(self.acknowledged, numbers[0]), min(self.deployed, numbers[1])


def database(path, acknowledged, step):
    """How many acknowledged rows, one in so many transactions, are missing, and what SQLite says of the file."""
    if not acknowledged and not os.path.exists(path):
        return 0, "ok"
    try:
        base = sqlite3.connect(path)
        found = base.execute("select count(*) from log where id <= ?", (acknowledged,)).fetchone()[0]
        return acknowledged // step - found, base.execute("pragma integrity_check").fetchone()[0].replace(" ", "-")
    except sqlite3.Error as failure:
        return acknowledged, str(failure).replace(" ", "-")


def journal(path, acknowledged):
    """How many acknowledged lines are missing, and how many are not what was written. A torn last line was not acknowledged."""
    try:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")[:-1]
    except OSError:
        lines = []
    found, bad = set(), 0
    for line in lines:
        number, _, check = line.partition(b" ")
        if number.isdigit() and check == b"%08x" % zlib.crc32(number):
            found.add(int(number))
        else:
            bad += 1
    return acknowledged - sum(1 for number in found if number <= acknowledged), bad


def empty(paths):
    return sum(1 for path in paths if not os.path.exists(path) or os.path.getsize(path) == 0)


def newest_small_file(work, number):
    """Whether the file of the last acknowledged transaction that has one has that number, or one that was under way."""
    if not number:
        return True
    try:
        with open(nucleus.small_file(work, number), "rb") as file:
            return int(file.read() or b"0") >= number
    except (OSError, ValueError):
        return False


def check(root, record):
    promises = Promises(record)
    acknowledged = promises.acknowledged
    kept = nucleus.everywhere(acknowledged)
    work = os.path.join(root, "work", "Load")
    path = os.path.join(root, "config", "config.tlog")
    try:
        values, tlog = storage.read_log(path + ".old" if os.path.exists(path + ".old") else path), "ok"
    except storage.Invalid:
        values, tlog = {}, "invalid"
    wal_lost, wal = database(os.path.join(work, "wal.db"), acknowledged, 1)
    rollback_lost, rollback = database(os.path.join(work, "rollback.db"), acknowledged, nucleus.EVERYWHERE_EVERY)
    journal_lost, bad = journal(os.path.join(work, "journal"), acknowledged)
    small = newest_small_file(work, kept)
    missing = {"tlog": kept - values.get("seq", 0), "wal": wal_lost, "rollback": rollback_lost, "journal": journal_lost, "files": int(not small)}
    lost = promises.lost + max(missing.values())
    version = values.get("Ticker", 0)
    versions = range(max(1, version - nucleus.VERSIONS_KEPT + 1), version + 1)
    recipes = empty(nucleus.recipe(root, one) for one in versions)
    artifacts = empty(os.path.join(nucleus.component(root, one), name) for one in versions for name in ("run.sh", "model"))
    deployments = promises.rolled_back + max(0, promises.deployed - version)
    good = not (lost or deployments or recipes or artifacts or bad) and (tlog, wal, rollback) == ("ok", "ok", "ok")
    line = (
        f"standin: acknowledged={acknowledged} lost={lost} deployments_lost={deployments} tlog={tlog} empty_recipes={recipes}"
        f" empty_artifacts={artifacts} sqlite_wal={wal} sqlite_rollback={rollback} bad_checksums={bad}"
    )
    if lost:
        line += f" missing_at_starts={promises.lost}" + "".join(f" missing_in_{name}={count}" for name, count in missing.items() if count > 0)
    return good, line


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    all_good, said = check(sys.argv[1], sys.argv[2])
    print(said)
    sys.exit(0 if all_good else 1)
