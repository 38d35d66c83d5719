package dev.rhizome.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do: capabilities(7). */
public final class Capabilities {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String EFFECTIVE = "CapEff:";
    private static final int SYS_ADMIN = 21;

    private Capabilities() {}

    /** Whether it has CAP_SYS_ADMIN, which setting up a block device takes. */
    public static boolean administrator() throws IOException {
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith(EFFECTIVE)) {
                long mask = Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16);
                return (mask >>> SYS_ADMIN & 1) != 0;
            }
        }
        throw new IOException(STATUS + " has no line " + EFFECTIVE);
    }
}
