package dev.rhizome.replicator;

import java.nio.file.Path;

/**
 * The block device of a Primary.
 *
 * @param frontEnd what serves it: "ublk", "nbd" or "fuse"
 * @param node the device's own node, like /dev/nbd0
 * @param link the stable name, like /dev/rhizome/r0
 */
public record DeviceStatus(String frontEnd, Path node, Path link) {}
