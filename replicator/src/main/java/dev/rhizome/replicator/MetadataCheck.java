package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.dump.ByteSize;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockCodec.Decoded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks every byte of metadata that counts. */
final class MetadataCheck {
    private final MetadataDevice device;
    private final List<MetadataFinding> findings = new ArrayList<>();
    private final Decoded[] slots = new Decoded[2];
    private @Nullable Superblock superblock;
    private ActivityLogContents log = ActivityLogContents.none();

    private MetadataCheck(MetadataDevice device) {
        this.device = device;
    }

    /**
     * Checks a device.
     *
     * @throws VolumeException if it holds no metadata, or that of another volume
     */
    static MetadataCheck of(MetadataDevice device) throws IOException, VolumeException {
        MetadataCheck check = new MetadataCheck(device);
        check.slots[0] = device.slot(0);
        check.slots[1] = device.slot(1);
        boolean bothLost = device.choice().superblock() == null && !unusual(check.slots);
        if (!bothLost) {
            check.superblock = device.superblock();
        }
        check.checkSuperblock();
        check.checkLog();
        new BitmapCheck(device, check.findings).run();
        return check;
    }

    /** Whether there is nothing to check: none at all, or that of a later release. */
    private static boolean unusual(Decoded[] slots) {
        return (slots[0].foreign() && slots[1].foreign()) || slots[0].tooNew() || slots[1].tooNew();
    }

    List<MetadataFinding> findings() {
        return findings;
    }

    boolean damaged() {
        return findings.stream().anyMatch(MetadataFinding::damage);
    }

    /** The newer good slot; null if both are lost. */
    @Nullable Superblock superblock() {
        return superblock;
    }

    ActivityLogContents log() {
        return log;
    }

    /** Whether the daemon folds the activity log into the bitmap: the node did not end in order. */
    boolean needsLog() {
        Superblock found = superblock;
        return found == null || found.has(Flag.PRIMARY_INDICATOR) || found.has(Flag.ACTIVE);
    }

    /** The active extents that are within the volume, ascending, each once. */
    List<Integer> extents() {
        return log.extents().stream()
                .filter(this::inside)
                .sorted(Integer::compareUnsigned)
                .distinct()
                .toList();
    }

    private boolean inside(int extent) {
        return Integer.toUnsignedLong(extent) * log.extentBlocks() < device.layout().blocks();
    }

    // ---- superblock

    private void checkSuperblock() {
        Superblock first = slots[0].superblock();
        Superblock second = slots[1].superblock();
        if (first != null && second != null) {
            compare(first, second);
        } else if (first == null && second == null) {
            damage(
                    "superblock: both slots are unusable (slot 0: "
                            + slots[0].problem()
                            + "; slot 1: "
                            + slots[1].problem()
                            + "); the daemon does not attach the disk; run 'rhizome restore-md"
                            + " --force' with a dump that was made since the volume was last up,"
                            + " or, if the peer has the data, 'rhizome create-md --force' for a"
                            + " full resync");
        } else {
            int bad = first == null ? 0 : 1;
            damage(
                    "superblock: slot "
                            + bad
                            + ": "
                            + slots[bad].problem()
                            + "; the daemon uses slot "
                            + (1 - bad)
                            + "; --repair copies that");
        }
    }

    private void compare(Superblock first, Superblock second) {
        int older = first.sequence() < second.sequence() ? 0 : 1;
        long behind = Math.abs(first.sequence() - second.sequence());
        String newest = " (sequence " + Math.max(first.sequence(), second.sequence()) + ")";
        if (first.equals(second)) {
            good("superblock: both slots are good" + newest);
        } else if (behind == 0) {
            damage(
                    "superblock: the slots differ, but claim to be the same change"
                            + newest
                            + "; the daemon uses slot 0; if that is not to be trusted, take the"
                            + " peer's data: 'rhizome create-md --force'");
        } else if (behind == 1) {
            good(
                    "superblock: slot "
                            + older
                            + " is one change older"
                            + newest
                            + ", as a crash may leave it; the daemon uses the other");
        } else {
            damage(
                    "superblock: slot "
                            + older
                            + " is "
                            + behind
                            + " changes older"
                            + newest
                            + ": writes to it were lost; the daemon uses the other; --repair"
                            + " copies that");
        }
    }

    /** Which slot is to be written anew from the other; -1 if none is. */
    int slotToMend() {
        Superblock first = slots[0].superblock();
        Superblock second = slots[1].superblock();
        if (first == null || second == null) {
            boolean bothLost = first == null && second == null;
            return bothLost ? -1 : first == null ? 0 : 1;
        }
        if (Math.abs(first.sequence() - second.sequence()) < 2) {
            return -1;
        }
        return first.sequence() < second.sequence() ? 0 : 1;
    }

    // ---- activity log

    private void checkLog() throws IOException {
        MetadataLayout layout = device.layout();
        ByteBuffer ring = ByteBuffer.allocate(layout.activityLogBlocks() * SuperblockCodec.BYTES);
        device.read(layout.activityLogOffsetBytes(0), ring);
        log = ActivityLogContents.read(ring.clear());
        if (!log.problem().isEmpty()) {
            damage(
                    "activity log: "
                            + log.problem()
                            + (needsLog()
                                    ? "; all blocks count as different on attach, and the resync is"
                                            + " a full one"
                                    : "; the node ended in order, so the daemon does not need it")
                            + "; --repair empties it"
                            + (needsLog() ? ", with all bits set" : ""));
            return;
        }
        long beyond = log.extents().stream().filter(extent -> !inside(extent)).count();
        if (beyond > 0) {
            damage(
                    "activity log: "
                            + beyond
                            + " active extents lie beyond the end of the volume; the daemon passes"
                            + " them over; --repair drops them");
            return;
        }
        good("activity log: " + describeLog());
    }

    private String describeLog() {
        int count = log.extents().size();
        if (count == 0) {
            return "good, nothing is active";
        }
        long bytes = (long) count * log.extentBlocks() * Limits.BLOCK_BYTES;
        return "good, "
                + count
                + (count == 1 ? " extent is" : " extents are")
                + " active ("
                + ByteSize.text(bytes)
                + "); "
                + (needsLog()
                        ? "the node did not end in order: they count as different on attach"
                        : "the node ended in order, so the daemon does not need them");
    }

    private void good(String text) {
        findings.add(new MetadataFinding(false, text));
    }

    private void damage(String text) {
        findings.add(new MetadataFinding(true, text));
    }
}
