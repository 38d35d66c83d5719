"""Stands in for the Greengrass nucleus: the same places, the same lines in its log, the same habits of syncing.

argument: the root, which install.py has made. Each transaction goes into an SQLite database with a write-ahead log and into a
journal with check sums, one of five also into a database with a rollback journal, into a small file and into the transaction log;
when all of them are durable, the oracle is told. Every so many transactions there is a deployment, whose recipe and script nobody
syncs.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zlib

import storage

DEPLOYMENT_EVERY = 50
EVERYWHERE_EVERY = 5
VERSIONS_KEPT = 20
FILES = 16
SCRIPT = "#!/bin/sh\n# Says nothing: a component that prints would end when nobody reads that any more.\nwhile :; do sleep 1; done\n"


class Oracle:
    """Hears of all that is acknowledged: a file outside the volume, or HOST:PORT of oracle.py. A datagram that is lost is one promise less.

    A line is the time, in seconds since 1970, by the clock of who writes it down, and the words.
    """

    def __init__(self, place):
        self.place = place
        host, _, port = place.rpartition(":")
        self.address = (host, int(port)) if port.isdigit() else None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if self.address else None

    def tell(self, *words):
        line = " ".join(map(str, words)) + "\n"
        try:
            if self.address:
                self.socket.sendto(line.encode(), self.address)
            else:
                with open(self.place, "a", encoding="utf-8") as file:
                    file.write(f"{time.time():.3f} {line}")
        except OSError:
            pass


class Database:
    """A row a transaction."""

    def __init__(self, path, mode, synchronous):
        self.base = sqlite3.connect(path, isolation_level=None)
        self.base.execute(f"pragma journal_mode={mode}")
        self.base.execute(f"pragma synchronous={synchronous}")
        self.base.execute("create table if not exists log (id integer primary key, text)")

    def put(self, number):
        self.base.execute("insert or replace into log values (?, ?)", (number, str(number) * 20))

    def last(self):
        return self.base.execute("select ifnull(max(id), 0) from log").fetchone()[0]


class Nucleus:
    def __init__(self, root):
        self.root = root
        with open(self.at("config", "standin.json"), encoding="utf-8") as file:
            self.settings = json.load(file)
        self.log = storage.Log(self.at("logs", "greengrass.log"))
        self.oracle = Oracle(self.settings["oracle"])
        self.work = self.at("work", "Load")
        self.load_state = "RUNNING"
        self.ticker = None
        self.ticker_restarts = False
        self.stopping = threading.Event()

    def at(self, *names):
        return os.path.join(self.root, *names)

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        self.log("INFO", "system-start")
        self.config = storage.TransactionLog(self.at("config"), self.log)
        self.config.load()
        storage.replace_file(self.at("config", "effectiveConfig.yaml"), self.config.text())
        os.makedirs(os.path.join(self.work, "files"), exist_ok=True)
        self.wal = Database(os.path.join(self.work, "wal.db"), "wal", "full")
        # "extra": the folder is synced as well, or a journal that was removed may be back.
        self.rollback = Database(os.path.join(self.work, "rollback.db"), "delete", "extra")
        found = self.wal.last()
        self.oracle.tell("start", found, self.version(), self.config.values.get("seq", 0))
        # The last one may be in some stores only: it is done again.
        self.seq = max(0, found - 1)
        self.listen()
        self.start_ticker()
        # As a nucleus of many components does: a while after its start.
        self.stopping.wait(self.settings.get("startup_s", 0))
        self.log("INFO", "service-set-state. {serviceName=main, currentState=STARTING, newState=FINISHED}")
        self.keep_the_rate()
        self.end()

    def keep_the_rate(self):
        """A transaction that has taken long does not make the next ones later, but what a hung disk held up for more than a second is not made up for."""
        due = time.monotonic()
        while not self.stopping.wait(max(0, due - time.monotonic())):
            self.transact_if_it_can()
            due = max(due + 1 / self.settings["rate"], time.monotonic() - 1)

    def version(self):
        return self.config.values.get("Ticker", 0)

    # ---- what is written

    def transact_if_it_can(self):
        if self.load_state != "RUNNING":
            return
        try:
            self.transact(self.seq + 1)
            if self.seq % DEPLOYMENT_EVERY == 0:
                self.deploy(self.version() + 1)
        except (OSError, sqlite3.Error) as failure:
            # The nucleus goes on, and answers, as if nothing were; only the component that writes is broken.
            self.log("ERROR", f"Load: {failure}")
            self.load_state = "BROKEN"

    def transact(self, number):
        text = b"%d" % number
        self.wal.put(number)
        storage.append_synced(os.path.join(self.work, "journal"), b"%s %08x\n" % (text, zlib.crc32(text)))
        if number % EVERYWHERE_EVERY == 0:
            self.rollback.put(number)
            self.replace_small_file(small_file(self.work, number), text)
            self.config.put("seq", number)
        self.seq = number
        self.oracle.tell("ack", number)

    def replace_small_file(self, path, data):
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

    def deploy(self, version):
        folder = self.at("deployments", str(version))
        os.makedirs(folder, exist_ok=True)
        storage.replace_file(os.path.join(folder, "deployment_metadata.json"), b'{"version": %d}' % version)
        storage.link_absolutely(folder, self.at("deployments", "ongoing"))
        write_component(self.root, version)
        self.config.put("Ticker", version)
        os.rename(self.at("deployments", "ongoing"), self.at("deployments", "previous-success"))
        if self.settings.get("restart_s") is not None:
            self.restart_ticker(self.settings["restart_s"])
        self.log("INFO", f"deployment {version} SUCCEEDED")
        self.oracle.tell("deployed", version)
        remove_component(self.root, version - VERSIONS_KEPT)

    # ---- who is spoken to, and what runs

    def listen(self):
        path = self.at("ipc.socket")
        if os.path.exists(path):
            os.unlink(path)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(16)
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            connection, _ = self.server.accept()
            with connection:
                connection.settimeout(1)
                try:
                    if connection.recv(100) == b"list\n":
                        connection.sendall(self.components().encode())
                except OSError:
                    pass

    def components(self):
        states = {"Load": self.load_state, "Ticker": self.ticker_state()}
        return "".join(f"Component Name: {name}\n    Version: 1.0.0\n    State: {state}\n" for name, state in states.items())

    def ticker_state(self):
        if self.ticker_restarts:
            return "STOPPING"
        code = self.ticker.poll()
        if code is None:
            return "RUNNING"
        return "FINISHED" if code == 0 else "BROKEN"

    def start_ticker(self):
        script = os.path.join(component(self.root, self.version()), "run.sh")
        folder = self.at("work", "Ticker")
        os.makedirs(folder, exist_ok=True)
        self.ticker = subprocess.Popen(["/bin/sh", script], cwd=folder, stdin=subprocess.DEVNULL)

    def restart_ticker(self, pause_s):
        """A component that is deployed is stopped and started, and takes its time."""
        self.ticker_restarts = True
        self.ticker.terminate()
        self.ticker.wait()
        self.stopping.wait(pause_s)
        self.start_ticker()
        self.ticker_restarts = False

    def end(self):
        self.ticker.terminate()
        self.ticker.wait()
        storage.replace_file(self.at("config", "effectiveConfig.yaml"), self.config.text())
        self.log("INFO", "service-set-state. {serviceName=main, currentState=STOPPING, newState=FINISHED}")


def everywhere(number):
    """The last transaction up to this one that is in all stores."""
    return number - number % EVERYWHERE_EVERY


def small_file(work, number):
    return os.path.join(work, "files", str(number // EVERYWHERE_EVERY % FILES))


def component(root, version):
    return os.path.join(root, "packages", "artifacts", "Ticker", str(version))


def recipe(root, version):
    return os.path.join(root, "packages", "recipes", f"Ticker@{version}.recipe.yaml")


def write_component(root, version):
    """What comes from the cloud is synced; recipes, and artifacts of a local deployment, are not."""
    os.makedirs(component(root, version), exist_ok=True)
    with open(recipe(root, version), "w", encoding="utf-8") as file:
        file.write(f"ComponentName: Ticker\nComponentVersion: {version}\n")
    with open(os.path.join(component(root, version), "run.sh"), "w", encoding="utf-8") as file:
        file.write(SCRIPT)
    with open(os.path.join(component(root, version), "model"), "wb") as file:
        file.write(b"%d" % version * 1000)
        file.flush()
        os.fsync(file.fileno())


def remove_component(root, version):
    if version < 1:
        return
    for name in ("run.sh", "model"):
        os.unlink(os.path.join(component(root, version), name))
    os.rmdir(component(root, version))
    os.unlink(recipe(root, version))


if __name__ == "__main__":
    Nucleus(sys.argv[1]).run()
    # The loader asks for the signal's own number, 128 + 15.
    sys.exit(143)
