package dev.rhizome.daemon.doctor;

import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Clock, versions, kernel, limits: what a host is. */
final class HostFacts {
    private static final Pattern MEMLOCK = Pattern.compile("Max locked memory +(\\S+) +(\\S+)");
    private static final String[][] FRONT_ENDS = {
        {"ublk", "/dev/ublk-control", "ublk_drv"},
        {"nbd", "/dev/nbd0", "nbd"},
        {"fuse", "/dev/fuse", "fuse"},
        {"loop", "/dev/loop-control", "loop"}
    };

    private HostFacts() {}

    static void gather(Machine machine, Facts facts, Instant now) {
        facts.put("time.ms", now.toEpochMilli());
        facts.put(
                "time.synchronised",
                machine.program("timedatectl", "show", "-p", "NTPSynchronized", "--value"));
        facts.put("host", machine.read("/proc/sys/kernel/hostname"));
        facts.put("arch", System.getProperty("os.arch"));
        facts.put("java.version", System.getProperty("java.version"));
        String version = HostFacts.class.getPackage().getImplementationVersion();
        facts.put("rhizome.version", version == null ? "" : version);
        String kernel = machine.read("/proc/sys/kernel/osrelease");
        facts.put("kernel", kernel);
        facts.put("io-uring.disabled", machine.read("/proc/sys/kernel/io_uring_disabled"));
        for (String[] each : FRONT_ENDS) {
            facts.put("front-end." + each[0], frontEnd(machine, kernel, each[1], each[2]));
        }
        facts.put("unit.rhizome.enabled", machine.program("systemctl", "is-enabled", "rhizome"));
        facts.put("cluster-manager", machine.exists("/etc/corosync/corosync.conf") ? "yes" : "no");
        memlock(machine, facts);
    }

    private static String frontEnd(Machine machine, String kernel, String device, String module) {
        if (machine.exists(device) || machine.exists("/sys/module/" + module)) {
            return "there";
        }
        for (String list : new String[] {"modules.dep", "modules.builtin"}) {
            String known = machine.read("/lib/modules/" + kernel + "/" + list);
            if (Pattern.compile("/" + module + "\\.ko").matcher(known).find()) {
                return "module";
            }
        }
        return "missing";
    }

    /** Of the daemon, if systemd knows it; else of who asks. */
    private static void memlock(Machine machine, Facts facts) {
        String main = machine.program("systemctl", "show", "rhizome", "-p", "MainPID", "--value");
        boolean runs = main.matches("[1-9][0-9]*");
        String limits = machine.read("/proc/" + (runs ? main : "self") + "/limits");
        Matcher limit = MEMLOCK.matcher(limits);
        if (limit.find()) {
            facts.put("memlock", limit.group(1));
            facts.put("memlock.of", runs ? "daemon" : "self");
        }
    }
}
