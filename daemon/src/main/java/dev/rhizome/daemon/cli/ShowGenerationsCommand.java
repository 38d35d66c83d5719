package dev.rhizome.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.replicator.GenerationReport;
import dev.rhizome.replicator.GenerationReport.FlagState;
import dev.rhizome.replicator.GenerationReport.Generation;
import dev.rhizome.replicator.MetadataPlace;
import dev.rhizome.replicator.OfflineMetadata;
import dev.rhizome.replicator.VolumeException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rhizome show-gi}. */
@Command(
        name = "show-gi",
        description = {
            "Shows the generation identifiers and flags of this node's metadata of a resource, with"
                    + " what they mean.",
            "The resource must be down; its disk's lock says so."
        })
final class ShowGenerationsCommand extends OfflineCommand {

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    ShowGenerationsCommand(Environment environment) {
        super(environment);
    }

    @Override
    int run(MetadataPlace place) throws VolumeException {
        GenerationReport report = OfflineMetadata.generations(place);
        if (json) {
            say(toJson(report));
        } else {
            sayText(report);
        }
        return ExitCode.OK;
    }

    private void sayText(GenerationReport report) {
        say(
                report.resource()
                        + ": "
                        + report.volumeBytes()
                        + " bytes, metadata on "
                        + report.metadata()
                        + ", change "
                        + report.sequence());
        if (!report.warning().isEmpty()) {
            say("warning: " + report.warning() + "; 'rhizome verify-md' says more");
        }
        say("");
        for (Generation generation : report.generations()) {
            say(
                    String.format(
                            Locale.ROOT,
                            "%s  %-7s  %s",
                            generation.value(),
                            generation.kind(),
                            generation.meaning()));
        }
        say("");
        for (FlagState flag : report.flags()) {
            say(
                    String.format(
                            Locale.ROOT,
                            "%-3s  %-17s  %s",
                            flag.set() ? "yes" : "no",
                            flag.name(),
                            flag.meaning()));
        }
    }

    private static String toJson(GenerationReport report) {
        Map<String, Object> generations = new LinkedHashMap<>();
        generations.put("current", values(report, "current").get(0));
        generations.put("bitmap", values(report, "bitmap").get(0));
        generations.put("history", values(report, "history"));
        Map<String, Object> flags = new LinkedHashMap<>();
        for (FlagState flag : report.flags()) {
            flags.put(flag.name().toLowerCase(Locale.ROOT).replace('_', '-'), flag.set());
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", report.resource());
        tree.put("metadata", report.metadata().toString());
        tree.put("size-bytes", report.volumeBytes());
        tree.put("sequence", report.sequence());
        tree.put("generations", generations);
        tree.put("flags", flags);
        tree.put("warning", report.warning());
        try {
            return JSON.std.asString(tree);
        } catch (IOException e) {
            throw new IllegalStateException("a tree of strings is no JSON", e);
        }
    }

    private static List<String> values(GenerationReport report, String kind) {
        return report.generations().stream()
                .filter(generation -> generation.kind().equals(kind))
                .map(Generation::value)
                .toList();
    }
}
