package dev.rhizome.daemon.cli;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.core.dump.ByteSize;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.ResourceSettings;
import dev.rhizome.replicator.discarded.DiscardedJournal;
import dev.rhizome.replicator.discarded.JournalReader;
import dev.rhizome.replicator.discarded.JournalReader.JournalException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rhizome discarded}: changes that were kept before a split brain's end discarded them. */
@Command(
        name = "discarded",
        description = {
            "Changes of this node that were discarded after a split brain, and kept before.",
            "They are kept where disk.keep-discarded says."
        })
final class DiscardedCommand {
    private final Environment environment;

    DiscardedCommand(Environment environment) {
        this.environment = environment;
    }

    @Command(name = "list", description = "Says what was kept, oldest first.")
    int list(
            @Mixin ClusterOptions cluster,
            @Option(
                            names = "--directory",
                            paramLabel = "DIR",
                            description = "Where to look; default: where the configuration says.")
                    @Nullable Path directory,
            @Option(names = "--json", description = "As JSON.") boolean json)
            throws CommandFailure {
        List<DiscardedJournal> found = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        try {
            for (Path each : directory == null ? directories(cluster) : Set.of(directory)) {
                found.addAll(JournalReader.list(each, problems));
            }
            environment.out().print(json ? json(found) : text(found));
        } catch (IOException e) {
            throw failure(e);
        }
        problems.forEach(problem -> environment.err().println("rhizome: " + problem));
        return problems.isEmpty() ? ExitCode.OK : ExitCode.REFUSED;
    }

    @Command(
            name = "extract",
            description = {
                "Puts what was kept where it lay on the volume, into an image of it.",
                "Without --onto the image is a new, sparse file with holes where nothing was kept:"
                        + " it holds what this node changed while it was alone, not a whole volume."
            })
    int extract(
            @Parameters(index = "0", paramLabel = "FILE", description = "What list has named.")
                    Path file,
            @Option(
                            names = "--to",
                            required = true,
                            paramLabel = "IMAGE",
                            description = "The image.")
                    Path target,
            @Option(
                            names = "--onto",
                            description =
                                    "IMAGE is there already (a copy of the volume): write over it.")
                    boolean onto)
            throws CommandFailure {
        try {
            DiscardedJournal put = JournalReader.extract(file, target, onto);
            environment
                    .out()
                    .printf(
                            "%d blocks (%s) of %s on %s put into %s%n",
                            put.blocks(),
                            ByteSize.text(put.bytes()),
                            put.resource(),
                            put.node(),
                            target);
        } catch (JournalException e) {
            throw new CommandFailure(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw failure(e);
        }
        return ExitCode.OK;
    }

    private Set<Path> directories(ClusterOptions cluster) throws CommandFailure {
        ClusterConfiguration configuration = cluster.read(environment.variables());
        String node = cluster.nodeName(configuration, environment.variables());
        Set<Path> directories = new LinkedHashSet<>();
        for (ResourceSettings resource : configuration.resourcesOn(node)) {
            resource.keepDiscarded().ifPresent(directories::add);
        }
        if (directories.isEmpty()) {
            environment
                    .err()
                    .println(
                            "rhizome: no resource of this node has disk.keep-discarded: nothing is"
                                    + " kept");
        }
        return directories;
    }

    private static String text(List<DiscardedJournal> found) {
        StringBuilder text = new StringBuilder();
        for (DiscardedJournal each : found) {
            text.append(each.resource()).append(" of ").append(each.node());
            text.append(" kept:").append(each.at());
            text.append(" blocks:").append(each.blocks());
            text.append(" size:").append(ByteSize.text(each.bytes()));
            text.append(" generation:").append(each.generation()).append('\n');
            text.append("  ").append(each.file()).append('\n');
        }
        return text.toString();
    }

    private static String json(List<DiscardedJournal> found) throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        for (DiscardedJournal each : found) {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("file", each.file().toString());
            tree.put("resource", each.resource());
            tree.put("node", each.node());
            tree.put("at", each.at().toString());
            tree.put("volume-bytes", each.volumeBytes());
            tree.put("generation", each.generation());
            tree.put("blocks", each.blocks());
            tree.put("bytes", each.bytes());
            all.add(tree);
        }
        return JSON.std.asString(all) + "\n";
    }

    private static CommandFailure failure(IOException e) {
        String what = e.getMessage() == null ? e.toString() : e.getMessage();
        return new CommandFailure(ExitCode.REFUSED, what);
    }
}
