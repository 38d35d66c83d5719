package dev.rhizome.core.resize;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.request.ClientRequests;

/**
 * This node's side of a resize. First the disk is made ready while the volume is used as before:
 * what is new reads as zeroes, and the metadata has its place. Then the size is recorded, in one
 * write of the superblock (INV-08): a crash leaves the old size or the new one. While that is done
 * clients' changes wait, since the activity log of a larger volume is another one.
 */
public final class Growth {

    private enum Phase {
        IDLE,
        SURVEYING,
        SURVEYED,
        PREPARING,
        /** The metadata write that is under way ends first. */
        PAUSING,
        MOVING,
        PREPARED,
        /** Changes that are under way end, and are flushed on both disks. */
        DRAINING,
        RECORDING,
        DONE,
        FAILED
    }

    private final Node node;
    private final ClientRequests clientRequests;
    private Phase phase = Phase.IDLE;
    private long token;
    private boolean zero;
    private long targetBytes;
    private long sequence;
    private String problem = "";
    private long moves;

    Growth(Node node, ClientRequests clientRequests) {
        this.node = node;
        this.clientRequests = clientRequests;
    }

    /** Whether a step of an earlier resize has not ended yet. */
    boolean busy() {
        return node.size().diskBusy() || phase == Phase.RECORDING;
    }

    /** Begins: finds out how large the volume could be. */
    public void begin() {
        problem = "";
        if (busy()) {
            fail("an earlier resize is still under way on the disk: try again");
        } else if (!node.state().diskAttached()) {
            fail("there is no disk");
        } else {
            ask(Phase.SURVEYING, DiskGrowth.Step.SURVEY);
        }
    }

    /** Whether the node knows how large the volume could be: {@link #capacityBytes}. */
    public boolean surveyed() {
        return phase == Phase.SURVEYED;
    }

    /** How large the volume could be on this node. */
    public long capacityBytes() {
        return node.size().capacityBytes();
    }

    /**
     * Makes the disk ready for a size.
     *
     * @param newBytes a multiple of {@link Limits#BLOCK_BYTES}
     * @param zeroIt whether what is new shall read as zeroes
     */
    public void prepare(long newBytes, boolean zeroIt) {
        targetBytes = newBytes;
        zero = zeroIt;
        boolean expected =
                phase == Phase.SURVEYED
                        && newBytes >= node.size().volumeBytes()
                        && newBytes % Limits.BLOCK_BYTES == 0;
        if (!expected || newBytes > node.size().capacityBytes()) {
            fail("the disk was not asked for this size first");
        } else {
            ask(Phase.PREPARING, DiskGrowth.Step.PREPARE);
        }
    }

    /** Whether the disk is ready. */
    public boolean prepared() {
        return phase == Phase.PREPARED;
    }

    /** Records the size that the disk is ready for. */
    public void record(long newBytes) {
        if (phase != Phase.PREPARED || newBytes != targetBytes) {
            fail("the disk is not ready for this size");
            return;
        }
        phase = Phase.DRAINING;
        node.size().growing(true);
    }

    /** Whether the size is recorded, durably. */
    public boolean recorded() {
        return phase == Phase.DONE;
    }

    /** Why it has failed; empty if it has not. */
    public String problem() {
        return problem;
    }

    private void ask(Phase next, DiskGrowth.Step step) {
        phase = next;
        token++;
        node.size().diskBusy(true);
        node.effects().growDisk(token, step, node.size().volumeBytes(), targetBytes, zero);
    }

    /** A step of the disk has ended. */
    void onDisk(long answered, DiskGrowth result) {
        if (answered != token || !node.size().diskBusy()) {
            return;
        }
        node.size().diskBusy(false);
        if (result.capacityBytes() > 0) {
            node.size().surveyed(result.capacityBytes());
        }
        if (phase == Phase.MOVING || node.writer().paused()) {
            MetadataLayout moved = result.layout();
            node.writer().resume(moved == null ? node.writer().layout() : moved);
        }
        if (result.lost()) {
            node.detach("resize-io-error", "the metadata could not be moved: " + result.problem());
        }
        if (!result.problem().isEmpty()) {
            fail(result.problem());
            return;
        }
        switch (phase) {
            case SURVEYING -> phase = Phase.SURVEYED;
            case PREPARING -> {
                phase = Phase.PAUSING;
                node.writer().pause();
            }
            case MOVING -> phase = Phase.PREPARED;
            default -> {
                // Given up meanwhile.
            }
        }
    }

    /** Goes as far as it can. */
    void progress() {
        boolean runs = phase != Phase.IDLE && phase != Phase.DONE && phase != Phase.FAILED;
        if (runs && !node.size().diskBusy() && !node.state().diskAttached()) {
            fail("the disk has failed");
            return;
        }
        if (phase == Phase.PAUSING && node.writer().paused()) {
            ask(Phase.MOVING, DiskGrowth.Step.MOVE);
        }
        if (phase == Phase.DRAINING && drained()) {
            phase = Phase.RECORDING;
            node.growMemory(targetBytes);
            sequence =
                    node.metadata()
                            .update(node.metadata().superblock().withVolumeBytes(targetBytes));
        }
        if (phase == Phase.RECORDING && node.metadata().durable(sequence)) {
            phase = Phase.DONE;
            moves++;
            node.size().recorded(targetBytes);
            node.effects().resized(targetBytes);
            node.effects().event("resized", "the volume has " + targetBytes + " bytes now");
            node.size().growing(false);
        }
    }

    private boolean drained() {
        if (node.isEnding()) {
            fail("this node is being shut down");
            return false;
        }
        if (!clientRequests.onlyHeld() || !clientRequests.dualFlush().idle()) {
            return false;
        }
        if (node.log().anyUnflushed()) {
            clientRequests.dualFlush().request();
            return false;
        }
        return node.log().quiet();
    }

    /** Nobody waits for it any more; what has begun to be recorded is recorded. */
    void abandon() {
        if (phase == Phase.RECORDING) {
            return;
        }
        node.size().growing(false);
        if (phase == Phase.PAUSING) {
            node.writer().resume(node.writer().layout());
        }
        phase = Phase.IDLE;
    }

    private void fail(String why) {
        abandon();
        node.size().growing(false);
        problem = why;
        phase = Phase.FAILED;
        moves++;
    }

    /** How often it has moved on. */
    long moves() {
        return moves;
    }
}
