package dev.rhizome.simulator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.request.IoStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A disk with a volatile cache: what has completed can be read, but only what was flushed or
 * written durably survives a loss of power; of the rest each sector is kept or lost by itself. Its
 * metadata lies beside the data, durable once its write has ended.
 */
final class SimDisk {

    private static final class Operation {
        int first;
        int count;
        long @Nullable [] stamps;
        StampPool.@Nullable Stamps into;
        boolean changes;
        boolean durable;
        boolean flush;
        long flushUpTo;
        int metadataAt = -1;
        byte @Nullable [] image;
        boolean cancelled;
        Consumer<IoStatus> done = status -> {};
    }

    private static final int LOG_BLOCKS = 8;

    private final String name;
    private final Scheduler scheduler;
    private final Choices choices;
    private final Choices crashes;
    private final Fates fates;
    private final int side;
    private final Swarm swarm;
    private final long[] visible;
    private final long[] durable;
    private final long[] durableVersion;
    private final List<Operation> inFlight = new ArrayList<>();
    private final MetadataLayout layout;
    private final byte[] metadata;
    private final Set<Integer> activeExtents = new HashSet<>();

    /** Sectors that cannot be read until they are written. */
    private final Set<Integer> bad = new HashSet<>();

    private long deviceBytes;
    private boolean logIsDamaged;
    private Superblock superblock;
    private int behindSlot = -1;
    private final List<Operation> hung = new ArrayList<>();
    private long hungSinceNs = Long.MAX_VALUE;
    private long hangs;
    private long version;

    private long[] unflushed = new long[3 * 256];
    private int unflushedSize;

    SimDisk(int side, String name, Scheduler scheduler, Choices choices, Fates fates, Swarm swarm) {
        this.side = side;
        this.name = name;
        this.scheduler = scheduler;
        this.choices = choices;
        this.crashes = choices.fork("crashes");
        this.fates = fates;
        this.swarm = swarm;
        visible = new long[swarm.sectors()];
        durable = new long[swarm.sectors()];
        durableVersion = new long[swarm.sectors()];
        layout = MetadataLayout.external(swarm.largestBytes(), LOG_BLOCKS);
        deviceBytes = swarm.volumeBytes();
        metadata = new byte[(int) layout.metadataBytes()];
        superblock = Superblock.created("data", swarm.volumeBytes());
        for (int slot = 0; slot < 2; slot++) {
            SuperblockCodec.encode(superblock, slice(layout.slotOffsetBytes(slot)));
        }
        Bitmap empty = new Bitmap(layout().blocks());
        long[] words = new long[empty.words()];
        for (int page = 0; page < empty.pages(); page++) {
            BitmapPageCodec.encode(
                    page,
                    words,
                    page * BitmapPageCodec.WORDS,
                    ByteBuffer.wrap(metadata).position((int) layout.bitmapOffsetBytes(page)));
        }
    }

    private ByteBuffer slice(long at) {
        return ByteBuffer.wrap(metadata, (int) at, SuperblockCodec.BYTES).slice();
    }

    /** Where the metadata is: the same place for every size. */
    MetadataLayout layout() {
        return layout.withVolumeBytes(superblock.volumeBytes()).withCapacityBytes(deviceBytes);
    }

    /** An operator has made the device larger. */
    void growDevice(long bytes) {
        deviceBytes = Math.max(deviceBytes, bytes);
    }

    /** What is between two sizes reads as zeroes, durably. */
    void zeroNew(long fromBytes, long toBytes) {
        int first = (int) (fromBytes / swarm.sectorBytes());
        int end = (int) (toBytes / swarm.sectorBytes());
        Arrays.fill(visible, first, end, 0);
        Arrays.fill(durable, first, end, 0);
    }

    /** All that it remembers, read as at a start. */
    AttachedMetadata attach() {
        AttachedMetadata.Source<RuntimeException> source =
                (at, target) -> target.put(metadata, (int) at, target.remaining());
        return AttachedMetadata.read(layout(), superblock, behindSlot, source);
    }

    void fillWith(long stamp) {
        Arrays.fill(visible, stamp);
        Arrays.fill(durable, stamp);
    }

    /** All bytes of its metadata. */
    byte[] metadataBytes() {
        return metadata.clone();
    }

    /** A bad spot in its metadata. */
    void damageMetadata(long offsetBytes, int lengthBytes) {
        int at = (int) offsetBytes;
        Arrays.fill(metadata, at, at + lengthBytes, (byte) 0xA5);
        metadataChanged(at);
    }

    /** A sector goes bad, and nobody is told. */
    void corrupt(int sector, long stamp) {
        visible[sector] = stamp;
        durable[sector] = stamp;
        durableVersion[sector] = ++version;
    }

    int sectors() {
        return visible.length;
    }

    long visible(int sector) {
        return visible[sector];
    }

    long durable(int sector) {
        return durable[sector];
    }

    /** Whether something of the sector is in the volatile cache only. */
    boolean caches(int sector) {
        for (int at = 0; at < unflushedSize; at += 3) {
            if (unflushed[at] == sector && unflushed[at + 2] > durableVersion[sector]) {
                return true;
            }
        }
        return false;
    }

    /** Whether nothing is under way. */
    boolean idle() {
        return inFlight.isEmpty();
    }

    /** Whether its memory may still change. */
    boolean writesMetadata() {
        return inFlight.stream().anyMatch(operation -> operation.metadataAt >= 0);
    }

    /** What the slots hold durably. */
    Superblock superblock() {
        return superblock;
    }

    /** As far as both volumes go. */
    boolean sameAs(SimDisk other) {
        int common = Math.min(volumeSectors(), other.volumeSectors());
        return Arrays.equals(visible, 0, common, other.visible, 0, common);
    }

    /** The sectors of the volume as it is on record. */
    int volumeSectors() {
        return (int) (superblock.volumeBytes() / swarm.sectorBytes());
    }

    /** The same, but perhaps for this sector; -1 for none. */
    boolean sameAs(SimDisk other, int except) {
        int common = Math.min(volumeSectors(), other.volumeSectors());
        int odd = Arrays.mismatch(visible, 0, common, other.visible, 0, common);
        return odd < 0
                || (odd == except
                        && Arrays.equals(visible, odd + 1, common, other.visible, odd + 1, common));
    }

    void read(int first, int count, StampPool.Stamps into, boolean alone, Consumer<IoStatus> done) {
        Operation operation = operation(first, count, done);
        operation.into = into;
        if (alone) {
            requireNoOverlap(operation, "a resync read");
        }
        submit(operation);
    }

    void write(int first, int count, long[] stamps, boolean isDurable, Consumer<IoStatus> done) {
        Operation operation = operation(first, count, done);
        operation.stamps = stamps;
        operation.changes = true;
        operation.durable = isDurable;
        requireNoOverlap(operation, "a change");
        submit(operation);
    }

    void flush(Consumer<IoStatus> done) {
        Operation operation = operation(0, 0, done);
        operation.flush = true;
        operation.flushUpTo = version;
        submit(operation);
    }

    /** INV-07: a change goes to a disk only while all its extents are active, durably. */
    void requireLogged(int first, int count) {
        int perExtent = swarm.extentBlocks() * Limits.BLOCK_BYTES / swarm.sectorBytes();
        for (int extent = first / perExtent; extent <= (first + count - 1) / perExtent; extent++) {
            if (!logIsDamaged && !activeExtents.contains(extent)) {
                throw new Violation(
                        "INV-07", name + " changes data of extent " + extent + ", not in its log");
            }
        }
    }

    /** Whether a sector's extent is active, durably. */
    boolean logged(int sector) {
        int perExtent = swarm.extentBlocks() * Limits.BLOCK_BYTES / swarm.sectorBytes();
        return logIsDamaged || activeExtents.contains(sector / perExtent);
    }

    void writeMetadata(long offsetBytes, byte[] image, Consumer<IoStatus> done) {
        for (Operation other : inFlight) {
            if (other.metadataAt >= 0) {
                throw new Violation("INV-08", name + " has two metadata writes under way");
            }
        }
        Operation operation = operation(0, 0, done);
        operation.metadataAt = (int) offsetBytes;
        operation.image = image;
        submit(operation);
    }

    /** A planted bug: both slots hold this instead of what they did. */
    void pretend(Superblock other) {
        superblock = other;
        behindSlot = -1;
        for (int slot = 0; slot < 2; slot++) {
            SuperblockCodec.encode(other, slice(layout.slotOffsetBytes(slot)));
        }
    }

    /** A planted bug: the metadata is there although the disk does not answer. */
    void metadataAtOnce(long offsetBytes, byte[] image) {
        System.arraycopy(image, 0, metadata, (int) offsetBytes, image.length);
        metadataChanged((int) offsetBytes);
    }

    private static Operation operation(int first, int count, Consumer<IoStatus> done) {
        Operation operation = new Operation();
        operation.first = first;
        operation.count = count;
        operation.done = done;
        return operation;
    }

    private void requireNoOverlap(Operation mine, String what) {
        for (Operation other : inFlight) {
            if (other.changes
                    && other.first < mine.first + mine.count
                    && mine.first < other.first + other.count) {
                throw new Violation(
                        "INV-13", name + ": " + what + " overlaps one under way at " + mine.first);
            }
        }
    }

    private void submit(Operation operation) {
        inFlight.add(operation);
        long delayNs = swarm.diskNs() / 4 + choices.below(2L * swarm.diskNs());
        scheduler.after(delayNs + fates.stallNs(side), () -> complete(operation));
    }

    /** It answers nothing more, for so long. */
    void hang(long lengthNs) {
        long mine = ++hangs;
        hungSinceNs = Math.min(hungSinceNs, scheduler.nowNs());
        scheduler.after(
                lengthNs,
                () -> {
                    if (mine == hangs) {
                        recover();
                    }
                });
    }

    /** It answers again, also what it was asked meanwhile. */
    void recover() {
        hungSinceNs = Long.MAX_VALUE;
        List<Operation> waiting = List.copyOf(hung);
        hung.clear();
        for (Operation operation : waiting) {
            scheduler.after(1000, () -> complete(operation));
        }
    }

    /** Since when it has not answered; Long.MAX_VALUE if it does. */
    long hungSinceNs() {
        return hungSinceNs;
    }

    private void complete(Operation operation) {
        if (operation.cancelled) {
            return;
        }
        if (hungSinceNs != Long.MAX_VALUE) {
            hung.add(operation);
            return;
        }
        inFlight.remove(operation);
        if (fates.diskFails(side) || meetsBadSector(operation)) {
            if (operation.changes) {
                applySome(operation);
            } else if (operation.into != null && crashes.permille(500)) {
                bad.add(operation.first + crashes.below(operation.count));
            }
            operation.done.accept(IoStatus.IO_ERROR);
            return;
        }
        apply(operation);
        operation.done.accept(IoStatus.OK);
    }

    private boolean meetsBadSector(Operation operation) {
        if (operation.into == null || fates.isCalm()) {
            return false;
        }
        for (int sector : bad) {
            if (sector >= operation.first && sector < operation.first + operation.count) {
                return true;
            }
        }
        return false;
    }

    private void apply(Operation operation) {
        if (operation.changes) {
            for (int i = 0; i < operation.count; i++) {
                change(operation, i);
            }
        } else if (operation.into != null) {
            operation.into.require();
            System.arraycopy(visible, operation.first, operation.into.stamps, 0, operation.count);
        } else if (operation.flush) {
            makeDurable(operation.flushUpTo);
        } else if (operation.image != null) {
            System.arraycopy(
                    operation.image, 0, metadata, operation.metadataAt, operation.image.length);
            metadataChanged(operation.metadataAt);
        }
    }

    private void applySome(Operation operation) {
        for (int i = 0; i < operation.count; i++) {
            if (crashes.permille(500)) {
                change(operation, i);
            }
        }
    }

    private void change(Operation operation, int index) {
        int sector = operation.first + index;
        long stamp = operation.stamps == null ? 0 : operation.stamps[index];
        visible[sector] = stamp;
        bad.remove(sector);
        version++;
        if (operation.durable) {
            durable[sector] = stamp;
            durableVersion[sector] = version;
            return;
        }
        if (unflushedSize + 3 > unflushed.length) {
            unflushed = Arrays.copyOf(unflushed, unflushed.length * 2);
        }
        unflushed[unflushedSize++] = sector;
        unflushed[unflushedSize++] = stamp;
        unflushed[unflushedSize++] = version;
    }

    private void makeDurable(long upTo) {
        int at = 0;
        while (at < unflushedSize && unflushed[at + 2] <= upTo) {
            settle(at);
            at += 3;
        }
        System.arraycopy(unflushed, at, unflushed, 0, unflushedSize - at);
        unflushedSize -= at;
    }

    private void settle(int at) {
        int sector = (int) unflushed[at];
        if (unflushed[at + 2] > durableVersion[sector]) {
            durable[sector] = unflushed[at + 1];
            durableVersion[sector] = unflushed[at + 2];
        }
    }

    /** The process or the machine dies: what is under way is done, half done, or not done. */
    void crash(boolean powerLoss) {
        for (Operation operation : inFlight) {
            operation.cancelled = true;
            operation.durable = operation.durable && crashes.permille(500);
            int fate = crashes.below(3);
            if (operation.changes && fate == 0) {
                applySome(operation);
            } else if (operation.image != null && fate == 0) {
                tear(operation.metadataAt, operation.image);
            } else if (fate == 1 && operation.into == null && !operation.flush) {
                apply(operation);
            }
        }
        inFlight.clear();
        if (powerLoss) {
            for (int at = 0; at < unflushedSize; at += 3) {
                if (crashes.permille(swarm.keepPermille())) {
                    settle(at);
                }
            }
            unflushedSize = 0;
            System.arraycopy(durable, 0, visible, 0, visible.length);
        }
        Choices damage = fates.metadataDamage(side);
        if (damage != null) {
            rot(damage);
        }
    }

    /** Each sector is the old one or the new one, and the first may be neither. */
    private void tear(int at, byte[] image) {
        for (int offset = 0; offset < image.length; offset += 512) {
            if (crashes.permille(500)) {
                System.arraycopy(image, offset, metadata, at + offset, 512);
            }
        }
        if (crashes.permille(500)) {
            Arrays.fill(metadata, at, at + 512, (byte) 0xA5);
        }
        metadataChanged(at);
    }

    /**
     * A spot of the metadata has gone bad while the node was down. Only what is to be survived
     * (docs/invariants.md): a page of the bitmap, a slot of the superblock that has its copy in the
     * other, or an older block of the activity log; the newest could not be told from a torn one.
     */
    private void rot(Choices damage) {
        switch (damage.below(3)) {
            case 0 -> {
                int page = damage.below(layout.bitmapPages());
                spoil(layout.bitmapOffsetBytes(page), damage);
            }
            case 1 -> {
                ByteBuffer first = slice(layout.slotOffsetBytes(0));
                if (first.equals(slice(layout.slotOffsetBytes(1)))) {
                    spoil(layout.slotOffsetBytes(damage.below(2)), damage);
                }
            }
            default -> {
                ActivityLogContents log = attach().log();
                long block = log.lastSequence() + 1 + damage.below(LOG_BLOCKS - 1);
                spoil(layout.activityLogOffsetBytes((int) (block % LOG_BLOCKS)), damage);
            }
        }
    }

    private void spoil(long at, Choices damage) {
        int place = (int) at + damage.below(SuperblockCodec.BYTES);
        metadata[place] ^= (byte) (1 << damage.below(8));
        metadataChanged((int) at);
    }

    private void metadataChanged(int at) {
        boolean slot = at == layout.slotOffsetBytes(0) || at == layout.slotOffsetBytes(1);
        if (slot) {
            rereadSlots();
        } else if (at < layout.bitmapOffsetBytes(0)) {
            rereadLog();
        }
    }

    private void rereadLog() {
        activeExtents.clear();
        int start = (int) layout.activityLogOffsetBytes(0);
        int length = (int) layout.bitmapOffsetBytes(0) - start;
        ActivityLogContents log =
                ActivityLogContents.read(ByteBuffer.wrap(metadata, start, length).slice());
        activeExtents.addAll(log.extents());
        // A log that cannot be read stands for all extents.
        logIsDamaged = !log.problem().isEmpty();
    }

    /** INV-08: what is read is what was last durable, or the one that was being written. */
    private void rereadSlots() {
        SuperblockSlots.Choice choice =
                SuperblockSlots.choose(
                        slice(layout.slotOffsetBytes(0)), slice(layout.slotOffsetBytes(1)));
        Superblock found = choice.superblock();
        if (found == null) {
            throw new Violation("INV-08", name + " has lost its superblock: " + choice.problem());
        }
        behindSlot = choice.behindSlot();
        boolean same = found.equals(superblock);
        if (!same && found.sequence() != superblock.sequence() + 1) {
            throw new Violation("INV-08", name + " reads an older superblock: " + found);
        }
        superblock = found;
    }
}
