"""HAProxy, with the file that is shipped, in front of two cores (stand-ins) in a network namespace: who gets which core, and what is said when none is left.

Run by scripts/test-agent, in network and mount namespaces of its own. The addresses of the file are there; a core is what the agent
ocf:rhizome:greengrass starts, an HTTP endpoint and an MQTT port that take connections; core-health is asked as systemd's socket would.
"""

import http.client
import http.server
import os
import pathlib
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEPLOY = ROOT / "deploy/haproxy"
sys.path.insert(0, str(HERE / "standin"))

import install  # noqa: E402

BALANCER = "192.168.7.100"
CORES = {"alpha": "192.168.7.1", "beta": "192.168.7.2"}
HTTP, MQTT, HEALTH = 8080, 8883, 7795
LIMIT_S = 60


class Web(http.server.BaseHTTPRequestHandler):
    """A component that serves HTTP: which core it is."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.name.encode())

    def log_message(self, *_):
        pass


class Quiet:
    """A client, or HAProxy's check, that is gone before it has been answered is nothing to tell."""

    daemon_threads = allow_reuse_address = True
    block_on_close = False

    def handle_error(self, *_):
        pass


class WebServer(Quiet, http.server.ThreadingHTTPServer):
    pass


class Server(Quiet, socketserver.ThreadingTCPServer):
    pass


class Broker(socketserver.BaseRequestHandler):
    """Says which core it is, and keeps the connection."""

    def handle(self):
        self.request.sendall(self.server.name.encode())
        while self.request.recv(100):
            pass


class Health(socketserver.BaseRequestHandler):
    """rhizome-core-health.socket: a process for each connection, whose output is the answer."""

    def handle(self):
        with self.request.makefile("wb", buffering=0) as answer:
            subprocess.run([DEPLOY / "core-health"], stdin=subprocess.DEVNULL, stdout=answer, env=self.server.environment, timeout=60, check=False)


class Core:
    """One of the two independent cores."""

    def __init__(self, name, stage):
        self.name = name
        self.root = stage / name
        self.root.mkdir()
        self.environment = dict(PATH="/usr/sbin:/usr/bin:/sbin:/bin", OCF_ROOT="/usr/lib/ocf", OCF_RESOURCE_INSTANCE="core-health")
        self.environment.update(RHIZOME_LIBRARY=str(ROOT / "pacemaker-agent"), RHIZOME_CORE_AGENT=str(ROOT / "pacemaker-agent/greengrass"))
        self.environment.update(HA_RSCTMP=str(stage / f"{name}.state"), OCF_RESKEY_root=str(self.root), OCF_RESKEY_unit="", OCF_RESKEY_socket_timeout="1")
        self.environment.update(RHIZOME_CGROUPS="/nowhere")
        self.servers = []
        install.install(self.root, stage / f"{name}.record", 5)

    def agent(self, action):
        done = subprocess.run([ROOT / "pacemaker-agent/greengrass", action], env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"{action} of {self.name}: {done.stderr}")

    def serve(self, port, handler):
        server = (WebServer if handler is Web else Server)((CORES[self.name], port), handler)
        server.name, server.environment = self.name, self.environment
        self.servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def serve_all(self):
        self.serve(HEALTH, Health)
        self.serve(MQTT, Broker)
        self.serve_web()

    def serve_web(self):
        self.web = self.serve(HTTP, Web)

    def close_web(self):
        self.servers.remove(self.web)
        self.web.shutdown()
        self.web.server_close()

    def end(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()
        self.agent("stop")


def ask():
    """What a client gets by HTTP: status and text."""
    connection = http.client.HTTPConnection(BALANCER, HTTP, timeout=30)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def mqtt():
    """A client that has connected, and the core that it has met; no core: an empty name."""
    connection = socket.create_connection((BALANCER, MQTT), timeout=30)
    return connection, connection.recv(100).decode()


class HaproxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = pathlib.Path(tempfile.mkdtemp(prefix="rhizome-haproxy-", dir="/dev/shm"))
        cls.addClassCleanup(shutil.rmtree, cls.stage)
        cls.cores = {}
        for name in CORES:
            core = cls.cores[name] = Core(name, cls.stage)
            cls.addClassCleanup(core.end)
            core.serve_all()
            core.agent("start")
        cls.log = open(cls.stage / "haproxy.log", "wb")
        cls.addClassCleanup(cls.log.close)
        cls.haproxy = subprocess.Popen(["haproxy", "-db", "-f", DEPLOY / "haproxy.cfg"], stdout=cls.log, stderr=cls.log)
        cls.addClassCleanup(cls.haproxy.wait)
        cls.addClassCleanup(cls.haproxy.terminate)

    def setUp(self):
        self.until(lambda: self.up() == {"alpha", "beta"})

    def until(self, condition):
        end = time.monotonic() + LIMIT_S
        while not condition():
            self.assertIsNone(self.haproxy.poll(), (self.stage / "haproxy.log").read_text())
            self.assertLess(time.monotonic(), end, f"in vain: up are {self.up()}, {self.up('mqtt-cores')}")
            time.sleep(0.1)

    def servers(self, backend="http-cores"):
        """Each server of a backend: its line of `show stat`, by column."""
        try:
            with socket.socket(socket.AF_UNIX) as admin:
                admin.connect("/run/haproxy/admin.sock")
                admin.sendall(b"show stat\n")
                with admin.makefile() as answer:
                    columns, *lines = answer.read().strip().split("\n")
        except OSError:
            return {}
        rows = [dict(zip(columns.lstrip("# ").split(","), line.split(","))) for line in lines]
        return {row["svname"]: row for row in rows if row["pxname"] == backend and row["svname"] in CORES}

    def up(self, backend="http-cores"):
        return {name for name, row in self.servers(backend).items() if row["status"].startswith("UP")}

    def seen(self):
        answers = [ask() for _ in range(20)]
        self.assertEqual({status for status, _ in answers}, {200})
        return {name for _, name in answers}

    def break_core(self, name):
        """Its nucleus cannot be spoken to; its endpoints answer as ever."""
        (self.cores[name].root / "ipc.socket").rename(self.cores[name].root / "ipc.socket.away")
        self.addCleanup(self.mend_core, name)

    def mend_core(self, name):
        away = self.cores[name].root / "ipc.socket.away"
        if away.exists():
            away.rename(self.cores[name].root / "ipc.socket")

    def test_both_cores_serve(self):
        self.assertEqual(self.seen(), {"alpha", "beta"})
        met = set()
        for _ in range(5):
            connection, name = mqtt()
            met.add(name)
            connection.close()
        self.assertEqual(len(met), 1, "a client does not stay with its core")

    def test_an_endpoint_that_dies(self):
        self.cores["alpha"].close_web()
        self.addCleanup(self.cores["alpha"].serve_web)
        # Also before the check has noticed no client sees an error.
        self.assertEqual(self.seen(), {"beta"})
        self.until(lambda: self.up() == {"beta"})
        self.assertEqual(self.seen(), {"beta"})

    def test_a_core_that_is_sick_although_its_endpoints_answer(self):
        connection, name = mqtt()
        self.addCleanup(connection.close)
        self.break_core(name)
        other = ({"alpha", "beta"} - {name}).pop()
        self.until(lambda: self.up() == {other})
        self.until(lambda: self.up("mqtt-cores") == {other})
        self.until(lambda: "cannot be spoken to" in self.servers()[name]["last_agt"])
        self.assertEqual(self.seen(), {other})
        # Who was connected to it is sent away, and finds the other.
        self.assertEqual(connection.recv(100), b"")
        again, met = mqtt()
        again.close()
        self.assertEqual(met, other)
        self.mend_core(name)
        self.until(lambda: self.up() == {"alpha", "beta"})
        self.assertEqual(self.seen(), {"alpha", "beta"})

    def test_a_core_that_is_stopped(self):
        self.cores["beta"].agent("stop")
        self.addCleanup(self.cores["beta"].agent, "start")
        self.until(lambda: self.up() == {"alpha"})
        self.until(lambda: "the core does not run" in self.servers()["beta"]["last_agt"])
        self.assertEqual(self.seen(), {"alpha"})

    def test_both_down(self):
        for name in CORES:
            self.break_core(name)
        self.until(lambda: not self.up() and not self.up("mqtt-cores") and ask()[0] == 503)
        self.assertIn("No Greengrass core is well", ask()[1])
        try:
            connection, name = mqtt()
            connection.close()
            self.assertEqual(name, "")
        except ConnectionResetError:
            pass


def enter_namespaces():
    """Network and mounts of its own; HAProxy's folders hold what is shipped, and the addresses of the file are here."""
    if os.environ.get("RHIZOME_IN_NAMESPACES"):
        for words in ("ip link set lo up", "mount -t tmpfs etc /etc/haproxy", "mount -t tmpfs run /run"):
            subprocess.run(words.split(), check=True)
        for address in (BALANCER, *CORES.values()):
            subprocess.run(["ip", "addr", "add", f"{address}/24", "dev", "lo"], check=True)
        os.mkdir("/run/haproxy")
        shutil.copy(DEPLOY / "no-core.http", "/etc/haproxy/")
        return
    os.environ["RHIZOME_IN_NAMESPACES"] = "yes"
    os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", sys.executable, "-B", *sys.argv])


if __name__ == "__main__":
    missing = [name for name in ("haproxy", "ip", "unshare") if not shutil.which(name)]
    if os.geteuid() or missing or not os.path.exists("/usr/lib/ocf/lib/heartbeat/ocf-shellfuncs"):
        print(f"haproxy_test: skipped: not root, or not installed: {' '.join(missing) or 'resource-agents'}")
        sys.exit(0)
    enter_namespaces()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main()
