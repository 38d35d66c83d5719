"""The agent and its handlers, without a cluster: a daemon that is faked, and stand-ins for Pacemaker's commands."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

from fake_daemon import FakeDaemon

HERE = pathlib.Path(__file__).resolve().parent.parent
OK, GENERIC, CONFIGURED, INSTALLED, NOT_RUNNING, PROMOTED = 0, 1, 6, 5, 7, 8

# crm_attribute notes what it is told; crm_mon, crmadmin, crm_node and cibadmin play a small cluster from files.
COMMANDS = {
    "crm_attribute": 'echo "$*" >>"$STAGE/scores"',
    "crm_mon": 'cat "$STAGE/cluster.xml"',
    "crmadmin": 'test -e "$STAGE/peer-answers"',
    "crm_node": "echo alpha",
    "cibadmin": """
case "$*" in
    *--create*) test ! -s "$STAGE/owner" && echo "$*" | sed 's/.*"ne" value="\\([a-z]*\\)".*/\\1/' >"$STAGE/owner" ;;
    *--delete*) : >"$STAGE/owner" ;;
    *--query*) sed "s/OWNER/$(cat "$STAGE/owner" 2>/dev/null)/" "$STAGE/cib.xml" ;;
esac""",
    "logger": ":",
}

# As cibadmin writes it: a tag a line.
CIB = """<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="9">
<clone id="other-clone">
  <primitive id="other" class="ocf" provider="rhizome" type="replica">
      <nvpair id="other-name" name="drbd_resource" value="r00"/>
</clone>
<clone id="r0-clone">
  <primitive class="ocf" id="r0" provider="rhizome" type="replica">
      <nvpair id="r0-name" name="drbd_resource" value="r0"/>
</clone>
<rsc_location id="other" rsc="r0-clone">
    <expression attribute="#uname" operation="ne" value="gamma" id="e"/>
<rsc_location id="rhizome-fence-by-handler-r0-r0-clone" rsc="r0-clone">
    <expression attribute="#uname" operation="ne" value="OWNER" id="e"/>
"""


@unittest.skipUnless(os.path.exists("/usr/lib/ocf/lib/heartbeat/ocf-shellfuncs"), "package resource-agents is not installed")
class AgentCase(unittest.TestCase):
    def setUp(self):
        self.stage = pathlib.Path(tempfile.mkdtemp(prefix="rhizome-agent-"))
        self.addCleanup(shutil.rmtree, self.stage)
        for name, text in COMMANDS.items():
            command = self.stage / name
            command.write_text("#!/bin/sh\n" + text + "\n")
            command.chmod(0o755)
        self.socket = str(self.stage / "control.sock")
        self.daemon = FakeDaemon(self.socket)
        self.addCleanup(self.daemon.stop)

    def environment(self, **more):
        env = dict(PATH=f"{self.stage}:/usr/sbin:/usr/bin:/sbin:/bin", STAGE=str(self.stage), HA_SBIN_DIR=str(self.stage))
        env.update(RHIZOME_LIBRARY=str(HERE), OCF_ROOT="/usr/lib/ocf", OCF_RESOURCE_INSTANCE="r0", OCF_RESKEY_crm_feature_set="3.16.1")
        env.update(OCF_RESKEY_drbd_resource="r0", OCF_RESKEY_control_socket=self.socket, OCF_RESKEY_CRM_meta_interval="5000")
        env.update(OCF_RESKEY_CRM_meta_timeout="20000", OCF_RESKEY_CRM_meta_on_node="alpha", OCF_RESKEY_wfc_timeout="1")
        env.update(DRBD_RESOURCE="r0", DRBD_PEER="beta", RHIZOME_SOCKET=self.socket)
        env.update(more)
        return env

    def call(self, action, program="replica", **more):
        done = subprocess.run([HERE / program, *action.split()], env=self.environment(**more), capture_output=True, text=True, timeout=60, check=False)
        self.said = done.stdout + done.stderr
        return done.returncode

    def score(self):
        """What crm_attribute was last told: a number as text, "-D", or None if nothing."""
        notes = self.stage / "scores"
        return notes.read_text().split()[-1] if notes.exists() else None


class ScoreTest(AgentCase):
    # role, disk, connection, replication, peer's role, peer's disk: the score
    TABLE = [
        ("Primary UpToDate Connected Established Secondary UpToDate", "10000"),
        ("Primary UpToDate Connecting Off Unknown DUnknown", "10000"),
        ("Primary UpToDate StandAlone Off Unknown DUnknown", "10000"),
        ("Primary UpToDate Connected SyncSource Secondary Inconsistent", "10000"),
        ("Primary Diskless Connected Established Secondary UpToDate", "10"),
        ("Primary Inconsistent Connected SyncTarget Secondary UpToDate", "10"),
        ("Primary Failed Connecting Off Unknown DUnknown", "-D"),
        ("Secondary UpToDate Connected Established Primary UpToDate", "10000"),
        ("Secondary UpToDate Connected Established Secondary UpToDate", "10000"),
        ("Secondary UpToDate Connected SyncSource Secondary Inconsistent", "10000"),
        ("Secondary UpToDate Connecting Off Unknown Outdated", "10000"),
        ("Secondary UpToDate Connecting Off Unknown DUnknown", "1000"),
        ("Secondary UpToDate StandAlone Off Unknown DUnknown", "1000"),
        ("Secondary Inconsistent Connected SyncTarget Primary UpToDate", "10"),
        ("Secondary Outdated Connected PausedSyncT Primary UpToDate", "10"),
        ("Secondary Diskless Connected Established Primary UpToDate", "10"),
        # What the engine refuses to promote has no score.
        ("Secondary Consistent Connecting Off Unknown DUnknown", "-D"),
        ("Secondary Outdated Connecting Off Unknown DUnknown", "-D"),
        ("Secondary Inconsistent Connecting Off Unknown DUnknown", "-D"),
        ("Secondary Diskless Connecting Off Unknown DUnknown", "-D"),
        ("Secondary Failed Connecting Off Unknown DUnknown", "-D"),
        ("Secondary Outdated Connected Established Primary UpToDate", "-D"),
        ("Secondary Inconsistent Connected Established Secondary Inconsistent", "-D"),
        # What is being found out keeps the score that it has.
        ("Secondary Attaching Connecting Off Unknown DUnknown", None),
        ("Secondary Consistent Negotiating Off Unknown DUnknown", None),
        ("Secondary Outdated Connected StartingSyncT Primary UpToDate", None),
    ]

    def test_each_state(self):
        self.daemon.start()
        for words, expected in self.TABLE:
            with self.subTest(words):
                keys = ("role", "disk", "connection", "replication", "peer_role", "peer_disk")
                self.daemon.state.update(zip(keys, words.split()))
                (self.stage / "scores").unlink(missing_ok=True)
                self.assertEqual(self.call("monitor"), PROMOTED if words.startswith("Primary") else OK)
                self.assertEqual(self.score(), expected)

    def test_a_probe_restores_the_score(self):
        self.daemon.start()
        self.assertEqual(self.call("monitor", OCF_RESKEY_CRM_meta_interval="0"), OK)
        self.assertEqual(self.score(), "10000")

    def test_scores_as_configured_and_no_score_beside_a_primary(self):
        self.daemon.start().state.update(peer_role="Primary")
        self.call("monitor", OCF_RESKEY_adjust_master_score="1 2 3 4")
        self.assertEqual(self.score(), "4")
        self.call("monitor", OCF_RESKEY_remove_master_score_if_peer_primary="true")
        self.assertEqual(self.score(), "-D")


class MonitorTest(AgentCase):
    def test_text_in_the_status_is_not_taken_for_a_state(self):
        self.daemon.start().state.update(text='"role" : "Primary", "disk-state":"Outdated" \\" "up" : false')
        self.assertEqual(self.call("monitor"), OK)
        self.assertEqual(self.score(), "10000")

    def test_a_resource_that_is_down_is_not_running(self):
        self.daemon.start().state.update(up=False)
        self.assertEqual(self.call("monitor"), NOT_RUNNING)
        self.assertEqual(self.score(), "-D")

    def test_a_daemon_that_is_not_there_is_not_running_and_is_said(self):
        self.assertEqual(self.call("monitor"), NOT_RUNNING)
        self.assertIn("daemon is not running", self.said)
        self.assertEqual(self.call("monitor", OCF_RESKEY_CRM_meta_interval="0"), NOT_RUNNING)
        self.assertNotIn("daemon is not running", self.said)

    def listener(self, backlog):
        # Listens and never answers, as a process that is stopped.
        stopped = socket.socket(socket.AF_UNIX)
        self.addCleanup(stopped.close)
        stopped.bind(self.socket)
        stopped.listen(backlog)
        return stopped

    def test_a_daemon_that_hangs_is_a_failure_of_every_action(self):
        self.listener(16)
        for action in ("monitor", "stop", "demote", "promote", "start"):
            self.assertEqual(self.call(action, OCF_RESKEY_CRM_meta_timeout="2000"), GENERIC, action)
            self.assertIn("hangs", self.said)

    def test_a_daemon_that_takes_no_connection_hangs(self):
        self.listener(0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(self.socket)
            self.assertEqual(self.call("monitor", OCF_RESKEY_CRM_meta_timeout="2000"), GENERIC)
            self.assertIn("hangs", self.said)

    def test_a_daemon_whose_socket_file_is_gone_still_lives(self):
        self.listener(16)
        os.unlink(self.socket)
        self.assertEqual(self.call("stop", OCF_RESKEY_CRM_meta_timeout="2000"), GENERIC)


    def test_an_answer_that_says_nothing_is_a_failure(self):
        self.daemon.start().code = 500
        for action in ("monitor", "stop", "demote"):
            self.assertEqual(self.call(action), GENERIC, action)

    def test_a_device_that_has_outlived_the_daemon_goes_on(self):
        self.daemon.start().state.update(up=False)
        words = dict(OCF_RESKEY_device_directory=str(self.stage), OCF_RESKEY_CRM_meta_role="Promoted")
        os.symlink("/dev/loop7", self.stage / "r0")
        self.assertEqual(self.call("monitor", **words), NOT_RUNNING)
        os.unlink(self.stage / "r0")
        os.symlink("/dev/ublkb7", self.stage / "r0")
        self.assertEqual(self.call("monitor", **{**words, "OCF_RESKEY_CRM_meta_role": "Unpromoted"}), NOT_RUNNING)
        self.assertEqual(self.daemon.asked, [])
        self.assertEqual(self.call("monitor", **words), PROMOTED)
        self.assertEqual(self.daemon.asked, ["up", "primary"])

    def test_a_device_that_may_not_go_on_is_a_failure(self):
        self.daemon.start().state.update(disk="Outdated", connection="Connecting", replication="Off", peer_disk="DUnknown")
        self.daemon.refusals["primary"] = ("no-up-to-date-data-outdated", "the local data is Outdated")
        os.symlink("/dev/nbd0", self.stage / "r0")
        words = dict(OCF_RESKEY_device_directory=str(self.stage), OCF_RESKEY_CRM_meta_role="Promoted", OCF_RESKEY_CRM_meta_timeout="2000")
        self.assertEqual(self.call("monitor", **words), OK)
        self.assertEqual(self.score(), "-D")


class ActionTest(AgentCase):
    def test_start_and_stop_twice(self):
        self.daemon.start().state.update(up=False)
        for _ in range(2):
            self.assertEqual(self.call("start"), OK)
            self.assertEqual(self.score(), "10000")
        for _ in range(2):
            self.assertEqual(self.call("stop"), OK)
            self.assertEqual(self.score(), "-D")
        self.assertEqual(self.daemon.asked, ["up", "up", "down"])

    def test_start_waits_for_the_connection_up_to_a_limit(self):
        self.daemon.start().state.update(up=False, disk="Consistent", connection="Connecting", replication="Off", peer_disk="DUnknown")
        self.assertEqual(self.call("start"), OK)
        self.assertEqual(self.score(), "-D")

    def test_start_says_why_not(self):
        self.daemon.start().state.update(up=False)
        self.daemon.refusals["up"] = ("open-failed", 'no metadata on "/dev/x": create-md')
        self.assertEqual(self.call("start"), GENERIC)
        self.assertIn('no metadata on "/dev/x": create-md', self.said)
        self.assertEqual(self.call("start", OCF_RESKEY_drbd_resource="other"), INSTALLED)
        self.assertIn("its resources: r0", self.said)

    def test_promote_and_demote_twice(self):
        self.daemon.start()
        for _ in range(2):
            self.assertEqual(self.call("promote"), OK)
            self.assertEqual(self.call("monitor"), PROMOTED)
        for _ in range(2):
            self.assertEqual(self.call("demote"), OK)
            self.assertEqual(self.call("monitor"), OK)

    def test_what_is_not_running_is_not_promoted_and_stops_and_demotes(self):
        for action, code in (("promote", GENERIC), ("demote", OK), ("stop", OK)):
            self.assertEqual(self.call(action), code, action)
        self.daemon.start().state.update(up=False)
        for action, code in (("promote", NOT_RUNNING), ("demote", OK), ("stop", OK)):
            self.assertEqual(self.call(action), code, action)

    def test_a_refused_promotion_fails_with_the_reason_and_takes_the_score_away(self):
        self.daemon.start().state.update(disk="Consistent", connection="Connecting", replication="Off", peer_disk="DUnknown")
        self.daemon.refusals["primary"] = ("no-up-to-date-data-consistent", "the local data is Consistent")
        self.assertEqual(self.call("promote"), GENERIC)
        self.assertIn("the local data is Consistent", self.said)
        self.assertEqual(self.score(), "-D")
        self.assertEqual(self.daemon.asked, ["primary"])

    def test_a_promotion_that_may_soon_be_possible_is_tried_again(self):
        self.daemon.start()
        self.daemon.refusals["primary"] = ("not-fenced", "the peer has not been fenced")
        self.assertEqual(self.call("promote", OCF_RESKEY_CRM_meta_timeout="2000"), GENERIC)
        self.assertGreater(len(self.daemon.asked), 1)

    def test_fail_promote_early(self):
        self.daemon.start().state.update(peer_role="Primary")
        self.assertEqual(self.call("promote", OCF_RESKEY_fail_promote_early_if_peer_primary="true"), GENERIC)
        self.assertEqual(self.daemon.asked, [])

    def test_a_device_in_use_is_not_stopped(self):
        self.daemon.start().state.update(role="Primary")
        for verb in ("down", "secondary"):
            self.daemon.refusals[verb] = ("device-in-use", "the device of r0 is in use: mounted on /srv")
        for action in ("stop", "demote"):
            self.assertEqual(self.call(action, OCF_RESKEY_CRM_meta_timeout="2000"), GENERIC)
            self.assertIn("mounted on /srv", self.said)

    def test_a_secondary_that_stops_beside_a_primary_is_outdated_when_asked(self):
        self.daemon.start().state.update(peer_role="Primary")
        lists = dict(OCF_RESKEY_CRM_meta_notify_promoted_uname="beta", OCF_RESKEY_CRM_meta_notify_stop_uname="alpha")
        self.assertEqual(self.call("stop", **lists), OK)
        self.assertEqual(self.daemon.asked, ["down"])
        self.daemon.state.update(up=True)
        self.assertEqual(self.call("stop", OCF_RESKEY_stop_outdates_secondary="true", **lists), OK)
        self.assertEqual(self.daemon.asked[1:], ["disconnect", "outdate", "down"])

    def test_nobody_is_outdated_when_all_stop(self):
        self.daemon.start().state.update(peer_role="Primary")
        lists = dict(OCF_RESKEY_CRM_meta_notify_promoted_uname="beta", OCF_RESKEY_CRM_meta_notify_stop_uname="alpha beta")
        lists["OCF_RESKEY_CRM_meta_notify_demote_uname"] = "beta"
        self.assertEqual(self.call("stop", OCF_RESKEY_stop_outdates_secondary="true", **lists), OK)
        self.assertEqual(self.daemon.asked, ["down"])

    def test_notify_renews_the_score_and_outdates_when_asked(self):
        self.daemon.start().state.update(connection="Connecting", replication="Off", peer_role="Unknown", peer_disk="DUnknown")
        words = dict(OCF_RESKEY_CRM_meta_notify_type="post", OCF_RESKEY_CRM_meta_notify_operation="promote")
        words["OCF_RESKEY_CRM_meta_notify_promoted_uname"] = " "
        self.assertEqual(self.call("notify", OCF_RESKEY_stop_outdates_secondary="true", **words), OK)
        self.assertEqual(self.score(), "1000")
        words["OCF_RESKEY_CRM_meta_notify_promoted_uname"] = "beta"
        self.assertEqual(self.call("notify", OCF_RESKEY_stop_outdates_secondary="true", **words), OK)
        self.assertEqual(self.score(), "-INFINITY")
        self.assertEqual(self.daemon.asked, ["outdate"])
        self.assertEqual(self.call("notify", **{**words, "OCF_RESKEY_CRM_meta_notify_type": "pre"}), OK)

    def test_validation(self):
        wrong = [dict(OCF_RESKEY_drbd_resource=""), dict(OCF_RESKEY_drbd_resource="../x"), dict(OCF_RESKEY_adjust_master_score="1 2 3")]
        wrong += [dict(OCF_RESKEY_adjust_master_score="9 2 3 4"), dict(OCF_RESKEY_wfc_timeout="x"), dict(OCF_RESKEY_CRM_meta_promoted_max="2")]
        wrong += [dict(OCF_RESKEY_CRM_meta_clone_max="3"), dict(OCF_RESKEY_CRM_meta_clone_node_max="2"), dict(OCF_RESKEY_control_socket="x")]
        for one in wrong:
            self.assertEqual(self.call("validate-all", **one), CONFIGURED, one)
        self.assertEqual(self.call("validate-all"), OK)
        self.assertEqual(self.call("no-such-action"), 3)

    def test_metadata_needs_nothing(self):
        done = subprocess.run([HERE / "replica", "meta-data"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=10, check=True)
        self.assertIn("<version>1.1</version>", done.stdout)

    @unittest.skipUnless(shutil.which("ocf-tester") and shutil.which("xmllint") and os.geteuid() == 0, "no ocf-tester, no xmllint, or not root")
    def test_ocf_tester_passes(self):
        self.daemon.start().state.update(up=False)
        options = ["-o", "drbd_resource=r0", "-o", f"control_socket={self.socket}"]
        agent = shutil.copy(HERE / "replica", self.stage)  # which nobody may read, in a folder that nobody may enter
        self.stage.chmod(0o755)
        env = {"PATH": f"{self.stage}:/usr/sbin:/usr/bin:/sbin:/bin", "STAGE": str(self.stage), "RHIZOME_LIBRARY": str(HERE)}
        done = subprocess.run(["ocf-tester", "-n", "r0", *options, agent], env=env, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class FencingTest(AgentCase):
    def setUp(self):
        super().setUp()
        self.daemon.start().state.update(connection="Connecting", replication="Off", peer_role="Unknown", peer_disk="DUnknown")
        (self.stage / "cib.xml").write_text(CIB)

    def cluster(self, peer, quorum="true", stonith="true"):
        (self.stage / "cluster.xml").write_text(
            f'<current_dc present="true" version="2.1.5" with_quorum="{quorum}"/>\n<cluster_options stonith-enabled="{stonith}"/>\n'
            f'<node name="alpha" id="1" online="true" unclean="false"/>\n<node name="beta" id="2" {peer}/>\n'
        )

    def fence(self):
        return self.call("--timeout 1 --dc-timeout 1 --quiet", "fence-peer")

    def owner(self):
        owner = self.stage / "owner"
        return owner.read_text().strip() if owner.exists() else ""

    def test_each_outcome(self):
        online, off = 'online="true" unclean="false"', 'online="false" unclean="false"'
        unclean = 'online="false" unclean="true"'
        for name, cluster, disk, answers, code, owner in [
            ("reachable", dict(peer=online), "UpToDate", True, 4, "alpha"),
            ("reachable, Consistent", dict(peer=online), "Consistent", True, 4, "alpha"),
            ("in the membership, but silent", dict(peer=online), "UpToDate", False, 1, ""),
            ("fenced", dict(peer=off), "UpToDate", False, 7, "alpha"),
            ("to be fenced", dict(peer=unclean), "UpToDate", False, 1, ""),
            ("gone, no fencing", dict(peer=off, stonith="false"), "UpToDate", False, 5, "alpha"),
            ("gone, data not the newest", dict(peer=off), "Consistent", False, 5, ""),
            ("no quorum", dict(peer=off, quorum="false"), "UpToDate", False, 1, ""),
            ("data old", dict(peer=online), "Outdated", True, 1, ""),
        ]:
            with self.subTest(name):
                (self.stage / "owner").write_text("")
                (self.stage / "peer-answers").touch() if answers else (self.stage / "peer-answers").unlink(missing_ok=True)
                self.daemon.state.update(disk=disk)
                self.cluster(**cluster)
                self.assertEqual(self.fence(), code)
                self.assertEqual(self.owner(), owner)

    def test_again_and_against_the_peer(self):
        self.cluster('online="false" unclean="false"')
        for owner, code in (("alpha", 7), ("beta", 1)):
            (self.stage / "owner").write_text(owner)
            self.assertEqual(self.fence(), code)
            self.assertEqual(self.owner(), owner)

    def test_a_cluster_without_the_resource(self):
        self.cluster('online="false" unclean="false"')
        (self.stage / "cib.xml").write_text(CIB.replace('value="r0"', 'value="r1"'))
        self.assertEqual(self.fence(), 1)
        self.assertEqual(self.owner(), "")

    def test_a_peer_that_is_back_is_not_fenced(self):
        self.cluster('online="false" unclean="false"')
        self.daemon.state.update(connection="Connected", peer_disk="UpToDate")
        self.assertEqual(self.fence(), 1)
        self.assertEqual(self.owner(), "")

    def test_unfence(self):
        (self.stage / "owner").write_text("alpha")
        self.assertEqual(self.call("--quiet", "unfence-peer"), 1)
        self.assertEqual(self.owner(), "alpha")
        self.daemon.state.update(connection="Connected", peer_disk="UpToDate")
        for _ in range(2):
            self.assertEqual(self.call("--quiet", "unfence-peer"), 0)
            self.assertEqual(self.owner(), "")


if __name__ == "__main__":
    unittest.main()
