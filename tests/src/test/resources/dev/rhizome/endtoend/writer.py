"""Writes stamped blocks through NBD, 16 at a time, until it is told to stop or the server is gone.

arguments: socket, journal, first sequence number
The journal has a line for every write ("s sequence block") and for every acknowledgement ("a sequence block").
"""

import errno
import random
import sys
import threading

import nbd
from stamps import BLOCK, stamp

DEPTH = 16
TOLD_EVERY = 250


class Writer:
    def __init__(self, socket, journal, first):
        self.handle = nbd.NBD()
        self.handle.connect_unix(socket)
        self.blocks = self.handle.get_size() // BLOCK
        self.journal = journal
        self.sequence = first
        self.count = 0
        self.failed = 0
        self.busy = set()
        self.stopping = False
        self.random = random.Random(first)

    def listen(self):
        sys.stdin.readline()
        self.stopping = True

    def run(self):
        threading.Thread(target=self.listen, daemon=True).start()
        try:
            while self.busy or not self.stopping:
                while len(self.busy) < DEPTH and not self.stopping:
                    self.submit()
                self.handle.poll(100)
        except nbd.Error as error:
            say(f"server gone: {error.string}")

    def submit(self):
        block = self.random.randrange(self.blocks)
        if block in self.busy:
            return
        self.sequence += 1
        sequence = self.sequence
        self.busy.add(block)
        self.journal.write(f"s {sequence} {block}\n")

        def done(error):
            self.busy.discard(block)
            if error.value != 0:
                self.failed += 1
                if self.failed == 1:
                    say(f"first error {errno.errorcode.get(error.value, error.value)}")
                return 1
            self.journal.write(f"a {sequence} {block}\n")
            self.count += 1
            if self.count % TOLD_EVERY == 0:
                say(f"acknowledged {self.count}")
            return 1

        data = nbd.Buffer.from_bytearray(bytearray(stamp(sequence, block)))
        flags = nbd.CMD_FLAG_FUA if sequence % 16 == 0 else 0
        self.handle.aio_pwrite(data, block * BLOCK, completion=done, flags=flags)


def say(text):
    print(text, flush=True)


def main():
    socket, path, first = sys.argv[1:]
    # Line by line: it is also read while the writer waits for a server that says nothing.
    with open(path, "w", encoding="ascii", buffering=1) as journal:
        writer = Writer(socket, journal, int(first))
        say("connected")
        writer.run()
    say(f"ended: acknowledged={writer.count} failed={writer.failed} last={writer.sequence}")


main()
