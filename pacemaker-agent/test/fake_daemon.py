"""A daemon's control socket without the daemon: one resource, r0, whose state the test sets."""

import http.server
import json
import os
import socketserver
import threading


class FakeDaemon:
    """Answers on a unix socket; verbs change the state as the engine would, unless the test has a refusal for them."""

    def __init__(self, path):
        self.path = path
        self.state = dict(up=True, role="Secondary", disk="UpToDate", connection="Connected", peer_role="Secondary")
        self.state.update(replication="Established", peer_disk="UpToDate", text="")
        self.code = 200
        self.refusals = {}
        self.asked = []
        self.server = None

    def start(self):
        daemon = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path != "/v1/resources/r0":
                    return self.answer(404, {"detail": "this node has no resource of that name; its resources: r0"})
                return self.answer(daemon.code, daemon.status())

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.answer(*daemon.command(self.path.rsplit("/", 1)[1]))

            def answer(self, code, tree):
                body = json.dumps(tree, indent=2, separators=(",", " : ")).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self):
                return "unix"

            def log_message(self, *words):
                pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True

        self.server = Server(self.path, Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
            os.unlink(self.path)

    def status(self):
        state = self.state
        if not state["up"]:
            return {"name": "r0", "node": "alpha", "up": False, "down-reason": state["text"], "role": "Unknown", "devices": [], "connections": []}
        peer = {"replication-state": state["replication"], "peer-disk-state": state["peer_disk"], "resync-suspended": "no"}
        connection = {"name": "beta", "connection-state": state["connection"], "connection-reason": state["text"]}
        connection.update({"peer-role": state["peer_role"], "peer_devices": [peer]})
        return {
            "name": "r0",
            "node": "alpha",
            "up": True,
            "role": state["role"],
            "suspended": "no",
            "devices": [{"volume": 0, "disk-state": state["disk"]}],
            "connections": [connection],
            "recent-events": [{"rule": "x", "reason": state["text"]}],
        }

    def command(self, verb):
        self.asked.append(verb)
        if verb in self.refusals:
            rule, detail = self.refusals[verb]
            return 409, {"title": "Refused", "status": 409, "detail": detail, "rule": rule}
        if verb in ("primary", "secondary") and not self.state["up"]:
            return 409, {"title": "Refused", "status": 409, "detail": "r0 is down", "rule": "resource-down"}
        changes = {
            "up": {"up": True},
            "down": {"up": False, "role": "Secondary"},
            "primary": {"role": "Primary"},
            "secondary": {"role": "Secondary"},
            "disconnect": {"connection": "StandAlone", "peer_role": "Unknown", "replication": "Off", "peer_disk": "DUnknown"},
            "outdate": {"disk": "Outdated"},
        }
        self.state.update(changes[verb])
        return 200, {"accepted": True, "rule": verb, "reason": "done"}
