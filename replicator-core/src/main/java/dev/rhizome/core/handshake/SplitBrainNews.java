package dev.rhizome.core.handshake;

import dev.rhizome.core.Node;
import dev.rhizome.core.policy.Handler;
import org.jspecify.annotations.Nullable;

/** Tells of a split brain: each once, however often the nodes meet until it is resolved. */
final class SplitBrainNews {
    private final Node node;
    private @Nullable SplitBrain told;

    SplitBrainNews(Node node) {
        this.node = node;
    }

    /** A handshake was decided; nobody has only asked. */
    void tell(HandshakeReport report) {
        SplitBrain found = SplitBrain.of(report);
        if (found == null) {
            told = null;
            return;
        }
        boolean lost =
                report.decision().verdict() == Verdict.DEMOTE
                        && found.resolution() == Resolution.CALL_PRI_LOST_AFTER_SB;
        SplitBrain before = told;
        told = found;
        boolean known = sameData(before, found);
        if (!known) {
            node.effects().callHandler(Handler.INITIAL_SPLIT_BRAIN);
        }
        if (known && sameResolution(before, found)) {
            return;
        }
        node.effects().event("split-brain", found.line(node.config().resource()));
        if (found.open()) {
            node.effects().callHandler(Handler.SPLIT_BRAIN);
        }
        if (lost) {
            node.effects().callHandler(Handler.PRI_LOST_AFTER_SB);
        }
    }

    private static boolean sameResolution(@Nullable SplitBrain before, SplitBrain now) {
        return before != null && before.resolution() == now.resolution();
    }

    private static boolean sameData(@Nullable SplitBrain before, SplitBrain now) {
        return before != null
                && before.self().generations().equals(now.self().generations())
                && before.peer().generations().equals(now.peer().generations());
    }
}
