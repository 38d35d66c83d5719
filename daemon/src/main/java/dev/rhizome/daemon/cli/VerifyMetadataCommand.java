package dev.rhizome.daemon.cli;

import dev.rhizome.replicator.MetadataFinding;
import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.MetadataReport;
import dev.rhizome.replicator.OfflineMetadata;
import dev.rhizome.replicator.VolumeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rhizome verify-md}. */
@Command(
        name = "verify-md",
        description = {
            "Checks this node's metadata of a resource: both slots of the superblock, the activity"
                    + " log, every page of the bitmap. Ends with 1 if anything is damaged.",
            "The resource must be down; its disk's lock says so."
        })
final class VerifyMetadataCommand extends OfflineCommand {

    @Option(
            names = "--repair",
            description =
                    "Mend what can be mended without a guess: a slot from the good one, damaged"
                            + " pages as all different.")
    private boolean repair;

    VerifyMetadataCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(MetadataPlace place) throws VolumeException {
        MetadataReport report = OfflineMetadata.verify(place, repair);
        for (MetadataFinding finding : report.findings()) {
            say((finding.damage() ? "damaged  " : "good     ") + finding.text());
        }
        report.repairs().forEach(line -> say("mended   " + line));
        return report.damaged() ? ExitCode.DAMAGED : ExitCode.OK;
    }
}
