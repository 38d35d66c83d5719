package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.disk.IoErrorRule;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.role.Role;
import org.jspecify.annotations.Nullable;

/**
 * Becoming Secondary: no new requests, those in flight end, both disks are flushed, the bitmap is
 * made durable and the activity log emptied, and only then the mark of a Primary goes: a crash
 * before that is recognised as one.
 */
final class Demotion implements Procedure {

    /** Marks the disk operation as a demotion's, not a shutdown's. */
    static final int FLUSH_SLOT = 1;

    private enum Phase {
        IDLE,
        DRAINING,
        FLUSHING,
        FLUSHING_ALONE,
        RECORDING,
        CLEARING
    }

    private final Node node;
    private final ClientRequests clientRequests;
    private Phase phase = Phase.IDLE;
    private long sequence;
    private IoStatus result = IoStatus.OK;
    private String reason = "";
    private boolean givesWay;
    private boolean flushUnderWay;

    Demotion(Node node, ClientRequests clientRequests) {
        this.node = node;
        this.clientRequests = clientRequests;
    }

    /** By command: with a flush of both disks. */
    Demotion begin() {
        return begin("by command", false);
    }

    /**
     * Because the peer's data counts: only the own disk is flushed. What the peer lacks of this
     * node's data is about to be given up, so it need not be put on record; a new generation would
     * make a split brain of it.
     */
    Demotion giveWay(String why) {
        return begin(why, true);
    }

    private Demotion begin(String why, boolean alone) {
        phase = Phase.DRAINING;
        reason = why;
        givesWay = alone;
        if (node.primary()) {
            node.effects().serve(false, false);
            node.demoting(true);
        }
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        if (!node.primary()) {
            return end(Outcome.done("already-secondary", "this node is Secondary already"));
        }
        // A peer that has been asked for a copy expects nothing, a flush neither.
        boolean drained = clientRequests.inFlight() == 0 && !node.state().agreeing();
        if (phase == Phase.DRAINING && drained && !flushUnderWay) {
            flush();
        }
        IoStatus flushed = clientRequests.ownFlush();
        if (phase == Phase.FLUSHING && flushed != null) {
            record(flushed);
        }
        boolean recorded = !node.log().resetPending() && !node.bitmap().requirementsPending();
        if (phase == Phase.RECORDING && (recorded || !node.metadata().usable())) {
            phase = Phase.CLEARING;
            sequence = node.metadata().update(cleared());
        }
        boolean cleared = node.metadata().durable(sequence) || !node.metadata().usable();
        if (phase == Phase.CLEARING && cleared) {
            node.state().role(Role.SECONDARY, "demoted", reason);
            node.sendState();
            return end(Outcome.done("demoted", "this node is Secondary" + remark()));
        }
        return null;
    }

    /**
     * Changes that have waited until the end may be on this disk alone, under the peer's own
     * generation: as after a crash.
     */
    private Superblock cleared() {
        boolean asCrashed = node.fencing().unmirrored();
        Superblock found = node.metadata().superblock();
        Superblock memory =
                found.with(Flag.PRIMARY_INDICATOR, false)
                        .with(found.tenure().demoted(node.effects().wallClockMs()));
        return asCrashed
                ? memory.with(Flag.CRASHED, true).with(Flag.CRASHED_PRIMARY, true)
                : memory;
    }

    /** What the peer lacks is known by block: the activity log need not be remembered. */
    private void record(IoStatus flushed) {
        phase = Phase.RECORDING;
        result = flushed;
        if (node.state().diskAttached()) {
            node.bitmap().requireAll();
            node.log().reset();
        }
    }

    /** If the peer may be about to go on, a new generation here would make a split brain of it. */
    private void flush() {
        boolean alone = givesWay || node.givingWay() || node.fencing().frozen();
        if (!alone) {
            phase = Phase.FLUSHING;
            clientRequests.startOwnFlush();
        } else if (node.state().diskAttached()) {
            phase = Phase.FLUSHING_ALONE;
            flushUnderWay = true;
            node.device().flush(Tokens.of(Tokens.Owner.COMMAND, FLUSH_SLOT, 0));
        } else {
            record(IoStatus.OK);
        }
    }

    /** The flush of the own disk has ended; if it failed, the disk is let go (INV-15). */
    void onDiskDone(IoStatus status) {
        flushUnderWay = false;
        if (status != IoStatus.OK) {
            node.diskFailed(IoErrorRule.UNTRUSTED, "the last flush failed: " + status.meaning());
        }
        // A shutdown may have begun the demotion anew.
        if (phase == Phase.FLUSHING_ALONE) {
            record(status);
        }
    }

    private String remark() {
        if (result == IoStatus.OK) {
            return "";
        }
        String remark = "the last flush failed (" + result.meaning() + ")";
        node.effects().event("demotion-flush-failed", remark);
        return ", but " + remark;
    }

    private Outcome end(Outcome outcome) {
        phase = Phase.IDLE;
        node.demoting(false);
        return outcome;
    }
}
