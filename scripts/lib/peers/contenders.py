"""Who is measured: each opens an NBD export (or a file) over its own disks, and says which processes work for it."""

import os
import json
import resource
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from demo import Cluster, free_port, states  # noqa: E402

PATIENCE_SECONDS = 120
MIB = 1 << 20
METADATA_ROOM = 16 * MIB
TLS_NAME = "beta"


class Failure(Exception):
    """A contender that does not start, or answers with errors."""


class Place:
    """Folder, disks and certificates of one run."""

    def __init__(self, folder, disks, pki, disk_bytes, rhizome, qemu, link):
        self.folder = folder
        self.disks = disks
        self.pki = pki
        self.disk_bytes = disk_bytes
        self.rhizome = rhizome
        self.qemu = qemu
        self.link = link

    def disk(self, name, more=0):
        """A file whose blocks are all there: a first write costs no allocation."""
        path = os.path.join(self.disks, name)
        block = os.urandom(MIB)
        with open(path, "wb") as file:
            for _ in range((self.disk_bytes + more) // MIB):
                file.write(block)
            os.fsync(file.fileno())
        return path


def await_socket(path, process):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
                return
            except OSError:
                pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"{os.path.basename(path)} does not open: {' '.join(map(str, process.args))[:300]}")
        time.sleep(0.05)


def await_port(port, process):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"port {port} does not open: {' '.join(map(str, process.args))[:300]}")
        time.sleep(0.05)


class Contender:
    """Base: nothing to start."""

    name = ""
    uri = ""

    # Whether the URI names files that the client must read.
    local_file = False

    def __init__(self):
        self.processes = []

    def spawn(self, place, *command):
        log = open(os.path.join(place.folder, f"{self.name}.log"), "ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.processes.append(process)
        return process

    def pids(self):
        """Of the node with the client, and of its peer."""
        return [process.pid for process in self.processes]

    def fio(self):
        return ["--ioengine=nbd", f"--uri={self.uri}"]

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


class Raw(Contender):
    """The disk itself, by io_uring."""

    name = "raw disk"

    def start(self, place):
        self.path = place.disk("raw.disk")

    def fio(self):
        return ["--ioengine=io_uring", "--direct=1", f"--filename={self.path}"]


class Nbdkit(Contender):
    """A plain NBD export of a file without replication (page cache, no O_DIRECT)."""

    name = "nbdkit, local"

    def start(self, place):
        path = os.path.join(place.folder, "nbdkit.nbd")
        disk = place.disk("nbdkit.disk")
        await_socket(path, self.spawn(place, "nbdkit", "-f", "-U", path, "file", disk))
        self.uri = f"nbd+unix:///?socket={path}"


class NbdkitMemory(Contender):
    """A round trip of the same requests and nothing else, over a unix socket or by TLS on loopback."""

    def __init__(self, tls):
        super().__init__()
        self.tls = tls
        self.local_file = True
        self.name = "TLS round trip" if tls else "unix round trip"

    def start(self, place):
        size = str(place.disk_bytes)
        if self.tls:
            port = free_port()
            folder = certificates_of_others(place)
            command = ("nbdkit", "-f", "-i", "127.0.0.1", "-p", str(port), "--tls=require", f"--tls-certificates={folder}", "memory", size)
            await_port(port, self.spawn(place, *command))
            self.uri = f"nbds://127.0.0.1:{port}/?tls-certificates={folder}"
        else:
            path = os.path.join(place.folder, "memory.nbd")
            await_socket(path, self.spawn(place, "nbdkit", "-f", "-U", path, "memory", size))
            self.uri = f"nbd+unix:///?socket={path}"


def certificates_of_others(place):
    """Certificates as strong as Rhizome's (ECDSA P-256); qemu wants a key usage that no ECDSA key has."""
    folder = os.path.join(place.folder, "x509")
    if os.path.isdir(folder):
        return folder
    os.makedirs(folder)

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca-key.pem", "-out", "ca-cert.pem", "-subj", "/CN=bench", "-days", "2")
    usage = ("-addext", "keyUsage=digitalSignature,keyEncipherment", "-addext", "basicConstraints=critical,CA:FALSE")
    for name, common, purpose in (("server", TLS_NAME, "serverAuth"), ("client", "alpha", "clientAuth")):
        openssl("req", "-x509", "-CA", "ca-cert.pem", "-CAkey", "ca-key.pem", *key, "-keyout", f"{name}-key.pem", "-out", f"{name}-cert.pem",
                "-subj", f"/CN={common}", "-days", "2", *usage, "-addext", f"subjectAltName=DNS:{common},IP:127.0.0.1", "-addext", f"extendedKeyUsage={purpose}")
    return folder


class LinkedCluster(Cluster):
    """Each node looks for its peer where the link begins."""

    def __init__(self, rhizome, folder, disk_bytes, link):
        super().__init__(rhizome, folder, disk_bytes)
        with open(self.config, encoding="ascii") as file:
            text = file.read()
        for node, peer in (("alpha", "beta"), ("beta", "alpha")):
            with open(self.config_of(node), "w", encoding="ascii") as file:
                file.write(text.replace(f":{self.ports[peer]}\"", f":{link(self.ports[peer])}\""))

    def config_of(self, node):
        return f"{self.config}.{node}"


class Rhizome(Contender):
    """Two daemons, TLS 1.3 between them."""

    def __init__(self, name="rhizome", program=None):
        super().__init__()
        self.name = name
        self.program = program

    def start(self, place):
        slug = self.name.replace(", ", "-")
        folder = os.path.join(place.folder, slug)
        os.makedirs(folder)
        os.symlink(place.pki, os.path.join(folder, "pki"))
        self.cluster = LinkedCluster(self.program or place.rhizome, folder, place.disk_bytes + METADATA_ROOM, place.link)
        for node in ("alpha", "beta"):
            os.unlink(self.cluster.disk(node))
            os.symlink(place.disk(f"{slug}-{node}.disk", METADATA_ROOM), self.cluster.disk(node))
            self.cluster.run(node, "create-md", "--force", "r0")
            self.cluster.start(node)
        self.cluster.run("alpha", "primary", "--force", "r0")
        self.await_in_step()
        self.processes = [self.cluster.processes[node] for node in ("alpha", "beta")]
        self.uri = f"nbd+unix:///r0?socket={self.cluster.nbd('alpha')}"


    def await_in_step(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while states(self.cluster.status("alpha"))[:3] != ("UpToDate", "UpToDate", "Connected"):
            if time.monotonic() > deadline:
                raise Failure("rhizome's nodes do not get in step")
            time.sleep(0.2)


class QemuLocal(Contender):
    """qemu's export of a file without replication."""

    name = "qemu, local"

    def start(self, place):
        path = os.path.join(place.folder, "qemu-local.nbd")
        process = self.spawn(
            place, place.qemu, *blockdev("disk", place.disk("qemu-local.disk")), *exported("disk", f"addr.type=unix,addr.path={path}")
        )
        await_socket(path, process)
        self.uri = f"nbd+unix:///r0?socket={path}"


def blockdev(node, path):
    return ("--blockdev", f"driver=file,node-name={node},filename={path},cache.direct=on,aio=io_uring")


def exported(node, server):
    return (
        "--object",
        "iothread,id=io",
        "--nbd-server",
        server,
        "--export",
        f"type=nbd,id=e,node-name={node},name=r0,writable=on,iothread=io",
    )


class QemuPair(Contender):
    """A target with TLS, and a source that replicates to it."""

    def target(self, place):
        port = free_port()
        certificates = certificates_of_others(place)
        target = self.spawn(
            place,
            place.qemu,
            "--object",
            f"tls-creds-x509,id=tls0,dir={certificates},endpoint=server,verify-peer=on",
            *blockdev("disk", place.disk(f"{self.slug}-b.disk")),
            *exported("disk", f"addr.type=inet,addr.host=127.0.0.1,addr.port={port},tls-creds=tls0"),
        )
        await_port(port, target)
        return place.link(port)

    def source(self, place, port, node, *more):
        certificates = certificates_of_others(place)
        path = os.path.join(place.folder, f"{self.slug}.nbd")
        remote = f"driver=nbd,node-name=remote,server.type=inet,server.host=127.0.0.1,server.port={port},export=r0"
        process = self.spawn(
            place,
            place.qemu,
            "--object",
            f"tls-creds-x509,id=tls0,dir={certificates},endpoint=client",
            *blockdev("disk", place.disk(f"{self.slug}-a.disk")),
            "--blockdev",
            f"{remote},tls-creds=tls0,tls-hostname={TLS_NAME}",
            *more,
            *exported(node, f"addr.type=unix,addr.path={path}"),
        )
        await_socket(path, process)
        self.uri = f"nbd+unix:///r0?socket={path}"
        # The client's node first, as with the others.
        self.processes.reverse()


class QemuQuorum(QemuPair):
    """quorum: a write is done when both have it; a read asks the first."""

    name = "qemu, quorum"
    slug = "quorum"

    def start(self, place):
        port = self.target(place)
        quorum = "driver=quorum,node-name=q,children.0=disk,children.1=remote,vote-threshold=1,read-pattern=fifo"
        self.source(place, port, "q", "--blockdev", quorum)


class QemuMirror(QemuPair):
    """blockdev-mirror that writes to both before it answers (copy-mode write-blocking)."""

    name = "qemu, mirror"
    slug = "mirror"

    def start(self, place):
        port = self.target(place)
        control = os.path.join(place.folder, "mirror.qmp")
        monitor = ("--chardev", f"socket,id=m,path={control},server=on,wait=off", "--monitor", "chardev=m")
        self.source(place, port, "disk", *monitor)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(control)
            with connection.makefile("rw") as stream:
                stream.readline()
                say_qmp(stream, "qmp_capabilities")
                arguments = {"job-id": "mirror", "device": "disk", "target": "remote", "sync": "none", "copy-mode": "write-blocking"}
                say_qmp(stream, "blockdev-mirror", arguments)


def say_qmp(stream, command, arguments=None):
    stream.write(json.dumps({"execute": command, "arguments": arguments or {}}) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "error" in answer:
            raise Failure(f"qemu refuses {command}: {answer['error']['desc']}")
        if "return" in answer:
            return


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / MIB
