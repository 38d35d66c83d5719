package dev.rhizome.daemon.doctor;

import dev.rhizome.daemon.config.ClusterConfiguration.ReplicaSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A node's side of a resource: its disk, as the kernel describes it, and its address. */
final class DiskFacts {
    private static final int SECTOR_BYTES = 512;

    private DiskFacts() {}

    static void gather(Machine machine, String resource, ReplicaSettings side, Facts facts) {
        String prefix = "resource." + resource + ".";
        facts.put(prefix + "disk", side.disk());
        Path disk = machine.path(side.disk().toString());
        if (!Files.exists(disk)) {
            facts.put(prefix + "disk.kind", "missing");
        } else if (Files.isRegularFile(disk)) {
            facts.put(prefix + "disk.kind", "file");
            facts.put(prefix + "disk.bytes", size(disk));
        } else {
            block(machine, prefix, disk, facts);
        }
        for (InetSocketAddress address : side.addresses()) {
            String name = address.getAddress().getHostAddress();
            facts.put(prefix + "address." + name, isOwn(address) ? "own" : "foreign");
        }
    }

    private static String size(Path file) {
        try {
            return String.valueOf(Files.size(file));
        } catch (IOException e) {
            return "";
        }
    }

    private static void block(Machine machine, String prefix, Path disk, Facts facts) {
        facts.put(prefix + "disk.kind", "block");
        String name;
        try {
            name = String.valueOf(disk.toRealPath().getFileName());
        } catch (IOException e) {
            name = String.valueOf(disk.getFileName());
        }
        String about = "/sys/class/block/" + name;
        long sectors = number(machine.read(about + "/size"));
        if (sectors >= 0) {
            facts.put(prefix + "disk.bytes", sectors * SECTOR_BYTES);
        } else {
            facts.put(prefix + "disk.bytes", opened(disk));
        }
        boolean partition = machine.exists(about + "/partition");
        // A partition's queue is that of its disk, one directory further up.
        String queue = about + (partition ? "/../queue" : "/queue");
        facts.put(prefix + "disk.sector-bytes", machine.read(queue + "/logical_block_size"));
        facts.put(prefix + "disk.physical-bytes", machine.read(queue + "/physical_block_size"));
        facts.put(prefix + "disk.alignment-offset", machine.read(about + "/alignment_offset"));
        long start = number(machine.read(about + "/start"));
        if (partition && start >= 0) {
            facts.put(prefix + "disk.start-bytes", start * SECTOR_BYTES);
        }
        facts.put(prefix + "disk.read-only", machine.read(about + "/ro").equals("1") ? "yes" : "");
        facts.put(prefix + "disk.mounted-at", mountedAt(machine, "/dev/" + name));
    }

    private static String opened(Path disk) {
        try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ)) {
            return String.valueOf(channel.size());
        } catch (IOException e) {
            return "";
        }
    }

    private static String mountedAt(Machine machine, String device) {
        for (String line : machine.read("/proc/self/mounts").split("\n", -1)) {
            String[] fields = line.split(" ", -1);
            if (fields.length > 1 && fields[0].equals(device)) {
                return fields[1];
            }
        }
        return "";
    }

    private static long number(String text) {
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
    }

    private static boolean isOwn(InetSocketAddress address) {
        try {
            return address.getAddress().isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address.getAddress()) != null;
        } catch (SocketException e) {
            return true;
        }
    }
}
