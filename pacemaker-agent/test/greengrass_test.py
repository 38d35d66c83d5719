"""The Greengrass agent, without Greengrass: the stand-in of scripts/lib/standin is the nucleus, and what goes wrong really does."""

import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE.parent / "scripts/lib/standin"))

import check  # noqa: E402
import install  # noqa: E402
import storage  # noqa: E402

OK, GENERIC, CONFIGURED, NOT_RUNNING = 0, 1, 6, 7
AGENT = HERE / "greengrass"

# A disk that hangs, as the agent sees it: the write does not end, nor can it be ended, until the file is gone.
DD = """#!/bin/sh
trap '' TERM
echo "$*" >>"$STAGE/writes"
while [ -e "$STAGE/hang" ]; do sleep 0.1; done
exec /bin/dd "$@"
"""

# A unit as systemd has it: the loader leads a session, and systemctl tells its number.
SYSTEMCTL = """#!/bin/sh
case $1 in
    show) printf 'MainPID=%s\\nControlGroup=\\n' "$(cat "$STAGE/unit" 2>/dev/null || echo 0)" ;;
    start)
        setsid "$OCF_RESKEY_root/alts/current/distro/bin/loader" </dev/null >>"$STAGE/loader.log" 2>&1 &
        echo $! >"$STAGE/unit" ;;
    stop) kill -TERM "$(cat "$STAGE/unit")" ;;
esac
echo "$1 $2 $3 $4 $5 $6" >>"$STAGE/orders"
"""


@unittest.skipUnless(os.path.exists("/usr/lib/ocf/lib/heartbeat/ocf-shellfuncs"), "package resource-agents is not installed")
class NucleusCase(unittest.TestCase):
    rate = 20

    def setUp(self):
        # In memory: how long a busy disk takes for thousands of small synced writes is not what is tested.
        self.stage = pathlib.Path(tempfile.mkdtemp(prefix="rhizome-greengrass-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        self.addCleanup(shutil.rmtree, self.stage)
        self.root = self.make_root()
        self.record = self.stage / "record"
        self.addCleanup(self.end)
        install.install(self.root, self.record, self.rate)

    def make_root(self):
        root = self.stage / "v2"
        root.mkdir()
        return root

    def end(self):
        if self.call("stop") != OK:
            print(self.said, file=sys.stderr)

    def environment(self, **more):
        env = dict(PATH=f"{self.stage}:/usr/sbin:/usr/bin:/sbin:/bin", STAGE=str(self.stage), HA_RSCTMP=str(self.stage / "state"))
        env.update(RHIZOME_LIBRARY=str(HERE), OCF_ROOT="/usr/lib/ocf", OCF_RESOURCE_INSTANCE=f"gg-{os.getpid()}")
        env.update(OCF_RESKEY_root=str(self.root), OCF_RESKEY_CRM_meta_interval="10000", OCF_RESKEY_CRM_meta_timeout="40000")
        env.update(OCF_RESKEY_required_components="Load Ticker")
        env.update(more)
        return env

    def call(self, action, **more):
        done = subprocess.run([AGENT, action], env=self.environment(**more), capture_output=True, text=True, timeout=60, check=False)
        self.said = done.stdout + done.stderr
        return done.returncode

    def start(self, **more):
        self.assertEqual(self.call("start", **more), OK, self.said)

    def assert_fails(self, why, **more):
        self.assertEqual(self.call("monitor", **more), GENERIC, self.said)
        self.assertIn(why, self.said)

    def assert_healthy(self, **more):
        self.assertEqual(self.call("monitor", **more), OK, self.said)

    def program(self, name, text):
        path = self.stage / name
        path.write_text(text)
        path.chmod(0o755)

    def processes(self):
        """Who has the root on the command line or stands in it: number and command line."""
        found = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if str(self.root) in line or os.readlink(entry / "cwd").startswith(str(self.root)):
                    found[int(entry.name)] = line
            except OSError:
                pass
        return found

    def process(self, part):
        return next(number for number, line in self.processes().items() if part in line)

    def until(self, condition):
        end = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), end, "in vain")
            time.sleep(0.05)

    def acknowledged(self):
        return self.record.read_text().count("ack") if self.record.exists() else 0


class LifeTest(NucleusCase):
    def test_a_healthy_core_is_never_failed(self):
        self.assertEqual(self.call("monitor"), NOT_RUNNING)
        self.assertEqual(self.call("stop"), OK)
        for _ in range(2):
            self.start()
        for level in (0, 10, 0, 10):
            self.assert_healthy(OCF_CHECK_LEVEL=str(level))
        self.assert_healthy(OCF_RESKEY_CRM_meta_interval="0")
        self.assertEqual(self.call("reload-agent"), OK)
        for _ in range(2):
            self.assertEqual(self.call("stop"), OK, self.said)
            self.assertEqual(self.processes(), {})
        self.assertEqual(self.call("monitor"), NOT_RUNNING)
        good, line = check.check(self.root, self.record)
        self.assertTrue(good, line)

    def test_what_was_acknowledged_is_there_after_each_end(self):
        for _ in range(2):
            self.start()
            before = self.acknowledged()
            self.until(lambda: self.acknowledged() > before + 20)
            for number in self.processes():
                os.kill(number, signal.SIGKILL)
            self.until(lambda: not self.processes())
            self.assertEqual(self.call("monitor"), NOT_RUNNING)
        good, line = check.check(self.root, self.record)
        self.assertTrue(good, line)

    def test_a_full_log_that_is_renamed_is_read_to_its_end(self):
        # The nucleus itself has nothing to say meanwhile.
        install.install(self.root, self.record, rate=0.001)
        self.start()
        log = self.root / "logs/greengrass.log"
        with log.open("a") as file:
            file.write("\0\0\0 [ERROR] (main) x: Transaction log /x/config.tlog is inv")
        self.assert_healthy()
        with log.open("a") as file:
            file.write("alid and so is the backup\n")
        log.rename(self.root / "logs/greengrass_1.log")
        self.assert_fails("has lost its configuration")
        self.assert_fails("has lost its configuration")

    def test_what_the_log_says(self):
        def said(*lines):
            (self.root / "logs/greengrass.log").write_text("".join(lines))
            words = [HERE / "greengrass-volume", "log", self.root, "0", "0"]
            done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
            return [line.split()[0] for line in done.stdout.splitlines()]

        up = "x [INFO] (main) y: service-set-state. {serviceName=main, currentState=%s, newState=FINISHED}\n"
        self.assertEqual(said(up % "STARTING"), ["position", "finished"])
        self.assertEqual(said(up % "STOPPING"), ["position"])
        self.assertEqual(said(up.replace("main,", "other,") % "STARTING"), ["position"])
        self.assertEqual(said(up.strip() % "STARTING"), ["position"])
        self.assertEqual(said("\0\0x [ERROR] (main) y: Transaction log /c is invalid and so\n"), ["position", "invalid"])

    def test_what_is_left_is_ended_even_without_notes_of_it(self):
        self.start()
        shutil.rmtree(self.stage / "state" / f"rhizome-gg-{os.getpid()}")
        self.assertEqual(self.call("monitor"), GENERIC)
        self.start()
        self.assert_healthy()

    def test_a_root_that_is_not_mounted_does_not_start(self):
        shutil.rmtree(self.root)
        self.assertEqual(self.call("monitor"), NOT_RUNNING)
        self.assertEqual(self.call("start"), GENERIC)
        self.assertIn("is the volume mounted?", self.said)
        self.assertEqual(self.call("stop"), OK)

    def test_a_nucleus_of_somebody_else_is_not_joined(self):
        other = subprocess.Popen([self.root / "alts/current/distro/bin/loader"])
        self.addCleanup(other.wait)
        self.addCleanup(other.terminate)
        self.until(lambda: f"{self.root}/ipc.socket" in pathlib.Path("/proc/net/unix").read_text())
        self.assertEqual(self.call("start"), GENERIC)
        self.assertIn("a nucleus that the cluster has not started", self.said)


class SettingsTest(NucleusCase):
    def test_a_log_that_does_not_tell_is_not_read(self):
        (self.root / "logs/greengrass.log").mkdir()
        self.start(OCF_RESKEY_read_log="false")
        self.assert_healthy(OCF_RESKEY_read_log="false")
        (self.root / "ipc.socket").unlink()
        self.assert_fails("cannot be spoken to", OCF_RESKEY_read_log="false", OCF_RESKEY_main_timeout="1", OCF_RESKEY_socket_timeout="2")

    def test_a_unit_of_systemd(self):
        self.program("systemctl", SYSTEMCTL)
        words = dict(OCF_RESKEY_unit="greengrass")
        self.assertEqual(self.call("monitor", **words), NOT_RUNNING)
        # Somebody has started the unit by hand: what its log said before is not known, and not held against it.
        (self.root / "logs/greengrass.log").write_text("[ERROR] (main) x: Transaction log /x/config.tlog is invalid\n")
        subprocess.run([self.stage / "systemctl", "start"], env=self.environment(**words), check=True)
        self.until(lambda: f"{self.root}/ipc.socket" in pathlib.Path("/proc/net/unix").read_text())
        self.assert_healthy(**words)
        self.assertEqual(self.call("stop", **words), OK, self.said)
        self.start(**words)
        self.assert_healthy(**words)
        os.kill(self.process("nucleus.py"), signal.SIGKILL)
        self.assert_fails("processes of a former nucleus", **words)
        self.assertEqual(self.call("stop", **words), OK, self.said)
        self.assertEqual(self.processes(), {})
        orders = (self.stage / "orders").read_text()
        self.assertIn("start greengrass.service", orders)
        self.assertIn("stop greengrass.service", orders)

    def test_a_curl_without_telnet(self):
        self.program("curl", '#!/bin/sh\ncase "$*" in *telnet*) printf 0; exit 1 ;; esac\nexec /usr/bin/curl "$@"\n')
        self.start()
        self.assert_healthy()
        (self.root / "ipc.socket").unlink()
        self.assert_fails("it is not there", OCF_RESKEY_socket_timeout="1")

    def test_a_java_of_its_own(self):
        java = self.stage / "java"
        self.program("java", f'#!/bin/sh\ntouch "{self.stage}/was-used"\nexec /usr/bin/python3 "$@"\n')
        self.start(OCF_RESKEY_java=str(java))
        self.assertTrue((self.stage / "was-used").exists())

    @unittest.skipUnless(os.geteuid() == 0, "another user's process is started: not root")
    def test_a_user_of_its_own(self):
        self.stage.chmod(0o755)
        self.record.touch()
        subprocess.run(["chown", "-R", "nobody", self.root, self.record], check=True)
        self.start(OCF_RESKEY_user="nobody")
        self.assert_healthy(OCF_RESKEY_user="nobody")
        self.assertEqual(os.stat(f"/proc/{self.process('nucleus.py')}").st_uid, os.stat(self.record).st_uid)

    def test_validation(self):
        wrong = [dict(OCF_RESKEY_root="v2"), dict(OCF_RESKEY_root="/a/"), dict(OCF_RESKEY_root="/a b"), dict(OCF_RESKEY_unit="a b")]
        wrong += [dict(OCF_RESKEY_write_timeout="x"), dict(OCF_RESKEY_write_timeout="0"), dict(OCF_RESKEY_user="no such user")]
        for one in wrong:
            self.assertEqual(self.call("validate-all", **one), CONFIGURED, one)
        self.assertEqual(self.call("validate-all"), OK)
        self.assertEqual(self.call("no-such-action"), 3)

    def test_metadata_needs_nothing(self):
        done = subprocess.run([AGENT, "meta-data"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=10, check=True)
        self.assertIn("<version>1.1</version>", done.stdout)

    @unittest.skipUnless(shutil.which("ocf-tester") and shutil.which("xmllint") and os.geteuid() == 0, "no ocf-tester, no xmllint, or not root")
    def test_ocf_tester_passes(self):
        agent = shutil.copy(AGENT, self.stage)  # which nobody may read, in a folder that nobody may enter
        self.stage.chmod(0o755)
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "RHIZOME_LIBRARY": str(HERE), "HA_RSCTMP": str(self.stage / "state")}
        words = ["ocf-tester", "-n", "gg", "-o", f"root={self.root}", agent]
        done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class DefectTest(NucleusCase):
    def test_a_dead_socket(self):
        self.start()
        os.unlink(self.root / "ipc.socket")
        self.assert_fails("it is not there", OCF_RESKEY_socket_timeout="1")
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(self.root / "ipc.socket"))
        self.assert_fails("nobody takes a connection", OCF_RESKEY_socket_timeout="1")

    def test_a_log_that_was_rolled_back(self):
        self.start()
        self.until(lambda: self.acknowledged() > 5)
        self.assertEqual(self.call("stop"), OK)
        with (self.root / "config/config.tlog").open("ab") as file:
            file.write(b"\0" * 4096)
        # The start itself does not fail: it would only move the core to the other node, which has the same data.
        self.start()
        self.assertIn("has lost its configuration", self.said)
        for _ in range(2):
            self.assert_fails("has lost its configuration")
        self.assertEqual(self.call("stop"), OK)
        self.start()
        self.assert_healthy()
        self.assertEqual(self.call("stop"), OK)
        good, line = check.check(self.root, self.record)
        self.assertFalse(good, line)
        self.assertNotIn("lost=0 ", line.split("deployments")[0])

    def test_a_write_that_hangs(self):
        self.program("dd", DD)
        self.start()
        (self.stage / "hang").touch()
        words = dict(OCF_RESKEY_write_timeout="1")
        self.assert_fails("the volume hangs", **words)
        writes = (self.stage / "writes").read_text().count("\n")
        # As long as it hangs no second one is begun; when the disk answers again, so does the monitor.
        self.assert_fails("the volume hangs", **words)
        self.assertEqual((self.stage / "writes").read_text().count("\n"), writes)
        (self.stage / "hang").unlink()
        self.assert_healthy()


class LongRunTest(NucleusCase):
    """A healthy core, for long: nothing that belongs to its life fails a monitor."""

    def monitors(self, times):
        """In turn with and without a look at the components, which are now and then being deployed."""
        for number in range(times):
            self.assert_healthy(OCF_CHECK_LEVEL="10" if number % 2 else "0")
            self.assertNotIn("ocf-exit-reason", self.said)

    def deployed(self):
        return self.record.read_text().count("deployed")

    def tlog_bytes(self):
        path = self.root / "config/config.tlog"
        return path.stat().st_size if path.exists() else 1 << 30

    def rotate(self, number):
        (self.root / "logs/greengrass.log").rename(self.root / f"logs/greengrass_{number}.log")

    def test_restarts_and_deployments(self):
        install.install(self.root, self.record, rate=30, restart_s=0.2)
        with (self.root / "config/config.tlog").open("ab") as file:
            # So much that it is rewritten every 50 lines.
            file.writelines(storage.line(f"setting{number}", number) for number in range(storage.LINES_BEFORE_A_REWRITE - 50))
        for life in range(2):
            self.start()
            self.monitors(8)
            # As for an update of itself: it ends in order, and the loader starts the next one.
            first = self.process("nucleus.py")
            os.kill(first, signal.SIGTERM)
            self.until(lambda: first not in self.processes())
            self.monitors(6)
            before = self.deployed()
            self.rotate(life)
            self.monitors(6)
            self.until(lambda: self.deployed() > before + 3)
            # The transaction log has grown too long, and is rewritten.
            lengths = [self.tlog_bytes()]
            self.until(lambda: lengths.append(self.tlog_bytes()) or lengths[-1] < lengths[-2])
            self.monitors(4)
            self.assertEqual(self.call("stop"), OK, self.said)
            self.assertEqual(self.call("monitor"), NOT_RUNNING)
        good, line = check.check(self.root, self.record)
        self.assertTrue(good, line)


class ComponentTest(NucleusCase):
    def test_a_core_that_is_still_starting_is_not_failed(self):
        install.install(self.root, self.record, self.rate, startup_s=1000)
        with subprocess.Popen([AGENT, "start"], env=self.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as start:
            self.until(lambda: f"{self.root}/ipc.socket" in pathlib.Path("/proc/net/unix").read_text())
            start.kill()
        for level in ("0", "10"):
            self.assert_healthy(OCF_CHECK_LEVEL=level, OCF_RESKEY_required_components="Other")
        self.assert_fails("main has not FINISHED", OCF_RESKEY_main_timeout="0", OCF_RESKEY_CRM_meta_timeout="10000")

    def test_a_component_that_holds_main_up_does_not_fail_the_core(self):
        install.install(self.root, self.record, self.rate, startup_s=1000)
        self.start(OCF_RESKEY_main_timeout="1")
        self.assertIn("main has not FINISHED after 1 s", self.said)
        self.assert_healthy(OCF_RESKEY_main_timeout="1")
        self.assertNotIn("main has not FINISHED", self.said)

    def test_required_components(self):
        self.start()
        os.kill(self.process("run.sh"), signal.SIGKILL)
        self.assert_healthy()
        self.assert_fails("required components do not run: Ticker=BROKEN", OCF_CHECK_LEVEL="10")
        words = dict(OCF_CHECK_LEVEL="10", OCF_RESKEY_required_components="Load Other", OCF_RESKEY_components_timeout="4")
        self.assert_fails("Other=unknown", **words)

    def test_a_cli_that_hangs_is_in_no_later_ones_way(self):
        self.program("cli", f'#!/bin/sh\n[ ! -e "$STAGE/hang" ] || exec sleep 100\nexec "{self.root}/bin/greengrass-cli" "$@"\n')
        (self.stage / "hang").touch()
        self.start()
        words = dict(OCF_CHECK_LEVEL="10", OCF_RESKEY_cli=str(self.stage / "cli"))
        self.assert_fails("has not listed the components", OCF_RESKEY_components_timeout="4", **words)
        (self.stage / "hang").unlink()
        self.assert_healthy(**words)

    def test_a_recipe_that_a_crash_has_emptied(self):
        (self.root / "packages/artifacts/Ticker/1/run.sh").write_text("")
        self.start()
        self.assert_healthy()
        self.assert_fails("Ticker=FINISHED", OCF_CHECK_LEVEL="10", OCF_RESKEY_components_timeout="4")
        self.assertEqual(self.call("stop"), OK)
        good, line = check.check(self.root, self.record)
        self.assertFalse(good, line)
        self.assertIn("empty_artifacts=1", line)


class ProcessTest(NucleusCase):
    def orphan(self, **more):
        self.start(**more)
        os.kill(self.process("nucleus.py"), signal.SIGKILL)
        # The loader starts another nucleus, which starts a second Ticker beside the one that is left.
        self.assert_fails("processes of a former nucleus are still at work", **more)
        self.until(lambda: sum("run.sh" in line for line in self.processes().values()) == 2)
        self.assertEqual(self.call("stop", **more), OK, self.said)
        self.assertEqual(self.processes(), {})

    def test_an_orphaned_component(self):
        self.orphan()

    def test_an_orphaned_component_without_cgroups(self):
        self.orphan(RHIZOME_CGROUPS="/nowhere")

    def test_a_daemon_of_a_component_is_no_orphan_and_is_stopped_too(self):
        script = self.root / "packages/artifacts/Ticker/1/run.sh"
        script.write_text("#!/bin/sh\nsetsid sleep 100 &\nwhile :; do sleep 1; done\n")
        words = dict(RHIZOME_CGROUPS="/nowhere")
        self.start(**words)
        daemon = self.process("sleep 100")
        os.kill(self.process("run.sh"), signal.SIGKILL)
        self.assert_healthy(**words)
        self.assertIn(daemon, self.processes())
        self.assertEqual(self.call("stop", **words), OK, self.said)
        self.assertEqual(self.processes(), {})

    def test_a_loader_that_is_gone(self):
        self.start()
        os.kill(self.process("/loader"), signal.SIGKILL)
        self.assert_fails("the loader does not run")
        self.start()
        self.assert_healthy()
        self.assertEqual(sum("run.sh" in line for line in self.processes().values()), 1)

    def test_a_nucleus_that_restarts_in_order_is_waited_for(self):
        install.install(self.root, self.record, self.rate, startup_s=4)
        self.start()
        first = self.process("nucleus.py")
        # As for an update of itself: it ends its components, and the loader starts the next.
        os.kill(first, signal.SIGTERM)
        self.until(lambda: first not in self.processes())
        self.assert_healthy()
        self.assertNotEqual(self.process("nucleus.py"), first)


LOOP_CTL_GET_FREE, LOOP_CONFIGURE, AUTOCLEAR = 0x4C82, 0x4C0A, 4
CLONE_NEWNS, MS_REC_PRIVATE, MNT_DETACH = 0x20000, 0x44000, 2
LIBC = ctypes.CDLL(None, use_errno=True)


def system_call(code):
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class RealDiskTest(NucleusCase):
    """On ext4 of its own, in a mount namespace of its own. No command that looks at all loop devices: another's may hang."""

    options = b"errors=remount-ro,nodelalloc,commit=1"
    rate = 100
    thawer = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.geteuid() != 0:
            raise unittest.SkipTest("a file system is mounted: not root")
        try:
            system_call(LIBC.unshare(CLONE_NEWNS))
            system_call(LIBC.mount(b"none", b"/", None, MS_REC_PRIVATE, None))
        except OSError as failure:
            raise unittest.SkipTest(f"no mount namespace: {failure}") from failure

    def make_root(self):
        root = super().make_root()
        image = self.stage / "image"
        with image.open("wb") as file:
            file.truncate(24 << 20)
        try:
            subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True, capture_output=True)
            self.name = self.mount(image, root)
        except (OSError, subprocess.CalledProcessError) as failure:
            self.skipTest(f"no ext4 on a loop device: {failure}")
        self.addCleanup(self.thaw)
        return root

    def mount(self, image, folder):
        device = self.loop_device(image)
        system_call(LIBC.mount(device.encode(), str(folder).encode(), b"ext4", 0, self.options))
        self.addCleanup(lambda: LIBC.umount2(str(folder).encode(), MNT_DETACH))
        return os.path.basename(device)

    def loop_device(self, image):
        """Attaches the image; the device lets go of it when it is unmounted."""
        with open("/dev/loop-control", "rb") as control:
            device = f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}"
        attached = open(device, "r+b", buffering=0)
        self.addCleanup(attached.close)
        with image.open("r+b") as file:
            info = struct.pack("=QQQQQIIII", 0, 0, 0, 0, 0, 0, 0, 0, AUTOCLEAR) + bytes(64 + 64 + 32 + 16)
            fcntl.ioctl(attached, LOOP_CONFIGURE, struct.pack("=II", file.fileno(), 0) + info + bytes(64))
        return device

    def freeze(self):
        """Until thaw(), or this process' end, whichever way that comes: who waits for a frozen volume can only be ended by a thaw."""
        words = ["/bin/sh", "-c", 'read -r _; exec fsfreeze --unfreeze "$1"', "thaw", self.root]
        self.thawer = subprocess.Popen(words, stdin=subprocess.PIPE, cwd="/", start_new_session=True)
        subprocess.run(["fsfreeze", "--freeze", self.root], check=True, timeout=30)

    def thaw(self):
        if self.thawer:
            self.thawer.communicate()
            self.thawer = None

    def test_a_volume_that_has_become_read_only(self):
        self.start()
        self.assertNotIn("nodelalloc", self.said)
        trigger = pathlib.Path(f"/sys/fs/ext4/{self.name}/trigger_fs_error")
        if not os.access(trigger, os.W_OK):
            self.skipTest("this kernel cannot be told that ext4 has an error")
        trigger.write_text("the test says so")
        # The nucleus answers as ever.
        listed = subprocess.run([self.root / "bin/greengrass-cli", "component", "list"], capture_output=True, text=True, timeout=30, check=True)
        self.assertIn("RUNNING", listed.stdout)
        self.assert_fails("takes no writes")

    def test_a_disk_that_hangs_fails_the_monitor_and_the_stop(self):
        self.start()
        self.assert_healthy()
        self.freeze()
        words = dict(OCF_RESKEY_write_timeout="1")
        for _ in range(2):
            self.assert_fails("the volume hangs", **words)
        self.assertEqual(sum("greengrass-volume write" in line for line in self.processes().values()), 1)
        # What waits for the disk cannot be ended; only the node's end would do. The agent says so in time.
        self.assertEqual(self.call("stop", OCF_RESKEY_CRM_meta_timeout="8000"), GENERIC)
        self.assertIn("cannot be ended", self.said)
        self.thaw()
        self.assertEqual(self.call("stop"), OK, self.said)
        self.assertEqual(self.processes(), {})
        good, line = check.check(self.root, self.record)
        self.assertTrue(good, line)

    def test_with_the_mount_options_a_crash_leaves_what_was_deployed(self):
        self.start()
        self.until(lambda: self.record.read_text().count("deployed") >= 3)
        # What has reached the device when the nucleus stands still is what the other node would have.
        os.kill(self.process("nucleus.py"), signal.SIGSTOP)
        record = shutil.copy(self.record, self.stage / "other-record")
        shutil.copy(self.stage / "image", self.stage / "other-image")
        os.kill(self.process("nucleus.py"), signal.SIGCONT)
        other = self.stage / "other"
        other.mkdir()
        self.mount(self.stage / "other-image", other)
        good, line = check.check(str(other), record)
        self.assertTrue(good, line)


if __name__ == "__main__":
    unittest.main()
