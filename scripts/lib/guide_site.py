"""The site that docs/operations.md is about: two bare nodes of the lab with its names, addresses and disks, ssh, the packages, and for Pacemaker a
cluster with fencing. What the guide has a person do, and what befalls the nodes, is done here, too."""

import glob
import pathlib
import re
import shutil

from cluster_lab import NODES, Failure, Lab, Writer, disks_are_same, nothing_is_lost
from guide_run import run, until

RESOURCE = "data"
MIB = 1 << 20
DISK_MIB = {"data": 256, "files": 64}
KEYS = "/run/lab/shared/keys"


class Programs(Writer):
    """The programs that use the volume: a database. Wherever it is mounted they write, and what is acknowledged to them is compared."""


class WithoutAddress(Lab):
    """Without Pacemaker there is no address that goes with the volume: who has it mounted serves."""

    def serves(self, node):
        return self.mounted(node)


class Site:
    def __init__(self, root, with_pacemaker):
        self.root = root
        self.with_pacemaker = with_pacemaker
        self.lab = (Lab if with_pacemaker else WithoutAddress)(str(root / "scripts/lab"), RESOURCE)
        self.state = pathlib.Path(self.lab.state)
        self.programs = None
        self.loops = {}
        self.files = None

    # ---- there and gone

    def up(self, packages):
        self.lab("down", timeout=300)
        self.lab("up", "--bare", timeout=900)
        shared = self.state / "shared"
        for package in packages:
            shutil.copy(package, shared)
        self.make_keys(shared / "keys")
        (self.state / "volumes").mkdir()
        for node in NODES:
            for name in DISK_MIB:
                self.new_disk(node, name)
            self.provide(node)
        self.fill_files()
        if self.with_pacemaker:
            self.form_cluster()

    def down(self):
        if self.programs:
            self.programs.stopping = True
        self.lab("down", timeout=300)

    def make_keys(self, folder):
        """Each node knows the other's host key, and lets it in as root."""
        folder.mkdir()
        hosts = ""
        for node in NODES:
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", node, "-f", folder / node)
            run("dropbearkey", "-t", "ed25519", "-f", folder / f"{node}.host")
            public = run("dropbearkey", "-y", "-f", folder / f"{node}.host")
            hosts += f"{node} {next(line for line in public.splitlines() if line.startswith('ssh-'))}\n"
        (folder / "known_hosts").write_text(hosts)
        (folder / "authorized_keys").write_text("".join((folder / f"{node}.pub").read_text() for node in NODES))

    def new_disk(self, node, name):
        """Another disk in the place of the one that the node has; what has it open keeps that one."""
        number = len(glob.glob(f"{self.state}/volumes/{node}.{name}.*"))
        image = self.state / "volumes" / f"{node}.{name}.{number}"
        with image.open("wb") as file:
            file.truncate(DISK_MIB[name] * MIB)
        self.loops[node, name, number] = run("losetup", "--find", "--show", image).strip()
        return self.loops[node, name, number]

    def loop(self, node, name):
        return self.loops[max(key for key in self.loops if key[:2] == (node, name))]

    def provide(self, node):
        """What a machine of this site has before anybody installs Rhizome on it."""
        links = "".join(f"ln -sfn {self.loop(node, name)} /dev/vg0/{name}\n" for name in DISK_MIB)
        self.shell(node, f"""mkdir -p /dev/vg0 /etc/dropbear
{links}install -d -m 700 /root/.ssh
install -m 600 {KEYS}/{node} /root/.ssh/id_ed25519
install -m 600 {KEYS}/authorized_keys {KEYS}/known_hosts /root/.ssh/
cp /run/lab/shared/*.deb /root/
[ -x /usr/bin/java ] || ln -s /run/lab/java-home/bin/java /usr/bin/java
setsid dropbear -r {KEYS}/{node}.host -p 22 -P /run/dropbear.pid
""")

    def shell(self, node, script, check=True):
        return self.lab.exec(node, "bash", "-euc", f"cd /root\n{script}", check=check, timeout=120)

    # ---- a volume that is to be adopted

    def fill_files(self):
        """alpha's disk of section 3 holds a file system with data, and is in use."""
        self.shell("alpha", """mkfs.ext4 -q /dev/vg0/files && mkdir -p /srv/files && mount /dev/vg0/files /srv/files
for i in $(seq 100); do head -c 20000 /dev/urandom >/srv/files/$i; done; sync""")
        self.files = self.digest_of_files()

    def digest_of_files(self):
        return self.shell("alpha", "mountpoint -q /srv/files && cd /srv/files && sha256sum [0-9]* | sha256sum")

    def files_are_whole(self):
        if self.digest_of_files() != self.files:
            raise Failure("what is on /srv/files has changed")

    # ---- a cluster with fencing, and nothing in it

    def form_cluster(self):
        for node in NODES:
            self.shell(node, """install -m 644 /run/lab/conf/corosync.conf /etc/corosync/ && install -m 400 /run/lab/conf/authkey /etc/corosync/
install -o hacluster -g haclient -m 600 /run/lab/conf/cib.xml /var/lib/pacemaker/cib/cib.xml
systemctl enable --now corosync pacemaker""")
        until(self.cluster_is_whole, "both nodes are online in the cluster")

    def cluster_is_whole(self):
        seen = self.lab.exec("alpha", "crm_mon", "-1", "--output-as=xml", check=False)
        return all(f'<node name="{node}"' in seen for node in NODES) and seen.count(' online="true"') == len(NODES) and 'with_quorum="true"' in seen

    # ---- the programs, and what they have been acknowledged

    def start_programs(self):
        acknowledged = self.programs.acknowledged if self.programs else 0
        self.programs = Programs(self.lab)
        self.programs.acknowledged = acknowledged
        self.programs.start()
        self.programs.wait_for_writes()

    def end_programs(self):
        self.programs.stop()

    def starts_of_programs(self):
        """How often they have found what is on the volume: once, if nothing has interrupted them since the last look."""
        return len(self.programs.found) if self.programs else 0

    def in_step(self):
        """Both nodes UpToDate and connected, and which one is Primary."""
        primary = None
        for node in NODES:
            status = self.lab.status(node)
            if not status or not status.get("connections"):
                return None
            peer = status["connections"][0]
            good = status["devices"][0]["disk-state"] == "UpToDate" and peer["connection-state"] == "Connected"
            if not good or peer["peer_devices"][0]["peer-disk-state"] != "UpToDate":
                return None
            primary = node if status["role"] == "Primary" else primary
        return primary

    def judge(self):
        """After each section from the first pair on: in step with alpha as Primary, and nothing lost that was acknowledged to the programs."""
        if not self.programs:
            return
        until(lambda: self.in_step() == "alpha", "both nodes are in step, and alpha is Primary")
        self.programs.wait_for_writes()
        self.end_programs()
        nothing_is_lost(self.lab, "alpha", self.programs)
        self.start_programs()

    def judge_disks(self):
        """At the end: the file system is clean, and both disks hold the same."""
        self.end_programs()
        if self.with_pacemaker:
            self.shell("alpha", "crm_resource --resource service --meta --set-parameter target-role --parameter-value Stopped && crm_resource --wait --timeout 60s")
        else:
            self.shell("alpha", "umount /srv/data")
        self.shell("alpha", "timeout 60 e2fsck -fn /dev/rhizome/data")
        disks_are_same(self.lab, "alpha", [self.loop(node, "data") for node in NODES])

    # ---- what befalls the nodes

    def disk_fails(self):
        """As a solid-state disk does at its end: it takes no writes any more."""
        run("blockdev", "--setro", self.loop("beta", "data"))
        until(lambda: self.peer_disk("alpha") == "Diskless", "beta has let its disk go")

    def exchange_disk(self):
        worn = self.loop("beta", "data")
        self.shell("beta", f"ln -sfn {self.new_disk('beta', 'data')} /dev/vg0/data")
        run("blockdev", "--setrw", worn)

    def node_burns(self):
        self.lab("replace", "beta")

    def place_new_machine(self):
        """Where there is a cluster it makes sure first that the old machine is off."""
        if self.with_pacemaker:
            until(lambda: any(words[0] == "fence" and words[3:] == ["target=beta", "rc=0"] for _, words in self.lab.events()), "beta was fenced")
        until(lambda: "yes" in self.lab.exec("beta", "sh", "-c", "test -p /run/lab/never && echo yes", check=False), "beta has booted")
        for name in DISK_MIB:
            self.new_disk("beta", name)
        self.provide("beta")

    def brain_splits(self):
        """The cable is cut, a person takes alpha for dead, and both go on."""
        self.lab("cut", "replication")
        until(lambda: self.connection("alpha") == self.connection("beta") == "Connecting", "the link is lost")
        self.shell("beta", "rhizome primary data && mount /dev/rhizome/data /srv/data && echo only on beta >/srv/data/beta && sync /srv/data/beta")
        self.shell("beta", "setsid tail -f /srv/data/beta </dev/null >/dev/null 2>&1 & echo $! >/run/programs.pid")
        self.programs.wait_for_writes()
        self.lab("heal")
        until(lambda: self.connection("alpha") == self.connection("beta") == "StandAlone", "the split brain is seen on both nodes")

    def end_programs_on_beta(self):
        self.shell("beta", "kill $(cat /run/programs.pid)")

    def connection(self, node):
        status = self.lab.status(node)
        return status["connections"][0]["connection-state"] if status else None

    def peer_disk(self, node):
        status = self.lab.status(node)
        return status["connections"][0]["peer_devices"][0]["peer-disk-state"] if status else None

    # ---- what a section promises beside that

    def link_has_the_renewed_certificate(self):
        """Under Pacemaker the link is not made anew, and has the former one."""
        shown = re.search(r"certificate:beta .*serial:(\w+)", self.shell("alpha", "rhizome status data"))[1]
        if not self.with_pacemaker and shown not in self.shell("beta", "rhizome pki show /etc/rhizome/pki/beta.crt"):
            raise Failure(f"beta has shown the certificate {shown} on the link, which is not its newest")

    def beta_was_kept(self):
        self.shell("beta", "grep -q 'only on beta' beta.img")
        if "beta" in self.shell("alpha", "ls /srv/data").split():
            raise Failure("what beta wrote is on the volume, although it was to be discarded")
