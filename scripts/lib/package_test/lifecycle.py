"""Install, start, refused removal, remove, install again, purge: and then nothing is left.

arguments: an archive of a Debian root, and a package
"""

import os
import sys

from roots import Daemon, Failure, Folder, Root, check, differences, digest

CONFIGURATION = """
nodes { solo {}, other {} }
resources { r0 {
  attach = socket
  on {
    solo { disk = /srv/disk, meta-disk = /var/lib/rhizome/r0.md, address = "127.0.0.1:7790" }
    other { disk = /srv/disk, meta-disk = /var/lib/rhizome/r0.md, address = "127.0.0.2:7790" }
  }
} }
"""


def say(text):
    print(f"-- {text}", flush=True)


def look_at_what_is_installed(root):
    say("installed: command, manual, completion, units, group, archives of classes; neither enabled nor started")
    check("rhizome" in root.run("rhizome", "--version"), "rhizome --version says something else")
    check(root.run("dpkg", "--verify", "rhizome") == "", "dpkg --verify finds a difference")
    for name in ("usr/share/man/man8/rhizome.8.gz", "usr/lib/rhizome/lib/daemon.jsa", "usr/lib/rhizome/lib/client.jsa", "usr/lib/rhizome/fence-peer",
                 "usr/lib/ocf/resource.d/rhizome/replica", "usr/share/doc/rhizome/copyright"):  # fmt: skip
        check(os.path.getsize(root.of(name)) > 0, f"{name} is empty")
    root.run("bash", "-c", ". /usr/share/bash-completion/completions/rhizome && complete -p rhizome")
    root.run("getent", "group", "rhizome")
    check(root.run("systemctl", "is-enabled", "rhizome.service", "rhizome-witness.service", good=False).split() == ["disabled"] * 2, "a unit is enabled")
    check(root.run("systemd-analyze", "verify", "--man=no", "rhizome.service", "rhizome-witness.service") == "", "systemd-analyze verify complains")
    # needrestart takes the keys for patterns of units' names, and leaves alone those with 0.
    spared = 'our %nrconf; do "/etc/needrestart/conf.d/rhizome.conf" or !$@ or die; grep { "rhizome.service" =~ /$_/ && !$nrconf{override_rc}{$_} } keys %{$nrconf{override_rc}} or die'
    root.run("perl", "-e", spared)
    root.run("rhizome", "config", "check", "--config", "/usr/share/doc/rhizome/examples/rhizome.conf", "--node", "alpha")


def configure(root):
    say("configured, enabled, metadata made")
    root.write("etc/rhizome/rhizome.conf", CONFIGURATION)
    root.write("etc/default/rhizome", "RHIZOME_NODE=solo\n")
    root.run("rhizome", "pki", "init", "--nodes", "solo,other")
    root.disk("srv/disk", 64 << 20)
    root.run("rhizome", "create-md", "--node", "solo", "r0")
    root.run("systemctl", "enable", "rhizome.service")


def run_and_refuse(root):
    say("started; a removal is refused while the node is Primary, and the daemon goes on")
    daemon = Daemon(root)
    root.run("rhizome", "primary", "--force", "--node", "solo", "r0")
    refused = root.apt("remove", "rhizome", good=False)
    check("is Primary for r0" in refused, f"the removal was refused for another reason: {refused[-500:]}")
    check(daemon.alive() and "ii" in root.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "rhizome"), "the refused removal has done something")
    root.run("rhizome", "status", "--node", "solo")
    root.run("rhizome", "secondary", "--node", "solo", "r0")
    daemon.stop()


def remove_and_install(root, package):
    say("removed: configuration, keys and state stay, the program goes")
    root.apt("remove", "rhizome")
    check(not os.path.lexists(root.of("usr/lib/rhizome")) and not os.path.lexists(root.of("usr/bin/rhizome")), "a removal leaves the program")
    for name in ("etc/rhizome/rhizome.conf", "etc/rhizome/pki/ca.crt", "etc/default/rhizome", "var/lib/rhizome/r0.md"):
        check(os.path.exists(root.of(name)), f"a removal takes {name}")
    say("installed again: it is enabled as before, and goes on with its disk")
    root.install(package)
    check(root.run("systemctl", "is-enabled", "rhizome.service").strip() == "enabled", "it is not enabled any more")
    daemon = Daemon(root)
    check("UpToDate" in root.run("rhizome", "status", "--node", "solo"), "the data is not UpToDate any more")
    daemon.stop()


def purge(root, before):
    say("purged: nothing is left, and the disk is untouched")
    data = digest(root.of("srv/disk"))
    root.apt("purge", "--autoremove", "rhizome")
    check(data == digest(root.of("srv/disk")), "the disk has changed")
    os.unlink(root.of("srv/disk"))
    os.unlink(root.of("var/log/rhizome-test-solo.log"))
    nothing_left(root, before)


def nothing_left(root, before):
    left = differences(before, root.files())
    check(not left, "left after the purge:\n  " + "\n  ".join(left))


def main():
    archive, package = sys.argv[1:]
    with Folder() as folder:
        root = Root(archive, folder, "solo")
        before = root.files()
        root.install(package)
        look_at_what_is_installed(root)
        configure(root)
        run_and_refuse(root)
        remove_and_install(root, package)
        purge(root, before)
        say("installed, removed and purged without ever having been used: nothing is left")
        root.install(package)
        root.apt("remove", "rhizome")
        root.apt("purge", "rhizome")
        nothing_left(root, before)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"lifecycle: {failure}")
