"""The status page of two daemons in a real browser: legible, accessible, and live through a failover."""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import demo
from demo import Failure, say

MIB = 1 << 20
PATIENCE = 60


class PageCluster(demo.Cluster):
    """Two daemons that serve their page."""

    def __init__(self, rhizome, folder, disk_bytes):
        super().__init__(rhizome, folder, disk_bytes)
        self.pages = {node: demo.free_port() for node in demo.NODES}
        with open(self.config, encoding="ascii") as file:
            text = file.read()
        for node, port in self.pages.items():
            text = text.replace(f"  {node} {{ control", f'  {node} {{ status-page = "127.0.0.1:{port}", control', 1)
        # Slow enough that a person, or a test, sees it.
        text = text.replace("al-cool-after = 1s", "al-cool-after = 1s, c-max-rate = 6MiB, verify-rate = 24MiB")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(text)

    def url(self, node):
        return f"http://127.0.0.1:{self.pages[node]}/"

    def ask(self, node, method="GET", path="/", host=None):
        """The status and headers of an answer of the page's address."""
        connection = http.client.HTTPConnection("127.0.0.1", self.pages[node], timeout=10)
        connection.request(method, path, headers={"Host": host} if host else {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, dict((name.lower(), value) for name, value in answer.getheaders())


class Browser:
    """A headless Chromium that does what it is told."""

    def __init__(self, modules, shots):
        self.shots = shots
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page_test.js")
        self.process = subprocess.Popen(
            ["node", script, modules], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, verb, **order):
        self.process.stdin.write(json.dumps({"verb": verb, **order}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Failure("the browser has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"{verb} {order}: {answer['error']}")
        return answer

    def until(self, page, selector, text):
        if self.do("until", page=page, selector=selector, text=text, seconds=PATIENCE)["reloaded"]:
            raise Failure(f"the page of {page} was loaded again")
        say(f"    page of {page}: {text}")

    def inspect(self, page, name):
        answer = self.do("inspect", page=page, shot=os.path.join(self.shots, name))
        if answer["found"]:
            raise Failure(f"{name}: " + "\n".join(answer["found"]))
        say(f"    {name}: {answer['checks']} axe rules passed, none failed; legible at both sizes, light and dark")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Load(threading.Thread):
    """Writes and flushes, as clients do, until it is told to stop."""

    def __init__(self, socket_path):
        super().__init__(daemon=True)
        self.handle = demo.connect_nbd(socket_path)
        self.stopping = False

    def run(self):
        block = os.urandom(64 * 1024)
        at = 0
        try:
            while not self.stopping:
                for _ in range(1 + at % 23):
                    self.handle.pwrite(block, (at % 512) * len(block))
                    at += 1
                self.handle.flush()
                self.handle.pread(len(block), (at * 7 % 512) * len(block))
                time.sleep(0.03)
        except demo.nbd.Error:
            return  # its node was killed


def check_http(cluster):
    """Only what shows is there, for nobody's page but ours."""
    status, headers = cluster.ask("alpha")
    expect(status == 200 and headers["content-type"].startswith("text/html"), "GET / answers the page")
    expect("default-src 'none'" in headers["content-security-policy"], "it has a content security policy")
    expect(headers["x-content-type-options"] == "nosniff", "and forbids guessing types")
    expect("access-control-allow-origin" not in headers, "no other site may read it")
    for method, path, host, wanted in (
        ("GET", "/v1/watch", None, 200),
        ("GET", "/v1/watch", f"localhost:{cluster.pages['alpha']}", 200),
        ("GET", "/v1/watch", "attacker.example", 421),
        ("GET", "/", "127.0.0.1.attacker.example", 421),
        ("POST", "/v1/watch", None, 405),
        ("POST", "/", None, 405),
        ("GET", "/v1/status", None, 404),
        ("POST", "/v1/resources/r0/primary", None, 404),
    ):
        status, _ = cluster.ask("alpha", method, path, host)
        expect(status == wanted, f"{method} {path} for {host or 'its address'}: {wanted}, is {status}")


def expect(so, what):
    if not so:
        raise Failure(f"not so: {what}")


def prepare(cluster, fill_mib):
    pki = os.path.join(cluster.folder, "pki")
    subprocess.run([cluster.rhizome, "pki", "init", "--directory", pki], check=True, stdout=subprocess.DEVNULL)
    for node in demo.NODES:
        subprocess.run(
            [cluster.rhizome, "pki", "issue", "--directory", pki, node], check=True, stdout=subprocess.DEVNULL
        )
        cluster.run(node, "create-md", "r0")
    cluster.start("alpha")
    demo.promote(cluster, "alpha", "--force")
    handle = demo.connect_nbd(cluster.nbd("alpha"))
    for at in range(fill_mib):
        handle.pwrite(os.urandom(MIB), at * 3 * MIB)
    handle.flush()
    handle.shutdown()


def scenario(cluster, browser):
    say("-- alpha alone, with its page")
    prepare(cluster, 80)
    check_http(cluster)
    browser.do("open", page="alpha", url=cluster.url("alpha"))
    browser.until("alpha", "h2", "Only alpha has all data")

    say("-- the first copy to beta")
    cluster.start("beta")
    browser.do("open", page="beta", url=cluster.url("beta"))
    load = Load(cluster.nbd("alpha"))
    load.start()
    browser.until("alpha", "h2", "beta is being brought up to date")
    browser.until("beta", ".task", "Resync from alpha to beta")
    time.sleep(6)
    browser.inspect("alpha", "resync-source")
    browser.inspect("beta", "resync-target")
    browser.until("alpha", "h2", "Both nodes have all data")
    browser.until("beta", "h2", "Both nodes have all data")

    say("-- clients at work")
    time.sleep(20)
    browser.inspect("alpha", "primary")
    browser.inspect("beta", "secondary")
    cluster.run("alpha", "verify", "r0")
    browser.until("alpha", ".task", "Verify")
    browser.inspect("alpha", "verify")

    say("-- kill -9 of alpha; beta takes over")
    cluster.kill("alpha")
    load.stopping = True
    load.join(timeout=30)
    browser.until("alpha", "#stale", "The daemon does not answer since")
    browser.inspect("alpha", "stale")
    browser.until("beta", "h2", "beta is alone, and not Primary")
    demo.promote(cluster, "beta")
    browser.until("beta", "h2", "Only beta has all data")
    load = Load(cluster.nbd("beta"))
    load.start()
    first = browser.do("read", page="beta", selector="#live")["texts"]
    time.sleep(5)
    expect(browser.do("read", page="beta", selector="#live")["texts"] != first, "the survivor's page stays live")
    browser.inspect("beta", "survivor")

    say("-- alpha returns")
    cluster.start("alpha")
    browser.until("alpha", "#live", "Live")
    browser.until("beta", "h2", "Both nodes have all data")
    browser.until("alpha", "h2", "Both nodes have all data")
    cluster.run("alpha", "down", "r0")
    browser.until("alpha", "h2", "r0 is down on alpha")
    browser.inspect("alpha", "down")
    load.stopping = True
    load.join(timeout=30)
    load.handle.shutdown()
    cluster.run("beta", "secondary", "r0")
    cluster.stop_all()
    complaints = browser.do("complaints")["found"]
    expect(not complaints, "nothing to complain of: " + "; ".join(complaints))


def main():
    parser = argparse.ArgumentParser(prog="test-page", description=__doc__)
    parser.add_argument("--rhizome", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--modules", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--shots", required=True, help="where the pictures go")
    options = parser.parse_args()
    os.makedirs(options.shots, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="rhizome-page-")
    cluster = PageCluster(options.rhizome, folder, 320 * MIB)
    browser = Browser(options.modules, os.path.abspath(options.shots))
    try:
        scenario(cluster, browser)
        say(f"page: good; the pictures are in {options.shots}")
        return 0
    except Exception:  # whatever it is, the reason and the logs are what helps
        traceback.print_exc()
        for node in demo.NODES:
            log = os.path.join(folder, f"{node}.log")
            if os.path.exists(log):
                with open(log, encoding="utf-8", errors="replace") as file:
                    print(f"-- log of {node}\n" + "".join(file.readlines()[-15:]), file=sys.stderr)
        return 1
    finally:
        browser.close()
        cluster.kill_all()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
