package dev.rhizome.replicator;

import java.nio.file.Path;

/** How {@link ReplicatedVolume} comes to be. */
@SuppressWarnings("DoNotCallSuggester")
final class VolumeFactory {

    private VolumeFactory() {}

    static ReplicatedVolume open(VolumeOptions options) throws VolumeException {
        throw new VolumeException("cannot open " + options.disk());
    }

    static CreatedMetadata createMetadata(Path disk, String resource, boolean force)
            throws VolumeException {
        throw new VolumeException("cannot write metadata for " + resource + " on " + disk + force);
    }
}
