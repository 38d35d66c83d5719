package dev.rhizome.simulator;

import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.request.IoStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A disk with a volatile cache: what has completed can be read, but only what was flushed or
 * written durably survives a loss of power; of the rest each sector is kept or lost by itself. Two
 * superblock slots beside the data, durable once their write has ended.
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
        int slot = -1;
        byte @Nullable [] image;
        boolean cancelled;
        Consumer<IoStatus> done = status -> {};
    }

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
    private final byte[][] slots = new byte[2][SuperblockCodec.BYTES];
    private Superblock superblock;
    private long version;

    private long[] unflushed = new long[3 * 256];
    private int unflushedSize;

    SimDisk(
            int side,
            String name,
            Scheduler scheduler,
            Choices choices,
            Fates fates,
            Swarm swarm,
            Superblock created) {
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
        SuperblockCodec.encode(created, ByteBuffer.wrap(slots[(int) (created.sequence() & 1)]));
        superblock = created;
    }

    void fillWith(long stamp) {
        Arrays.fill(visible, stamp);
        Arrays.fill(durable, stamp);
    }

    long visible(int sector) {
        return visible[sector];
    }

    long durable(int sector) {
        return durable[sector];
    }

    /** Whether nothing is under way. */
    boolean idle() {
        return inFlight.isEmpty();
    }

    /** What the slots hold durably. */
    Superblock superblock() {
        return superblock;
    }

    boolean sameAs(SimDisk other) {
        return Arrays.equals(visible, other.visible);
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

    void writeMetadata(int slot, byte[] image, Consumer<IoStatus> done) {
        for (Operation other : inFlight) {
            if (other.slot >= 0) {
                throw new Violation("INV-08", name + " has two metadata writes under way");
            }
        }
        Operation operation = operation(0, 0, done);
        operation.slot = slot;
        operation.image = image;
        submit(operation);
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

    private void complete(Operation operation) {
        if (operation.cancelled) {
            return;
        }
        inFlight.remove(operation);
        if (fates.diskFails(side)) {
            if (operation.changes) {
                applySome(operation);
            }
            operation.done.accept(IoStatus.IO_ERROR);
            return;
        }
        apply(operation);
        operation.done.accept(IoStatus.OK);
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
            slots[operation.slot] = operation.image;
            rereadSlots();
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
                tear(operation.slot, operation.image);
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
    }

    /** Each sector is the old one or the new one, and the first may be neither. */
    private void tear(int slot, byte[] image) {
        byte[] torn = slots[slot].clone();
        for (int at = 0; at < torn.length; at += 512) {
            if (crashes.permille(500)) {
                System.arraycopy(image, at, torn, at, 512);
            }
        }
        if (crashes.permille(500)) {
            Arrays.fill(torn, 0, 512, (byte) 0xA5);
        }
        slots[slot] = torn;
        rereadSlots();
    }

    /** INV-08: what is read is what was last durable, or the one that was being written. */
    private void rereadSlots() {
        SuperblockSlots.Choice choice =
                SuperblockSlots.choose(ByteBuffer.wrap(slots[0]), ByteBuffer.wrap(slots[1]));
        Superblock found = choice.superblock();
        if (found == null) {
            throw new Violation("INV-08", name + " has lost its superblock: " + choice.problem());
        }
        boolean same = found.equals(superblock);
        if (!same && found.sequence() != superblock.sequence() + 1) {
            throw new Violation("INV-08", name + " reads an older superblock: " + found);
        }
        superblock = found;
    }
}
