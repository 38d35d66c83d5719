package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * Giving up one node's data to have it copied anew from the other. Connected, both hold their
 * clients' changes until the copy is prepared; the command is answered when the node that gives up
 * its data is durably Inconsistent (INV-14). A Secondary alone marks itself, and is copied to when
 * its peer is back; all its blocks are on record as different before the mark is made.
 */
final class Invalidation implements Procedure {

    private enum Phase {
        IDLE,
        DECIDING,
        /** Changes of this node's clients end. */
        SETTLING,
        /** The peer owes an answer. */
        ASKING,
        GRANTED,
        REFUSED,
        /** The link was lost before anything was agreed. */
        LOST,
        /** The copy is being prepared. */
        PREPARING,
        /** Alone: all blocks are put on record. */
        RECORDING,
        /** Alone: the mark is put on record. */
        MARKING
    }

    private final Node node;
    private final ClientRequests clientRequests;
    private final SyncSource syncSource;
    private final Commands.Quiet quiet;
    private Phase phase = Phase.IDLE;
    private CopyWish wish = CopyWish.TO_ME;
    private long question;
    private boolean abandoned;
    private long sequence;
    private String refusal = "";

    Invalidation(
            Node node, ClientRequests clientRequests, SyncSource syncSource, Commands.Quiet quiet) {
        this.node = node;
        this.clientRequests = clientRequests;
        this.syncSource = syncSource;
        this.quiet = quiet;
    }

    Invalidation begin(CopyWish what) {
        phase = Phase.DECIDING;
        wish = what;
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        return switch (phase) {
            case DECIDING -> decide();
            case SETTLING -> ask();
            case ASKING -> null;
            case GRANTED -> prepare();
            case REFUSED -> end(Outcome.refused("peer-refuses", refusal));
            case LOST -> lost();
            case PREPARING -> prepared();
            case RECORDING -> mark();
            case MARKING -> marked();
            case IDLE -> throw new IllegalStateException("no invalidation");
        };
    }

    private @Nullable Outcome decide() {
        if (!node.state().connected()) {
            boolean undecided = node.state().inTransition() || !quiet.now();
            return undecided ? null : decideAlone();
        }
        String problem = CopyConsent.refusal(node);
        if (problem != null) {
            return end(Outcome.refused(rule(), problem));
        }
        phase = Phase.SETTLING;
        node.state().agreeing(true);
        return ask();
    }

    private String rule() {
        return "cannot-" + wish.rule();
    }

    private @Nullable Outcome ask() {
        if (clientRequests.settledAlone()) {
            phase = Phase.ASKING;
            question++;
            node.send(FrameType.COPY_REQUEST, question, wish.ordinal());
        }
        return null;
    }

    /** The peer has answered. */
    void onReply(long id, boolean granted, String reason) {
        if (abandoned && id == question) {
            answeredTooLate(granted);
            return;
        }
        if (phase != Phase.ASKING || id != question) {
            return;
        }
        phase = granted ? Phase.GRANTED : Phase.REFUSED;
        refusal = "the peer refuses: " + reason;
        // Until the copy begins nothing is let go: the peer expects no write any more.
        if (granted && wish == CopyWish.TO_YOU) {
            return;
        }
        node.state().agreeing(false);
        if (granted) {
            node.state()
                    .replication(
                            ReplicationState.STARTING_SYNC_TARGET,
                            wish.rule(),
                            "this node's data is invalidated by command");
        }
    }

    /** What the peer has agreed to is not done: it begins anew, and with it what is expected. */
    private void answeredTooLate(boolean granted) {
        if (granted) {
            node.closeLink("this node has withdrawn its question");
        } else {
            withdrawn();
        }
    }

    private void withdrawn() {
        abandoned = false;
        node.state().agreeing(false);
    }

    private @Nullable Outcome prepare() {
        phase = Phase.PREPARING;
        node.state().agreeing(false);
        if (wish == CopyWish.TO_YOU) {
            String problem = CopyConsent.refusal(node);
            if (problem != null) {
                node.closeLink("the copy that was agreed cannot begin: " + problem);
                return end(Outcome.refused(rule(), problem));
            }
            syncSource.startAgain(wish.rule(), "the peer's data is invalidated by command");
        }
        return prepared();
    }

    private @Nullable Outcome prepared() {
        boolean mine = wish == CopyWish.TO_ME;
        if (mine && !node.state().diskAttached()) {
            return end(Outcome.refused("no-disk", "this node's disk has failed"));
        }
        boolean marked =
                mine
                        ? node.state().disk() == DiskState.INCONSISTENT
                                && !node.metadata().durableSuperblock().has(Flag.CONSISTENT)
                        : node.state().peerDisk() == DiskState.INCONSISTENT;
        if (marked) {
            String whose = mine ? "this node's" : "the peer's";
            return end(Outcome.done(wish.rule(), whose + " data is being copied anew"));
        }
        boolean begun = mine && node.state().disk() == DiskState.INCONSISTENT;
        return node.state().connected() || begun ? null : lost();
    }

    /** The link is gone. */
    void onLinkDown() {
        if (abandoned) {
            withdrawn();
        }
        if (phase == Phase.SETTLING || phase == Phase.ASKING || phase == Phase.GRANTED) {
            phase = Phase.LOST;
            node.state().agreeing(false);
        }
    }

    private Outcome lost() {
        return end(
                Outcome.refused(
                        "link-lost",
                        "the link was lost before the copy was prepared: see the status once it is"
                                + " back, and try again"));
    }

    // ---- without the peer

    private @Nullable Outcome decideAlone() {
        if (wish == CopyWish.TO_YOU) {
            return end(
                    Outcome.refused(
                            "not-connected",
                            "the peer is not connected: connect, or invalidate on the peer while it"
                                    + " is Secondary"));
        }
        if (node.primary()) {
            return end(
                    Outcome.refused(
                            "primary-keeps-its-data",
                            "this node is Primary, and its clients use its data: connect an"
                                    + " UpToDate peer, or demote it first"));
        }
        if (!node.state().diskAttached()) {
            return end(Outcome.refused("no-disk", "this node has no disk"));
        }
        DiskState peer = node.state().peerDisk();
        // A bitmap generation outlives a restart: the peer lacks something, or is half a copy.
        boolean behind =
                node.metadata().superblock().has(Flag.PEER_OUTDATED)
                        || node.metadata().generations().bitmap() != Generations.NONE
                        || peer == DiskState.INCONSISTENT
                        || peer == DiskState.OUTDATED;
        if (behind) {
            return end(
                    Outcome.refused(
                            "peer-is-behind",
                            "the peer's data is known to be older or incomplete: this node's would"
                                    + " be lost; connect, and see the status"));
        }
        if (!node.metadata().idle()) {
            // The end of a resync may be on its way to the disk still: it would undo the mark.
            return null;
        }
        node.bitmap().setAll();
        node.bitmap().requireAll();
        phase = Phase.RECORDING;
        return mark();
    }

    private @Nullable Outcome mark() {
        if (node.state().connected() || node.state().inTransition()) {
            // A link has come up meanwhile. The bits do no harm.
            phase = Phase.DECIDING;
            return null;
        }
        if (!node.state().diskAttached()) {
            return end(Outcome.refused("no-disk", "this node's disk has failed"));
        }
        if (node.bitmap().requirementsPending()) {
            return null;
        }
        phase = Phase.MARKING;
        Superblock memory = node.metadata().superblock();
        sequence =
                node.metadata()
                        .update(
                                memory.with(Flag.CONSISTENT, false)
                                        .with(Flag.WAS_UP_TO_DATE, false)
                                        .with(Flag.PEER_OUTDATED, false)
                                        .with(Flag.FORCED, false)
                                        .with(Flag.PROMOTED_ALONE, false));
        node.state().disk(DiskState.INCONSISTENT, wish.rule(), "by command");
        return marked();
    }

    private @Nullable Outcome marked() {
        if (!node.state().diskAttached()) {
            return end(Outcome.refused("no-disk", "this node's disk has failed"));
        }
        if (!node.metadata().durable(sequence)) {
            return null;
        }
        return end(
                Outcome.done(
                        wish.rule(), "this node's data is copied anew when the peer is connected"));
    }

    /**
     * Gives up, wherever it is; what has been agreed goes on. A peer that has been asked expects no
     * change until it has answered, so none is let go before.
     */
    Outcome abandon(String label, String meaning) {
        abandoned = phase == Phase.ASKING;
        if (phase == Phase.GRANTED) {
            node.closeLink("this node has withdrawn what was agreed");
        } else if (!abandoned) {
            node.state().agreeing(false);
        }
        return end(Outcome.refused(label, meaning));
    }

    private Outcome end(Outcome outcome) {
        phase = Phase.IDLE;
        return outcome;
    }
}
