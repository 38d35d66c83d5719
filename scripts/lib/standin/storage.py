"""How the nucleus keeps things, as far as a crash can tell: its transaction log, its files that are replaced, its logs."""

import json
import os
import time

LINES_BEFORE_A_REWRITE = 500


def append_synced(path, data):
    """Appends, and returns when it is durable (O_SYNC), as the nucleus does for each line of its log."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_SYNC, 0o644)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def write_synced(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_SYNC, 0o644)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def replace_file(path, data):
    """X+ is written durably, X becomes X~, X+ becomes X. Between the renames there is no X; the folder is not synced."""
    write_synced(path + "+", data)
    if os.path.exists(path):
        os.rename(path, path + "~")
    os.rename(path + "+", path)


def link_absolutely(target, link):
    """A link to an absolute path, put in the place of the one that is there."""
    if os.path.lexists(link + ".new"):
        os.unlink(link + ".new")
    os.symlink(os.path.abspath(target), link + ".new")
    os.rename(link + ".new", link)


class Invalid(Exception):
    """One bad line, or none at all: all of it is rejected."""


def read_log(path):
    values = {}
    try:
        with open(path, "rb") as file:
            data = file.read()
        if not data.endswith(b"\n"):
            raise ValueError("empty, or its last line is torn")
        for line in data.splitlines():
            entry = json.loads(line)
            values[entry["key"]] = entry["value"]
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise Invalid(path) from failure
    return values


class TransactionLog:
    """Key and value a line, JSON, appended durably; rewritten from time to time."""

    def __init__(self, folder, log):
        self.path = os.path.join(folder, "config.tlog")
        self.bootstrap = os.path.join(folder, "bootstrap.tlog")
        self.log = log
        self.lines = 0
        self.values = {}

    def load(self):
        if os.path.exists(self.path + ".old"):
            self.log("WARN", "Undoing the effect of incomplete truncation")
            os.replace(self.path + ".old", self.path)
        for path in (self.path, self.path + "~", self.bootstrap, self.bootstrap + "~"):
            try:
                self.values = read_log(path)
                break
            except Invalid:
                self.log("ERROR", f"Transaction log {path} is invalid")
        # What was read is what there is from now on: a later start finds nothing wrong.
        if path != self.path:
            write_synced(self.path, self.text())
        self.lines = len(self.values)
        return self.values

    def put(self, key, value):
        append_synced(self.path, line(key, value))
        self.values[key] = value
        self.lines += 1
        if self.lines > LINES_BEFORE_A_REWRITE:
            os.rename(self.path, self.path + ".old")
            write_synced(self.path, self.text())
            os.unlink(self.path + ".old")
            self.lines = len(self.values)

    def text(self):
        return b"".join(line(key, value) for key, value in self.values.items())


def line(key, value):
    return json.dumps({"key": key, "value": value}).encode() + b"\n"


class Log:
    """logs/greengrass.log: nothing is synced, and an error of the disk is not told anybody."""

    def __init__(self, path):
        self.path = path

    def __call__(self, level, text):
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
        try:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(f"{stamp} [{level}] (main) standin: {text}\n")
        except OSError:
            pass
