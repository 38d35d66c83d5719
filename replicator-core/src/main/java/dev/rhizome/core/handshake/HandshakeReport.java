package dev.rhizome.core.handshake;

import dev.rhizome.core.wire.Hello;
import java.util.List;

/**
 * What a handshake has decided, and from what, for people.
 *
 * @param decision the decision
 * @param meaning what it means, and what to do, one line
 * @param self what this node has said
 * @param peer what the peer has said
 * @param blocksInVolume what a full copy copies, in blocks of 4096 bytes
 * @param atNs when, on the monotonic clock that {@link dev.rhizome.core.Replica} is told
 */
public record HandshakeReport(
        Decision decision, String meaning, Hello self, Hello peer, long blocksInVolume, long atNs) {

    /** This node's generations: current, bitmap, history. */
    public List<String> selfGenerations() {
        return self.generations().asText();
    }

    /** The peer's generations: current, bitmap, history. */
    public List<String> peerGenerations() {
        return peer.generations().asText();
    }

    /** The line for the log: rule, verdict, resolution, and what both nodes have said. */
    public String line() {
        return decision.rule().label()
                + ": "
                + meaning
                + "; verdict "
                + decision.verdict().label()
                + resolution()
                + copied()
                + "; self "
                + summary(self)
                + "; peer "
                + summary(peer);
    }

    /** What would come of it, for an operator who has only asked. */
    public String forecast() {
        String because = " (rule " + decision.rule().label() + resolution() + ")";
        return switch (decision.verdict()) {
            case NO_SYNC -> "would connect without a resync" + because;
            case SOURCE_BITMAP -> "would become SyncSource by bitmap" + because + copied();
            case SOURCE_FULL -> "would become SyncSource by a full copy" + because + copied();
            case TARGET_BITMAP -> "would become SyncTarget by bitmap" + because + copied();
            case TARGET_FULL -> "would become SyncTarget by a full copy" + because + copied();
            case DISCONNECT -> "would part" + because + ": " + meaning;
            case RETRY -> "would part and try again" + because;
            case DEMOTE -> "would part, and be demoted, and connect again" + because;
            case AWAIT_DEMOTION -> "would part until the peer is demoted" + because;
        };
    }

    private String resolution() {
        return decision.resolution() == Resolution.NONE
                ? ""
                : ", resolution " + decision.resolution().label();
    }

    /** By bitmap the union of both nodes' bits is copied: its size is known if one has none. */
    private String copied() {
        if (!decision.verdict().source() && !decision.verdict().target()) {
            return "";
        }
        long sum = self.outOfSyncBlocks() + peer.outOfSyncBlocks();
        long most = decision.verdict().full() ? blocksInVolume : Math.min(sum, blocksInVolume);
        boolean exact =
                decision.verdict().full()
                        || self.outOfSyncBlocks() == 0
                        || peer.outOfSyncBlocks() == 0;
        return (exact ? ", " : ", at most ") + most + " blocks";
    }

    private static String summary(Hello hello) {
        return hello.role().label()
                + "/"
                + hello.disk().label()
                + (hello.crashed() ? "/crashed" : "")
                + (hello.flags().promotedAlone() ? "/promoted-alone" : "")
                + (hello.flags().discardMyData() ? "/discard-my-data" : "")
                + (hello.flags().tentative() ? "/tentative" : "")
                + " "
                + String.join(":", hello.generations().asText());
    }
}
