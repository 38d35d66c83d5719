package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Skips the first copy: two blank disks are declared the same, with one fresh generation. The peer
 * takes it first, durably; then this node. Should only one have it, the other is still blank, and
 * is copied to.
 */
final class NewGeneration implements Procedure {

    private enum Phase {
        IDLE,
        DECIDING,
        /** The peer makes it durable. */
        ASKING,
        REFUSED,
        LOST,
        /** The peer has it; this node makes it durable. */
        MARKING
    }

    private final Node node;
    private Phase phase = Phase.IDLE;
    private long generation;
    private long question;
    private long sequence;
    private String refusal = "";

    /** What the peer asks for is on its way to the disk; {@link Generations#NONE}: nothing. */
    private long takenOver = Generations.NONE;

    private boolean awaitsPeer;
    private long takenQuestion;
    private long takenSequence;

    NewGeneration(Node node) {
        this.node = node;
    }

    NewGeneration begin() {
        phase = Phase.DECIDING;
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        return switch (phase) {
            case DECIDING -> decide();
            case ASKING -> null;
            case REFUSED -> end(Outcome.refused("peer-refuses", refusal));
            case LOST ->
                    end(
                            Outcome.refused(
                                    "link-lost",
                                    "the link was lost: the status tells, once it is back, whether"
                                            + " a node has data now"));
            case MARKING -> marked();
            case IDLE -> throw new IllegalStateException("nothing under way");
        };
    }

    private @Nullable Outcome decide() {
        if (node.state().inTransition()) {
            return null;
        }
        String problem = refusal(node);
        if (problem != null) {
            return end(Outcome.refused("not-two-blank-disks", problem));
        }
        phase = Phase.ASKING;
        question++;
        generation = node.metadata().freshGeneration();
        node.state().agreeing(true);
        node.send(FrameType.NEW_GENERATION, question, generation);
        return null;
    }

    /** Why the first copy cannot be skipped; null if it can. */
    private static @Nullable String refusal(Node node) {
        String hint = "; to keep one node's data: rhizome primary --force there";
        if (!node.state().connected()) {
            return "the nodes are not connected: connect first";
        }
        if (node.state().replication() != ReplicationState.ESTABLISHED || node.state().agreeing()) {
            return "a resync or another agreement is under way";
        }
        if (node.primary() || node.state().peerRole() == Role.PRIMARY) {
            return "a node is Primary: its data counts";
        }
        boolean blank =
                node.metadata().generations().isJustCreated()
                        && node.state().disk() == DiskState.INCONSISTENT;
        if (!blank) {
            return "this node's disk is not blank" + hint;
        }
        boolean peerBlank =
                node.peerGeneration() == Generations.JUST_CREATED
                        && node.state().peerDisk() == DiskState.INCONSISTENT;
        return peerBlank ? null : "the peer's disk is not blank" + hint;
    }

    /** The peer has answered. */
    void onReply(long id, boolean granted, String reason) {
        if (phase != Phase.ASKING || id != question) {
            return;
        }
        if (!granted) {
            node.state().agreeing(false);
            phase = Phase.REFUSED;
            refusal = "the peer refuses: " + reason;
            return;
        }
        phase = Phase.MARKING;
        sequence = take(node, generation);
    }

    private static long take(Node node, long fresh) {
        node.bitmap().clear(0, node.bitmap().blocks());
        node.bitmap().requireAll();
        return node.metadata()
                .update(
                        node.metadata()
                                .superblock()
                                .with(Flag.CONSISTENT, true)
                                .with(Flag.WAS_UP_TO_DATE, true)
                                .with(Flag.PEER_OUTDATED, false)
                                .with(new Generations(fresh, Generations.NONE, List.of())));
    }

    private @Nullable Outcome marked() {
        if (!node.metadata().usable()) {
            node.state().agreeing(false);
            node.closeLink("this node's disk has failed");
            return end(Outcome.refused("no-disk", "this node's disk has failed"));
        }
        if (!node.metadata().durable(sequence)) {
            return null;
        }
        node.state().agreeing(false);
        upToDate();
        if (node.state().connected()) {
            node.peerGeneration(generation);
            peerUpToDate();
            node.send(FrameType.NEW_GENERATION, question, generation);
        }
        return end(
                Outcome.done(
                        "new-current-uuid", "both nodes have the same data: nothing is copied"));
    }

    private void upToDate() {
        node.cover().peerMayHaveCurrent();
        node.state().disk(DiskState.UP_TO_DATE, "new-current-uuid", "declared by command");
    }

    /** Unless its disk has failed meanwhile. */
    private void peerUpToDate() {
        if (node.state().peerDisk() != DiskState.INCONSISTENT) {
            return;
        }
        node.state().peerDisk(DiskState.UP_TO_DATE, "new-current-uuid", "declared by command");
    }

    // ---- the peer's wish

    /**
     * The peer has declared both disks the same, or has made that durable.
     *
     * @param busy whether a command of this node is under way
     */
    void onPeer(long id, long fresh, boolean busy) {
        boolean done =
                fresh == node.metadata().generations().current() && node.state().diskUpToDate();
        if (done) {
            node.peerGeneration(fresh);
            peerUpToDate();
            release();
            return;
        }
        String problem = busy ? "another command is under way there, try again" : refusal(node);
        if (problem != null) {
            reply(id, problem);
            return;
        }
        node.state().agreeing(true);
        awaitsPeer = true;
        takenOver = fresh;
        takenQuestion = id;
        takenSequence = take(node, fresh);
    }

    /** The peer is answered once it is durable here. */
    void progressOfPeer() {
        if (takenOver == Generations.NONE) {
            return;
        }
        boolean durable = node.metadata().durable(takenSequence);
        if (!durable && node.metadata().usable()) {
            return;
        }
        takenOver = Generations.NONE;
        if (durable) {
            upToDate();
        } else {
            release();
        }
        if (node.state().connected()) {
            reply(takenQuestion, durable ? "" : "its disk has failed");
        }
    }

    /** Until the peer has it, too, nobody is to write: it would not know what it lacks. */
    private void release() {
        if (awaitsPeer) {
            awaitsPeer = false;
            node.state().agreeing(false);
        }
    }

    private void reply(long id, String problem) {
        ByteBuffer text = HelloCodec.encodeText(problem, node.control());
        node.sendControl(FrameType.COPY_REPLY, id, problem.isEmpty() ? 0 : 1, text);
    }

    /** The link is gone. What is on its way to the disk goes on. */
    void onLinkDown() {
        if (phase == Phase.ASKING) {
            phase = Phase.LOST;
            node.state().agreeing(false);
        }
        release();
    }

    /** Gives up, wherever it is. */
    Outcome abandon(String label, String meaning) {
        node.state().agreeing(false);
        return end(Outcome.refused(label, meaning));
    }

    private Outcome end(Outcome outcome) {
        phase = Phase.IDLE;
        return outcome;
    }
}
