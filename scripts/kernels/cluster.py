"""Two daemons in one guest, alpha on /dev/vda and beta on /dev/vdb, told what to do by their control sockets."""

import json
import os
import shutil
import signal
import socket
import subprocess

from lab import MIB, PATIENCE_S, Failure, require, run, wait

NODES = {"alpha": ("/dev/vda", 7790), "beta": ("/dev/vdb", 7791)}
RESOURCE = "r0"
FOLDER = "/run/lab"

# Compiling well is not worth its time here, where a daemon lives for minutes.
DAEMON_OPTIONS = "-XX:TieredStopAtLevel=1 -Xshare:auto"


def disk(node):
    return NODES[node][0]


def devices(node):
    """Where a node's devices appear; two nodes of one machine need two places."""
    return f"/dev/rhizome-{node}"


def device(node):
    return f"{devices(node)}/{RESOURCE}"


def nbd_socket(node):
    return f"{FOLDER}/{node}.nbd"


def control_socket(node):
    return f"{FOLDER}/{node}.control"


def configuration(attach):
    """The cluster's configuration."""
    text = ["nodes {"]
    for node in NODES:
        text += [
            f'  {node} {{ control-socket = "{control_socket(node)}"',
            f'    device-directory = "{devices(node)}"',
            f'    pki {{ authority = "{FOLDER}/pki/ca.crt", certificate = "{FOLDER}/pki/{node}.crt",'
            f' key = "{FOLDER}/pki/{node}.key" }} }}',
        ]
    text += ["}", "resources {", f"  {RESOURCE} {{", f"    attach = {attach}", "    on {"]
    for node, (path, port) in NODES.items():
        text += [f'      {node} {{ disk = {path}, address = "127.0.0.1:{port}", nbd-socket = "{nbd_socket(node)}" }}']
    # In emulation a silence of seconds is nothing unusual.
    text += ["    }", "    net { connect-interval = 500ms, ping-timeout = 60s, request-timeout = 120s }"]
    text += ["    disk { al-cool-after = 1s }", "  }", "}", ""]
    return "\n".join(text)


class Cluster:
    """The daemons, their disks and what they say."""

    def __init__(self, attach):
        self.configuration = f"{FOLDER}/rhizome.conf"
        self.processes = {}
        os.makedirs(FOLDER, exist_ok=True)
        shutil.copytree("/run/job/pki", f"{FOLDER}/pki")
        with open(self.configuration, "w", encoding="ascii") as file:
            file.write(configuration(attach))

    def create_metadata(self):
        making = [subprocess.Popen(self.command("create-md", node, RESOURCE)) for node in NODES]
        codes = [process.wait(PATIENCE_S) for process in making]
        require(codes == [0] * len(NODES), f"create-md ended with {codes}")

    def command(self, verb, node, *words):
        return ["rhizome", verb, "--config", self.configuration, "--node", node, *words]

    def start(self, *nodes):
        for node in nodes:
            with open(f"/run/job/{node}.log", "ab") as log:
                self.processes[node] = subprocess.Popen(
                    self.command("daemon", node),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "RHIZOME_JAVA_OPTIONS": DAEMON_OPTIONS},
                )
        for node in nodes:
            wait(f"the daemon of {node} answers", lambda node=node: self.answers(node))

    def answers(self, node):
        code = self.processes[node].poll()
        require(code is None, f"the daemon of {node} ended with {code}; its log has why")
        try:
            return self.status(node)
        except OSError:
            return None

    def request(self, node, method, path, body="", limit_s=PATIENCE_S):
        """The HTTP status and the decoded answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(limit_s)
            connection.connect(control_socket(node))
            head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall((head + body).encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, tree = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(tree)

    def status(self, node):
        return self.request(node, "GET", "/v1/status")[1][0]

    def tell(self, node, verb, body="{}"):
        """Has a node do something; answers with the reason for which it refuses, if it does."""
        code, answer = self.request(node, "POST", f"/v1/resources/{RESOURCE}/{verb}", body)
        return None if code == 200 else answer["detail"]

    def promote(self, node, force=False):
        """Promotes as soon as the node lets us: right after a crash it may not have heard of its peer yet."""
        refusals = []

        def accepted():
            refusals.append(self.tell(node, "primary", json.dumps({"force": force})))
            return refusals[-1] is None

        try:
            wait(f"promotion of {node}", accepted, PATIENCE_S)
        except Failure as late:
            raise Failure(f"{late}: {refusals[-1] if refusals else 'no answer'}") from late

    def in_step(self, node):
        status = self.status(node)
        if not status["devices"] or not status["connections"]:
            return False
        own = status["devices"][0]
        link = status["connections"][0]
        peer = link["peer_devices"][0]
        return (own["disk-state"], peer["peer-disk-state"], link["connection-state"]) == (
            "UpToDate",
            "UpToDate",
            "Connected",
        )

    def await_in_step(self):
        for node in NODES:
            wait(f"{node} is in step with its peer", lambda node=node: self.in_step(node))

    def volume_bytes(self):
        return self.status("alpha")["devices"][0]["size"] * 1024

    def kill(self, node):
        process = self.processes.pop(node)
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.unlink(control_socket(node))

    def stop_one(self, node):
        """Ends one daemon in order, which must succeed."""
        process = self.processes.pop(node)
        process.terminate()
        code = process.wait(PATIENCE_S)
        require(code == 0, f"the daemon of {node} ended with {code}")

    def stop(self):
        """Ends both daemons in order, which must succeed."""
        for process in self.processes.values():
            process.terminate()
        codes = {node: process.wait(PATIENCE_S) for node, process in self.processes.items()}
        self.processes.clear()
        require(not any(codes.values()), f"the daemons ended with {codes}")

    def require_identical(self, volume_bytes):
        with open(disk("alpha"), "rb") as one, open(disk("beta"), "rb") as two:
            for offset in range(0, volume_bytes, MIB):
                size = min(MIB, volume_bytes - offset)
                require(one.read(size) == two.read(size), f"the disks differ within the MiB at byte {offset}")


def drop_caches():
    run("sync")
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")
