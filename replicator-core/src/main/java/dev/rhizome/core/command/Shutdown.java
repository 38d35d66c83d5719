package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.disk.IoErrorRule;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.role.ConnectionState;
import org.jspecify.annotations.Nullable;

/**
 * Ending in order: demote, leave the peer, let its I/O end, flush, and mark the disk as cleanly
 * closed, so that the next start need not suspect a crash.
 */
final class Shutdown implements Procedure {

    private enum Phase {
        IDLE,
        DEMOTING,
        LEAVING,
        FLUSHING,
        RECORDING,
        MARKING
    }

    private final Node node;
    private final Demotion demotion;
    private final Commands.Quiet quiet;
    private Phase phase = Phase.IDLE;
    private boolean flushed;
    private long sequence;

    Shutdown(Node node, Demotion demotion, Commands.Quiet quiet) {
        this.node = node;
        this.demotion = demotion;
        this.quiet = quiet;
    }

    Shutdown begin() {
        phase = Phase.DEMOTING;
        demotion.begin();
        return this;
    }

    @Override
    public @Nullable Outcome progress() {
        if (phase == Phase.DEMOTING && demotion.progress() != null) {
            phase = Phase.LEAVING;
            node.ending();
            Commands.leave(node, "the peer was shut down");
        }
        boolean left = node.state().connection() == ConnectionState.STAND_ALONE;
        if (phase == Phase.LEAVING && left && quiet.now()) {
            phase = Phase.FLUSHING;
            flush();
        }
        if (phase == Phase.FLUSHING && flushed) {
            phase = Phase.RECORDING;
            node.bitmap().requireAll();
        }
        boolean recorded = !node.bitmap().requirementsPending() || !node.metadata().usable();
        if (phase == Phase.RECORDING && recorded) {
            phase = Phase.MARKING;
            sequence = node.metadata().update(Flag.ACTIVE, false);
        }
        boolean marked = node.metadata().durable(sequence) || !node.metadata().usable();
        if (phase == Phase.MARKING && marked && node.writer().settled() && quiet.now()) {
            phase = Phase.IDLE;
            node.effects().closed();
            return Outcome.done("shutdown", "closed in order");
        }
        return null;
    }

    private void flush() {
        if (node.state().diskAttached()) {
            node.device().flush(Tokens.of(Tokens.Owner.COMMAND, 0, 0));
        } else {
            flushed = true;
        }
    }

    /** The flush has ended; if it failed, the disk is let go with its unclean mark. */
    void onDiskDone(IoStatus status) {
        if (status != IoStatus.OK) {
            node.diskFailed(IoErrorRule.UNTRUSTED, "the last flush failed: " + status.meaning());
        }
        flushed = true;
    }
}
