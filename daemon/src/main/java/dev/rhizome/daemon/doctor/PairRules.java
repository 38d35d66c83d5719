package dev.rhizome.daemon.doctor;

import static dev.rhizome.daemon.doctor.Diagnosis.problem;
import static dev.rhizome.daemon.doctor.Diagnosis.warning;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What can be wrong between two nodes that are both well. */
final class PairRules {
    private static final long MAX_APART_MS = 2000;
    private static final String OPTION = "option.";

    private final Facts here;
    private final Facts there;
    private final String both;
    private final List<Diagnosis> found = new ArrayList<>();

    PairRules(Facts here, Facts there) {
        this.here = here;
        this.there = there;
        both = here.node() + " and " + there.node();
    }

    List<Diagnosis> found(long apartMs) {
        if (here.has("node") && here.node().equals(there.node())) {
            found.add(
                    problem(
                            "same-node",
                            both,
                            "both say that they are " + here.node(),
                            "compare with the other node's facts; each machine needs its own name:"
                                    + " the host name, or RHIZOME_NODE"));
            return found;
        }
        clocks(apartMs);
        configuration();
        authority();
        versions();
        disks();
        frontEnds();
        greengrass();
        return found;
    }

    private void clocks(long apartMs) {
        if (Math.abs(apartMs) > MAX_APART_MS) {
            found.add(
                    warning(
                            "clocks-differ",
                            both,
                            "the clocks are " + Math.abs(apartMs) / 1000 + " s apart",
                            "have both kept by the same time server: 'timedatectl timesync-status'"
                                    + " or 'chronyc tracking' says whose"));
        }
    }

    private void configuration() {
        if (here.names(OPTION).isEmpty() || there.names(OPTION).isEmpty()) {
            return;
        }
        Set<String> all = new TreeSet<>(here.names(OPTION));
        all.addAll(there.names(OPTION));
        for (String name : all) {
            if (!here.text(name).equals(there.text(name))) {
                differs(
                        "configuration-differs",
                        name.substring(OPTION.length()) + " is",
                        name,
                        "make both files the same, then 'rhizome adjust' on both nodes");
            }
        }
    }

    private void differs(String rule, String what, String fact, String cure) {
        found.add(
                problem(
                        rule,
                        both,
                        what
                                + " "
                                + value(here, fact)
                                + " on "
                                + here.node()
                                + ", and "
                                + value(there, fact)
                                + " on "
                                + there.node(),
                        cure));
    }

    private static String value(Facts facts, String name) {
        return facts.has(name) ? facts.text(name) : "not there";
    }

    private boolean differ(String fact) {
        return here.has(fact) && there.has(fact) && !here.text(fact).equals(there.text(fact));
    }

    private void authority() {
        if (differ("authority.sha256")) {
            found.add(
                    problem(
                            "authorities-differ",
                            both,
                            "the nodes trust different authorities: they will not connect",
                            "install the certificates of one authority on both: 'rhizome pki"
                                    + " bundle', 'rhizome pki install'"));
        }
    }

    private void versions() {
        if (differ("rhizome.version")) {
            differs(
                    "versions-differ",
                    "Rhizome is",
                    "rhizome.version",
                    "bring both to the same version, the Secondary first");
        }
        if (!major(here).equals(major(there))) {
            differs(
                    "java-differs",
                    "Java is",
                    "java.version",
                    "install the same Java on both nodes: after a failover the other one runs");
        }
        if (differ("arch")) {
            differs(
                    "architecture-differs",
                    "the processor is",
                    "arch",
                    "components with native code that are on the volume run on one of them only:"
                            + " use two machines of one kind");
        }
    }

    private static String major(Facts facts) {
        return facts.text("java.version").split("[.+-]", 2)[0];
    }

    private void disks() {
        for (String resource : here.resources()) {
            String disk = "resource." + resource + ".disk.";
            long mine = here.number(disk + "bytes", -1);
            long other = there.number(disk + "bytes", -1);
            if (mine > 0 && other > 0 && mine != other) {
                found.add(
                        warning(
                                "disk-sizes-differ",
                                both,
                                resource
                                        + ": the disks have "
                                        + mine
                                        + " and "
                                        + other
                                        + " bytes: a volume as large as the larger one does not"
                                        + " fit on the other",
                                "use two of one size; 'create-md --size' makes the volume as large"
                                        + " as the smaller"));
            }
            if (differ(disk + "sector-bytes")) {
                differs(
                        "disk-sectors-differ",
                        resource + ": the disk's sector is",
                        disk + "sector-bytes",
                        "use two of one kind: a file system made on 512 bytes may not be mounted on"
                                + " 4096");
            }
        }
    }

    private void frontEnds() {
        for (String name : here.names("front-end.")) {
            boolean one = here.is(name, "missing") != there.is(name, "missing");
            if (one && there.has(name)) {
                found.add(
                        warning(
                                "front-ends-differ",
                                both,
                                "only "
                                        + (here.is(name, "missing") ? there : here).node()
                                        + "'s kernel has "
                                        + name.substring("front-end.".length())
                                        + ": the volume's device is another one after a failover",
                                "install the same kernel with its modules on both nodes"));
            }
        }
    }

    private void greengrass() {
        boolean either = here.has("greengrass.unit") || there.has("greengrass.unit");
        if (!either) {
            return;
        }
        if (!here.text("greengrass.unit").equals(there.text("greengrass.unit"))) {
            boolean missing = !here.has("greengrass.unit") || !there.has("greengrass.unit");
            String where = here.has("greengrass.unit") ? there.node() : here.node();
            found.add(
                    problem(
                            "greengrass-units-differ",
                            both,
                            missing
                                    ? "greengrass.service is not on " + where
                                    : "greengrass.service is not the same on both",
                            "copy /etc/systemd/system/greengrass.service from the node where it was"
                                    + " installed, then 'systemctl daemon-reload'"));
        }
        for (String name : List.of("uid", "gid")) {
            String fact = "greengrass." + name;
            if (!here.text(fact).equals(there.text(fact))) {
                differs(
                        "greengrass-ids-differ",
                        (name.equals("uid") ? "the user ggc_user is" : "the group ggc_group is"),
                        fact,
                        "give it the same number on both: files on the volume are owned by the"
                                + " number");
            }
        }
        if (!here.text("greengrass.java").equals(there.text("greengrass.java"))) {
            differs(
                    "greengrass-java-differs",
                    "the java of the nucleus is",
                    "greengrass.java",
                    "install the same JDK on both nodes");
        }
    }
}
