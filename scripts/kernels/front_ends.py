"""What each front end does in its own way."""

import os

from cluster import device, nbd_socket
from lab import Untested, require, run
from scenario import Scenario


class Socket(Scenario):
    """The kernel's client on the NBD server's unix socket, connected by hand."""

    survives_kill = False
    persistent_name = False
    modules = ("nbd",)

    def appear(self, node):
        os.makedirs(os.path.dirname(device(node)), exist_ok=True)
        # A node of the device file system for each of the two, as the others have it.
        name = {"alpha": "/dev/nbd0", "beta": "/dev/nbd1"}[node]
        run("nbd-client", "-unix", nbd_socket(node), name, "-b", "4096")
        os.symlink(name, device(node))

    def vanish(self, node):
        run("nbd-client", "-d", os.path.realpath(device(node)))
        os.unlink(device(node))

    def refusal(self):
        raise Untested("by the socket the daemon does not see the mount")

    def more_limits(self, known):
        """What nbd-client asks for is its own affair."""


class Nbd(Scenario):
    attach = "nbd"
    modules = ("nbd",)


class Ublk(Scenario):
    attach = "ublk"
    modules = ("ublk_drv",)

    def more_limits(self, known):
        super().more_limits(known)
        blocks = run("blockdev", "--getpbsz", device("alpha")).strip()
        require(blocks == "4096", f"physical blocks of {blocks} bytes, not 4096")


class Fuse(Scenario):
    attach = "fuse"
    survives_kill = False
    modules = ("fuse", "loop")

    def more_limits(self, known):
        """A loop device flushes instead of forcing units, and writes zeroes where it can."""


FRONT_ENDS = {"socket": Socket, "nbd": Nbd, "ublk": Ublk, "fuse": Fuse}
