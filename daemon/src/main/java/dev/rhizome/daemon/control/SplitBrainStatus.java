package dev.rhizome.daemon.control;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.handshake.SplitBrain;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A split brain that a person must resolve: as text, and as a tree for JSON. */
final class SplitBrainStatus {
    private SplitBrainStatus() {}

    static void append(StringBuilder text, @Nullable SplitBrain found, String resource) {
        if (found == null) {
            return;
        }
        text.append("  split-brain:").append(found.summary()).append('\n');
        for (SplitBrain.Side side : List.of(found.self(), found.peer())) {
            text.append("    ").append(side.node()).append(' ').append(side.story()).append('\n');
            text.append("      generations:")
                    .append(String.join(":", side.generations()))
                    .append('\n');
        }
        for (SplitBrain.Choice choice : found.choices(resource)) {
            text.append("    keep ").append(choice.keep()).append("'s data, lose ");
            text.append(choice.loss()).append(":\n");
            for (String command : choice.onLoser()) {
                append(text, choice.lose(), command);
            }
            append(text, choice.keep(), choice.onWinner());
        }
    }

    private static void append(StringBuilder text, String node, String command) {
        text.append("      on ").append(node).append(": ").append(command).append('\n');
    }

    static Map<String, Object> tree(SplitBrain found, String resource) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("rule", found.rule().label());
        tree.put("summary", found.summary());
        tree.put(
                "from",
                found.from() == Generations.NONE ? "" : String.format("%016X", found.from()));
        tree.put("self", side(found.self()));
        tree.put("peer", side(found.peer()));
        List<Object> choices = new ArrayList<>();
        for (SplitBrain.Choice choice : found.choices(resource)) {
            choices.add(choice(choice, lost(found, choice)));
        }
        tree.put("choices", choices);
        return tree;
    }

    private static SplitBrain.Side lost(SplitBrain found, SplitBrain.Choice choice) {
        return choice.lose().equals(found.self().node()) ? found.self() : found.peer();
    }

    private static Map<String, Object> side(SplitBrain.Side side) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("node", side.node());
        tree.put("primary", side.primary());
        putTime(tree, "primary-since", side.tenure().primarySinceMs());
        putTime(tree, "primary-until", side.tenure().primaryUntilMs());
        putTime(tree, "alone-since", side.tenure().aloneSinceMs());
        tree.put("generations", side.generations());
        putKnown(tree, "changed-blocks", side.changedBlocks());
        putKnown(tree, "changed-bytes", side.changedBytes());
        return tree;
    }

    private static Map<String, Object> choice(SplitBrain.Choice choice, SplitBrain.Side lost) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("keep", choice.keep());
        tree.put("lose", choice.lose());
        putKnown(tree, "lost-blocks", lost.changedBlocks());
        putKnown(tree, "lost-bytes", lost.changedBytes());
        tree.put("on-loser", choice.onLoser());
        tree.put("on-winner", choice.onWinner());
        return tree;
    }

    /** What is not known is not there. */
    private static void putKnown(Map<String, Object> tree, String key, long value) {
        if (value != SplitBrain.UNKNOWN) {
            tree.put(key, value);
        }
    }

    private static void putTime(Map<String, Object> tree, String key, long ms) {
        if (ms != 0) {
            tree.put(key, Instant.ofEpochMilli(ms).toString());
        }
    }
}
