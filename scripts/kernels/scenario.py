"""A pair's life with a kernel block device: from its first format to the other node's mount, step by step."""

import contextlib
import os
import re
import stat
import subprocess

from cluster import Cluster, device, drop_caches
from files import RECORD_BYTES, Writer, check_file, check_files, write_files
from lab import MIB, Untested, kernel_log, read, require, run, say, wait
from pressure import buffered_writer_in_a_full_machine, buffered_writer_in_a_group

MOUNT = "/run/lab/mount"
OTHER_MOUNT = "/run/lab/other-mount"
FILES = 12
RECORDS = 16


def queue(node, name):
    return read(f"/sys/block/{os.path.basename(os.path.realpath(device(node)))}/queue/{name}")


def block_device_size(path):
    """0 if it is no block device, or one without a disk behind it."""
    try:
        if not stat.S_ISBLK(os.stat(path).st_mode):
            return 0
        return int(run("blockdev", "--getsize64", path))
    except FileNotFoundError:
        return 0


def mounted():
    """The mount's line in the kernel's table; a remount changes its id or its options."""
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        lines = [line for line in table if f" {MOUNT} " in line]
    return lines[-1] if lines else None


@contextlib.contextmanager
def mounted_for_a_while(node, place=MOUNT):
    """A mount that goes, whatever happens under it."""
    mount(node, place)
    try:
        yield
    finally:
        run("umount", place)


def mount(node, place=MOUNT):
    os.makedirs(place, exist_ok=True)
    run("mount", device(node), place)


class Scenario:
    """The steps that every front end goes through; a front end's class says what is different with it."""

    attach = "socket"
    survives_kill = True
    persistent_name = True
    modules = ()

    def __init__(self):
        self.cluster = None
        self.volume_bytes = 0
        self.durable = 0

    # ---- what front ends differ in

    def appear(self, node):
        """Makes a Primary's device appear, if it does not do so by itself."""

    def vanish(self, node):
        """Ends what appear has begun."""

    # ---- the steps, in their order

    def steps(self):
        return [
            ("start", self.start),
            ("limits", self.limits),
            ("raw", self.raw),
            ("xfs", self.xfs),
            ("ext4", self.ext4),
            ("refusal", self.refusal),
            ("pressure", self.pressure),
            ("shortage", self.shortage),
            ("restart", self.restart),
            ("stop", self.stop),
            ("demotion", self.demotion),
            ("failover", self.failover),
            ("no-errors", self.no_errors),
            ("overtaken", self.overtaken),
            ("kill", self.kill),
            ("compare", self.compare),
        ]

    def start(self):
        """Metadata, both daemons, promotion, the initial sync; the device is there, as large as the volume."""
        for module in self.modules:
            if subprocess.run(["modprobe", module], capture_output=True, check=False).returncode != 0:
                raise Untested(f"this kernel has no module {module}")
        self.cluster = Cluster(self.attach)
        self.cluster.create_metadata()
        self.cluster.start("alpha", "beta")
        self.cluster.promote("alpha", force=True)
        self.volume_bytes = self.cluster.volume_bytes()
        self.appear("alpha")
        self.await_device("alpha")
        self.cluster.await_in_step()

    def await_device(self, node):
        wait(
            f"{device(node)} is a block device of {self.volume_bytes} bytes",
            lambda: block_device_size(device(node)) == self.volume_bytes,
        )

    def limits(self):
        """What the kernel knows of the device."""
        sizes = run("blockdev", "--getss", "--getpbsz", device("alpha")).split()
        names = ("write_cache", "fua", "discard_max_bytes", "write_zeroes_max_bytes", "max_sectors_kb", "rotational")
        known = {name: queue("alpha", name) for name in names}
        say(f"    sectors {sizes}, {known}")
        say("    " + run("lsblk", "-n", "-b", "-o", "NAME,SIZE,RO,LOG-SEC,PHY-SEC,DISC-MAX,WSAME,ROTA", device("alpha")).strip())
        require(set(sizes) <= {"512", "4096"}, f"blocks of {sizes} bytes, neither 512 nor 4096")
        require(known["write_cache"] == "write back", "without a write cache the kernel sends no flush")
        require(int(known["discard_max_bytes"]) > 0, "the device takes no discards")
        self.more_limits(known)

    def more_limits(self, known):
        require(known["fua"] == "1", "the device takes no forced unit access")
        require(int(known["write_zeroes_max_bytes"]) > 0, "the device writes no zeroes")

    def raw(self):
        """Random writes past the page cache, read back; zeroes; discards."""
        path = device("alpha")
        run(
            *("fio", "--name=raw", f"--filename={path}", "--rw=randwrite", "--bs=4k", "--size=16M", "--io_size=8M"),
            *("--direct=1", "--ioengine=libaio", "--iodepth=16", "--verify=crc32c", "--verify_fatal=1", "--fsync=256"),
            "--do_verify=1",
        )
        run("blkdiscard", "-z", "-o", "0", "-l", str(8 * MIB), path)
        drop_caches()
        with open(path, "rb") as file:
            require(file.read(8 * MIB) == bytes(8 * MIB), "zeroed blocks are not zero")
        run("blkdiscard", "-f", path)

    def xfs(self):
        self.file_system("mkfs.xfs", "-q", "-f")
        run("xfs_repair", "-n", device("alpha"))

    def ext4(self):
        """The file system that stays."""
        self.file_system("mkfs.ext4", "-q", "-F")
        run("e2fsck", "-f", "-n", device("alpha"))
        mount("alpha")

    def file_system(self, *make):
        run("wipefs", "-a", device("alpha"))
        run(*make, device("alpha"))
        with mounted_for_a_while("alpha"):
            write_files(MOUNT, FILES, RECORDS)
            os.unlink(os.path.join(MOUNT, f"file-{FILES - 1}"))
            run("fstrim", MOUNT)
            run("fsfreeze", "-f", MOUNT)
            run("fsfreeze", "-u", MOUNT)
            drop_caches()
            check_files(MOUNT, FILES - 1, RECORDS)

    def refusal(self):
        """A node whose device is in use is not demoted, and says by whom it is used."""
        reason = self.cluster.tell("alpha", "secondary")
        require(reason, "secondary was accepted while the device is mounted")
        say(f"    {reason}")
        require("mount" in reason, f"the refusal does not speak of the mount: {reason}")
        require(mounted(), "the mount is gone")
        write_files(MOUNT, 1, RECORDS)

    def pressure(self):
        """A writer through the page cache with little memory makes progress."""
        buffered_writer_in_a_group(MOUNT, 128)

    def shortage(self):
        """The same with little memory for everybody, the daemons too."""
        buffered_writer_in_a_full_machine(MOUNT, 128)

    def restart(self):
        """The daemon dies under a writer, comes again, and is promoted once it is in step; the writer notices nothing but the time."""
        self.survive(self.cluster.kill, self.cluster.await_in_step)

    def stop(self):
        """The daemon is stopped in order under a writer, comes again and is promoted: the writer notices nothing but the time."""
        self.survive(self.cluster.stop_one, self.cluster.await_in_step)

    def survive(self, end, before_promotion):
        if not self.survives_kill:
            raise Untested("a device of this kind does not outlive its daemon")
        before = mounted()
        writer = Writer(MOUNT, most_records=1000)
        writer.start()
        try:
            writer.await_progress(20, "before its daemon ends")
            end("alpha")
            require(block_device_size(device("alpha")) == self.volume_bytes, "the device went with its daemon")
            self.cluster.start("alpha")
            before_promotion()
            self.cluster.promote("alpha")
            self.await_device("alpha")
            writer.await_progress(20, "after its daemon is back")
        finally:
            writer.stopping = True
        writer.end()
        self.durable = writer.durable
        say(f"    {writer.durable} records, the longest took {writer.longest_s:.1f} s")
        require(mounted() == before, f"the mount has changed: {before} -> {mounted()}")
        self.cluster.await_in_step()
        drop_caches()
        check_file(MOUNT, Writer.NAME, self.durable)

    def demotion(self):
        """Unmounted, the device goes away."""
        run("umount", MOUNT)
        run("e2fsck", "-f", "-n", device("alpha"))
        self.vanish("alpha")
        reason = self.cluster.tell("alpha", "secondary")
        require(reason is None, f"secondary was refused: {reason}")
        if self.persistent_name:
            wait(f"{device('alpha')} is gone", lambda: not os.path.lexists(device("alpha")), 30)

    def failover(self):
        """The other node has every file."""
        self.cluster.promote("beta")
        self.appear("beta")
        self.await_device("beta")
        run("e2fsck", "-f", "-n", device("beta"))
        with mounted_for_a_while("beta"):
            check_files(MOUNT, FILES - 1, RECORDS)
            if self.durable:
                check_file(MOUNT, Writer.NAME, self.durable)
        self.vanish("beta")
        reason = self.cluster.tell("beta", "secondary")
        require(reason is None, f"secondary was refused: {reason}")

    def no_errors(self):
        """The kernel has seen no error of the device or of a file system on it."""
        pattern = r".*(?:I/O error|Buffer I/O|blocked for more than|EXT4-fs error|XFS .*[Cc]orrupt).*"
        errors = re.findall(pattern, kernel_log())
        require(not errors, f"the kernel says: {errors[0] if errors else ''}")

    def overtaken(self):
        """A Primary's daemon dies, the other node is promoted and written to: the dead one's clients get errors and never go on."""
        if not self.survives_kill:
            raise Untested("a device of this kind does not outlive its daemon")
        self.cluster.promote("alpha")
        self.await_device("alpha")
        mount("alpha")
        writer = Writer(MOUNT, most_records=1200)
        writer.start()
        try:
            writer.await_progress(10, "before the crash")
            self.cluster.kill("alpha")
            durable = self.write_on_beta(writer)
            self.cluster.start("alpha")
            self.cluster.await_in_step()
            require(self.cluster.tell("beta", "secondary") is None, "beta is not demoted")
            # Accepted, or refused while the mount is there: in both cases nobody of before goes on.
            say(f"    alpha, promoted under its old mount: {self.cluster.tell('alpha', 'primary') or 'accepted'}")
            wait("the writer of before gets an error", lambda: writer.failure)
        finally:
            writer.stopping = True
        require(writer.durable == durable, f"{writer.durable - durable} records were taken after the other node's promotion")
        run("umount", "-l", MOUNT)
        self.cluster.promote("alpha")
        self.await_device("alpha")
        self.check_overtaken("alpha", durable)
        self.cluster.tell("alpha", "secondary")

    def write_on_beta(self, writer):
        """Has beta take over from alpha, whose daemon is dead; answers with how many records are durable."""
        self.cluster.promote("beta")
        self.await_device("beta")
        durable = writer.durable
        with mounted_for_a_while("beta", OTHER_MOUNT):
            write_files(OTHER_MOUNT, 1, 2)
            check_file(OTHER_MOUNT, Writer.NAME, durable)
        return durable

    def check_overtaken(self, node, durable):
        """The volume has what beta has written."""
        with mounted_for_a_while(node, OTHER_MOUNT):
            check_file(OTHER_MOUNT, Writer.NAME, durable)
            check_file(OTHER_MOUNT, "file-0", 2)
            size = os.path.getsize(os.path.join(OTHER_MOUNT, "file-0"))
            require(size == 2 * RECORD_BYTES, f"file-0 has {size} bytes: the other node's change is lost")

    def kill(self):
        """A restart again, but the node is promoted as soon as it lets us, while what differs is still copied from its peer."""
        if not self.survives_kill:
            raise Untested("a device of this kind does not outlive its daemon")
        self.cluster.promote("alpha")
        self.await_device("alpha")
        mount("alpha")
        self.survive(self.cluster.kill, lambda: None)
        run("umount", MOUNT)
        require(self.cluster.tell("alpha", "secondary") is None, "alpha is not demoted")

    def compare(self):
        """Both disks are the same, byte for byte, outside the metadata."""
        self.cluster.await_in_step()
        self.cluster.stop()
        self.cluster.require_identical(self.volume_bytes)
