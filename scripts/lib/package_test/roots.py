"""A Debian root to install packages in, and a daemon that runs there as its unit says."""

import hashlib
import os
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

UNIT = "usr/lib/systemd/system/rhizome.service"
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}
# What dpkg and apt keep for themselves: journals, caches, and the list of what is installed.
OWN_BOOKS = ("proc", "sys", "dev", "var/lib/apt", "var/cache/apt", "var/log/apt", "var/log/dpkg.log", "var/log/alternatives.log", "var/cache/ldconfig",
             "var/lib/dpkg/status", "var/lib/dpkg/status-old", "var/lib/dpkg/available", "var/lib/dpkg/triggers", "var/lib/dpkg/lock", "var/lib/dpkg/lock-frontend",
             # The group's files as they were before the last change; adduser's lock, and systemctl's note that units are to be read again (both gone with a boot).
             "etc/group-", "etc/gshadow-", "run/adduser", "run/systemd/systemd-units-load")  # fmt: skip


class Failure(Exception):
    """A package does not do what it must."""


def check(good, what):
    if not good:
        raise Failure(what)


class Root:
    """One machine's files, unpacked into a folder of their own."""

    def __init__(self, archive, folder, name):
        self.name = name
        self.path = os.path.join(folder, name)
        os.mkdir(self.path)
        # A user namespace makes no device nodes; what needs one gets the machine's below.
        subprocess.run(["tar", "--directory", self.path, "--exclude", "./dev/*", "--extract", "--file", archive], check=True)
        self.mount()
        for device in ("null", "zero", "urandom", "random"):
            with open(self.of("dev", device), "wb"):
                pass
            subprocess.run(["mount", "--bind", f"/dev/{device}", self.of("dev", device)], check=True)

    def mount(self):
        """What the kernel shows; debootstrap's second half takes it away."""
        for kind, place in (("proc", "proc"), ("sysfs", "sys")):
            if not os.path.ismount(self.of(place)):
                subprocess.run(["mount", "-t", kind, kind, self.of(place)], check=True)

    def of(self, *names):
        return os.path.join(self.path, *names)

    def command(self, *words):
        return ["chroot", self.path, *words]

    def run(self, *words, good=True, environment=None, limit=300):
        """Runs a command there; its exit code must be what is expected: 0, or anything else."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=limit, check=False, stdin=subprocess.DEVNULL,
                              env={**QUIET, **(environment or {})})  # fmt: skip
        if good != (done.returncode == 0):
            raise Failure(f"{self.name}: '{shlex.join(words)}' ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-1500:]}")
        return done.stdout + done.stderr

    def install(self, package, good=True):
        target = self.of("root", os.path.basename(package))
        shutil.copy(package, target)
        try:
            return self.run("apt-get", "--quiet", "--yes", "--no-install-recommends", "install", f"/root/{os.path.basename(package)}", good=good)
        finally:
            os.unlink(target)

    def apt(self, *words, good=True):
        return self.run("apt-get", "--quiet", "--yes", *words, good=good)

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.of(name)), exist_ok=True)
        with open(self.of(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.of(name), mode)

    def disk(self, name, size):
        os.makedirs(os.path.dirname(self.of(name)), exist_ok=True)
        with open(self.of(name), "wb") as file:
            file.truncate(size)

    def files(self):
        """Everything that is there: its path, and what it is."""
        found = {}
        for place, folders, names in os.walk(self.path):
            below = os.path.relpath(place, self.path)
            folders[:] = [name for name in folders if os.path.normpath(os.path.join(below, name)) not in OWN_BOOKS]
            for name in folders + names:
                path = os.path.normpath(os.path.join(below, name))
                if path not in OWN_BOOKS:
                    found[path] = describe(self.of(path))
        return found


def describe(path):
    entry = os.lstat(path)
    what = f"{stat.filemode(entry.st_mode)} {entry.st_uid}:{entry.st_gid}"
    if stat.S_ISLNK(entry.st_mode):
        return f"{what} -> {os.readlink(path)}"
    if stat.S_ISREG(entry.st_mode):
        return f"{what} {digest(path)}"
    return what


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()


def differences(before, after):
    return [f"{path}: was {before.get(path, 'not there')}, is {after.get(path, 'not there')}"
            for path in sorted({*before, *after}) if before.get(path) != after.get(path)]  # fmt: skip


class Daemon:
    """The daemon of a root, started with its unit's ExecStart and environment file; READY is awaited as systemd does."""

    processes = []

    def __init__(self, root, limit=60):
        self.root = root
        with open(root.of(UNIT), encoding="utf-8") as unit:
            lines = dict(line.strip().split("=", 1) for line in unit if line.startswith(("ExecStart=", "EnvironmentFile=-")))
        environment = self.environment_file(lines["EnvironmentFile"].lstrip("-/"))
        words = lines["ExecStart"].replace("$RHIZOME_ARGUMENTS", environment.get("RHIZOME_ARGUMENTS", "")).split()
        os.makedirs(root.of("run/rhizome"), exist_ok=True)
        self.log = root.of("var/log", f"rhizome-test-{root.name}.log")
        ready = root.of("run/notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, open(self.log, "ab") as log:
            manager.bind(ready)
            manager.settimeout(limit)
            self.process = subprocess.Popen(root.command(*words), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**QUIET, **environment, "NOTIFY_SOCKET": "/run/notify"})  # fmt: skip
            self.processes.append(self.process)
            try:
                while b"READY=1" not in manager.recv(65536):
                    pass
            except TimeoutError as late:
                raise Failure(f"{root.name}: the daemon was not ready within {limit} s: {self.tail()}") from late
            finally:
                os.unlink(ready)

    def environment_file(self, name):
        try:
            with open(self.root.of(name), encoding="ascii") as file:
                return dict(line.strip().split("=", 1) for line in file if "=" in line)
        except FileNotFoundError:
            return {}

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return " | ".join(log.read().splitlines()[-15:])

    def stop(self, limit=120):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=limit)
        check(code in (0, 143), f"{self.root.name}: the daemon ended with {code}: {self.tail()}")

    def alive(self):
        return self.process.poll() is None

    def program(self):
        """What it runs; the kernel says ' (deleted)' after it once the file has been replaced."""
        return os.readlink(f"/proc/{self.process.pid}/exe")


class Folder:
    """A folder for roots; at the end what still runs there is ended, and all is unmounted and removed."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="rhizome-package-", dir="/var/tmp")
        return self.path

    def __exit__(self, *_):
        for process in Daemon.processes:
            process.kill()
            process.wait()
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            below = [line.split()[1] for line in mounts if line.split()[1].startswith(self.path + "/")]
        for place in reversed(below):
            subprocess.run(["umount", place], check=False)
        subprocess.run(["rm", "-rf", "--one-file-system", self.path], check=True)


def wait_until(condition, what, limit=60):
    deadline = time.monotonic() + limit
    while not condition():
        check(time.monotonic() < deadline, f"not within {limit} s: {what}")
        time.sleep(0.2)
