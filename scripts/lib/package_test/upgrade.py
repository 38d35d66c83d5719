"""A pair at work is upgraded, one node after the other, under a client that writes all the time.

arguments: an archive of a Debian root, a package, and a later one

The upgrade itself restarts nothing. The Secondary is restarted, and the Primary goes on with what it has open, though its files are gone, until a planned switch.
"""

import contextlib
import http.client
import json
import os
import shutil
import socket
import sys
import time

from client import Client
from roots import Daemon, Failure, Folder, Root, check, digest, wait_until

NODES = {"alpha": "127.0.0.1:7790", "beta": "127.0.0.2:7790"}
DISK_BYTES = 64 << 20
PROGRAM = "usr/lib/rhizome"
HANDLER = "#!/bin/sh\n# Notes that it was called, and answers that the peer is outdated.\nbasename \"$0\" >>/var/lib/rhizome/handlers\nexit 4\n"


def say(text):
    print(f"-- {text}", flush=True)


def configuration():
    sides = "\n".join(f'    {node} {{ disk = /srv/disk, meta-disk = /var/lib/rhizome/r0.md, address = "{address}" }}' for node, address in NODES.items())
    return (f"nodes {{ alpha {{}}, beta {{}} }}\nresources {{ r0 {{\n  attach = socket\n  on {{\n{sides}\n  }}\n  net {{ fencing = resource-only, connect-interval = 250ms }}\n"
            "  handlers { fence-peer = /usr/local/sbin/fence, unfence-peer = /usr/local/sbin/unfence }\n} }\n")  # fmt: skip


class Node(Root):
    """A root with a daemon, its command and its control API."""

    daemon = None

    def prepare(self, package):
        self.install(package)
        self.write("etc/rhizome/rhizome.conf", configuration())
        self.write("etc/default/rhizome", f"RHIZOME_NODE={self.name}\n")
        for name in ("fence", "unfence"):
            self.write(f"usr/local/sbin/{name}", HANDLER, 0o755)
        self.disk("srv/disk", DISK_BYTES)

    def rhizome(self, *words):
        return self.run("rhizome", words[0], "--node", self.name, *words[1:])

    def socket(self):
        return self.of("run/rhizome/r0.nbd")

    def start(self):
        self.daemon = Daemon(self)

    def restart(self):
        """As systemctl restart does."""
        self.daemon.stop()
        self.start()

    def api(self, method, path):
        """The control API, without any program of the package."""
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.of("run/rhizome/control.sock"))
        with contextlib.closing(connection):
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        check(answer.status == 200, f"{self.name}: {method} {path} is answered by {answer.status}: {body[:300]}")
        return json.loads(body) if body else None

    def in_step(self):
        status = self.api("GET", "/v1/status")
        resource = (status if isinstance(status, list) else status["resources"])[0]
        peer = resource["connections"][0]
        return (resource["devices"][0]["disk-state"], peer["peer_devices"][0]["peer-disk-state"], peer["connection-state"],
                peer["peer_devices"][0]["replication-state"]) == ("UpToDate", "UpToDate", "Connected", "Established")  # fmt: skip

    def await_sync(self):
        wait_until(self.in_step, f"{self.name} is in step with its peer", 120)

    def handlers(self):
        try:
            with open(self.of("var/lib/rhizome/handlers"), encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def runs_old_files(self):
        return self.daemon.alive() and self.daemon.program().endswith(" (deleted)")

    def upgrade(self, package):
        """Installs a later version; the daemon that runs is the same afterwards."""
        said = self.install(package)
        check("goes on with the version before" in said, f"{self.name}: the upgrade does not say that the daemon is to be restarted: {said[-500:]}")
        check(self.runs_old_files(), f"{self.name}: the upgrade has done something to the daemon")
        check(self.run("dpkg-query", "-W", "-f", "${Version}", "rhizome") == "0.1.1-1", f"{self.name}: this is not the later version")

    @contextlib.contextmanager
    def without_program(self):
        """While the daemon runs, none of the package's files is where it was started from: worse than any upgrade."""
        places = [self.of(PROGRAM, name) for name in ("bin", "lib", "runtime")]
        for place in places:
            os.rename(place, place + ".away")
        try:
            yield
        finally:
            for place in places:
                os.rename(place + ".away", place)


def pair(folder, archive, package):
    alpha, beta = (Node(archive, folder, name) for name in NODES)
    for node in (alpha, beta):
        node.prepare(package)
    alpha.run("rhizome", "pki", "init", "--nodes", "alpha,beta")
    shutil.copytree(alpha.of("etc/rhizome/pki"), beta.of("etc/rhizome/pki"))
    for node in (alpha, beta):
        node.rhizome("create-md", "r0")
        node.start()
    alpha.rhizome("primary", "--force", "r0")
    alpha.await_sync()
    return alpha, beta


def switch(client, windows, old, new):
    """A planned switch; what clients see of it is in this window."""
    began = time.monotonic()
    old.api("POST", "/v1/resources/r0/secondary")
    new.api("POST", "/v1/resources/r0/primary")
    count = client.count()
    wait_until(lambda: client.count() > count + 4 * Client.WRITERS, f"the client goes on at {new.name}")
    windows.append((began, time.monotonic()))


def upgrade(client, alpha, beta, later):
    windows = []
    say("the Secondary: upgraded, restarted, in step")
    beta.upgrade(later)
    beta.restart()
    check(not beta.runs_old_files(), "beta runs the old files after its restart")
    alpha.await_sync()
    say("the Primary: upgraded while it serves; then its files are taken away, and it does all that a Primary does")
    alpha.upgrade(later)
    check(not client.failures, f"writes have failed without a switch: {client.failures[:3]}")
    with alpha.without_program():
        called = len(alpha.handlers())
        beta.restart()
        alpha.await_sync()
        wait_until(lambda: alpha.handlers()[called:] == ["fence", "unfence"], f"both handlers are called; called were {alpha.handlers()[called:]}", 30)
        alpha.api("POST", "/v1/resources/r0/verify")
        say("a planned switch, and the former Primary is restarted")
        switch(client, windows, alpha, beta)
        beta.await_sync()
        alpha.daemon.stop()
    alpha.start()
    check(not alpha.runs_old_files(), "alpha runs the old files after its restart")
    beta.await_sync()
    say("and back")
    switch(client, windows, beta, alpha)
    say("a Secondary under Pacemaker: its files are taken away before its resource is brought up")
    beta.write("etc/default/rhizome", "RHIZOME_NODE=beta\nRHIZOME_ARGUMENTS=--no-up\n")
    beta.restart()
    # As the agent does: the first answer needs Java's table of time zones, a file that an upgrade replaces but never lacks.
    beta.api("GET", "/v1/status")
    with beta.without_program():
        beta.api("POST", "/v1/resources/r0/up")
        alpha.await_sync()
    return windows


def main():
    archive, package, later = sys.argv[1:]
    with Folder() as folder:
        say("two nodes with the package")
        alpha, beta = pair(folder, archive, package)
        client = Client([alpha.socket(), beta.socket()], (16 << 20) // 4096)
        client.start()
        wait_until(lambda: client.count() > 500, "500 writes are acknowledged")
        windows = upgrade(client, alpha, beta, later)
        time.sleep(1)
        check(client.stop(), "a write was not acknowledged within 60 s")
        judge(client, windows, alpha, beta)


def judge(client, windows, alpha, beta):
    outside = [failure for failure in client.failures if not any(began <= failure[0] <= ended for began, ended in windows)]
    lost = client.lost(alpha.socket())
    alpha.await_sync()
    alpha.api("POST", "/v1/resources/r0/secondary")
    alpha.daemon.stop()
    beta.daemon.stop()
    identical = digest(alpha.of("srv/disk")) == digest(beta.of("srv/disk"))
    say(f"upgrade: acknowledged={client.count()} lost={lost} wrong_reads={len(client.wrong)} repeated_in_switches={len(client.failures) - len(outside)}"
        f" failed_outside={len(outside)} longest_pause_ms={client.longest_pause * 1000:.0f} identical={'yes' if identical else 'no'}")  # fmt: skip
    check(not outside, f"writes failed outside of a planned switch: {outside[:3]}")
    check(lost == 0 and not client.wrong and identical, "acknowledged writes are not what is read")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"upgrade: {failure}")
