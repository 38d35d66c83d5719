package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.PromotionRule;
import dev.rhizome.core.role.PromotionTable;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * Becoming Primary (INV-05): by the table, with the consent of a connected peer, and durably marked
 * before the first client is served, so that a crash is recognised.
 */
final class Promotion implements Procedure {

    private enum Phase {
        IDLE,
        DECIDING,
        FENCING,
        ASKING,
        GRANTED,
        REFUSED,
        DISMISSING,
        CLIENTS_REMAIN,
        MARKING
    }

    private final Node node;
    private final ClientRequests clientRequests;
    private final SyncSource syncSource;
    private final Commands.Quiet quiet;
    private final LeftClients left;
    private Phase phase = Phase.IDLE;
    private boolean force;
    private long question;
    private String refusal = "";
    private long sequence;
    private boolean wasPromotedAlone;
    private boolean continued;
    private PromotionRule rule = PromotionRule.NO_DISK;

    Promotion(
            Node node,
            ClientRequests clientRequests,
            SyncSource syncSource,
            Commands.Quiet quiet,
            LeftClients left) {
        this.node = node;
        this.clientRequests = clientRequests;
        this.syncSource = syncSource;
        this.quiet = quiet;
        this.left = left;
    }

    Promotion begin(boolean byForce) {
        force = byForce;
        phase = Phase.DECIDING;
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        return switch (phase) {
            case DECIDING -> decide();
            case FENCING -> fencing();
            case ASKING -> null;
            case GRANTED -> granted();
            case REFUSED -> end(Outcome.refused("peer-refuses", refusal));
            case DISMISSING -> dismissing();
            case CLIENTS_REMAIN -> decline("clients-remain", left.problem());
            case MARKING -> marked();
            case IDLE -> throw new IllegalStateException("no promotion");
        };
    }

    private @Nullable Outcome decide() {
        boolean linkedAndUndecided = node.state().inTransition();
        boolean draining = node.state().connection() != ConnectionState.CONNECTED && !quiet.now();
        if (linkedAndUndecided || draining) {
            return null;
        }
        if (node.fencing().neededForPromotion()) {
            phase = Phase.FENCING;
            node.fencing().beginPromotion();
            return null;
        }
        rule = PromotionTable.decide(node.state(), force);
        // A Primary that has just been demoted may say so any moment: it is asked, not believed.
        boolean askAnyway = rule == PromotionRule.PEER_IS_PRIMARY;
        if (!rule.allowed() && !askAnyway) {
            return end(Outcome.refused(rule.label(), rule.meaning()));
        }
        if (rule == PromotionRule.ALREADY_PRIMARY) {
            return end(Outcome.done(rule.label(), rule.meaning()));
        }
        if (node.state().connection() == ConnectionState.CONNECTED) {
            phase = Phase.ASKING;
            question++;
            node.send(FrameType.PROMOTE_REQUEST, question, 0);
            return null;
        }
        return mark();
    }

    /** Without its peer a node is only promoted if the peer is kept from going on (INV-05). */
    private @Nullable Outcome fencing() {
        String problem = node.fencing().problem();
        boolean needed = node.fencing().neededForPromotion();
        if (needed && problem.isEmpty()) {
            return null;
        }
        node.fencing().endPromotion();
        phase = Phase.DECIDING;
        if (problem.isEmpty() || force) {
            if (needed) {
                node.effects().event("promoted-unfenced", "promoted by force although " + problem);
                node.fencing().goOnUnfenced();
            }
            return progress();
        }
        return end(
                Outcome.refused(
                        "not-fenced",
                        problem
                                + "; connect the peer, or use --force if it is certain that it does"
                                + " not go on"));
    }

    /** Whether the peer owes an answer. */
    boolean awaitsConsent() {
        return phase == Phase.ASKING;
    }

    /** Gives up, wherever it is. */
    Outcome abandon(String label, String meaning) {
        return decline(label, meaning);
    }

    /** The peer has answered. */
    void onReply(long id, boolean granted, String reason) {
        if (phase != Phase.ASKING || id != question) {
            return;
        }
        if (granted) {
            node.state().peerRole(Role.SECONDARY, "promote-reply", "the peer consents");
            phase = Phase.GRANTED;
        } else {
            refusal = "the peer refuses: " + reason;
            phase = Phase.REFUSED;
        }
    }

    /** Without the peer the question must be decided anew. */
    void onLinkDown() {
        if (phase == Phase.ASKING || phase == Phase.GRANTED || phase == Phase.REFUSED) {
            phase = Phase.DECIDING;
        }
    }

    /** The peer is not Primary; whether this node may be is decided with what it said last. */
    private @Nullable Outcome granted() {
        rule = PromotionTable.decide(node.state(), force);
        return rule.allowed() ? mark() : decline(rule.label(), rule.meaning());
    }

    /** The peer, which has consented, takes this node for Primary: it must hear that it is not. */
    private Outcome decline(String label, String meaning) {
        // A second promotion, of a Primary, must not take away the mark that the first has made.
        if (!node.primary()) {
            boolean marked = phase == Phase.MARKING;
            Superblock memory = node.metadata().superblock().with(Flag.PRIMARY_INDICATOR, false);
            node.metadata()
                    .update(marked ? memory.with(Flag.PROMOTED_ALONE, wasPromotedAlone) : memory);
        }
        node.sendState();
        return end(Outcome.refused(label, meaning));
    }

    /**
     * Clients of before this process go on, or are gone before the mark of a new stay as Primary is
     * made: after the next crash, that mark will speak for whoever is left (INV-18).
     */
    private boolean clientsSettled() {
        // A node that is still being copied to shows its clients what the peer has.
        long shown =
                node.state().diskUpToDate()
                        ? node.metadata().generations().current()
                        : node.peerGeneration();
        continued = !rule.newGeneration() && node.continuity().holds(shown);
        if (continued || left.gone()) {
            return true;
        }
        phase = Phase.DISMISSING;
        left.dismiss();
        return false;
    }

    /** Once they are gone much may have changed. */
    private @Nullable Outcome dismissing() {
        if (left.leaving()) {
            return null;
        }
        phase = left.gone() ? Phase.DECIDING : Phase.CLIENTS_REMAIN;
        return progress();
    }

    private @Nullable Outcome mark() {
        if (!clientsSettled()) {
            return null;
        }
        phase = Phase.MARKING;
        boolean alone = node.state().connection() != ConnectionState.CONNECTED;
        wasPromotedAlone = node.metadata().superblock().has(Flag.PROMOTED_ALONE);
        Superblock marked =
                node.metadata()
                        .superblock()
                        .with(Flag.PRIMARY_INDICATOR, true)
                        .with(Flag.PROMOTED_ALONE, alone);
        if (!node.primary()) {
            marked = marked.with(marked.tenure().promoted(node.effects().wallClockMs()));
        }
        if (rule.newGeneration()) {
            if (node.state().disk() == DiskState.INCONSISTENT) {
                // Half a copy that is now the truth: whatever the peer has may differ anywhere.
                node.bitmap().setAll();
                node.bitmap().requireAll();
            }
            marked =
                    marked.with(Flag.CONSISTENT, true)
                            .with(Flag.WAS_UP_TO_DATE, true)
                            .with(Flag.FORCED, true);
            sequence = node.cover().declareNew(marked);
        } else {
            sequence = node.metadata().update(marked);
        }
        return marked();
    }

    private @Nullable Outcome marked() {
        boolean diskless = !node.state().diskAttached();
        if (diskless && rule != PromotionRule.THROUGH_PEER) {
            return decline(PromotionRule.NO_DISK.label(), "the disk failed during the promotion");
        }
        if (!diskless && !node.metadata().durable(sequence)) {
            return null;
        }
        boolean noData = rule == PromotionRule.SYNC_TARGET_THROUGH_PEER && dataLost();
        if (noData) {
            return decline(
                    PromotionRule.INCONSISTENT.label(), "the peer was lost during the promotion");
        }
        if (node.state().peerRole() == Role.PRIMARY) {
            PromotionRule late = PromotionRule.PEER_IS_PRIMARY;
            return decline(late.label(), late.meaning());
        }
        if (rule.newGeneration()) {
            node.state().disk(DiskState.UP_TO_DATE, rule.label(), rule.meaning());
        }
        node.onServing();
        clientRequests.onPromotion();
        node.discardMyData(false);
        node.state().role(Role.PRIMARY, rule.label(), rule.meaning());
        node.sendState();
        boolean peerTakesIt =
                node.state().replication() == ReplicationState.ESTABLISHED
                        && node.state().peerDisk() == DiskState.INCONSISTENT;
        if (rule.newGeneration() && peerTakesIt) {
            syncSource.start(
                    rule.label(), "the peer takes the data that was declared up to date", true);
        }
        node.continuity().end();
        left.onServing();
        node.effects().serve(true, continued);
        return end(Outcome.done(rule.label(), "this node is Primary: " + rule.meaning()));
    }

    private boolean dataLost() {
        return !node.state().diskUpToDate() && !node.state().peerUpToDate();
    }

    /**
     * Why the peer must not become Primary now; null if it may. From the consent on it counts as
     * Primary. If both ask at once, the names decide.
     */
    @Nullable String refusalForPeer() {
        if (node.primary()) {
            return "this node is Primary: demote it first";
        }
        boolean decided = phase == Phase.GRANTED || phase == Phase.MARKING;
        if (decided || (phase == Phase.ASKING && node.config().winsTies())) {
            return "this node is being promoted itself";
        }
        node.state().peerRole(Role.PRIMARY, "promote-request", "the peer becomes Primary");
        return null;
    }

    private Outcome end(Outcome outcome) {
        node.fencing().endPromotion();
        phase = Phase.IDLE;
        return outcome;
    }
}
