package dev.rhizome.daemon.resource;

import dev.rhizome.replicator.CreatedMetadata;
import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.OfflineMetadata;
import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.VolumeException;
import dev.rhizome.replicator.VolumeOptions;

/** Where volumes come from: the library, or a test. */
public interface VolumeOpener {

    /** The library. */
    VolumeOpener LIBRARY =
            new VolumeOpener() {
                @Override
                public ReplicatedVolume open(VolumeOptions options) throws VolumeException {
                    return ReplicatedVolume.open(options);
                }

                @Override
                public void load() {
                    ReplicatedVolume.load();
                }

                @Override
                public CreatedMetadata createMetadata(
                        MetadataPlace place, long volumeBytes, boolean force)
                        throws VolumeException {
                    return OfflineMetadata.create(place, volumeBytes, force);
                }
            };

    /** {@link ReplicatedVolume#open}. */
    ReplicatedVolume open(VolumeOptions options) throws VolumeException;

    /** {@link ReplicatedVolume#load}. */
    default void load() {}

    /** {@link OfflineMetadata#create}. */
    CreatedMetadata createMetadata(MetadataPlace place, long volumeBytes, boolean force)
            throws VolumeException;
}
