package dev.rhizome.daemon;

import dev.rhizome.daemon.resource.VolumeOpener;
import dev.rhizome.replicator.CreatedMetadata;
import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.VolumeException;
import dev.rhizome.replicator.VolumeOptions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Opens fake volumes, except those that it was told to refuse. */
public final class FakeOpener implements VolumeOpener {

    /** What was opened and closed and made, in order. */
    public final List<String> journal = new CopyOnWriteArrayList<>();

    /** The volumes that are or were open, by resource. */
    public final Map<String, FakeVolume> volumes = new ConcurrentHashMap<>();

    /** Why a resource cannot be opened. */
    public final Map<String, String> refusals = new ConcurrentHashMap<>();

    /** What opening a resource does first. */
    public final Map<String, Runnable> whileOpening = new ConcurrentHashMap<>();

    /** The volume of a resource that has been opened. */
    public FakeVolume volume(String resource) {
        FakeVolume volume = volumes.get(resource);
        if (volume == null) {
            throw new AssertionError(resource + " was not opened");
        }
        return volume;
    }

    @Override
    public ReplicatedVolume open(VolumeOptions options) throws VolumeException {
        String refusal = refusals.get(options.resource());
        if (refusal != null) {
            throw new VolumeException(refusal);
        }
        whileOpening.getOrDefault(options.resource(), () -> {}).run();
        journal.add("open " + options.resource());
        FakeVolume volume = new FakeVolume(options, journal);
        volumes.put(options.resource(), volume);
        return volume;
    }

    @Override
    public CreatedMetadata createMetadata(MetadataPlace place, long volumeBytes, boolean force)
            throws VolumeException {
        String refusal = refusals.get(place.resource());
        if (refusal != null && !force) {
            throw new VolumeException(refusal);
        }
        journal.add("create-md " + place.metadata() + " " + volumeBytes + " " + force);
        return new CreatedMetadata(1_000_000, 4096);
    }
}
