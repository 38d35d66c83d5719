package dev.rhizome.simulator;

import dev.rhizome.core.request.IoStatus;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The disk that is in one node of a {@link Pair}: it fails when told to, and can be replaced. */
final class PairDisk {
    private static final long FAULT_NS = 10;

    private final int side;
    private final Pair pair;
    private final Scheduler scheduler;
    private final NodeSetup setup;
    private final Set<DiskFault> faults = EnumSet.noneOf(DiskFault.class);
    private SimDisk current;
    private @Nullable SimDisk shelf;
    private @Nullable History shelfContent;

    PairDisk(int side, Pair pair, Scheduler scheduler, NodeSetup setup) {
        this.side = side;
        this.pair = pair;
        this.scheduler = scheduler;
        this.setup = setup;
        current = fresh();
    }

    private SimDisk fresh() {
        Swarm swarm = setup.swarm();
        Choices choices = new Choices(side);
        Fates fates = new Fates(scheduler, pair.trace(), choices, swarm, Selection.ALL, false);
        return new SimDisk(side, side == 0 ? "A" : "B", scheduler, choices, fates, swarm);
    }

    SimDisk current() {
        return current;
    }

    // ---- operations

    void failNext(DiskFault fault) {
        faults.add(fault);
    }

    void nodeGone() {
        faults.clear();
    }

    private boolean fails(DiskFault fault, Consumer<IoStatus> done) {
        boolean failing = faults.remove(fault);
        if (failing) {
            pair.trace().line("disk fails a " + fault, side, 0, 0);
            scheduler.after(FAULT_NS, () -> done.accept(IoStatus.IO_ERROR));
        }
        return failing;
    }

    private int sector(long offsetBytes) {
        return (int) (offsetBytes / setup.sectorBytes());
    }

    void read(
            long offsetBytes,
            int lengthBytes,
            StampPool.Stamps into,
            boolean alone,
            Consumer<IoStatus> done) {
        if (!fails(DiskFault.READ, done)) {
            current.read(sector(offsetBytes), sector(lengthBytes), into, alone, done);
        }
    }

    /** A client's change must be covered by the activity log (INV-07). */
    void change(
            long offsetBytes,
            long[] stamps,
            boolean durable,
            boolean clients,
            Consumer<IoStatus> done) {
        int first = sector(offsetBytes);
        if (clients) {
            current.requireLogged(first, stamps.length);
        }
        if (!fails(DiskFault.CHANGE, done)) {
            current.write(first, stamps.length, stamps, durable, done);
        }
    }

    void flush(Consumer<IoStatus> done) {
        if (!fails(DiskFault.FLUSH, done)) {
            current.flush(done);
        }
    }

    void writeMetadata(long offsetBytes, byte[] bytes, Consumer<IoStatus> done) {
        if (!fails(DiskFault.METADATA, done)) {
            current.writeMetadata(offsetBytes, bytes, done);
        }
    }

    // ---- while the node is dead

    /** What is new reads as zeroes. */
    void newIsZero(long fromBytes, long toBytes) {
        pair.content().of(side).renew(sector(fromBytes), sector(toBytes));
    }

    void fill(long stamp) {
        current.fillWith(stamp);
        pair.content().replace(side, new History(setup.allSectors(), stamp));
    }

    void putBlank() {
        shelf = current;
        shelfContent = pair.content().of(side);
        current = fresh();
        pair.content().replace(side, new History(setup.allSectors(), 0));
    }

    void putOldBack() {
        if (shelf == null || shelfContent == null) {
            throw pair.failure("no disk was taken out");
        }
        current = shelf;
        pair.content().replace(side, shelfContent);
    }
}
