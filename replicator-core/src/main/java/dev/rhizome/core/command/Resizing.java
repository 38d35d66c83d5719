package dev.rhizome.core.command;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.dump.ByteSize;
import dev.rhizome.core.resize.Growth;
import dev.rhizome.core.resize.Resize;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import org.jspecify.annotations.Nullable;

/** Making the volume larger: this node leads, see {@link Resize}. */
final class Resizing implements Procedure {

    private enum Phase {
        IDLE,
        SURVEYING,
        PREPARING,
        PEER_RECORDS,
        SELF_RECORDS
    }

    private static final String DISK_HINT = ": grow the backing device of both nodes first";

    private final Node node;
    private final Resize resize;
    private ResizeRequest request = new ResizeRequest(0, false);
    private Phase phase = Phase.IDLE;
    private boolean peerAsked;
    private boolean peerIsLast;
    private long targetBytes;
    private long oldBytes;
    private String lost = "";

    Resizing(Node node, Resize resize) {
        this.node = node;
        this.resize = resize;
    }

    Resizing begin(ResizeRequest wanted) {
        request = wanted;
        phase = Phase.IDLE;
        lost = "";
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        if (!lost.isEmpty()) {
            return end(
                    Outcome.refused(
                            "resize-interrupted",
                            "the link was lost ("
                                    + lost
                                    + "): look at the size on both nodes when"
                                    + " they are connected, and try again"));
        }
        Growth growth = resize.growth();
        if (phase != Phase.IDLE && !growth.problem().isEmpty()) {
            return end(Outcome.refused("resize-disk", "this node: " + growth.problem()));
        }
        if (phase != Phase.IDLE && peerAsked && !resize.replyProblem().isEmpty()) {
            return end(Outcome.refused("resize-peer", "the peer: " + resize.replyProblem()));
        }
        return switch (phase) {
            case IDLE -> start();
            case SURVEYING -> growth.surveyed() ? surveyed() : null;
            case PREPARING -> growth.prepared() && peerReplied() ? prepared() : null;
            case PEER_RECORDS -> peerReplied() ? peerRecorded() : null;
            case SELF_RECORDS -> growth.recorded() ? selfRecorded() : null;
        };
    }

    private @Nullable Outcome start() {
        if (node.state().inTransition() || resize.catchingUp()) {
            return null;
        }
        if (node.state().replication() == ReplicationState.OFF) {
            return Outcome.refused(
                    "resize-not-connected",
                    "both nodes must agree on a new size: connect them first");
        }
        boolean inStep =
                node.state().replication() == ReplicationState.ESTABLISHED
                        && node.state().diskUpToDate()
                        && node.state().peerUpToDate();
        if (!inStep) {
            return Outcome.refused(
                    "resize-not-in-step",
                    "both disks must be UpToDate, and nothing being copied: wait until they are");
        }
        long wanted = request.volumeBytes();
        if (wanted > 0 && wanted < node.size().volumeBytes()) {
            return Outcome.refused(
                    "resize-shrinks",
                    "the volume has "
                            + ByteSize.text(node.size().volumeBytes())
                            + ", and cannot be made"
                            + " smaller");
        }
        if (resize.taken()) {
            return Outcome.refused(
                    "resize-under-way", "the peer is resizing the volume already: wait for it");
        }
        oldBytes = node.size().volumeBytes();
        peerAsked = false;
        resize.leads(true);
        phase = Phase.SURVEYING;
        return progress();
    }

    private boolean peerReplied() {
        return peerAsked && resize.replied();
    }

    private @Nullable Outcome surveyed() {
        if (!peerAsked) {
            peerAsked = true;
            resize.askSurvey();
            return null;
        }
        return resize.replied()
                ? decide(resize.growth().capacityBytes(), resize.replyBytes())
                : null;
    }

    private @Nullable Outcome decide(long ownBytes, long peerBytes) {
        long possible = Math.min(ownBytes, peerBytes) / Limits.BLOCK_BYTES * Limits.BLOCK_BYTES;
        long wanted = request.volumeBytes() / Limits.BLOCK_BYTES * Limits.BLOCK_BYTES;
        targetBytes = wanted > 0 ? wanted : possible;
        String room = "this node has room for " + ownBytes + " bytes, the peer for " + peerBytes;
        if (targetBytes > possible) {
            return end(Outcome.refused("resize-too-large", room + DISK_HINT));
        }
        if (targetBytes <= oldBytes) {
            return end(Outcome.refused("resize-no-room", room + DISK_HINT));
        }
        phase = Phase.PREPARING;
        resize.growth().prepare(targetBytes, !request.assumeClean());
        resize.askPrepare(targetBytes, !request.assumeClean());
        return null;
    }

    /** The Primary is the last to record: only then may the new part be used. */
    private @Nullable Outcome prepared() {
        peerIsLast = node.state().peerRole() == Role.PRIMARY;
        if (peerIsLast) {
            return recordHere();
        }
        return recordThere();
    }

    private @Nullable Outcome recordThere() {
        phase = Phase.PEER_RECORDS;
        resize.askRecord(targetBytes);
        return null;
    }

    private @Nullable Outcome recordHere() {
        phase = Phase.SELF_RECORDS;
        resize.growth().record(targetBytes);
        return progress();
    }

    private @Nullable Outcome peerRecorded() {
        return peerIsLast ? done() : recordHere();
    }

    private @Nullable Outcome selfRecorded() {
        return peerIsLast ? recordThere() : done();
    }

    private Outcome done() {
        return end(
                Outcome.done(
                        "resized",
                        "the volume has " + targetBytes + " bytes now, before it had " + oldBytes));
    }

    /** Whether another node may become Primary now. */
    boolean underWay() {
        return phase != Phase.IDLE;
    }

    /** The link is gone. */
    void onLinkDown(String reason) {
        if (phase != Phase.IDLE) {
            lost = reason;
        }
    }

    /** Gives up, wherever it is. */
    void abandon() {
        if (phase != Phase.IDLE) {
            phase = Phase.IDLE;
            resize.leads(false);
        }
    }

    private Outcome end(Outcome outcome) {
        abandon();
        return outcome;
    }
}
