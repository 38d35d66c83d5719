package dev.rhizome.core.handshake;

import dev.rhizome.core.Limits;
import dev.rhizome.core.dump.ByteSize;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Tenure;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two nodes that have both gone on alone, explained to a person who has to choose: what each has
 * that the other lacks, since when, and what either choice costs.
 *
 * @param rule the rule that has found it
 * @param resolution what has resolved it; {@link Resolution#NONE} if a person must
 * @param from the generation that both went on from; {@link Generations#NONE} if that is not known
 * @param self this node
 * @param peer the other
 */
public record SplitBrain(
        HandshakeRule rule, Resolution resolution, long from, Side self, Side peer) {

    /** What is not known of the number of changed blocks. */
    public static final long UNKNOWN = -1;

    /**
     * One of the two.
     *
     * @param node its name
     * @param primary whether it is Primary now
     * @param tenure when it was Primary, by its own clock
     * @param generations its generations: current, bitmap, history
     * @param changedBlocks how many blocks of 4096 bytes it has changed alone; {@link #UNKNOWN} if
     *     only the whole volume can be copied
     */
    public record Side(
            String node,
            boolean primary,
            Tenure tenure,
            List<String> generations,
            long changedBlocks) {

        /** The most that is lost with it, in bytes; {@link #UNKNOWN} if that is not known. */
        public long changedBytes() {
            return changedBlocks == UNKNOWN ? UNKNOWN : changedBlocks * Limits.BLOCK_BYTES;
        }

        /** When it was Primary, and since when alone. */
        public String story() {
            String alone =
                    tenure.aloneSinceMs() == 0
                            ? ""
                            : ", alone since " + time(tenure.aloneSinceMs());
            return past() + alone;
        }

        private String past() {
            boolean told = tenure.primarySinceMs() != 0;
            if (primary) {
                return "is Primary" + (told ? " since " + time(tenure.primarySinceMs()) : "");
            }
            if (!told) {
                return "is Secondary, and has no record of having been Primary";
            }
            String end =
                    tenure.primaryUntilMs() == 0
                            ? " until it died"
                            : " until " + time(tenure.primaryUntilMs());
            return "was Primary from " + time(tenure.primarySinceMs()) + end;
        }

        /** What is lost if the other's data is kept. */
        public String loss() {
            if (changedBlocks == UNKNOWN) {
                return "all that " + node + " has written since they parted (not known by block)";
            }
            String blocks = changedBlocks == 1 ? " block" : " blocks";
            return changedBlocks + blocks + " (" + ByteSize.text(changedBytes()) + ") of " + node;
        }

        private static String time(long ms) {
            return UtcTime.text(ms);
        }
    }

    /**
     * What to do to keep one node's data.
     *
     * @param keep the node whose data stays
     * @param lose the node whose changes go
     * @param loss what that costs, as {@link Side#loss}
     * @param onLoser the commands there, in order
     * @param onWinner the command there
     */
    public record Choice(
            String keep, String lose, String loss, List<String> onLoser, String onWinner) {

        private String line() {
            return "to keep "
                    + keep
                    + "'s data and lose "
                    + loss
                    + ": on "
                    + lose
                    + " '"
                    + String.join("; ", onLoser)
                    + "', on "
                    + keep
                    + " '"
                    + onWinner
                    + "'";
        }
    }

    /** What a handshake has found; null if it was no split brain. */
    public static @Nullable SplitBrain of(HandshakeReport report) {
        HandshakeRule rule = report.decision().rule();
        return rule.splitBrain()
                ? new SplitBrain(
                        rule,
                        report.decision().resolution(),
                        common(report.self().generations(), report.peer().generations()),
                        side(report.self(), rule),
                        side(report.peer(), rule))
                : null;
    }

    private static Side side(Hello hello, HandshakeRule rule) {
        return new Side(
                hello.node(),
                hello.role() == Role.PRIMARY,
                hello.tenure(),
                hello.generations().asText(),
                rule == HandshakeRule.SPLIT_BRAIN_BITMAP ? hello.outOfSyncBlocks() : UNKNOWN);
    }

    /** The newest generation in the past of both. */
    private static long common(Generations self, Generations peer) {
        if (inPast(self.bitmap(), peer)) {
            return self.bitmap();
        }
        for (long past : self.history()) {
            if (inPast(past, peer)) {
                return past;
            }
        }
        return Generations.NONE;
    }

    private static boolean inPast(long generation, Generations of) {
        return generation != Generations.NONE
                && (of.bitmap() == generation || of.history().contains(generation));
    }

    /** With the blocks that this node has changed by now, where they are counted. */
    public SplitBrain withOwnBlocks(long blocks) {
        if (self.changedBlocks() == UNKNOWN) {
            return this;
        }
        Side now = new Side(self.node(), self.primary(), self.tenure(), self.generations(), blocks);
        return new SplitBrain(rule, resolution, from, now, peer);
    }

    /** Whether a person has to choose. */
    public boolean open() {
        return resolution == Resolution.NONE;
    }

    /** The two ways out: this node's data is kept, or the peer's. */
    public List<Choice> choices(String resource) {
        return List.of(choice(self, peer, resource), choice(peer, self, resource));
    }

    private static Choice choice(Side keep, Side lose, String resource) {
        String discard = "rhizome connect --discard-my-data " + resource;
        return new Choice(
                keep.node(),
                lose.node(),
                lose.loss(),
                lose.primary()
                        ? List.of("rhizome secondary " + resource, discard)
                        : List.of(discard),
                "rhizome connect " + resource);
    }

    /** What is so, in one line. */
    public String summary() {
        String start =
                from == Generations.NONE
                        ? "the nodes' data has no known common past"
                        : "both nodes went on alone from generation "
                                + String.format("%016X", from);
        return start + " (rule " + rule.label() + ")";
    }

    /** All of it in one line, for the log. */
    public String line(String resource) {
        return summary()
                + "; "
                + told(self)
                + "; "
                + told(peer)
                + (open()
                        ? "; "
                                + choices(resource).get(0).line()
                                + "; "
                                + choices(resource).get(1).line()
                        : "; " + resolution.meaning());
    }

    private static String told(Side side) {
        return side.node()
                + " "
                + side.story()
                + ", changed "
                + side.loss()
                + ", generations "
                + String.join(":", side.generations());
    }
}
