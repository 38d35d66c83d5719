#!/usr/bin/python3
"""Records that are acknowledged to another node, and what has become of them after a crash.

  records.py collect ADDRESS PORT RECORD ROOT SOCKET SECONDS   on the node that survives
  records.py write ROOT ADDRESS PORT RATE                      on the node that is crashed
  records.py compare ROOT RECORD                               on the node that has taken over
  records.py remove ROOT                                       away with them

The writer tells of a record once it is durable; the collector notes it, and when the core answers where it is: ROOT is mounted,
takes a durable write, and somebody takes a connection to SOCKET in it (nothing: no core). Both print one line of JSON.
"""

import json
import os
import shutil
import socket
import sys
import threading
import time
import zlib

FOLDER = ".rhizome-verify"
FILES = 8


def line_of(number):
    return b"%d %08x\n" % (number, zlib.crc32(b"%d" % number))


def write_durably(path, data):
    """A new file in the place of the old one, of which either is there after a crash."""
    with open(path + ".new", "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".new", path)
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(root, address, port, rate):
    if not os.path.ismount(root):
        sys.exit(f"{root} is not mounted")
    folder = os.path.join(root, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder, 0o700)
    collector = socket.create_connection((address, int(port)), timeout=10)
    collector.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    log = os.open(os.path.join(folder, "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o600)
    number = 0
    while True:
        number += 1
        os.write(log, line_of(number))
        write_durably(os.path.join(folder, f"file{number % FILES}"), line_of(number))
        collector.sendall(b"%d\n" % number)
        time.sleep(1 / float(rate))


class Collector:
    """What was acknowledged, and when; and since when the core answers here."""

    def __init__(self, path):
        self.path = path
        self.acknowledged = 0
        self.first_s = self.last_s = None

    def receive(self, listener):
        connection, _ = listener.accept()
        with connection, open(self.path, "wb", buffering=0) as record:
            rest = b""
            while data := self.read(connection):
                self.last_s = time.monotonic()
                self.first_s = self.first_s or self.last_s
                whole, _, rest = (rest + data).rpartition(b"\n")
                if whole:
                    self.acknowledged = int(whole.rpartition(b"\n")[2])
                    record.write(b"%d\n" % self.acknowledged)

    def read(self, connection):
        try:
            return connection.recv(4096)
        except OSError:
            return b""


def answers(root, name):
    if not os.path.ismount(root):
        return False
    try:
        if name:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(2)
                client.connect(os.path.join(root, name))
        write_durably(os.path.join(root, FOLDER, "probe"), b"answers\n")
        return True
    except OSError:
        return False


def collect(address, port, record, root, name, limit_s):
    collector = Collector(record)
    with socket.create_server((address, int(port)), family=socket.AF_INET6 if ":" in address else socket.AF_INET) as listener:
        threading.Thread(target=collector.receive, args=(listener,), daemon=True).start()
        end = time.monotonic() + float(limit_s)
        while not answers(root, name):
            if time.monotonic() > end:
                sys.exit(f"the core does not answer on {root} after {limit_s} s; acknowledged were {collector.acknowledged}")
            time.sleep(0.05)
        answered_s = time.monotonic()
    if not collector.last_s:
        sys.exit("nothing was acknowledged: the writer has not begun")
    print(json.dumps({"acknowledged": collector.acknowledged, "outage_seconds": round(answered_s - collector.last_s, 2)}))


def compare(root, record):
    with open(record, "rb") as file:
        acknowledged = max((int(line) for line in file), default=0)
    folder = os.path.join(root, FOLDER)
    lines = []
    if os.path.exists(os.path.join(folder, "log")):
        with open(os.path.join(folder, "log"), "rb") as file:
            lines = file.read().splitlines(keepends=True)
    damaged = sum(1 for number, line in enumerate(lines[:acknowledged], 1) if line != line_of(number))
    lost = max(0, acknowledged - len(lines))
    for number in range(max(1, acknowledged - FILES + 1), acknowledged + 1):
        lost += not newest(os.path.join(folder, f"file{number % FILES}"), number)
    print(json.dumps({"acknowledged": acknowledged, "found": len(lines), "lost": lost, "damaged": damaged}))
    return 1 if lost or damaged or not acknowledged else 0


def newest(path, number):
    """Whether the file is that of this record, or of a later one that had not been acknowledged yet."""
    try:
        with open(path, "rb") as file:
            line = file.read()
        found = int(line.split()[0])
        return line == line_of(found) and found >= number and found % FILES == number % FILES
    except (OSError, ValueError, IndexError):
        return False


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", *words] if len(words) == 4:
            write(*words)
        case ["collect", *words] if len(words) == 6:
            collect(*words)
        case ["compare", *words] if len(words) == 2:
            sys.exit(compare(*words))
        case ["remove", folder_of]:
            shutil.rmtree(os.path.join(folder_of, FOLDER), ignore_errors=True)
        case _:
            sys.exit(__doc__)
