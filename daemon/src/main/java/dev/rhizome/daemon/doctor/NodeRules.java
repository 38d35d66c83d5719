package dev.rhizome.daemon.doctor;

import static dev.rhizome.daemon.doctor.Diagnosis.problem;
import static dev.rhizome.daemon.doctor.Diagnosis.warning;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What can be wrong with one node, each by itself. */
final class NodeRules {
    private static final long MAX_SECTOR_BYTES = 4096;
    private static final long LEAST_MEMLOCK_BYTES = 1L << 30;
    private static final int WARN_DAYS = 30;

    /** Looks at a node's facts, and adds what it finds. */
    @FunctionalInterface
    interface Rule {
        void apply(Facts facts, List<Diagnosis> found);
    }

    static final List<Rule> ALL =
            List.of(
                    NodeRules::configuration,
                    NodeRules::certificates,
                    NodeRules::key,
                    NodeRules::clock,
                    NodeRules::memory,
                    NodeRules::daemon,
                    NodeRules::service,
                    NodeRules::resources,
                    NodeRules::fencing,
                    NodeRules::greengrass);

    private NodeRules() {}

    private static void configuration(Facts facts, List<Diagnosis> found) {
        if (facts.has("configuration.problem")) {
            found.add(
                    problem(
                            "configuration",
                            facts.node(),
                            facts.text("configuration.problem"),
                            "correct the file; 'rhizome config check' names all that is wrong"));
        }
    }

    private static void certificates(Facts facts, List<Diagnosis> found) {
        String node = facts.node();
        for (String name : List.of("authority", "certificate")) {
            String file = facts.text(name + ".file");
            if (facts.has(name + ".unreadable")) {
                String why = file + ": " + facts.text(name + ".unreadable");
                found.add(
                        problem(
                                name + "-unreadable",
                                node,
                                why,
                                "'rhizome pki bundle' where the authority is, then 'rhizome pki"
                                        + " install' here"));
            }
            ends(facts, found, name, file);
        }
        if (facts.is("certificate.of-authority", "no")) {
            found.add(
                    problem(
                            "certificate-foreign",
                            node,
                            facts.text("certificate.file")
                                    + " is not of the authority in "
                                    + facts.text("authority.file"),
                            "issue it anew where the authority is: 'rhizome pki issue "
                                    + node
                                    + "'"));
        }
        boolean named = List.of(facts.text("certificate.names").split(",", -1)).contains(node);
        if (facts.has("certificate.sha256") && facts.has("node") && !named) {
            found.add(
                    problem(
                            "certificate-name",
                            node,
                            facts.text("certificate.file")
                                    + " is for "
                                    + (facts.has("certificate.names")
                                            ? facts.text("certificate.names")
                                            : "no name")
                                    + ", not for "
                                    + node,
                            "install the certificate of this node: 'rhizome pki install'"));
        }
    }

    private static void ends(Facts facts, List<Diagnosis> found, String name, String file) {
        long until = facts.number(name + ".until-ms", Long.MAX_VALUE);
        long now = facts.number("time.ms", 0);
        if (facts.number(name + ".from-ms", 0) > now) {
            found.add(
                    problem(
                            name + "-not-yet-valid",
                            facts.node(),
                            file + " is valid from " + time(facts.number(name + ".from-ms", 0)),
                            "set this node's clock, or issue the certificate anew"));
        }
        long days = Math.floorDiv(until - now, Duration.ofDays(1).toMillis());
        if (until == Long.MAX_VALUE || days >= WARN_DAYS) {
            return;
        }
        String cure =
                name.equals("authority")
                        ? "make a new authority and new certificates for both nodes: docs/pki.md"
                        : "'rhizome pki renew " + facts.node() + "' where the authority is";
        found.add(
                until <= now
                        ? problem(
                                name + "-expired",
                                facts.node(),
                                file + " ended on " + time(until),
                                cure)
                        : warning(
                                name + "-ends-soon",
                                facts.node(),
                                file + " ends in " + days + " days, on " + time(until),
                                cure));
    }

    private static String time(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    private static void key(Facts facts, List<Diagnosis> found) {
        String file = facts.text("key.file");
        if (facts.has("key.unreadable")) {
            found.add(
                    problem(
                            "key-unreadable",
                            facts.node(),
                            file + ": " + facts.text("key.unreadable"),
                            "'rhizome pki install' puts it there; only root may read it"));
        }
        if (facts.is("key.open-to-others", "yes")) {
            found.add(
                    problem(
                            "key-open",
                            facts.node(),
                            file + " can be read by everybody on the machine",
                            "'chmod 600 " + file + "', and issue it anew if others were there"));
        }
    }

    private static void clock(Facts facts, List<Diagnosis> found) {
        if (facts.is("time.synchronised", "no")) {
            found.add(
                    warning(
                            "clock-not-synchronised",
                            facts.node(),
                            "the clock is not kept by a time server",
                            "'timedatectl set-ntp true', or install chrony: certificates and the"
                                    + " logs of two nodes need the time"));
        }
    }

    private static void memory(Facts facts, List<Diagnosis> found) {
        boolean wanted = facts.is("lock-memory", "true") && facts.is("memlock.of", "daemon");
        if (wanted && facts.number("memlock", Long.MAX_VALUE) < LEAST_MEMLOCK_BYTES) {
            found.add(
                    problem(
                            "memlock",
                            facts.node(),
                            "the daemon may lock only "
                                    + facts.text("memlock")
                                    + " bytes of memory: short of memory, it waits for itself",
                            "LimitMEMLOCK=infinity in its unit ('systemctl edit rhizome'), then"
                                    + " restart it"));
        }
    }

    private static void daemon(Facts facts, List<Diagnosis> found) {
        if (facts.has("daemon") && !facts.is("daemon", "runs")) {
            found.add(
                    problem(
                            "daemon-down",
                            facts.node(),
                            facts.text("daemon"),
                            "'systemctl start rhizome', and 'journalctl -u rhizome' says why it"
                                    + " ended"));
        }
        String runs = facts.text("daemon.version");
        String installed = facts.text("rhizome.version");
        if (!runs.isEmpty() && !installed.isEmpty() && !runs.equals(installed)) {
            found.add(
                    warning(
                            "daemon-old",
                            facts.node(),
                            "the daemon is version " + runs + ", installed is " + installed,
                            "restart it while this node is Secondary: 'systemctl restart"
                                    + " rhizome'"));
        }
    }

    private static void service(Facts facts, List<Diagnosis> found) {
        if (facts.is("unit.rhizome.enabled", "disabled")) {
            found.add(
                    warning(
                            "service-disabled",
                            facts.node(),
                            "rhizome.service is not enabled: after a reboot this node stays away",
                            "'systemctl enable rhizome' (with Pacemaker, and --no-up, too)"));
        }
    }

    private static void resources(Facts facts, List<Diagnosis> found) {
        for (String resource : facts.resources()) {
            new ResourceRules(facts, resource, found).apply(MAX_SECTOR_BYTES);
        }
    }

    private static void fencing(Facts facts, List<Diagnosis> found) {
        for (String resource : facts.resources()) {
            boolean none = facts.is("option.resources." + resource + ".net.fencing", "none");
            if (none && facts.is("cluster-manager", "yes")) {
                found.add(
                        warning(
                                "no-fencing",
                                facts.node(),
                                "a cluster manager promotes "
                                        + resource
                                        + ", and nobody makes sure that the other node is gone:"
                                        + " both may become Primary",
                                "fencing = resource-and-stonith with its handlers, or a witness:"
                                        + " docs/fencing.md"));
            }
        }
    }

    private static void greengrass(Facts facts, List<Diagnosis> found) {
        if (facts.has("greengrass.unit")) {
            GreengrassRules.apply(facts, found);
        }
    }
}
