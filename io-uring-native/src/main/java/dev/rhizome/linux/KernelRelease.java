package dev.rhizome.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel's release, like the 6.1 of "6.1.0-32-amd64".
 *
 * @param major the first number
 * @param minor the second number
 */
public record KernelRelease(int major, int minor) {

    private static final Path RUNNING = Path.of("/proc/sys/kernel/osrelease");
    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})\\.(\\d{1,6}).*");

    /**
     * The release of the kernel that runs.
     *
     * @throws IOException one line, if it cannot be told
     */
    public static KernelRelease running() throws IOException {
        String text = Files.readString(RUNNING).strip();
        Matcher matcher = NUMBERS.matcher(text);
        if (!matcher.matches()) {
            throw new IOException("the kernel's release \"" + text + "\" has no numbers");
        }
        return new KernelRelease(
                Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    /** Whether this release is that one or a later one. */
    public boolean atLeast(int otherMajor, int otherMinor) {
        return major > otherMajor || (major == otherMajor && minor >= otherMinor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
