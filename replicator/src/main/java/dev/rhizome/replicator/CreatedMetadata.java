package dev.rhizome.replicator;

/**
 * What {@link ReplicatedVolume#createMetadata} made.
 *
 * @param volumeBytes what is left for data: the volume's size
 * @param metadataBytes what the metadata takes at the end of the disk
 */
public record CreatedMetadata(long volumeBytes, long metadataBytes) {}
