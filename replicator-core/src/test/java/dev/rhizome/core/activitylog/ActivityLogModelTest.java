package dev.rhizome.core.activitylog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.activitylog.ActivityLogCodec.Transaction;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The log under a random load, with its ring on a disk: what is replayed after each transaction is
 * what all transactions ever written say together, and holds all that a crash would need.
 */
class ActivityLogModelTest {

    private record Change(long offsetBytes, long lengthBytes) {}

    private static final class Load {
        final Random random;
        final int extentBlocks;
        final int maxExtents;
        final int ringBlocks;
        final long volumeBytes;
        final Bitmap bitmap;
        final Bitmap durableBitmap;
        final ByteBuffer ring;
        final ByteBuffer image = ByteBuffer.allocateDirect(16 * 4096);
        final List<Change> waiting = new ArrayList<>();
        final List<Change> entered = new ArrayList<>();
        final Set<Long> unflushed = new HashSet<>();
        final Set<Long> closing = new HashSet<>();
        ActivityLog log;
        int[] slots;
        Set<Integer> durable = Set.of();
        boolean flushing;
        int transactions;

        Load(int seed, int extentBlocks, int maxExtents, int ringBlocks) {
            random = new Random(seed);
            this.extentBlocks = extentBlocks;
            this.maxExtents = maxExtents;
            this.ringBlocks = ringBlocks;
            volumeBytes = (maxExtents * 3L * extentBlocks - 3) * 4096 + 512;
            bitmap = new Bitmap((volumeBytes + 4095) / 4096);
            durableBitmap = new Bitmap(bitmap.blocks());
            ring = ByteBuffer.allocate(ringBlocks * 4096);
            slots = new int[maxExtents];
            Arrays.fill(slots, ActivityLogCodec.FREE);
            log = new ActivityLog(bitmap, extentBlocks, maxExtents, ringBlocks, 0);
            assertThat(log.slots()).isEqualTo(maxExtents);
        }

        // ---- steps

        void step() {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> begin();
                case 4, 5, 6 -> leave();
                case 7 -> flush();
                case 8 -> peerLost();
                case 9 -> {
                    if (random.nextInt(10) == 0) {
                        log.cool();
                    }
                }
                default -> transaction();
            }
            if (random.nextInt(3000) == 0) {
                restart();
            }
            if (random.nextInt(3000) == 0) {
                empty();
            }
        }

        private void begin() {
            long extentBytes = extentBlocks * 4096L;
            long length = 512L * (1 + random.nextInt((int) (extentBytes / 256)));
            long offset = random.nextLong(volumeBytes / 512) * 512;
            Change change = new Change(offset, Math.min(length, volumeBytes - offset));
            if (log.enterIfActive(change.offsetBytes, change.lengthBytes)) {
                enteredNow(change);
            } else if (waiting.size() < 3 * maxExtents) {
                waiting.add(change);
            }
        }

        private void enteredNow(Change change) {
            assertThat(durable.containsAll(extentsOf(change))).isTrue();
            entered.add(change);
        }

        private List<Integer> extentsOf(Change change) {
            List<Integer> extents = new ArrayList<>();
            long extentBytes = extentBlocks * 4096L;
            long last = (change.offsetBytes + change.lengthBytes - 1) / extentBytes;
            for (long extent = change.offsetBytes / extentBytes; extent <= last; extent++) {
                extents.add((int) extent);
            }
            return extents;
        }

        void leave() {
            if (entered.isEmpty()) {
                return;
            }
            Change change = entered.remove(random.nextInt(entered.size()));
            boolean done = random.nextInt(3) == 0;
            log.leave(change.offsetBytes, change.lengthBytes, done);
            long last = (change.offsetBytes + change.lengthBytes - 1) / 4096;
            for (long block = change.offsetBytes / 4096; !done && block <= last; block++) {
                unflushed.add(block);
            }
            assertThat(log.anyUnflushed()).isEqualTo(!unflushed.isEmpty() || !closing.isEmpty());
        }

        void flush() {
            if (flushing) {
                assertThat(log.flushBegins()).isFalse();
                flushing = false;
                boolean succeeded = random.nextInt(4) > 0;
                log.flushEnded(succeeded);
                if (!succeeded) {
                    unflushed.addAll(closing);
                }
                closing.clear();
            } else if (log.needsFlush() || random.nextInt(4) == 0) {
                assertThat(log.flushBegins()).isTrue();
                flushing = true;
                closing.addAll(unflushed);
                unflushed.clear();
            }
            assertThat(log.anyUnflushed()).isEqualTo(!unflushed.isEmpty() || !closing.isEmpty());
        }

        private void peerLost() {
            if (random.nextInt(20) > 0) {
                return;
            }
            Bitmap before = new Bitmap(bitmap.blocks());
            for (int word = 0; word < bitmap.words(); word++) {
                before.setWord(word, bitmap.word(word));
            }
            unflushed.forEach(block -> before.set(block, 1));
            closing.forEach(block -> before.set(block, 1));
            log.onPeerLost();
            assertThat(bitmap.setCount()).isEqualTo(before.setCount());
            for (int word = 0; word < bitmap.words(); word++) {
                assertThat(bitmap.word(word)).isEqualTo(before.word(word));
            }
            if (random.nextBoolean()) {
                bitmap.clear(0, bitmap.blocks());
            }
        }

        void transaction() {
            log.beginRound();
            waiting.removeIf(
                    change -> {
                        boolean enters = log.enter(change.offsetBytes, change.lengthBytes);
                        if (enters) {
                            enteredNow(change);
                        }
                        return enters;
                    });
            if (log.wantsTransaction()) {
                writeBitmap();
                int block = log.beginWrite(image);
                assertThat(log.wantsTransaction()).isFalse();
                write(block);
                log.endWrite();
            }
        }

        private void writeBitmap() {
            ByteBuffer pages = ByteBuffer.allocateDirect(Bitmap.MAX_RUN_PAGES * 4096);
            while (bitmap.wantsWrite()) {
                int page = bitmap.beginWrite(pages);
                while (pages.hasRemaining()) {
                    durableBitmap.clear(
                            (long) page * BitmapPageCodec.BLOCKS_PER_PAGE,
                            BitmapPageCodec.BLOCKS_PER_PAGE);
                    assertThat(durableBitmap.load(page, pages)).isTrue();
                    page++;
                }
                bitmap.endWrite();
            }
        }

        private void write(int block) {
            transactions++;
            byte[] bytes = new byte[4096];
            assertThat(image.remaining()).isEqualTo(4096);
            image.get(0, bytes);
            int torn = random.nextInt(8) * 512;
            ring.put(block * 4096, bytes, 0, torn);
            ActivityLogContents crashed = ActivityLogContents.read(ring);
            assertThat(crashed.problem()).isEmpty();
            if (torn < 4096 && !same(block, bytes)) {
                assertThat(new TreeSet<>(crashed.extents()).equals(durable)).isTrue();
            }
            ring.put(block * 4096, bytes, 0, 4096);
            Transaction written =
                    Objects.requireNonNull(ActivityLogCodec.decode(ByteBuffer.wrap(bytes), 0));
            written.applyTo(slots);
            ActivityLogContents replayed = ActivityLogContents.read(ring);
            assertThat(replayed.problem()).isEmpty();
            assertThat(replayed.lastSequence()).isEqualTo(written.sequence());
            Set<Integer> now = new TreeSet<>(replayed.extents());
            assertThat(now).hasSize(replayed.extents().size());
            Set<Integer> modelled = new TreeSet<>();
            for (int extent : slots) {
                if (extent != ActivityLogCodec.FREE) {
                    modelled.add(extent);
                }
            }
            assertThat(now.equals(modelled)).isTrue();
            for (int extent : durable) {
                if (!now.contains(extent)) {
                    assertBitsAreDurable(extent);
                }
            }
            durable = now;
            Set<Integer> needed = new HashSet<>();
            entered.forEach(change -> needed.addAll(extentsOf(change)));
            for (Set<Long> blocks : List.of(unflushed, closing)) {
                blocks.forEach(changed -> needed.add((int) (changed / extentBlocks)));
            }
            assertThat(durable.containsAll(needed)).isTrue();
        }

        /** INV-07: the bits of what is given up are durable first. */
        private void assertBitsAreDurable(int extent) {
            long first = (long) extent * extentBlocks;
            for (long at = first; at < Math.min(first + extentBlocks, bitmap.blocks()); at++) {
                if (bitmap.isSet(at) && !durableBitmap.isSet(at)) {
                    throw new AssertionError("block " + at + " of " + extent);
                }
            }
        }

        /** Bytes that are on disk already, up to a checksum that fits by chance: not here. */
        private boolean same(int block, byte[] bytes) {
            byte[] there = new byte[4096];
            ring.get(block * 4096, there);
            return Arrays.equals(there, bytes);
        }

        /** A crash and another life on the same ring: its first transaction begins afresh. */
        private void restart() {
            ActivityLogContents contents = ActivityLogContents.read(ring);
            assertThat(new TreeSet<>(contents.extents())).isEqualTo(durable);
            log =
                    new ActivityLog(
                            bitmap, extentBlocks, maxExtents, ringBlocks, contents.lastSequence());
            waiting.clear();
            entered.clear();
            unflushed.clear();
            closing.clear();
            flushing = false;
            bitmap.requireAll();
        }

        private void empty() {
            while (!entered.isEmpty()) {
                leave();
            }
            if (flushing) {
                flush();
            }
            waiting.clear();
            unflushed.clear();
            closing.clear();
            bitmap.requireAll();
            log.reset();
            assertThat(log.resetPending()).isTrue();
            transaction();
            assertThat(log.resetPending()).isFalse();
            assertThat(durable).isEmpty();
        }

        /** Nothing waits for ever. */
        void end() {
            for (int i = 0; i < 10_000 && !waiting.isEmpty(); i++) {
                while (!entered.isEmpty()) {
                    leave();
                }
                flush();
                transaction();
            }
            assertThat(waiting).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 8, 5, 3, 12000",
        "2, 64, 100, 16, 12000",
        "3, 32, 70, 4, 12000",
        "4, 1024, 1000, 5, 5000",
        "5, 16, 2000, 6, 8000",
        "6, 128, 888, 4, 6000",
        "7, 8, 889, 4, 6000"
    })
    void replaysToWhatIsActive(int seed, int extentBlocks, int maxExtents, int ring, int steps) {
        Load load = new Load(seed, extentBlocks, maxExtents, ring);
        for (int i = 0; i < steps; i++) {
            load.step();
        }
        load.end();
        assertThat(load.transactions).isGreaterThan(ring);
    }
}
