package dev.rhizome.replicator;

import java.util.Arrays;
import java.util.List;

/** How a Primary's volume becomes a block device of this machine. */
public enum AttachMode {
    /** The best that the kernel has: ublk, nbd, fuse; without any, the NBD socket alone. */
    AUTO("auto"),
    /** The kernel's driver for block devices in user space. Linux 6.9. */
    UBLK("ublk"),
    /** The kernel's NBD client. */
    NBD("nbd"),
    /** A loop device on a file system of one file, served through /dev/fuse. Linux 5.8. */
    FUSE("fuse"),
    /** No device: programs use the NBD socket. */
    SOCKET("socket");

    private final String label;

    AttachMode(String label) {
        this.label = label;
    }

    /** The name in the configuration and in status. */
    public String label() {
        return label;
    }

    /**
     * Whether a Primary may come to have a device by this: one that is asked for by name, or
     * whatever this kernel has. Loads the kernel's modules, so it may take a while.
     */
    public boolean mayHaveDevice() {
        return DeviceChoice.of(this).stream()
                .anyMatch(choice -> this != AUTO || choice.unavailable().get().isEmpty());
    }

    /** All labels, in the order of this enum. */
    public static List<String> labels() {
        return Arrays.stream(values()).map(AttachMode::label).toList();
    }
}
