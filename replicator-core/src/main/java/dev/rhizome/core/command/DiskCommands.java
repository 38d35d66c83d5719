package dev.rhizome.core.command;

import dev.rhizome.core.Attachment;
import dev.rhizome.core.Node;
import dev.rhizome.core.disk.DiskSupervisor;
import dev.rhizome.core.handshake.Decision;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.handshake.HandshakeTable;
import dev.rhizome.core.handshake.Verdict;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.wire.Hello;
import org.jspecify.annotations.Nullable;

/**
 * Letting the local disk go, and attaching it or another one, while the node runs. An attachment
 * begins the link anew: who copies what to whom is decided by a handshake, like after a start.
 */
final class DiskCommands {
    private static final long NOBODY = -1;

    private final Node node;
    private final DiskSupervisor supervisor;
    private final Answers answers;
    private long detaching = NOBODY;
    private long detachUntilNs;

    /** Where outcomes go. */
    interface Answers {
        /** A command has ended. */
        void answer(long token, Outcome outcome);
    }

    DiskCommands(Node node, DiskSupervisor supervisor, Answers answers) {
        this.node = node;
        this.supervisor = supervisor;
        this.answers = answers;
    }

    /**
     * Lets the disk go.
     *
     * @param force also if it holds the only data, and without waiting for what is under way
     */
    void detach(long token, boolean force) {
        Outcome refusal = force ? null : refusalToDetach();
        if (refusal != null) {
            answers.answer(token, refusal);
            return;
        }
        boolean had = node.state().diskAttached();
        node.detach("detached", "by command");
        if (force) {
            supervisor.giveUp();
            answers.answer(token, forced(had));
        } else if (node.device().idle()) {
            answers.answer(token, had ? detached() : alreadyDetached());
        } else {
            detaching = token;
            detachUntilNs = node.nowNs() + node.config().requestTimeoutNs();
        }
    }

    private @Nullable Outcome refusalToDetach() {
        if (detaching != NOBODY) {
            return Outcome.refused(
                    "detaching",
                    "the disk is being let go already; if it hangs, 'detach --force' does not"
                            + " wait for it");
        }
        if (!node.state().diskAttached()) {
            return null;
        }
        if (node.primary() && !node.state().peerUpToDate()) {
            return Outcome.refused(
                    "no-up-to-date-data-without-disk",
                    "this Primary's disk holds the only UpToDate data at hand: connect an UpToDate"
                            + " peer or demote this node first, or give its clients errors with"
                            + " --force");
        }
        if (node.holdsForDisklessPeer()) {
            return Outcome.refused(
                    "peer-has-no-disk",
                    "the peer is Primary without a disk and is served by this one: attach the"
                            + " peer's disk first, or give its clients errors with --force");
        }
        return null;
    }

    private static Outcome detached() {
        return Outcome.done("detached", "the disk is let go and closed; 'attach' takes it back");
    }

    private static Outcome alreadyDetached() {
        return Outcome.done("already-detached", "this node has no disk attached");
    }

    private Outcome forced(boolean had) {
        int owed = node.device().owed();
        if (owed > 0) {
            return Outcome.done(
                    "detached",
                    "the disk is let go; "
                            + owed
                            + " of its operations have not ended: it stays open until they have");
        }
        return had ? detached() : alreadyDetached();
    }

    /** Answers a detachment once the disk is closed, or is late. */
    void progress() {
        if (detaching == NOBODY) {
            return;
        }
        if (node.device().idle()) {
            end(detached());
        } else if (node.nowNs() >= detachUntilNs) {
            end(
                    Outcome.refused(
                            "disk-busy",
                            "the disk is let go, but "
                                    + node.device().owed()
                                    + " of its operations have not ended: 'detach --force' gives"
                                    + " them up"));
        }
    }

    /** When {@link #progress} has something to do next; Long.MAX_VALUE if never. */
    long deadlineNs() {
        return detaching == NOBODY ? Long.MAX_VALUE : detachUntilNs;
    }

    private void end(Outcome outcome) {
        long token = detaching;
        detaching = NOBODY;
        answers.answer(token, outcome);
    }

    /** The node ends. */
    void abandon(Outcome outcome) {
        if (detaching != NOBODY) {
            end(outcome);
        }
    }

    /** Attaches a disk, as it was found; what it refuses, the caller closes again. */
    Outcome attach(AttachedMetadata found) {
        Outcome refusal = refusalToAttach(found);
        if (refusal != null) {
            return refusal;
        }
        Attachment.again(node, found);
        return Outcome.done(
                "attached",
                "the disk is attached, "
                        + node.state().disk().label()
                        + "; a handshake with the peer decides what is copied");
    }

    private @Nullable Outcome refusalToAttach(AttachedMetadata found) {
        if (node.state().diskAttached()) {
            return Outcome.refused("already-attached", "this node has a disk: 'detach' it first");
        }
        if (!supervisor.released()) {
            return Outcome.refused(
                    "disk-busy",
                    node.device().owed()
                            + " operations of the disk that was let go have not ended: make the"
                            + " kernel end them, for example by removing that device, or restart"
                            + " the daemon");
        }
        long bytes = found.superblock().volumeBytes();
        if (!sizeFits(bytes)) {
            return Outcome.refused(
                    "size-differs",
                    "the volume on this disk has "
                            + bytes
                            + " bytes, this node's has "
                            + node.size().volumeBytes()
                            + ": they must be the same");
        }
        return node.primary() ? refusalToPrimary(found) : forecastRefusal(found, false);
    }

    /**
     * A Primary's disk may have recorded a resize although the node was not told so before it
     * failed; of a Secondary's the handshake decides.
     */
    private boolean sizeFits(long bytes) {
        Hello peer = node.peerHello();
        boolean grown =
                bytes > node.size().volumeBytes() && peer != null && bytes == peer.volumeBytes();
        return !node.primary() || bytes == node.size().volumeBytes() || grown;
    }

    /** Clients are shown the peer's data: it must go on being all that they see (INV-04). */
    private @Nullable Outcome refusalToPrimary(AttachedMetadata found) {
        if (!node.state().peerUpToDate()) {
            return Outcome.refused(
                    "attach-needs-peer",
                    "this Primary has shown its clients the peer's data, and the peer is not"
                            + " connected and UpToDate: connect it first, or demote this node");
        }
        boolean recorded =
                node.peerGeneration() != found.superblock().generations().current()
                        && node.replicationEstablished();
        return recorded
                ? forecastRefusal(found, true)
                : Outcome.refused(
                        "peer-has-not-recorded",
                        "the peer has not recorded yet that this disk lacks what was written"
                                + " meanwhile: try again");
    }

    /** What the handshake will decide, as far as can be told: a disk that it refuses is no help. */
    private @Nullable Outcome forecastRefusal(AttachedMetadata found, boolean mustBeTarget) {
        Hello peer = node.peerHello();
        if (peer == null || !node.connected()) {
            return null;
        }
        Hello self = Attachment.forecast(node, found);
        Decision decision = HandshakeTable.decide(self, peer);
        Verdict verdict = decision.verdict();
        boolean grows = decision.rule() == HandshakeRule.SIZE_BEHIND_SELF;
        boolean fits = mustBeTarget ? verdict.target() : verdict.agreed() || grows;
        return fits
                ? null
                : Outcome.refused(
                        "attach-" + decision.rule().label(),
                        "with this disk the peer would not go on: "
                                + decision.meaning(node.config().resource()));
    }
}
