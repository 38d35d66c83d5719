package dev.rhizome.device;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Who uses a block device, as /proc and /sys tell: proc(5). What is not allowed to be seen, or goes
 * while it is looked at, is left out.
 */
public final class DeviceUsers {
    private static final Path PROC = Path.of("/proc");
    private static final Path SYSTEM = Path.of("/sys/dev/block");
    private static final int MAX_NAMED = 8;

    /** "major:minor" of the device and of its partitions. */
    private final Set<String> numbers = new LinkedHashSet<>();

    /**
     * Of the device with this node.
     *
     * @throws IOException if it is not there
     */
    public DeviceUsers(Path node) throws IOException {
        this(number(node), SYSTEM);
    }

    DeviceUsers(long device, Path system) {
        String whole = numbers(device);
        numbers.add(whole);
        for (Path part : list(system.resolve(whole), "*")) {
            if (Files.exists(part.resolve("partition"))) {
                numbers.add(line(part.resolve("dev")));
            }
        }
    }

    private static String numbers(long device) {
        return major(device) + ":" + minor(device);
    }

    private static long number(Path node) throws IOException {
        return ((Number) Files.getAttribute(node, "unix:rdev")).longValue();
    }

    // How the C library packs the two numbers; makedev(3).
    static long major(long device) {
        return (device >>> 8 & 0xfff) | (device >>> 32 & 0xffff_f000L);
    }

    static long minor(long device) {
        return (device & 0xff) | (device >>> 12 & 0xffff_ff00L);
    }

    /** All that are found, for a person: "mounted on /srv", "process 812 (dd)". */
    public List<String> find() {
        Set<String> users = new LinkedHashSet<>();
        Set<String> namespaces = new LinkedHashSet<>();
        Set<String> processes = new LinkedHashSet<>();
        String self = Long.toString(ProcessHandle.current().pid());
        for (Path process : list(PROC, "[1-9]*")) {
            String id = String.valueOf(process.getFileName());
            if (namespaces.add(linkOf(process.resolve("ns/mnt")))) {
                mounts(process, users);
            }
            if (!id.equals(self) && hasItOpen(process)) {
                processes.add("process " + id + " (" + line(process.resolve("comm")) + ")");
            }
        }
        for (String each : numbers) {
            for (Path holder : list(SYSTEM.resolve(each).resolve("holders"), "*")) {
                users.add("the device " + holder.getFileName());
            }
        }
        swap(users);
        users.addAll(processes);
        return users.stream().limit(MAX_NAMED).toList();
    }

    private void mounts(Path process, Set<String> users) {
        for (String line : lines(process.resolve("mountinfo"))) {
            String[] fields = line.split(" ", 6);
            if (fields.length > 5 && (numbers.contains(fields[2]) || hasItAsSource(fields[5]))) {
                users.add("mounted on " + fields[4].replace("\\040", " "));
            }
        }
    }

    /** A file system on several devices, like btrfs, has a number of its own, and names one. */
    private boolean hasItAsSource(String rest) {
        String[] fields = rest.substring(rest.indexOf(" - ") + 1).split(" ", 4);
        return fields.length > 2 && fields[2].startsWith("/dev/") && isIt(Path.of(fields[2]));
    }

    private void swap(Set<String> users) {
        for (String line : lines(PROC.resolve("swaps"))) {
            String file = line.split("[ \t]", 2)[0];
            if (file.startsWith("/dev/") && isIt(Path.of(file))) {
                users.add("swap");
            }
        }
    }

    private boolean hasItOpen(Path process) {
        for (Path open : list(process.resolve("fd"), "*")) {
            // Only device nodes are looked at: a file on a stuck file system would not answer.
            if (linkOf(open).contains("/dev/") && isIt(open)) {
                return true;
            }
        }
        return false;
    }

    private boolean isIt(Path node) {
        try {
            return numbers.contains(numbers(number(node)));
        } catch (IOException e) {
            return false;
        }
    }

    private static String linkOf(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static String line(Path file) {
        List<String> all = lines(file);
        return all.isEmpty() ? "?" : all.get(0);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<Path> list(Path directory, String pattern) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, pattern)) {
            entries.forEach(found::add);
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return found;
        }
        return found;
    }
}
