package dev.rhizome.daemon.cli;

import dev.rhizome.replicator.CreatedMetadata;
import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.VolumeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rhizome create-md}. */
@Command(
        name = "create-md",
        description = {
            "Writes fresh metadata for this node's disk of a resource: at its end, or to meta-disk,"
                    + " which is made if it is a file that is not there. With a meta-disk all of"
                    + " the disk is the volume, and no byte of it is written.",
            "The resource must be down; its disk's lock says so."
        })
final class CreateMetadataCommand extends OfflineCommand {

    @Option(
            names = "--force",
            description = "Even over metadata, or what looks like a file system where it goes.")
    private boolean force;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = ByteCount.class,
            description =
                    "The volume's size in bytes, or with K, M, G or T (1024 each), if it is to have"
                            + " less than there is room for, such as the peer's.")
    private long sizeBytes;

    CreateMetadataCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(MetadataPlace place) throws VolumeException {
        CreatedMetadata created = environment().opener().createMetadata(place, sizeBytes, force);
        say(
                place.resource()
                        + ": "
                        + place.metadata()
                        + " holds metadata now: "
                        + created.volumeBytes()
                        + " bytes for data"
                        + (place.external() && sizeBytes == 0
                                ? " (all of " + place.disk() + ")"
                                : "")
                        + ", "
                        + created.metadataBytes()
                        + " for metadata");
        return ExitCode.OK;
    }
}
