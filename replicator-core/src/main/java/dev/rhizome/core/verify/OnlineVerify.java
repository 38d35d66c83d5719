package dev.rhizome.core.verify;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.CheckAnswer;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameHeader;
import org.jspecify.annotations.Nullable;

/**
 * Compares both nodes' disks while they are in step, without a pause for clients. What differs is
 * told and marked in the bitmap, durably; it is copied to the peer when an operator asks for it.
 *
 * <p>INV-19: what is found differs. Each range is compared under the range lock of the node that
 * orders the changes; so this runs on the Primary, or where there is none.
 */
public final class OnlineVerify {

    private enum Phase {
        IDLE,
        /** Ranges are compared. */
        WALKING,
        /** All were; what was found is on its way to the disk. */
        RECORDING
    }

    private final Node node;
    private final SyncSource syncSource;
    private final VerifyWalk walk;
    private final BoundedPace pace;
    private final FoundRanges found = new FoundRanges();
    private Phase phase = Phase.IDLE;
    private boolean repairAfter;
    private long startBytes;
    private long stopBytes;
    private long endedAtBytes;
    private long markSequence;
    private String outcome = "";

    /**
     * @param node what the parts share
     * @param ranges shared with the client requests
     * @param firstHolder the range lock's holder number of the first range
     * @param syncSource copies what was found
     */
    public OnlineVerify(Node node, RangeLock ranges, int firstHolder, SyncSource syncSource) {
        this.node = node;
        this.syncSource = syncSource;
        pace = new BoundedPace(node.config().checks().verifyBytesPerSecond());
        walk = new VerifyWalk(node, ranges, firstHolder, pace, new Answers());
    }

    /** Options have changed: also a verify that is running goes at the new rate. */
    public void onAdjusted() {
        pace.adjust(node.config().checks().verifyBytesPerSecond());
    }

    // ---- orders

    /** An operator's order; answered at once. */
    public void onOrder(long token, VerifyOrder order) {
        switch (order.kind()) {
            case START -> start(token, order);
            case CANCEL -> cancel(token);
            case REPAIR_FOUND -> repairFound(token);
        }
    }

    private void start(long token, VerifyOrder order) {
        if (refused(token)) {
            return;
        }
        long volume = node.size().volumeBytes();
        long block = Limits.BLOCK_BYTES;
        long from = order.startBytes() / block * block;
        long to = order.stopBytes() == 0 ? volume : Math.min(volume, order.stopBytes());
        long end = Math.min(volume, (to + block - 1) / block * block);
        if (order.startBytes() < 0 || order.stopBytes() < 0 || from >= end) {
            answer(
                    token,
                    false,
                    "verify-range",
                    "there is nothing to compare from byte "
                            + order.startBytes()
                            + " to byte "
                            + to
                            + " of a volume of "
                            + volume
                            + ": give a start before the stop");
            return;
        }
        startBytes = from;
        stopBytes = end;
        repairAfter = order.repair();
        outcome = "";
        markSequence = 0;
        found.clear();
        walk.restart(from, end);
        phase = Phase.WALKING;
        String what = "comparing bytes " + from + " to " + end + " with the peer's";
        node.effects().event("verify-started", what);
        answer(token, true, "verify", what + "; 'status' shows how far it is");
    }

    private void cancel(long token) {
        if (phase == Phase.IDLE) {
            answer(token, false, "verify-not-running", "no verify is running on this node");
            return;
        }
        end("verify-cancelled", "cancelled by command");
        answer(token, true, "verify-cancelled", outcome);
    }

    private void repairFound(long token) {
        if (refused(token)) {
            return;
        }
        if (!marked()) {
            answer(
                    token,
                    true,
                    "nothing-to-repair",
                    "no verify of this node has found blocks that are not copied since; 'verify"
                            + " --repair' compares anew");
            return;
        }
        answer(token, true, "verify-repair", repair());
    }

    private boolean refused(long token) {
        if (node.state().agreeing()) {
            answer(token, false, "copy-under-way", "a copy is being agreed on: wait for that");
            return true;
        }
        if (node.size().resizing()) {
            answer(token, false, "resize-under-way", "the volume is being resized: wait for that");
            return true;
        }
        if (phase != Phase.IDLE) {
            answer(
                    token,
                    false,
                    "verify-running",
                    "a verify is running: wait for its end, or cancel it with 'verify --cancel'");
            return true;
        }
        String hindrance = hindrance();
        if (hindrance == null) {
            return false;
        }
        boolean peerOrders = node.state().peerRole() == Role.PRIMARY;
        String rule = peerOrders ? "verify-peer-is-primary" : "verify-not-in-step";
        answer(token, false, rule, hindrance);
        return true;
    }

    /** Why nothing can be compared, or repaired, from here now; null if it can. */
    private @Nullable String hindrance() {
        if (node.state().peerRole() == Role.PRIMARY) {
            return "the peer, "
                    + node.config().peer()
                    + ", is Primary: it orders the writes, and its data counts; run it there";
        }
        boolean inStep =
                node.state().replication() == ReplicationState.ESTABLISHED
                        && node.state().diskUpToDate()
                        && node.state().peerUpToDate();
        if (!inStep) {
            return "both nodes must be connected and UpToDate; this one is "
                    + node.state().disk().label()
                    + ", its peer "
                    + node.state().peerDisk().label()
                    + ", the connection "
                    + node.state().connection().label()
                    + "/"
                    + node.state().replication().label()
                    + ": wait until both are, see 'status'";
        }
        return node.isEnding() || node.leaving() ? "this node is leaving its peer" : null;
    }

    private void answer(long token, boolean accepted, String rule, String reason) {
        node.effects().commandDone(token, accepted, rule, reason);
    }

    // ---- the walk

    /** Moves on as far as slots, memory, the pace and the metadata allow. */
    public void progress() {
        if (phase == Phase.IDLE || node.closing()) {
            return;
        }
        String hindrance = hindrance();
        if (hindrance != null) {
            end("verify-ended", hindrance);
            return;
        }
        if (phase == Phase.WALKING) {
            walk.fill();
            if (walk.complete()) {
                phase = Phase.RECORDING;
            }
        }
        boolean mayEnd = !repairAfter || !(node.size().resizing() || node.state().agreeing());
        if (phase == Phase.RECORDING && recorded() && mayEnd) {
            finish();
        }
    }

    private boolean recorded() {
        return !node.bitmap().requirementsPending() && node.metadata().durable(markSequence);
    }

    private boolean marked() {
        return node.metadata().superblock().has(Flag.VERIFY_FOUND);
    }

    private void finish() {
        phase = Phase.IDLE;
        endedAtBytes = stopBytes;
        long compared = stopBytes - startBytes;
        boolean whole = compared == node.size().volumeBytes();
        if (found.totalBytes() > 0) {
            outcome =
                    "done: of "
                            + compared
                            + " bytes "
                            + found.totalBytes()
                            + " differ from the peer's; they are marked"
                            + (repairAfter ? "" : ", and 'verify --repair-found' copies them");
        } else {
            outcome = "done: " + compared + " bytes are the same on both nodes";
            if (whole && marked()) {
                // What an earlier one has found is gone, written anew: both are the same again.
                node.metadata().update(Flag.VERIFY_FOUND, false);
            }
        }
        node.effects().event("verify-done", outcome);
        tellOfFindings();
        if (repairAfter && marked()) {
            repair();
        }
    }

    private void tellOfFindings() {
        if (found.totalBytes() > 0) {
            node.effects().callHandler(Handler.OUT_OF_SYNC);
        }
    }

    /** Ends early; what was found stays marked. */
    private void end(String rule, String why) {
        endedAtBytes = walk.positionBytes();
        walk.abandon();
        phase = Phase.IDLE;
        outcome = "ended at byte " + endedAtBytes + ": " + why;
        node.effects().event(rule, outcome);
        tellOfFindings();
    }

    /**
     * The Primary's data counts, since clients have read it; without one, this node's. A resync
     * like any other: until its end the peer is Inconsistent (INV-14).
     */
    private String repair() {
        String what =
                "copying what verify has found, "
                        + node.outOfSyncBlocks() * Limits.BLOCK_BYTES
                        + " bytes, to the peer";
        syncSource.repair("verify-repair", what);
        return what;
    }

    /** What the peer says to each range. */
    private final class Answers implements VerifyWalk.Listener {
        @Override
        public void compared(long offsetBytes, int lengthBytes, int mask) {
            // Since its consent to a promotion, the peer's changes are ordered there.
            if (mask != 0 && hindrance() == null) {
                mark(offsetBytes, lengthBytes, mask);
            }
        }

        @Override
        public void failed(String why) {
            end("verify-ended", why);
        }
    }

    /** Durably, so that neither a crash nor a flush of both forgets it (INV-06). */
    private void mark(long offsetBytes, int lengthBytes, int mask) {
        if (!marked()) {
            markSequence = node.metadata().update(Flag.VERIFY_FOUND, true);
        }
        long firstBlock = offsetBytes / Limits.BLOCK_BYTES;
        int blocks = CheckAnswer.blocks(lengthBytes);
        for (int from = 0; from < blocks; from++) {
            int to = from;
            while (to < blocks && (mask >>> to & 1) != 0) {
                to++;
            }
            if (to > from) {
                markRun(firstBlock + from, to - from);
                from = to;
            }
        }
    }

    private void markRun(long firstBlock, int blocks) {
        node.bitmap().set(firstBlock, blocks);
        node.bitmap().require(node.bitmap().pageOf(firstBlock));
        node.bitmap().require(node.bitmap().pageOf(firstBlock + blocks - 1));
        long offset = firstBlock * Limits.BLOCK_BYTES;
        long end = Math.min(offset + (long) blocks * Limits.BLOCK_BYTES, stopBytes);
        if (found.add(offset, end - offset)) {
            node.effects()
                    .event(
                            "verify-found",
                            "bytes " + offset + " to " + end + " differ from the peer's");
        }
    }

    // ---- inputs

    /** The range lock has come to a range's turn. */
    public void onRangeGranted(int holder) {
        walk.onRangeGranted(holder);
    }

    /** A range has been read. */
    public void onDiskDone(long token, IoStatus status) {
        walk.onDiskDone(token, status);
    }

    /** The peer has compared a range. */
    public void onResult(FrameHeader header) {
        walk.onResult(header);
    }

    /** The link is gone. */
    public void onLinkDown(String reason) {
        if (phase != Phase.IDLE) {
            end("verify-ended", "the link was lost: " + reason);
        }
        walk.onLinkDown();
    }

    /** Whether the peer owes an answer. */
    public boolean awaitsPeer() {
        return walk.awaitsPeer();
    }

    /** The peer's answers so far. */
    public long answers() {
        return walk.answers();
    }

    /** Whether no read of an earlier link is under way. */
    public boolean drained() {
        return walk.drained();
    }

    /** How far it is, or how the last one has ended; null if there was none since the start. */
    public @Nullable VerifyReport report() {
        boolean running = phase != Phase.IDLE;
        if (!running && outcome.isEmpty()) {
            return null;
        }
        return new VerifyReport(
                running,
                startBytes,
                stopBytes,
                running ? walk.positionBytes() : endedAtBytes,
                found.totalBytes(),
                found.list(),
                found.unlistedBytes(),
                outcome);
    }
}
