package dev.rhizome.daemon.control;

import dev.rhizome.replicator.SplitBrainReport;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A split brain that a person must resolve: as text, and as a tree for JSON. */
final class SplitBrainStatus {
    private SplitBrainStatus() {}

    static void append(StringBuilder text, @Nullable SplitBrainReport found) {
        if (found == null) {
            return;
        }
        text.append("  split-brain:").append(found.summary()).append('\n');
        for (SplitBrainReport.Side side : List.of(found.self(), found.peer())) {
            text.append("    ").append(side.node()).append(' ').append(side.story()).append('\n');
            text.append("      generations:")
                    .append(String.join(":", side.generations()))
                    .append('\n');
        }
        for (SplitBrainReport.Choice choice : found.choices()) {
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

    static Map<String, Object> tree(SplitBrainReport found) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("rule", found.rule());
        tree.put("summary", found.summary());
        tree.put("from", found.from());
        tree.put("self", side(found.self()));
        tree.put("peer", side(found.peer()));
        tree.put("choices", found.choices().stream().map(SplitBrainStatus::choice).toList());
        return tree;
    }

    private static Map<String, Object> side(SplitBrainReport.Side side) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("node", side.node());
        tree.put("primary", side.primary());
        putTime(tree, "primary-since", side.primarySince());
        putTime(tree, "primary-until", side.primaryUntil());
        putTime(tree, "alone-since", side.aloneSince());
        tree.put("generations", side.generations());
        putKnown(tree, "changed-bytes", side.changedBytes());
        return tree;
    }

    private static Map<String, Object> choice(SplitBrainReport.Choice choice) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("keep", choice.keep());
        tree.put("lose", choice.lose());
        putKnown(tree, "lost-blocks", choice.lostBlocks());
        putKnown(tree, "lost-bytes", choice.lostBytes());
        tree.put("on-loser", choice.onLoser());
        tree.put("on-winner", choice.onWinner());
        return tree;
    }

    /** What is not known is not there. */
    private static void putKnown(Map<String, Object> tree, String key, OptionalLong value) {
        value.ifPresent(known -> tree.put(key, known));
    }

    private static void putTime(Map<String, Object> tree, String key, Optional<Instant> time) {
        time.ifPresent(known -> tree.put(key, known.toString()));
    }
}
