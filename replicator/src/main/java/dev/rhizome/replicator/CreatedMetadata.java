package dev.rhizome.replicator;

/**
 * What {@link OfflineMetadata#create} made.
 *
 * @param volumeBytes what there is for data: the volume's size
 * @param metadataBytes what the metadata takes
 */
public record CreatedMetadata(long volumeBytes, long metadataBytes) {}
