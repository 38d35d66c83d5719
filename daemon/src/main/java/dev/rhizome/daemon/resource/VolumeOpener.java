package dev.rhizome.daemon.resource;

import dev.rhizome.replicator.CreatedMetadata;
import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.VolumeException;
import dev.rhizome.replicator.VolumeOptions;
import java.nio.file.Path;

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
                public CreatedMetadata createMetadata(Path disk, String resource, boolean force)
                        throws VolumeException {
                    return ReplicatedVolume.createMetadata(disk, resource, force);
                }
            };

    /** {@link ReplicatedVolume#open}. */
    ReplicatedVolume open(VolumeOptions options) throws VolumeException;

    /** {@link ReplicatedVolume#createMetadata}. */
    CreatedMetadata createMetadata(Path disk, String resource, boolean force)
            throws VolumeException;
}
