"""The ARM64 package in an ARM64 root: configured by dpkg, and its daemon starts, answers, and stops. Every program runs in qemu-user.

arguments: an archive of a foreign Debian root, which is finished first if it is only its first half, and a package
"""

import os
import shutil
import subprocess
import sys

from roots import Daemon, Failure, Folder, Root, check

INTERPRETER = "/usr/bin/qemu-aarch64-static"
# 64-bit little-endian ELF files for ARM64, programs and shared objects; F: the interpreter is opened now, and so need not be in the root.
MAGIC = (r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:"
         r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff")  # fmt: skip
CONFIGURATION = """
nodes { alpha {}, beta {} }
resources { r0 { attach = socket, on {
  alpha { disk = /srv/disk, address = "127.0.0.1:7790" }
  beta { disk = /srv/disk, address = "127.0.0.2:7790" }
} } }
"""


def say(text):
    print(f"-- {text}", flush=True)


def finish(root, archive):
    """The second half takes minutes: its result becomes the archive."""
    say("the second half of debootstrap")
    # In a namespace of users there are no device nodes to be made, as in a container.
    root.run("/debootstrap/debootstrap", "--second-stage", environment={"container": "lxc"}, limit=1200)
    subprocess.run(["tar", "--directory", root.path, "--one-file-system", "--exclude", "./dev/*", "--create", "--file", archive + ".new", "."], check=True)
    os.replace(archive + ".new", archive)
    root.mount()


def main():
    archive, package = sys.argv[1:]
    with open("/proc/sys/fs/binfmt_misc/register", "w", encoding="ascii") as register:
        register.write(f":rhizome-arm64:M::{MAGIC}:{INTERPRETER}:F")
    with Folder() as folder:
        root = Root(archive, folder, "arm64")
        if os.path.exists(root.of("debootstrap")):
            finish(root, archive)
        check(root.run("uname", "-m").strip() == "aarch64", "this is no ARM64 root")
        say("dpkg configures the package")
        shutil.copy(package, root.of("root/rhizome.deb"))
        root.run("dpkg", "--install", "/root/rhizome.deb", limit=900)
        check(os.path.exists(root.of("usr/lib/rhizome/lib/daemon.jsa")), "no archive of classes was made")
        say(root.run("rhizome", "--version").strip())
        root.write("etc/rhizome/rhizome.conf", CONFIGURATION)
        root.write("etc/default/rhizome", "RHIZOME_NODE=alpha\n")
        root.run("rhizome", "pki", "init", "--nodes", "alpha,beta")
        root.disk("srv/disk", 64 << 20)
        root.run("rhizome", "create-md", "--node", "alpha", "r0")
        daemon = Daemon(root, limit=300)
        # No I/O on the disk: in qemu-user it fails ("the disk failed during the promotion"), for a reason that is not known yet.
        status = root.run("rhizome", "status", "--node", "alpha", "r0")
        check("Secondary" in status, f"it does not answer as it must: {status}")
        say("ready, Secondary")
        daemon.stop()


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"arm64: {failure}")
