package dev.rhizome.replicator;

/**
 * What {@link OfflineMetadata#restore} wrote.
 *
 * @param volumeBytes the volume's size
 * @param current the current generation, 16 hexadecimal digits
 * @param activeExtents how many extents of the activity log are active
 * @param outOfSyncBlocks how many blocks of 4 KiB may differ from the peer's
 */
public record RestoredMetadata(
        long volumeBytes, String current, int activeExtents, long outOfSyncBlocks) {}
