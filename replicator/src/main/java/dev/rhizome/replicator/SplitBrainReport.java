package dev.rhizome.replicator;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.handshake.SplitBrain;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A split brain that a person must resolve.
 *
 * @param rule the rule that has found it; stable
 * @param summary what is so, in one line
 * @param from the generation that both went on from, 16 hexadecimal digits; empty if not known
 * @param self this node
 * @param peer the other
 * @param choices the two ways out
 */
public record SplitBrainReport(
        String rule, String summary, String from, Side self, Side peer, List<Choice> choices) {

    /**
     * One of the two nodes. Times are by its own clock.
     *
     * @param node its name
     * @param primary whether it is Primary now
     * @param story when it was Primary and since when alone, for a person
     * @param primarySince when it last became Primary
     * @param primaryUntil when it ceased to be, in order
     * @param aloneSince since when it has gone on without the other
     * @param generations its generations: current, bitmap, history
     * @param changedBytes the most that it has changed alone; empty if not known
     */
    public record Side(
            String node,
            boolean primary,
            String story,
            Optional<Instant> primarySince,
            Optional<Instant> primaryUntil,
            Optional<Instant> aloneSince,
            List<String> generations,
            OptionalLong changedBytes) {}

    /**
     * What to do to keep one node's data.
     *
     * @param keep the node whose data stays
     * @param lose the node whose changes go
     * @param loss what that costs, for a person
     * @param lostBlocks the same in blocks of 4096 bytes; empty if not known
     * @param onLoser the commands there, in order
     * @param onWinner the command there
     */
    public record Choice(
            String keep,
            String lose,
            String loss,
            OptionalLong lostBlocks,
            List<String> onLoser,
            String onWinner) {

        /** How many bytes these are. */
        public OptionalLong lostBytes() {
            return lostBlocks.isPresent()
                    ? OptionalLong.of(lostBlocks.getAsLong() * BLOCK_BYTES)
                    : lostBlocks;
        }
    }

    private static final int BLOCK_BYTES = 4096;

    static SplitBrainReport of(SplitBrain found, String resource) {
        return new SplitBrainReport(
                found.rule().label(),
                found.summary(),
                found.from() == Generations.NONE ? "" : String.format("%016X", found.from()),
                side(found.self()),
                side(found.peer()),
                found.choices(resource).stream().map(each -> choice(found, each)).toList());
    }

    private static Side side(SplitBrain.Side side) {
        return new Side(
                side.node(),
                side.primary(),
                side.story(),
                time(side.tenure().primarySinceMs()),
                time(side.tenure().primaryUntilMs()),
                time(side.tenure().aloneSinceMs()),
                side.generations(),
                known(side.changedBytes()));
    }

    private static Choice choice(SplitBrain found, SplitBrain.Choice choice) {
        boolean own = choice.lose().equals(found.self().node());
        return new Choice(
                choice.keep(),
                choice.lose(),
                choice.loss(),
                known((own ? found.self() : found.peer()).changedBlocks()),
                choice.onLoser(),
                choice.onWinner());
    }

    private static Optional<Instant> time(long ms) {
        return ms == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(ms));
    }

    private static OptionalLong known(long value) {
        return value == SplitBrain.UNKNOWN ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
