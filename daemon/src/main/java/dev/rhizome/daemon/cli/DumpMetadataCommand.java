package dev.rhizome.daemon.cli;

import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.OfflineMetadata;
import dev.rhizome.replicator.VolumeException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rhizome dump-md}. */
@Command(
        name = "dump-md",
        description = {
            "Prints this node's metadata of a resource as text, which restore-md takes back.",
            "The resource must be down; its disk's lock says so."
        })
final class DumpMetadataCommand extends OfflineCommand {

    @Option(
            names = "--force",
            description =
                    "Even if it is damaged: as the daemon would take it, with comments that say"
                            + " what is damaged.")
    private boolean force;

    DumpMetadataCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(MetadataPlace place) throws CommandFailure, VolumeException {
        PrintWriter out = environment().out();
        OfflineMetadata.dump(place, force, line -> out.append(line).append('\n'));
        if (out.checkError()) {
            throw new CommandFailure(
                    ExitCode.REFUSED, "the dump cannot be written to standard output");
        }
        return ExitCode.OK;
    }
}
