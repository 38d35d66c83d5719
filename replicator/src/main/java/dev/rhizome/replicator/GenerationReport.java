package dev.rhizome.replicator;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a superblock says, with words for each part.
 *
 * @param resource the resource's name
 * @param metadata the device or file that holds it
 * @param volumeBytes the volume's size
 * @param sequence how often it was changed
 * @param generations current, bitmap, then history, newest first
 * @param flags all that there are
 * @param warning what is wrong with one of its slots; empty if nothing is
 */
public record GenerationReport(
        String resource,
        Path metadata,
        long volumeBytes,
        long sequence,
        List<Generation> generations,
        List<FlagState> flags,
        String warning) {

    /** Copies the lists. */
    public GenerationReport {
        generations = List.copyOf(generations);
        flags = List.copyOf(flags);
    }

    /**
     * A generation identifier.
     *
     * @param kind {@code current}, {@code bitmap} or {@code history}
     * @param value 16 hexadecimal digits
     * @param meaning for a person
     */
    public record Generation(String kind, String value, String meaning) {}

    /**
     * A flag.
     *
     * @param name its name
     * @param set whether it is set
     * @param meaning what that says, for a person
     */
    public record FlagState(String name, boolean set, String meaning) {}

    static GenerationReport of(Path metadata, Superblock superblock, String warning) {
        return new GenerationReport(
                superblock.resource(),
                metadata,
                superblock.volumeBytes(),
                superblock.sequence(),
                generations(superblock.generations()),
                flags(superblock),
                warning);
    }

    private static List<Generation> generations(Generations all) {
        List<String> text = all.asText();
        List<Generation> result = new ArrayList<>();
        result.add(
                new Generation(
                        "current",
                        text.get(0),
                        all.isJustCreated()
                                ? "just created: there never was any data"
                                : "the generation of this node's data"));
        result.add(
                new Generation(
                        "bitmap",
                        text.get(1),
                        all.bitmap() == Generations.NONE
                                ? "none: the peer was not left behind"
                                : "the generation that the peer was left with; what came since is"
                                        + " in the bitmap"));
        for (String earlier : text.subList(2, text.size())) {
            result.add(new Generation("history", earlier, "an earlier generation"));
        }
        return result;
    }

    private static List<FlagState> flags(Superblock superblock) {
        List<FlagState> result = new ArrayList<>();
        for (Flag flag : Flag.values()) {
            boolean set = superblock.has(flag);
            result.add(new FlagState(flag.name(), set, meaning(flag, set)));
        }
        return result;
    }

    private static String meaning(Flag flag, boolean set) {
        return switch (flag) {
            case CONSISTENT ->
                    set ? "the data is whole" : "the data is not whole: none yet, or half copied";
            case WAS_UP_TO_DATE ->
                    set
                            ? "it was the newest data when this was written"
                            : "it is not known to be the newest";
            case PRIMARY_INDICATOR ->
                    set ? "the node is Primary, or died as Primary" : "the node is not Primary";
            case ACTIVE ->
                    set
                            ? "writes may be under way: the node is up, or died"
                            : "the node is down in order";
            case CRASHED ->
                    set
                            ? "the node died with writes under way, and no resync has settled it"
                            : "no crash is unsettled";
            case CRASHED_PRIMARY ->
                    set ? "and it died as Primary" : "no crash as Primary is unsettled";
            case FORCED ->
                    set
                            ? "an operator declared this data the newest by force"
                            : "not declared the newest by force";
            case VERIFY_FOUND ->
                    set
                            ? "the bitmap has blocks that a verify has found to differ"
                            : "no verify has found blocks that are not copied since";
            case PEER_OUTDATED ->
                    set
                            ? "the peer does not have the current generation"
                            : "the peer may have the current generation";
            case PROMOTED_ALONE ->
                    set
                            ? "it became Primary without its peer, and nothing has settled it"
                            : "not Primary since a time without its peer";
        };
    }
}
