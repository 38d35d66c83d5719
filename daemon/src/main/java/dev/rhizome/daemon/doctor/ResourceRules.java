package dev.rhizome.daemon.doctor;

import static dev.rhizome.daemon.doctor.Diagnosis.problem;
import static dev.rhizome.daemon.doctor.Diagnosis.warning;

import java.util.List;

/** What can be wrong with a node's side of a resource. */
final class ResourceRules {
    private final Facts facts;
    private final String resource;
    private final String prefix;
    private final List<Diagnosis> found;

    ResourceRules(Facts facts, String resource, List<Diagnosis> found) {
        this.facts = facts;
        this.resource = resource;
        this.prefix = "resource." + resource + ".";
        this.found = found;
    }

    void apply(long maxSectorBytes) {
        disk(maxSectorBytes);
        alignment();
        addresses();
        frontEnds();
        engine();
        verdict();
        options();
    }

    private String fact(String name) {
        return facts.text(prefix + name);
    }

    private String option(String name) {
        return facts.text("option.resources." + resource + "." + name);
    }

    private void add(Diagnosis diagnosis) {
        found.add(diagnosis);
    }

    private void disk(long maxSectorBytes) {
        String disk = resource + ": the disk " + fact("disk");
        if (fact("disk.kind").equals("missing")) {
            add(
                    problem(
                            "disk-missing",
                            facts.node(),
                            disk + " is not there",
                            "attach it, or name another: resources."
                                    + resource
                                    + ".on."
                                    + facts.node()
                                    + ".disk"));
        }
        if (facts.number(prefix + "disk.sector-bytes", 0) > maxSectorBytes) {
            add(
                    problem(
                            "disk-sector",
                            facts.node(),
                            disk + " has sectors of " + fact("disk.sector-bytes") + " bytes",
                            "use a disk with sectors of 512 or 4096 bytes"));
        }
        if (fact("disk.read-only").equals("yes")) {
            add(
                    problem(
                            "disk-read-only",
                            facts.node(),
                            disk + " is read-only",
                            "'blockdev --setrw " + fact("disk") + "', and find out who set it"));
        }
        if (!fact("disk.mounted-at").isEmpty()) {
            add(
                    problem(
                            "disk-mounted",
                            facts.node(),
                            disk + " itself is mounted at " + fact("disk.mounted-at"),
                            "unmount it at once, and mount the volume instead; then compare the"
                                    + " nodes: 'rhizome verify "
                                    + resource
                                    + "'"));
        }
    }

    private void alignment() {
        long physical = facts.number(prefix + "disk.physical-bytes", 4096);
        long start = facts.number(prefix + "disk.start-bytes", 0);
        boolean offset = facts.number(prefix + "disk.alignment-offset", 0) != 0;
        if (offset || start % Math.max(4096, physical) != 0) {
            add(
                    warning(
                            "disk-misaligned",
                            facts.node(),
                            resource
                                    + ": "
                                    + fact("disk")
                                    + " does not begin at a multiple of 4096 bytes or of its"
                                    + " physical sectors: every write costs two",
                            "make the partition anew, beginning at 1 MiB"));
        }
    }

    private void addresses() {
        for (String name : facts.names(prefix + "address.")) {
            if (facts.is(name, "foreign")) {
                add(
                        problem(
                                "address-foreign",
                                facts.node(),
                                resource
                                        + ": no network interface has the address "
                                        + name.substring((prefix + "address.").length()),
                                "set the interface up, or correct resources."
                                        + resource
                                        + ".on."
                                        + facts.node()
                                        + ".address"));
            }
        }
    }

    private void frontEnds() {
        String attach = option("attach");
        boolean fuse = can("fuse") && can("loop");
        boolean works =
                switch (attach) {
                    case "ublk", "nbd" -> can(attach);
                    case "fuse" -> fuse;
                    case "auto" -> can("ublk") || can("nbd") || fuse;
                    default -> true;
                };
        if (!works) {
            add(
                    problem(
                            "front-end",
                            facts.node(),
                            resource
                                    + ": attach = "
                                    + attach
                                    + ", and this kernel ("
                                    + facts.text("kernel")
                                    + ") has no driver for it",
                            "install the kernel's extra modules, or choose another attach:"
                                    + " docs/devices.md"));
        }
    }

    private boolean can(String frontEnd) {
        return !facts.is("front-end." + frontEnd, "missing");
    }

    private void engine() {
        boolean wanted = option("disk.io-uring").equals("true");
        boolean refused =
                facts.number("io-uring.disabled", 0) >= 2
                        || fact("io-engine").startsWith("worker-threads");
        if (wanted && refused) {
            String why = fact("io-engine");
            add(
                    warning(
                            "io-uring",
                            facts.node(),
                            resource
                                    + ": no io_uring here"
                                    + (why.isEmpty() ? "" : " (" + why + ")")
                                    + ": slower, on this node alone if the other has it",
                            "'sysctl kernel.io_uring_disabled=0' in /etc/sysctl.d, or io-uring ="
                                    + " false on both nodes"));
        }
    }

    private void verdict() {
        String level = fact("verdict.level");
        if (level.equals("good") || level.isEmpty()) {
            return;
        }
        String what = resource + ": " + fact("verdict.title") + ". " + fact("verdict.detail");
        String cure =
                "'rhizome status "
                        + resource
                        + "' says more; a failover is safe once it is"
                        + " 'Both nodes have all data'";
        add(
                level.equals("bad")
                        ? problem("state", facts.node(), what.strip(), cure)
                        : warning("state", facts.node(), what.strip(), cure));
    }

    private void options() {
        for (String name : facts.names(prefix + "option-differs.")) {
            add(
                    warning(
                            "options-differ",
                            facts.node(),
                            resource + ": " + facts.text(name),
                            "make both files the same, then 'rhizome adjust' on both nodes"));
        }
    }
}
