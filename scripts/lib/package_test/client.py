"""A client that writes all the time, finds the node that serves, repeats what was not acknowledged, and compares what was."""

import hashlib
import os
import sys
import threading
import time

import nbd

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from demo import BLOCK, stamp  # noqa: E402


class Client:
    """Several writers, each with blocks of its own; every write has a number, and is repeated until it is acknowledged."""

    WRITERS = 4

    def __init__(self, sockets, blocks):
        self.sockets = sockets
        self.blocks = blocks
        self.stopping = False
        self.failures = []
        self.wrong = []
        self.longest_pause = 0.0
        self.writers = [Writer(self, number) for number in range(self.WRITERS)]

    def start(self):
        for writer in self.writers:
            writer.start()

    def stop(self):
        self.stopping = True
        for writer in self.writers:
            writer.join(timeout=60)
        return not any(writer.is_alive() for writer in self.writers)

    def count(self):
        return sum(writer.count for writer in self.writers)

    def lost(self, path):
        """How many acknowledged writes are not what is read there."""
        handle = nbd.NBD()
        handle.connect_unix(path)
        lost = sum(bytes(handle.pread(BLOCK, block * BLOCK)) != stamp(sequence, block)
                   for writer in self.writers for block, sequence in writer.acknowledged.items())  # fmt: skip
        handle.shutdown()
        return lost


class Writer(threading.Thread):
    """One request at a time."""

    def __init__(self, client, number):
        super().__init__(daemon=True)
        self.client = client
        self.number = number
        self.handle = None
        self.acknowledged = {}
        self.count = 0
        self.sequence = number

    def run(self):
        last = time.monotonic()
        while not self.client.stopping:
            self.sequence += Client.WRITERS
            digest = hashlib.sha256(str(self.sequence).encode()).digest()
            block = int.from_bytes(digest[:8], "big") % (self.client.blocks // Client.WRITERS) * Client.WRITERS + self.number
            if not self.write(block):
                return
            self.acknowledged[block] = self.sequence
            self.count += 1
            self.client.longest_pause = max(self.client.longest_pause, time.monotonic() - last)
            last = time.monotonic()
            if self.sequence % 8 == self.number:
                self.read_back(block)
            time.sleep(0.002)

    def write(self, block):
        """Repeats this one write until a node has acknowledged it; false if it was to end before."""
        data = stamp(self.sequence, block)
        while not self.client.stopping:
            if self.handle is None and not self.connect():
                time.sleep(0.02)
                continue
            try:
                self.handle.pwrite(data, block * BLOCK, nbd.CMD_FLAG_FUA if self.sequence % 16 == self.number else 0)
                return True
            except nbd.Error as error:
                self.client.failures.append((time.monotonic(), str(error)))
                self.handle = None
        return False

    def connect(self):
        for path in self.client.sockets:
            handle = nbd.NBD()
            try:
                handle.connect_unix(path)
                self.handle = handle
                return True
            except nbd.Error:
                pass
        return False

    def read_back(self, block):
        try:
            if bytes(self.handle.pread(BLOCK, block * BLOCK)) != stamp(self.sequence, block):
                self.client.wrong.append((block, self.sequence))
        except nbd.Error:
            self.handle = None
