"""Both architectures' packages beside each other: the same files, each with native parts of its own.

arguments: the package for amd64, and the one for arm64
"""

import os
import subprocess
import sys
import tempfile
import zipfile

from roots import Failure, check

# e_machine of an ELF header, and what Rhizome loads at run time from within jars.
MACHINES = {"amd64": 62, "arm64": 183}
NATIVE = {
    "amd64": {"jffi-native.jar": "jni/x86_64-Linux/libjffi-1.2.so", "lz4-java.jar": "net/jpountz/util/linux/amd64/liblz4-java.so",
              "netty-tcnative-boringssl-static-linux-x86_64.jar": "META-INF/native/libnetty_tcnative_linux_x86_64.so",
              "netty-transport-native-epoll-linux-x86_64.jar": "META-INF/native/libnetty_transport_native_epoll_x86_64.so"},
    "arm64": {"jffi-native.jar": "jni/aarch64-Linux/libjffi-1.2.so", "lz4-java.jar": "net/jpountz/util/linux/aarch64/liblz4-java.so",
              "netty-tcnative-boringssl-static-linux-aarch_64.jar": "META-INF/native/libnetty_tcnative_linux_aarch_64.so",
              "netty-transport-native-epoll-linux-aarch_64.jar": "META-INF/native/libnetty_transport_native_epoll_aarch_64.so"},
}  # fmt: skip


def machine(header):
    """Of an ELF file's first bytes: the processor it is for; None if it is no ELF file."""
    return int.from_bytes(header[18:20], "little") if header[:4] == b"\x7fELF" else None


def natives(tree, architecture):
    """Checks every native file, and answers with how many there are."""
    count = 0
    for place, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(place, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as file:
                found = machine(file.read(20))
            if found is not None:
                check(found == MACHINES[architecture], f"{path} is for another processor ({found})")
                count += 1
    for jar, entry in NATIVE[architecture].items():
        with zipfile.ZipFile(os.path.join(tree, "usr/lib/rhizome/lib", jar)) as archive, archive.open(entry) as file:
            check(machine(file.read(20)) == MACHINES[architecture], f"{jar}: {entry} is for another processor")
            count += 1
    return count


def names(tree):
    return {os.path.relpath(os.path.join(place, name), tree).replace("linux-x86_64", "ARCH").replace("linux-aarch_64", "ARCH")
            for place, _, files in os.walk(tree) for name in files}  # fmt: skip


def main():
    packages = dict(zip(MACHINES, sys.argv[1:]))
    with tempfile.TemporaryDirectory() as folder:
        trees = {architecture: os.path.join(folder, architecture) for architecture in packages}
        for architecture, package in packages.items():
            subprocess.run(["dpkg-deb", "--extract", package, trees[architecture]], check=True)
            said = subprocess.run(["dpkg-deb", "--field", package, "Architecture"], check=True, capture_output=True, text=True).stdout.strip()
            check(said == architecture, f"{package} says that it is for {said}")
            count = natives(trees[architecture], architecture)
            check(count > 10, f"{package} has only {count} native parts")
            print(f"-- {architecture}: {count} native parts, all of them for it", flush=True)
        different = names(trees["amd64"]) ^ names(trees["arm64"])
        check(not different, f"files that only one architecture has: {sorted(different)}")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"layout: {failure}")
