package dev.rhizome.core.command;

import dev.rhizome.core.Node;
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

    private enum Phase {
        IDLE,
        DRAINING,
        FLUSHING,
        RECORDING,
        CLEARING
    }

    private final Node node;
    private final ClientRequests clientRequests;
    private Phase phase = Phase.IDLE;
    private long sequence;
    private IoStatus result = IoStatus.OK;

    Demotion(Node node, ClientRequests clientRequests) {
        this.node = node;
        this.clientRequests = clientRequests;
    }

    Demotion begin() {
        phase = Phase.DRAINING;
        if (node.primary()) {
            node.effects().serve(false);
            node.demoting(true);
        }
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        if (!node.primary()) {
            return end(Outcome.done("already-secondary", "this node is Secondary already"));
        }
        if (phase == Phase.DRAINING && clientRequests.inFlight() == 0) {
            phase = Phase.FLUSHING;
            clientRequests.startOwnFlush();
        }
        IoStatus flushed = clientRequests.ownFlush();
        if (phase == Phase.FLUSHING && flushed != null) {
            phase = Phase.RECORDING;
            result = flushed;
            record();
        }
        boolean recorded = !node.log().resetPending() && !node.bitmap().requirementsPending();
        if (phase == Phase.RECORDING && (recorded || !node.metadata().usable())) {
            phase = Phase.CLEARING;
            sequence = node.metadata().update(Flag.PRIMARY_INDICATOR, false);
        }
        boolean cleared = node.metadata().durable(sequence) || !node.metadata().usable();
        if (phase == Phase.CLEARING && cleared) {
            node.state().role(Role.SECONDARY, "demoted", "by command");
            node.sendState();
            return end(Outcome.done("demoted", "this node is Secondary" + remark()));
        }
        return null;
    }

    /** What the peer lacks is known by block: the activity log need not be remembered. */
    private void record() {
        if (node.state().diskAttached()) {
            node.bitmap().requireAll();
            node.log().reset();
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
