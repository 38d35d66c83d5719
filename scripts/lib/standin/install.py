"""Makes a root for the stand-in of the nucleus, in the places where Greengrass has them.

arguments: ROOT ORACLE [RATE [STARTUP_S [RESTART_S]]]     ORACLE: a file outside the volume, or HOST:PORT of oracle.py
RESTART_S: a deployment restarts the component, which is away for so long; without it, it goes on as it is
"""

import json
import pathlib
import shutil
import subprocess
import sys

import nucleus
import storage

HERE = pathlib.Path(__file__).resolve().parent

LOADER = """#!/bin/sh
# Runs the nucleus, and again if it ends; three times, if that is in error. Stopped, it stops the nucleus, and ends with 143.
root={root}
stopping=no tries=0
trap 'stopping=yes; kill -TERM "$nucleus"; wait "$nucleus"' TERM
while [ "$tries" -lt 3 ]; do
    "${{GG_JAVA_EXE:-/usr/bin/python3}}" -B "$root/alts/current/distro/lib/nucleus.py" "$root" &
    nucleus=$!
    wait "$nucleus"
    code=$?
    [ "$stopping" = no ] || exit 143
    case $code in 0 | 100) exec "$root/alts/current/distro/bin/loader" ;; esac
    tries=$((tries + 1))
done
exit "$code"
"""

CLI = """#!/usr/bin/python3
# greengrass-cli component list
import socket, sys
if sys.argv[1:] != ["component", "list"]: sys.exit("usage: greengrass-cli component list")
nucleus = socket.socket(socket.AF_UNIX)
nucleus.connect("{root}/ipc.socket")
nucleus.sendall(b"list\\n")
print(nucleus.makefile().read(), end="")
"""


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)


def install(root, oracle, rate=20, startup_s=0, restart_s=None):
    root = pathlib.Path(root).absolute()
    distro = root / "packages/artifacts-unarchived/aws.greengrass.Nucleus/1.0.0/aws.greengrass.nucleus"
    for folder in ("alts/init", "bin", "config", "deployments", "packages/recipes", "packages/artifacts", "work/Load", "logs"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for folder in ("bin", "lib"):
        (distro / folder).mkdir(parents=True, exist_ok=True)
    for name in ("nucleus.py", "storage.py"):
        shutil.copy(HERE / name, distro / "lib")
    program(distro / "bin/loader", LOADER.format(root=root))
    program(root / "bin/greengrass-cli", CLI.format(root=root))
    (root / "alts/init/launch.params").write_text("\n")
    storage.link_absolutely(distro, str(root / "alts/init/distro"))
    storage.link_absolutely(root / "alts/init", str(root / "alts/current"))
    (root / "config/standin.json").write_text(json.dumps({"oracle": str(oracle), "rate": rate, "startup_s": startup_s, "restart_s": restart_s}))
    first = storage.line("seq", 0) + storage.line("Ticker", 1)
    (root / "config/config.tlog").write_bytes(first)
    (root / "config/bootstrap.tlog").write_bytes(first)
    nucleus.write_component(str(root), 1)
    # Of this file system only: another one's disk may hang.
    subprocess.run(["sync", "-f", str(root)], check=True)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4, 5, 6):
        sys.exit(__doc__)
    install(sys.argv[1], sys.argv[2], *map(float, sys.argv[3:]))
