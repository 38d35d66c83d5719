"""The whole configuration of a core, for pcs and for crmsh: both are taken, are the same, and are what docs/greengrass.md shows."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

HERE = pathlib.Path(__file__).resolve().parent.parent
DEPLOY = HERE.parent / "deploy/pacemaker"
GUIDE = HERE.parent / "docs/greengrass.md"

# pcs and crmsh look at the agents of this machine. In a mount namespace of their own they find Rhizome's, and a fence agent that says what it takes.
STAGE = r"""
set -e
mount -t tmpfs stage "$1/over" && mkdir "$1/over/upper" "$1/over/work"
mount -t overlay -o "lowerdir=/usr,upperdir=$1/over/upper,workdir=$1/over/work" stage /usr
mkdir -p /usr/lib/ocf/resource.d/rhizome /usr/lib/rhizome
cp "$2/replica" "$2/greengrass" /usr/lib/ocf/resource.d/rhizome/
cp "$1/fence_ipmilan" /usr/sbin/fence_ipmilan
cibadmin --empty >"$1/pcs.xml"
cibadmin --empty >"$1/crm.xml"
sed "s|^pcs |pcs -f $1/pcs.xml |" "$3/greengrass.pcs" >"$1/pcs.sh"
sh -e "$1/pcs.sh"
CIB_file=$1/crm.xml crm configure load update "$3/greengrass.crm"
crm_verify -V --xml-file "$1/pcs.xml"
crm_verify -V --xml-file "$1/crm.xml"
"""

FENCE = """#!/bin/sh
cat <<XML
<?xml version="1.0" ?>
<resource-agent name="fence_ipmilan" shortdesc="x"><longdesc>x</longdesc><vendor-url></vendor-url><parameters>
%s
</parameters><actions><action name="on" automatic="0"/><action name="off"/><action name="reboot"/><action name="status"/><action name="monitor"/>
<action name="metadata"/></actions></resource-agent>
XML
"""
PARAMETER = '<parameter name="%s" unique="0" required="0"><content type="string"/><shortdesc lang="en">x</shortdesc></parameter>'


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(\w*)", text).groups()
    return int(number) * {"": 1, "s": 1, "min": 60}[unit]


def pairs(element, kind):
    return {pair.get("name"): pair.get("value") for pair in element.findall(f"{kind}/nvpair")}


def operation(op):
    level = pairs(op, "instance_attributes").get("OCF_CHECK_LEVEL")
    role = (op.get("role") or "").replace("Master", "Promoted").replace("Slave", "Unpromoted")
    return op.get("name"), seconds(op.get("interval")), seconds(op.get("timeout", "20s")), role, level


def of_resource(element):
    described = {"type": [element.get(name) for name in ("class", "provider", "type")], "parameters": pairs(element, "instance_attributes")}
    described["meta"] = pairs(element, "meta_attributes")
    described["operations"] = {operation(op) for op in element.findall("operations/op")}
    return described


def without_id(element):
    words = {name: value for name, value in element.attrib.items() if name not in ("id", "kind") and (name, value) != ("rsc-role", "Started")}
    return element.tag, tuple(sorted((name, value.replace("Master", "Promoted")) for name, value in words.items()))


def meaning(path):
    """What a CIB says, without what either tool names as it likes."""
    base = ElementTree.parse(path).getroot().find("configuration")
    said = {"resources": {one.get("id"): of_resource(one) for one in base.iter("primitive")}}
    said["groups"] = {one.get("id"): [part.get("id") for part in one] for one in base.iter("group")}
    said["clones"] = {one.get("id"): pairs(one, "meta_attributes") for one in base.iter("clone")}
    said["constraints"] = {without_id(one) for one in base.find("constraints")}
    said["fencing"] = pairs(base.find("crm_config"), "cluster_property_set").get("stonith-enabled")
    said["defaults"] = pairs(base.find("rsc_defaults"), "meta_attributes")
    return said


class ConfigurationTest(unittest.TestCase):
    maxDiff = None

    def test_the_guide_shows_what_is_shipped(self):
        guide = GUIDE.read_text()
        for name, language in (("greengrass.pcs", "sh"), ("greengrass.crm", "")):
            self.assertTrue(f"```{language}\n{(DEPLOY / name).read_text()}```" in guide, f"{name} is not what {GUIDE.name} shows")

    def test_the_lab_mounts_as_the_guide_does(self):
        options = re.search(r"options=(nodelalloc\S*)", (DEPLOY / "greengrass.pcs").read_text())[1]
        self.assertIn(f"CORE_MOUNT_OPTIONS={options}", (HERE.parent / "scripts/lib/lab/core.sh").read_text())

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("pcs") and shutil.which("crm"), "not root, or no pcs, or no crmsh")
    def test_pcs_and_crmsh_make_the_same_of_it(self):
        stage = pathlib.Path(tempfile.mkdtemp(prefix="rhizome-configuration-"))
        self.addCleanup(shutil.rmtree, stage)
        (stage / "over").mkdir()
        fence = stage / "fence_ipmilan"
        fence.write_text(FENCE % "\n".join(PARAMETER % name for name in ("ip", "username", "password_script", "lanplus")))
        fence.chmod(0o755)
        words = ["unshare", "--mount", "sh", "-c", STAGE, "stage", stage, HERE, DEPLOY]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        by_pcs, by_crm = meaning(stage / "pcs.xml"), meaning(stage / "crm.xml")
        for name, described in by_crm["resources"].items():
            # pcs adds operations that the agent names and nobody has asked for.
            self.assertLessEqual(described["operations"], by_pcs["resources"][name].pop("operations"), name)
            del described["operations"]
        self.assertEqual(by_pcs, by_crm)
        self.assertEqual(by_crm["groups"], {"core": ["greengrass-fs", "greengrass-ip", "greengrass"]})
        self.assertEqual(by_crm["fencing"], "true")


if __name__ == "__main__":
    unittest.main()
