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
final class DeviceUsers {
    private static final Path PROC = Path.of("/proc");
    private static final int MAX_NAMED = 8;

    private final String numbers;
    private final long device;

    /** Of the device with this node. */
    DeviceUsers(Path node) throws IOException {
        device = ((Number) Files.getAttribute(node, "unix:rdev")).longValue();
        numbers = major(device) + ":" + minor(device);
    }

    // How the C library packs the two numbers; makedev(3).
    static long major(long device) {
        return (device >>> 8 & 0xfff) | (device >>> 32 & 0xffff_f000L);
    }

    static long minor(long device) {
        return (device & 0xff) | (device >>> 12 & 0xffff_ff00L);
    }

    /** All that are found, for a person: "mounted on /srv", "process 812 (dd)". */
    List<String> find() {
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
        for (Path holder : list(Path.of("/sys/dev/block", numbers, "holders"), "*")) {
            users.add("the device " + holder.getFileName());
        }
        swap(users);
        users.addAll(processes);
        return users.stream().limit(MAX_NAMED).toList();
    }

    private void mounts(Path process, Set<String> users) {
        for (String line : lines(process.resolve("mountinfo"))) {
            String[] fields = line.split(" ", 6);
            if (fields.length > 4 && fields[2].equals(numbers)) {
                users.add("mounted on " + fields[4].replace("\\040", " "));
            }
        }
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
            return ((Number) Files.getAttribute(node, "unix:rdev")).longValue() == device;
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
