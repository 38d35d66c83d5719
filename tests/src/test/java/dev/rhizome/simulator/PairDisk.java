package dev.rhizome.simulator;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.request.IoStatus;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The disk that is in one node of a {@link Pair}: it fails when told to, and can be replaced. */
final class PairDisk {
    private static final long FAULT_NS = 10;

    private final int side;
    private final Pair pair;
    private final Scheduler scheduler;
    private final NodeSetup setup;

    /** What fails next, and after how long it shows. */
    private final Map<DiskFault, Long> faults = new EnumMap<>(DiskFault.class);

    private final List<Runnable> hanging = new ArrayList<>();
    private final Set<Integer> spoiled = new TreeSet<>();
    private SimDisk current;
    private boolean hangs;
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
        return fresh(setup);
    }

    private SimDisk fresh(NodeSetup like) {
        Swarm swarm = like.swarm();
        Choices choices = new Choices(side);
        Fates fates = new Fates(scheduler, pair.trace(), choices, swarm, Selection.ALL, false);
        return new SimDisk(side, side == 0 ? "A" : "B", scheduler, choices, fates, swarm);
    }

    SimDisk current() {
        return current;
    }

    /** Whether nothing is under way, not even what hangs. */
    boolean idle() {
        return current.idle() && hanging.isEmpty();
    }

    void hang() {
        hangs = true;
    }

    void recover() {
        hangs = false;
        List<Runnable> waited = List.copyOf(hanging);
        hanging.clear();
        waited.forEach(Runnable::run);
    }

    void spoil(int block) {
        spoiled.add(block);
    }

    boolean spoiled(int block) {
        return spoiled.contains(block);
    }

    private void begin(Runnable operation) {
        if (hangs) {
            hanging.add(operation);
        } else {
            operation.run();
        }
    }

    private boolean meetsSpoiled(long offsetBytes, int lengthBytes) {
        int first = (int) (offsetBytes / 4096);
        int end = (int) ((offsetBytes + lengthBytes + 4095) / 4096);
        return spoiled.stream().anyMatch(block -> block >= first && block < end);
    }

    // ---- operations

    void failNext(DiskFault fault, long afterNs) {
        faults.put(fault, Math.max(FAULT_NS, afterNs));
    }

    void nodeGone() {
        faults.clear();
        hanging.clear();
        hangs = false;
    }

    private boolean fails(DiskFault fault, Consumer<IoStatus> done) {
        Long afterNs = faults.remove(fault);
        if (afterNs == null) {
            return false;
        }
        pair.trace().line("disk fails a " + fault, side, 0, 0);
        scheduler.after(afterNs, () -> done.accept(IoStatus.IO_ERROR));
        return true;
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
        if (meetsSpoiled(offsetBytes, lengthBytes)) {
            failNext(DiskFault.READ, 0);
        }
        if (!fails(DiskFault.READ, done)) {
            begin(() -> current.read(sector(offsetBytes), sector(lengthBytes), into, alone, done));
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
            int end = first + stamps.length;
            spoiled.removeIf(block -> overwritten(block, first, end));
            begin(() -> current.write(first, stamps.length, stamps, durable, done));
        }
    }

    private boolean overwritten(int block, int first, int end) {
        int perBlock = setup.sectorsPerBlock();
        return block * perBlock >= first && (block + 1) * perBlock <= end;
    }

    void flush(Consumer<IoStatus> done) {
        if (!fails(DiskFault.FLUSH, done)) {
            begin(() -> current.flush(done));
        }
    }

    void writeMetadata(long offsetBytes, byte[] bytes, Consumer<IoStatus> done) {
        if (!fails(DiskFault.METADATA, done)) {
            begin(() -> current.writeMetadata(offsetBytes, bytes, done));
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
        spoiled.clear();
        shelf = current;
        shelfContent = pair.content().of(side);
        current = fresh();
        pair.content().replace(side, new History(setup.allSectors(), 0));
    }

    void putDiskOf(NodeSetup other) {
        putBlank();
        current = fresh(other);
    }

    /** With whole data of generations that nobody else knows. */
    void putForeign() {
        putBlank();
        Superblock foreign =
                current.superblock()
                        .with(new Generations(0xF0E1L, Generations.NONE, List.of()))
                        .with(Flag.CONSISTENT, true)
                        .with(Flag.WAS_UP_TO_DATE, true)
                        .withSequence(current.superblock().sequence() + 1);
        ByteBuffer image = ByteBuffer.allocate(SuperblockCodec.BYTES);
        SuperblockCodec.encode(foreign, image);
        int slot = (int) (foreign.sequence() & 1);
        current.writeMetadata(current.layout().slotOffsetBytes(slot), image.array(), status -> {});
        pair.until("it is written", current::idle);
    }

    void putOldBack() {
        if (shelf == null || shelfContent == null) {
            throw pair.failure("no disk was taken out");
        }
        current = shelf;
        pair.content().replace(side, shelfContent);
    }
}
