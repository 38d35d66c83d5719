package dev.rhizome.daemon.doctor;

import static dev.rhizome.daemon.doctor.Diagnosis.problem;
import static dev.rhizome.daemon.doctor.Diagnosis.warning;

import java.util.List;

/** What keeps a Greengrass core from running on a node, or from running only once. */
final class GreengrassRules {
    private GreengrassRules() {}

    static void apply(Facts facts, List<Diagnosis> found) {
        String node = facts.node();
        if (facts.is("greengrass.enabled", "enabled")) {
            found.add(
                    problem(
                            "greengrass-enabled",
                            node,
                            "greengrass.service is enabled: it starts at boot, without its volume",
                            "'systemctl disable greengrass': the cluster starts it"));
        }
        if (facts.has("greengrass.restart") && !facts.is("greengrass.restart", "no")) {
            found.add(
                    problem(
                            "greengrass-restart",
                            node,
                            "greengrass.service has Restart="
                                    + facts.text("greengrass.restart")
                                    + ": systemd starts it behind the cluster's back",
                            "install the drop-in"
                                    + " deploy/greengrass/greengrass.service.d/rhizome.conf, then"
                                    + " 'systemctl daemon-reload'"));
        }
        if (!facts.has("greengrass.java")) {
            found.add(
                    problem(
                            "greengrass-java",
                            node,
                            "there is no java on the path: the nucleus cannot start here",
                            "install the same JDK as on the other node"));
        }
        if (!facts.has("greengrass.uid") || !facts.has("greengrass.gid")) {
            found.add(
                    problem(
                            "greengrass-user",
                            node,
                            "there is no user ggc_user, or no group ggc_group",
                            "make them with the numbers that they have on the other node:"
                                    + " 'groupadd -g' and 'useradd -u'"));
        }
        String options = "," + facts.text("greengrass.mount-options") + ",";
        boolean delays = facts.is("greengrass.file-system", "ext4");
        if (delays && !options.contains(",nodelalloc,")) {
            found.add(
                    warning(
                            "greengrass-mount",
                            node,
                            "/greengrass/v2 is mounted without nodelalloc: what was deployed in the"
                                    + " last half minute may be empty after a failover",
                            "mount it with nodelalloc,commit=1: docs/greengrass.md"));
        }
    }
}
