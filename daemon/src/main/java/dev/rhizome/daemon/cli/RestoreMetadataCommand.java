package dev.rhizome.daemon.cli;

import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.OfflineMetadata;
import dev.rhizome.replicator.RestoredMetadata;
import dev.rhizome.replicator.VolumeException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rhizome restore-md}. */
@Command(
        name = "restore-md",
        description = {
            "Writes this node's metadata of a resource from a file that dump-md has printed.",
            "Only for a dump that was made since the volume was last up: what has changed later is"
                    + " not in it, and would never be copied to the peer.",
            "The resource must be down; its disk's lock says so."
        })
final class RestoreMetadataCommand extends OfflineCommand {

    @Option(
            names = "--force",
            description = "Even over metadata, and from another resource's dump.")
    private boolean force;

    @Parameters(index = "1", paramLabel = "FILE", description = "The dump.")
    private Path file = Path.of("");

    RestoreMetadataCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(MetadataPlace place) throws VolumeException {
        RestoredMetadata restored = OfflineMetadata.restore(place, file, force);
        say(
                place.resource()
                        + ": "
                        + place.metadata()
                        + " holds the metadata of "
                        + file
                        + " now: generation "
                        + restored.current()
                        + ", "
                        + restored.activeExtents()
                        + " active extents, "
                        + restored.outOfSyncBlocks()
                        + " blocks out of sync");
        return ExitCode.OK;
    }
}
