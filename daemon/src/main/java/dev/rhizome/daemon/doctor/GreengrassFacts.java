package dev.rhizome.daemon.doctor;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What a Greengrass core needs on its node and has not on the volume (docs/greengrass.md). */
final class GreengrassFacts {
    private static final String ROOT = "/greengrass/v2";

    private GreengrassFacts() {}

    static void gather(Machine machine, Facts facts) {
        String unit = machine.read("/etc/systemd/system/greengrass.service");
        if (!unit.isEmpty()) {
            facts.put("greengrass.unit", hash(unit));
            facts.put(
                    "greengrass.enabled", machine.program("systemctl", "is-enabled", "greengrass"));
            facts.put(
                    "greengrass.restart",
                    machine.program("systemctl", "show", "greengrass", "-p", "Restart", "--value"));
        }
        numbers(machine, facts, "/etc/passwd", "ggc_user", "greengrass.uid");
        numbers(machine, facts, "/etc/group", "ggc_group", "greengrass.gid");
        String java = machine.program("java", "-version");
        facts.put("greengrass.java", java.lines().findFirst().orElse(""));
        for (String line : machine.read("/proc/self/mounts").split("\n", -1)) {
            String[] fields = line.split(" ", -1);
            if (fields.length > 3 && fields[1].equals(ROOT)) {
                facts.put("greengrass.file-system", fields[2]);
                facts.put("greengrass.mount-options", fields[3]);
            }
        }
    }

    /** The number of a name, from a file of lines NAME:x:NUMBER:... */
    private static void numbers(
            Machine machine, Facts facts, String file, String name, String fact) {
        for (String line : machine.read(file).split("\n", -1)) {
            String[] fields = line.split(":", -1);
            if (fields.length > 2 && fields[0].equals(name)) {
                facts.put(fact, fields[2]);
            }
        }
    }

    private static String hash(String text) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] sum = sha256.digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sum);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
