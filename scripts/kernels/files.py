"""Files whose contents follow from their names, so that they can be checked anywhere; and a writer that goes on and on."""

import hashlib
import os
import sys
import threading
import time

from lab import Failure, require, wait

RECORD_BYTES = 64 << 10


def record(name, number):
    seed = hashlib.sha256(f"{name}:{number}".encode()).digest()
    return seed * (RECORD_BYTES // len(seed))


def write_files(folder, count, records):
    """Files of some records each; what they hold is on the disk afterwards."""
    for index in range(count):
        name = f"file-{index}"
        with open(os.path.join(folder, name), "wb") as file:
            for number in range(records):
                file.write(record(name, number))
            file.flush()
            os.fsync(file.fileno())


def check_file(folder, name, records):
    """The first records of a file are what was written."""
    with open(os.path.join(folder, name), "rb") as file:
        for number in range(records):
            require(file.read(RECORD_BYTES) == record(name, number), f"record {number} of {folder}/{name} is not what was written")


def check_files(folder, count, records):
    for index in range(count):
        check_file(folder, f"file-{index}", records)


class Writer(threading.Thread):
    """Appends a record to a file and makes it durable, again and again until it is told to stop, or the file is full."""

    NAME = "written"

    def __init__(self, folder, most_records):
        super().__init__(daemon=True)
        self.folder = folder
        self.most_records = most_records
        self.durable = 0
        self.longest_s = 0.0
        self.failure = None
        self.stopping = False

    def run(self):
        try:
            with open(os.path.join(self.folder, self.NAME), "wb") as file:
                while not self.stopping and self.durable < self.most_records:
                    began = time.monotonic()
                    file.write(record(self.NAME, self.durable))
                    file.flush()
                    os.fsync(file.fileno())
                    self.longest_s = max(self.longest_s, time.monotonic() - began)
                    self.durable += 1
                    # A file system has room for a few minutes of this.
                    time.sleep(0.05)
        except OSError as error:
            self.failure = error

    def await_progress(self, records, what):
        target = self.durable + records

        def progressed():
            if self.failure:
                raise Failure(f"the writer failed {what}: {self.failure}")
            return self.durable >= target

        wait(f"the writer writes {what}", progressed)

    def end(self):
        self.stopping = True
        self.join(60)
        require(not self.is_alive(), "the writer does not end")
        require(self.failure is None, f"the writer failed: {self.failure}")


def fill(path, megabytes):
    """Writes through the page cache, then makes it durable."""
    with open(path, "wb") as file:
        for number in range(megabytes * 16):
            file.write(record("filled", number))
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    fill(sys.argv[1], int(sys.argv[2]))
